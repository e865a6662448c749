"""From clips to timelines with the real detectors: the sample centre against the truth of its story.

Tolerance: 2 s at each end. `congvu demo --once --json` makes the timelines again.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from statistics import median
from typing import Any

import av
import pytest

from service.analysis import analyze, prepare, results
from service.settings import Settings
from service.site import load_site
from service.wiring import open_parts
from tests.commands import congvu
from tests.samples import SAMPLES

TOLERANCE_S = 2.0
SITE = SAMPLES / "centre.toml"
CAMERAS = ("entrance", "counter", "office")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What the demo finds, and its data folder."""
    from rich.console import Console

    data = tmp_path_factory.mktemp("demo")
    site = load_site(SITE)
    parts = open_parts(Settings(data_dir=data))
    jobs = prepare(SITE, cameras=site.cameras)
    analyze(parts, site, jobs, Console(file=io.StringIO()))
    found = results(parts, jobs)
    parts.database.close()
    return found, data


def truth_of(camera: str) -> dict[str, Any]:
    return json.loads((SAMPLES / "truth" / f"{camera}.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("camera", CAMERAS)
def test_every_event_of_the_story_and_no_other(demo: tuple[dict[str, Any], Path], camera: str) -> None:
    found = [e for e in demo[0]["events"] if e["camera"] == camera]
    missed = []
    for event in truth_of(camera)["events"]:
        match = [
            e
            for e in found
            if (e["rule"], e["subject"]) == (event["rule"], event["subject"])
            and abs(e["start_s"] - event["start_s"]) <= TOLERANCE_S
            and abs(e["end_s"] - event["end_s"]) <= TOLERANCE_S
        ]
        if len(match) == 1:
            found.remove(match[0])
        else:
            missed.append(event)
    assert ([], []) == (missed, found)


def test_the_turned_back_is_never_flagged_for_a_badge(demo: tuple[dict[str, Any], Path]) -> None:
    (unknown,) = truth_of("office")["unknown"]
    flagged = {e["subject"] for e in demo[0]["events"] if e["rule"] == "badge_missing"}
    assert unknown["subject"] not in flagged


def test_every_frame_was_taken_and_nothing_is_missing(demo: tuple[dict[str, Any], Path]) -> None:
    for camera in CAMERAS:
        truth = truth_of(camera)
        seen = demo[0]["cameras"][camera]
        assert {"frames": round(truth["duration_s"] * truth["fps"]), "gaps": []} == seen


def test_evidence_is_what_the_database_says_and_plays(demo: tuple[dict[str, Any], Path]) -> None:
    found, data = demo
    for event in found["events"]:
        kinds = {item["kind"] for item in event["evidence"]}
        assert {"snapshot", "snapshot_annotated"} < kinds
        assert "clip" in kinds or {"clip_start", "clip_end"} <= kinds
        for item in event["evidence"]:
            content = (data / "evidence" / item["key"]).read_bytes()
            assert item["sha256"] == hashlib.sha256(content).hexdigest()
            if item["kind"].startswith("clip"):
                with av.open(io.BytesIO(content)) as container:
                    assert "h264" == container.streams.video[0].codec_context.name
                    assert sum(1 for _ in container.decode(video=0)) > 20


def test_a_flag_names_the_weights_that_saw_it(demo: tuple[dict[str, Any], Path]) -> None:
    from models.here import load_catalog_here

    nets = load_catalog_here()
    asked = {"badge_missing": "crop", "smoking": "crop"}
    told = {(event["rule"], event["model_sha256"]) for event in demo[0]["events"]}
    assert {(rule, nets[asked.get(rule, "person")].weights_sha256) for rule, _ in told} == told


@pytest.mark.shared
@pytest.mark.timeout(600)
def test_six_visits_on_real_footage(shared: Path, tmp_path: Path) -> None:
    clip = shared / "video" / "one-by-one-person-detection.mp4"
    visits = json.loads(clip.with_name("one-by-one.events.json").read_text(encoding="utf-8"))["visits"]
    done = congvu("analyze", clip, "--desk", "picture=0,0,1,1", "--json", "--data", tmp_path / "data")
    assert 0 == done.returncode, done.stderr
    events = json.loads(done.stdout)["events"]
    found = [e for e in events if e["rule"] == "presence"]
    assert 6 == len(found)
    off = [
        abs(told - seen)
        for visit, event in zip(visits, found, strict=True)
        for told, seen in ((visit["enter"], event["start_s"]), (visit["leave"], event["end_s"]))
    ]
    assert median(off) <= 0.5
    assert max(off) <= 1.2
    assert [] == [e for e in events if e["rule"] == "smoking"]
