"""What every tracker does, on a made-up world whose truth is known. A new tracker adds itself to ``TRACKERS``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.stories import CAMERA, at
from vision.tracking.bytetrack import ByteTrack, ByteTrackParams
from vision.tracking.tracker import Tracker
from vision.types import Detections, Gap, GapReason, RunId, Tracks

TRACKERS: dict[str, Callable[[RunId], Tracker]] = {"bytetrack": lambda run: ByteTrack(run, ByteTrackParams())}


@pytest.fixture(params=TRACKERS)
def make(request: pytest.FixtureRequest) -> Callable[[RunId], Tracker]:
    return TRACKERS[request.param]


def seen(seconds: float, boxes: list[tuple[float, float, float, float]], score: float = 0.9) -> Detections:
    n = len(boxes)
    return Detections(
        CAMERA,
        at(seconds),
        np.array(boxes, dtype=np.float32).reshape(n, 4),
        np.full(n, score, dtype=np.float32),
        np.zeros(n, dtype=np.int64),
    )


def walker(t: float, y: float = 100) -> tuple[float, float, float, float]:
    return (50 + 40 * t, y, 130 + 40 * t, y + 200)


def test_two_walkers_keep_their_numbers(make: Callable[[RunId], Tracker]) -> None:
    tracker = make(RunId("a"))
    numbers = []
    for i in range(50):
        t = i * 0.2
        boxes = [walker(t), walker(t, 400)]
        if i % 2:
            boxes.reverse()
        tracks = tracker.update(seen(t, boxes))
        order = [0, 1] if i % 2 == 0 else [1, 0]
        numbers.append([int(tracks.number[j]) for j in order])
    settled = numbers[3:]
    assert all(n == settled[0] for n in settled)
    assert 2 == len({*settled[0]})
    assert -1 not in settled[0]


def test_the_order_of_detections_is_kept(make: Callable[[RunId], Tracker]) -> None:
    tracker = make(RunId("a"))
    for i in range(5):
        detections = seen(i * 0.2, [walker(0, 400), walker(0)])
        tracks = tracker.update(detections)
        assert np.array_equal(detections.xyxy_px, tracks.detections.xyxy_px)


def test_a_short_loss_is_bridged(make: Callable[[RunId], Tracker]) -> None:
    tracker = make(RunId("a"))
    numbers: list[Tracks] = []
    for i in range(40):
        hidden = 15 <= i < 19
        numbers.append(tracker.update(seen(i * 0.2, [] if hidden else [walker(0)])))
    assert numbers[10].number[0] == numbers[30].number[0] >= 0


def test_nothing_seen_is_no_error(make: Callable[[RunId], Tracker]) -> None:
    tracker = make(RunId("a"))
    assert 0 == len(tracker.update(seen(0, [])))
    assert 0 == len(tracker.update(seen(0.2, [])))


def test_weak_boxes_start_no_track(make: Callable[[RunId], Tracker]) -> None:
    tracker = make(RunId("a"))
    for i in range(10):
        tracks = tracker.update(seen(i * 0.2, [walker(0)], score=0.15))
    assert [-1] == tracks.number.tolist()


def test_numbers_are_not_used_again_after_a_gap(make: Callable[[RunId], Tracker]) -> None:
    tracker = make(RunId("a"))
    for i in range(5):
        before = tracker.update(seen(i * 0.2, [walker(0)]))
    tracker.interrupt(Gap(CAMERA, RunId("a"), at(1), at(60), GapReason.STREAM_LOST))
    for i in range(5):
        after = tracker.update(seen(60 + i * 0.2, [walker(0)]))
    assert after.number[0] > before.number[0] >= 0


def test_keys_of_two_runs_differ(make: Callable[[RunId], Tracker]) -> None:
    keys = set()
    for run in ("a", "b"):
        tracker = make(RunId(run))
        for i in range(5):
            tracks = tracker.update(seen(i * 0.2, [walker(0)]))
        keys.add(tracks.key(0))
    assert 2 == len(keys)
