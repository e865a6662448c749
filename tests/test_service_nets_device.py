"""Nets on a device of torch's: asked by the engine and by recordings, named in events, and refused where it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.catalog import load_catalog
from models.here import load_catalog_for
from service.nets import nets_of
from service.workers.engine_client import EngineClient
from tests.commands import congvu
from tests.engines import running_engine
from tests.samples import first_seconds, sample_frame
from tests.tiny_set import needs_training
from vision.detection.net import Net
from vision.detection.openvino import OpenVinoDetector
from vision.detection.wholeframe import NetDetector
from vision.errors import BackendMissing

CATALOG = load_catalog()
ON_TORCH = {"CONGVU_NETS_DEVICE": "cpu"}


def test_nets_on_a_device_are_named_by_their_checkpoints() -> None:
    asked: list[str] = []

    def make(entry: object, input_px: tuple[int, int]) -> Net:
        asked.append(entry.weights_sha256)  # type: ignore[attr-defined]
        raise BackendMissing("no device in this test")

    with pytest.raises(BackendMissing):
        nets_of(make, load_catalog_for("cuda:0"))
    assert [CATALOG["person"].checkpoint_sha256] == asked


@needs_training()
@pytest.mark.timeout(300)
def test_the_engine_sees_on_the_device_what_the_graph_sees(tmp_path: Path) -> None:
    person = CATALOG["person"]
    frame, _ = sample_frame("counter", seconds=10.0)
    with running_engine(tmp_path / "engine", "cpu"):
        client = EngineClient(tmp_path / "engine")
        (found,) = NetDetector(person, lambda size: client.net("person", size), keep_classes=["person"]).detect([frame])
        client.close()
    (graph,) = OpenVinoDetector(person, keep_classes=["person"]).detect([frame])
    sure, known = found.xyxy_px[found.score >= 0.4], graph.xyxy_px[graph.score >= 0.4]
    assert len(known) == len(sure) >= 2
    assert abs(sure - known).max() <= 4


@needs_training()
@pytest.mark.timeout(600)
def test_events_of_a_recording_name_the_checkpoint_that_saw_them(tmp_path: Path) -> None:
    clip = first_seconds("counter", 8, tmp_path / "counter.mp4")
    done = congvu("analyze", clip, "--desk", "desk=0,0,1,1", "--data", tmp_path / "data", "--json", settings=ON_TORCH)
    assert 0 == done.returncode, done.stderr
    sums = {event["model_sha256"] for event in json.loads(done.stdout)["events"] if event["rule"] == "presence"}
    assert {CATALOG["person"].checkpoint_sha256} == sums


@pytest.mark.timeout(300)
@pytest.mark.parametrize("command", ["doctor", "analyze"])
def test_a_device_that_is_not_there_is_told_before_anything_is_stored(tmp_path: Path, command: str) -> None:
    clip = first_seconds("counter", 2, tmp_path / "counter.mp4")
    asked = (clip, "--desk", "desk=0,0,1,1") if command == "analyze" else ()
    data = tmp_path / "data"
    done = congvu(command, *asked, "--data", data, settings={"CONGVU_NETS_DEVICE": "cuda:99"})
    assert {"doctor": 1, "analyze": 3}[command] == done.returncode, done.stderr
    # where torch is not installed that is what is told
    assert "cuda:99" in done.stderr or "needs the extra 'train'" in done.stderr
    assert "analyze" != command or not list(data.rglob("*.db"))
