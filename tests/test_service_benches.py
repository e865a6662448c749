"""`congvu bench` as an operator runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.benches import streams
from tests.commands import congvu
from tests.samples import SAMPLES, first_seconds
from tests.tiny_set import needs_training

SITE = SAMPLES / "centre.toml"


def test_the_pipeline_is_measured_beside_decoding_and_drawn(tmp_path: Path) -> None:
    video, plot = first_seconds("counter", 4, tmp_path / "counter.mp4"), tmp_path / "stages.svg"
    done = congvu(
        "bench", "pipeline", video, "--site", SITE, "--camera", "counter", "--every-frame", "--rounds", "1", "--json",
        "--plot", plot,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    told = json.loads(done.stdout)
    frames = told["frames"]
    assert 40 == frames["all"] == frames["looked_at"] + frames["held"] + frames["skipped"]
    assert 0 < frames["looked_at"] <= frames["decoded"] <= 40
    assert told["ratio_to_decode"] == pytest.approx(
        told["cpu_ms_per_frame"] / told["decode_cpu_ms_per_frame"], rel=0.01
    )
    assert 0 < told["against"]["every_frame"] < 1
    assert {"quay-1", "quay-2"} == {event["place"] for event in told["events"] if event["rule"] == "presence"}
    assert 2 == told["visits"]
    stages = told["stages"]
    whole, part = (stages[name]["calls"] for name in ("detect", "detect in a part"))
    # who is cut by the edge of a part is looked for in the whole as well
    assert max(whole, part) <= frames["looked_at"] <= whole + part
    drawn = plot.read_text(encoding="utf-8")
    assert all(f">{stage}<" in drawn for stage in stages)


def test_without_a_scene_the_whole_picture_is_a_desk(tmp_path: Path) -> None:
    video = first_seconds("counter", 3, tmp_path / "counter.mp4")
    done = congvu("bench", "pipeline", video, "--rounds", "1", "--json")
    assert 0 == done.returncode, done.stderr
    assert ["picture"] == [event["place"] for event in json.loads(done.stdout)["events"]]


def test_a_clip_is_cut_for_a_fiftieth_of_encoding_it_again() -> None:
    done = congvu("bench", "clip", "--rounds", "3", "--json")
    assert 0 == done.returncode, done.stderr
    told = json.loads(done.stdout)
    assert 18 <= told["clip_s"] <= 22
    assert 0 < told["ratio"] <= 0.02


def test_a_recording_too_short_to_cut_from_is_refused(tmp_path: Path) -> None:
    done = congvu("bench", "clip", first_seconds("counter", 4, tmp_path / "counter.mp4"))
    assert 1 == done.returncode
    assert "wanted a recording of at least 30 s" in done.stderr


def test_without_the_tracker_of_ultralytics_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lap.py").write_text("raise ImportError('no lap here')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    video = first_seconds("counter", 1, tmp_path / "counter.mp4")
    done = congvu("bench", "pipeline", video, "--against", "ultralytics")
    assert 3 == done.returncode
    assert "pip install 'congvu[train]'. no lap here" in done.stderr


@pytest.mark.timeout(600)
@needs_training()
def test_ultralytics_is_measured_in_the_same_run(tmp_path: Path) -> None:
    video = first_seconds("counter", 2, tmp_path / "counter.mp4")
    done = congvu("bench", "pipeline", video, "--against", "ultralytics", "--rounds", "1", "--json")
    assert 0 == done.returncode, done.stderr
    against = json.loads(done.stdout)["against"]
    assert {"ultralytics_torch", "ultralytics_openvino"} == set(against)
    assert all(0 < ratio < 1 for ratio in against.values())


def test_without_an_rtsp_server_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SYSTEM_PYTHON", "/nowhere/python3")
    done = congvu("bench", "cameras", "1")
    assert 3 == done.returncode
    assert "apt install gir1.2-gst-rtsp-server-1.0" in done.stderr


@pytest.mark.parametrize("asked", [("cameras",), ("cameras", "2", "--sweep", "1,2"), ("cameras", "--sweep", "1,x")])
def test_wrong_usage_ends_with_exit_code_2(asked: tuple[str, ...]) -> None:
    assert 2 == congvu("bench", *asked).returncode
