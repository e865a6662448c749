"""`congvu eval` with the real nets on rendered frames, and on bad input."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.commands import ROOT, congvu
from tests.samples import SAMPLES, first_seconds, sample_frame, site_of_any_shape
from tests.stories import write_clip

KINDS = ("person", "card", "lanyard", "cigarette")
SITE = SAMPLES / "centre.toml"


def rendered(folder: Path, *frames: tuple[str, float]) -> tuple[Path, Path]:
    """Frames of the sample clips with their exact boxes, as a YOLO set with the classes of `KINDS`."""
    images, labels = folder / "images", folder / "labels"
    images.mkdir(parents=True)
    labels.mkdir()
    for camera, seconds in frames:
        frame, _ = sample_frame(camera, seconds=seconds)
        width, height = frame.size_px
        truth = json.loads(gzip.decompress((SAMPLES / "truth" / f"{camera}.boxes.json.gz").read_bytes()))
        lines = []
        for things in truth["frames"][frame.index].values():
            for kind, (x0, y0, x1, y1, _) in things.items():
                middle = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height
                numbers = (*middle, (x1 - x0) / width, (y1 - y0) / height)
                lines.append(f"{KINDS.index(kind)} " + " ".join(f"{number:.6f}" for number in numbers))
        cv2.imwrite(str(images / f"{camera}-{seconds}.png"), frame.image)
        (labels / f"{camera}-{seconds}.txt").write_text("\n".join(lines))
    return images, labels


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Three frames with staff, citizens and a smoker."""
    return rendered(tmp_path_factory.mktemp("set"), ("counter", 10.0), ("counter", 50.0), ("office", 20.0))


