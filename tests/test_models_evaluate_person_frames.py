"""Persons on labelled frames: the labels, regions that are not judged, and the figures."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from models.catalog import load_catalog
from models.evaluate.errors import EvaluationInvalid
from models.evaluate.matching import Floats
from models.evaluate.person_figures import Seen, draws, interval, judged, seen_of
from models.evaluate.person_frames import GIVEN, SMALL, WIDE, Asked, entry_of, figures, find_persons, input_px, targets
from models.evaluate.person_truth import CLIPS, Clip, FrameTruth, pictures, read_person_frames
from vision.capture.pictures import to_image

HEADER = "clip,frame,kind,x1,y1,x2,y2\n"
DRAWN = {"good": Clip(320, 240, 50)}
SOMEBODY = [10.0, 10.0, 50.0, 110.0]
CROWD = [100.0, 0.0, 300.0, 100.0]
IN_THE_CROWD = [120.0, 20.0, 140.0, 80.0]
ELSEWHERE = [100.0, 150.0, 140.0, 230.0]


def boxes(*rows: list[float]) -> Floats:
    return np.array(rows, np.float64).reshape(-1, 4)


def frame_of(*persons: list[float], unclear: Floats | None = None, clip: str = "good", frame: int = 0) -> FrameTruth:
    return FrameTruth(clip, frame, boxes(*persons), boxes() if unclear is None else unclear)


def labels(folder: Path, rows: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    return path


def faults_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(EvaluationInvalid) as caught:
        read_person_frames(path, DRAWN)
    return tuple(fault.removeprefix(str(path)) for fault in caught.value.faults)


def test_rows_of_one_frame_come_together(tmp_path: Path) -> None:
    rows = "good,3,person,10,10,50,110\ngood,3,unclear,100,0,300,100\ngood,7,none,,,,\n"
    first, second = read_person_frames(labels(tmp_path, rows), DRAWN)
    assert (3, [SOMEBODY], [CROWD]) == (first.frame, first.person_px.tolist(), first.unclear_px.tolist())
    assert (7, [], []) == (second.frame, second.person_px.tolist(), second.unclear_px.tolist())


def test_every_bad_row_is_named_by_its_line(tmp_path: Path) -> None:
    rows = (
        "good,3,person,10,10,50,110\n"
        "other,3,person,10,10,50,110\n"
        "good,50,person,10,10,50,110\n"
        "good,4,dog,10,10,50,110\n"
        "good,4,person,10,10,50,241\n"
        "good,4,person,50,10,10,110\n"
        "good,4,person,left,10,50,110\n"
        "good,4,none,10,10,50,110\n"
        "good,4,person\n"
        "good,2,person,10,10,50,110\n"
    )
    expected = (
        ":3: unknown clip 'other'; known: good",
        ":4: wanted a frame of 0..49, got '50'",
        ":5: unknown kind 'dog'; wanted person, unclear or none",
        ":6: wanted a box inside 320x240, got 10,10,50,241",
        ":7: wanted a box inside 320x240, got 50,10,10,110",
        ":8: wanted a box of four numbers, got 'left,10,50,110'",
        ":9: kind none has no box, got 10,10,50,110",
        ":10: wanted 7 cells, got 3",
        ":11: stands after good 3; wanted clips and frames in order",
    )
    assert expected == faults_of(labels(tmp_path, rows))


def test_a_frame_is_not_both_empty_and_labelled(tmp_path: Path) -> None:
    path = labels(tmp_path, "good,3,person,10,10,50,110\ngood,3,none,,,,\n")
    assert (": good 3: has boxes, and a row that says there are none",) == faults_of(path)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("clip,frame,x1\n", encoding="utf-8")
    assert (":1: wanted the columns clip,frame,kind,x1,y1,x2,y2, got clip,frame,x1",) == faults_of(path)


def test_missing_labels_are_said_to_be_missing(tmp_path: Path) -> None:
    assert (": no such file of labels",) == faults_of(tmp_path / "none.csv")


def test_what_hits_nobody_in_an_unclear_region_is_not_judged() -> None:
    truth = frame_of(SOMEBODY, unclear=boxes(CROWD))
    found, _ = judged(truth, boxes(IN_THE_CROWD, SOMEBODY, ELSEWHERE), np.array([0.9, 0.8, 0.7]))
    assert [SOMEBODY, ELSEWHERE] == found.xyxy.tolist()


def test_a_labelled_person_in_an_unclear_region_is_judged() -> None:
    truth = frame_of(IN_THE_CROWD, unclear=boxes(CROWD))
    hit, missed = (seen_of([(truth, boxes(*rows), np.full(len(rows), 0.9))], 0.25) for rows in ([IN_THE_CROWD], []))
    assert [1.0, 0.0] == [seen.shares(np.array([1])).recall for seen in (hit, missed)]


def test_a_box_mostly_outside_the_unclear_region_is_judged() -> None:
    truth = frame_of(unclear=boxes(CROWD))
    found, _ = judged(truth, boxes([60.0, 0.0, 130.0, 100.0]), np.array([0.9]))
    assert 1 == len(found.score)


def two_clips(recall_score: float) -> Seen:
    """One person in each of two frames of each of two clips; in the second clip somebody is seen who is not there."""
    rows = []
    for clip in ("a", "b"):
        for frame in (0, 1):
            seen = boxes(SOMEBODY, ELSEWHERE) if clip == "b" else boxes(SOMEBODY)
            score = np.array([recall_score if frame else 0.9, 0.8][: len(seen)])
            rows.append((frame_of(SOMEBODY, clip=clip, frame=frame), seen, score))
    return seen_of(rows, 0.25)


def test_figures_stand_together_and_by_clip() -> None:
    told = figures(two_clips(0.5))
    assert {"together": 4, "a": 2, "b": 2} == {where: row["persons"] for where, row in told.items()}
    assert [4 / 6, 1.0, 0.5] == [told[where]["precision"] for where in ("together", "a", "b")]


def test_boxes_under_the_operating_score_count_for_the_average_alone() -> None:
    shares = two_clips(0.1).shares(np.ones(4, np.int64))
    assert (0.5, 0.5) == (shares.precision, shares.recall)
    assert shares.ap50 > 0.5


def test_each_clip_is_drawn_as_often_as_it_has_frames() -> None:
    clips = ["a"] * 3 + ["b"] * 5
    assert {(3, 5)} == {(int(weight[:3].sum()), int(weight[3:].sum())) for weight in draws(clips, count=50)}


def test_an_interval_needs_more_than_half_of_its_draws() -> None:
    assert None is interval([float("nan"), 1.0])
    assert (1.0, 1.0) == interval([float("nan"), 1.0, 1.0])


@pytest.mark.parametrize(("recall_score", "ratio", "expected"), [(0.5, 1.1, True), (0.1, 1.2, False)])
def test_targets_hold_from_the_wanted_figures_on(recall_score: float, ratio: float, expected: bool) -> None:
    given, stock = two_clips(recall_score), two_clips(0.5)
    told = targets({GIVEN: given, SMALL: stock, WIDE: stock}, {"ratio": ratio})
    assert (expected, expected) == (told["recall"]["holds"], told["cost"]["holds"])


def test_the_look_is_as_flat_as_the_picture_allows() -> None:
    flat, high = np.zeros((360, 640, 3), np.uint8), np.zeros((480, 640, 3), np.uint8)
    assert [(384, 640), (768, 1280), (640, 640)] == [input_px(640, flat), input_px(1280, flat), input_px(640, high)]


def test_a_graph_of_ones_own_is_known_by_its_sum(tmp_path: Path) -> None:
    catalog = load_catalog()
    for path in (catalog["person"].graph, catalog["person"].weights):
        shutil.copy(path, tmp_path / path.name.replace("person", "mine"))
    mine = entry_of(tmp_path / "mine.xml", catalog, "person")
    mine.verify()
    assert ("mine", ("person",)) == (mine.name, mine.classes)


def test_a_graph_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.xml").write_text("<net/>", encoding="utf-8")
    with pytest.raises(EvaluationInvalid, match=r"mine\.bin: no such file"):
        entry_of(tmp_path / "mine.xml", load_catalog(), "person")


def test_the_labelled_frames_are_decoded(clip: Path) -> None:
    with av.open(str(clip)) as container:
        every = [to_image(picture) for picture in container.decode(video=0)]
    truths = [frame_of(frame=3), frame_of(frame=40)]
    got = [(truth.frame, image) for truth, image in pictures(clip.parent, truths, DRAWN)]
    assert [3, 40] == [frame for frame, _ in got]
    assert all(np.array_equal(every[frame], image) for frame, image in got)


@pytest.mark.parametrize(
    ("size", "frame", "message"),
    [
        (Clip(320, 240, 99), 60, "has 50 pictures, but picture 60 is labelled"),
        (Clip(640, 360, 99), 3, "wanted 640x360 pixels, got 320x240"),
    ],
)
def test_another_clip_of_that_name_is_refused(clip: Path, size: Clip, frame: int, message: str) -> None:
    with pytest.raises(EvaluationInvalid, match=message):
        list(pictures(clip.parent, [frame_of(frame=frame)], {"good": size}))


def test_a_missing_clip_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match=r"good\.mp4: no such clip"):
        list(pictures(tmp_path, [frame_of()], DRAWN))


def test_the_net_sees_nobody_on_a_drawn_frame(clip: Path) -> None:
    shots = list(pictures(clip.parent, [frame_of(SOMEBODY, frame=3)], DRAWN))
    seen = find_persons(Asked(load_catalog()["person"], 320, 0.25), shots)
    assert 0.0 == seen.shares(np.array([1])).recall


def test_the_labels_of_the_project_are_well_formed() -> None:
    truths = read_person_frames()
    assert {"classroom": 24, "one-by-one-person-detection": 28, "people": 28} == {
        clip: sum(truth.clip == clip for truth in truths) for clip in CLIPS
    }
    spread = [b.frame - a.frame for a, b in pairwise(truths) if a.clip == b.clip]
    assert min(spread) > 0
    assert 7 == sum(len(truth.person_px) + len(truth.unclear_px) == 0 for truth in truths)
    assert 966 == sum(len(truth.person_px) for truth in truths)


@pytest.mark.shared
def test_the_labelled_frames_are_in_the_clips(shared: Path) -> None:
    truths = read_person_frames()
    assert [(truth.clip, truth.frame) for truth in truths] == [
        (truth.clip, truth.frame) for truth, _ in pictures(shared / "video", truths)
    ]