def detect(folders: tuple[Path, Path], task: str, classes: str, *more: str | Path) -> dict[str, Any]:
    done = congvu(
        "eval", "detect", "--task", task, "--images", folders[0], "--labels", folders[1], "--classes", classes,
        "--json", *more,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def refuse(*arguments: str | Path) -> str:
    """Expect exit 1, nothing on stdout and no traceback; return the message."""
    done = congvu("eval", *arguments)
    assert (1, "") == (done.returncode, done.stdout), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_persons_of_rendered_frames(pictures: tuple[Path, Path]) -> None:
    told = detect(pictures, "person", ",".join(KINDS))
    row = told["classes"]["person"]
    assert 3 == told["images"]
    assert row["p"] > 0.9 and row["r"] > 0.9 and row["ap50"] > 0.9
    assert ["card", "lanyard", "cigarette"] == told["ignored_classes"]


def test_badges_of_rendered_frames_and_their_plots(pictures: tuple[Path, Path], tmp_path: Path) -> None:
    told = detect(pictures, "badge", ",".join(KINDS), "--plots", tmp_path / "plots")
    persons = told["persons"]
    assert persons["looks"] == persons["labelled"] == persons["persons_found"]
    # five looks; where the computer has AVX-512 BF16 the nets run in it, and one of the five comes out otherwise
    assert persons["yes_recall"] > 0.5 and persons["yes_precision"] >= 0.8
    assert persons["looks"] == round(persons["decided"] * persons["looks"]) + sum(persons["unknown_reasons"].values())
    assert {"precision-recall.svg", "persons.svg"} == {path.name for path in (tmp_path / "plots").iterdir()}


def test_bottles_where_there_are_none(pictures: tuple[Path, Path], tmp_path: Path) -> None:
    nothing = tmp_path / "labels"
    nothing.mkdir()
    told = detect((pictures[0], nothing), "alcohol", "bottle,can,glass")
    assert (3, 3) == (told["images"], told["unlabelled"])
    assert {(0, None)} == {(row["n"], row["r"]) for row in told["classes"].values()}


def test_the_table_for_people(pictures: tuple[Path, Path]) -> None:
    done = congvu(
        "eval", "detect", "--task", "smoking", "--images", pictures[0], "--labels", pictures[1],
        "--classes", ",".join(KINDS),
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    for word in ("cigarette", "yes_recall", "false alarms per picture", "ignored classes"):
        assert word in done.stdout
    assert "smoking" in done.stderr  # the progress bar


def test_names_that_say_nothing_of_the_task(pictures: tuple[Path, Path]) -> None:
    told = refuse(
        "detect", "--task", "badge", "--images", pictures[0], "--labels", pictures[1], "--classes", "cat,dog", "--json"
    )
    assert "no name is about badge. Accepted names:" in told and "lanyard" in told


def test_a_class_beyond_the_names(pictures: tuple[Path, Path]) -> None:
    told = refuse(
        "detect", "--task", "person", "--images", pictures[0], "--labels", pictures[1], "--classes", "person", "--json"
    )
    assert "--classes names only 0 to 0" in told
    assert "counter-10.0.txt:" in told


def test_a_picture_that_cannot_be_read_ends_all(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((20, 20, 3), np.uint8))
    (tmp_path / "b.jpg").write_text("no picture")
    told = refuse(
        "detect", "--task", "person", "--images", tmp_path, "--labels", tmp_path, "--classes", "person", "--json"
    )
    assert f"{tmp_path / 'b.jpg'}: is not a picture that can be read" in told


def test_a_missing_folder(tmp_path: Path) -> None:
    told = refuse("detect", "--task", "person", "--images", tmp_path / "x", "--labels", tmp_path, "--classes", "person")
    assert "no such folder" in told


def test_an_unknown_task(tmp_path: Path) -> None:
    done = congvu("eval", "detect", "--task", "hats", "--images", tmp_path, "--labels", tmp_path, "--classes", "hat")
    assert 2 == done.returncode


def written(folder: Path, document: Any) -> Path:
    path = folder / "truth.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.timeout(600)
def test_events_of_the_beginning_of_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    clip = first_seconds("entrance", 14, tmp_path / "begin.mp4")
    visit = {"rule": "presence", "subject": "le-tan", "start_s": 5.5, "end_s": 13.9}
    never = {"rule": "smoking", "subject": "le-tan", "start_s": 1.0}
    truth = written(tmp_path, {"camera": "entrance", "events": [visit, never]})
    done = congvu(
        "eval", "events", clip, "--site", SITE, "--truth", truth, "--json",
        settings={"CONGVU_DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}", "CONGVU_DATA_DIR": str(tmp_path / "data")},
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    told = json.loads(done.stdout)
    assert (2, 1, 0) == (told["truth"], told["found"], told["false"])
    assert told["median_error_s"] <= told["p95_error_s"] <= 2.0
    assert (0.0, 0) == (told["false_per_camera_hour"], told["false_flags"])
    assert pytest.approx(3.689 / told["camera_hours"], rel=1e-3) == told["false_per_camera_hour_interval"][1]
    assert pytest.approx(14 / 3600, rel=0.02) == told["camera_hours"]
    assert [never | {"end_s": None}] == told["missed_events"]
    assert {"truth": 1, "found": 1, "false": 0} == told["rules"]["presence"]
    # nothing was written beside the clip and the truth
    assert {"begin.mp4", "truth.json"} == {path.name for path in tmp_path.iterdir()}


def test_events_of_an_empty_room_by_a_list_of_visits(clip: Path, tmp_path: Path) -> None:
    truth = written(tmp_path, {"visits": [{"enter": 1.0, "leave": 3.0}]})
    done = congvu(
        "eval",
        "events",
        clip,
        "--site",
        site_of_any_shape(tmp_path / "site.toml"),
        "--truth",
        truth,
        "--camera",
        "entrance",
    )
    assert 0 == done.returncode, done.stderr
    assert "missed: presence  from 1.0 s" in done.stdout
    assert "median –" in done.stdout


@pytest.mark.parametrize(
    ("document", "more", "message"),
    [
        ({"events": []}, (), "has several cameras: say with --camera which recorded it: entrance, counter, office"),
        ({"events": []}, ("--camera", "hall"), "unknown camera 'hall'"),
        (
            {"camera": "office", "events": [{"rule": "smoking", "subject": "desk-9", "start_s": 1}]},
            (),
            "camera office has no place 'desk-9'; it has: ban-1",
        ),
        ({"events": 7}, (), "events: wanted a list"),
    ],
)
def test_a_truth_that_does_not_fit(
    clip: Path, tmp_path: Path, document: Any, more: tuple[str, ...], message: str
) -> None:
    assert message in refuse(
        "events",
        clip,
        "--site",
        site_of_any_shape(tmp_path / "site.toml"),
        "--truth",
        written(tmp_path, document),
        *more,
    )


def test_missing_recording_site_and_truth(clip: Path, tmp_path: Path) -> None:
    truth = written(tmp_path, {"camera": "office", "events": []})
    nothing = tmp_path / "nothing"
    assert "no such file" in refuse(
        "events", nothing, "--site", site_of_any_shape(tmp_path / "site.toml"), "--truth", truth
    )
    assert "no such site file" in refuse("events", clip, "--site", nothing, "--truth", truth)
    assert "no such truth file" in refuse(
        "events", clip, "--site", site_of_any_shape(tmp_path / "site.toml"), "--truth", nothing
    )


def test_jumping_timestamps_need_leave(tmp_path: Path) -> None:
    jump = write_clip(tmp_path / "jump.mp4", ticks=[*range(25), *range(1025, 1050)])
    truth = written(tmp_path, {"camera": "office", "events": []})
    assert "jump by more than 10 s" in refuse(
        "events", jump, "--site", site_of_any_shape(tmp_path / "site.toml"), "--truth", truth
    )
    done = congvu(
        "eval",
        "events",
        jump,
        "--site",
        site_of_any_shape(tmp_path / "site.toml"),
        "--truth",
        truth,
        "--allow-gaps",
        "--json",
    )
    assert 0 == done.returncode, done.stderr
    # what the camera did not see is no camera time: 5 s are left of 105
    assert pytest.approx(5 / 3600, rel=0.1) == json.loads(done.stdout)["camera_hours"]


def test_the_page_describes_every_key_of_both_reports(pictures: tuple[Path, Path], clip: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    told = detect(pictures, "person", ",".join(KINDS))
    truth = written(tmp_path, {"camera": "office", "events": []})
    done = congvu(
        "eval", "events", clip, "--site", site_of_any_shape(tmp_path / "site.toml"), "--truth", truth, "--json"
    )
    keys = {*told, *told["classes"]["person"], *told["persons"], *json.loads(done.stdout)}
    assert [] == sorted(key for key in keys if f"`{key}`" not in page)
