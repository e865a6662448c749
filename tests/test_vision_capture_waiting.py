"""A reader that is too slow loses frames, and never without being told of a stretch that it did not see."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import CAMERA, RUN, at, s, seconds_of
from vision.capture.pictures import BgrPixels
from vision.capture.waiting import UNTOLD_MAX, Waiting
from vision.types import Frame, Gap, GapReason

PIXELS = BgrPixels(np.zeros((2, 2, 3), dtype=np.uint8))


def frame(seconds: float) -> Frame:
    return Frame(CAMERA, RUN, round(seconds * 10), at(seconds), PIXELS)


def lost(start: float, end: float) -> Gap:
    return Gap(CAMERA, RUN, at(start), at(end), GapReason.STREAM_LOST)


def told(item: Frame | Gap) -> tuple[float | None, ...]:
    return (seconds_of(item.start), seconds_of(item.end)) if isinstance(item, Gap) else (seconds_of(item.captured_at),)


def test_a_reader_that_keeps_up_loses_nothing() -> None:
    waiting = Waiting(2)
    taken = []
    for i in range(5):
        waiting.put(frame(i * 10))
        taken.append(told(waiting.take()))
    assert [(0,), (10,), (20,), (30,), (40,)] == taken
    assert 0 == waiting.dropped_frames


def test_more_than_two_seconds_that_nobody_saw_are_a_gap() -> None:
    waiting = Waiting(3)
    waiting.put(frame(0))
    taken = [waiting.take()]
    for i in range(1, 41):
        waiting.put(frame(i / 10))
    taken += [waiting.take() for _ in range(len(waiting) + 1)]
    assert [(0,), (0, 3.8), (3.8,), (3.9,), (4,)] == [told(item) for item in taken]
    assert [GapReason.OVERLOADED] == [item.reason for item in taken if isinstance(item, Gap)]
    assert 37 == waiting.dropped_frames


def test_frames_that_a_lost_link_follows_are_a_gap_of_their_own_which_touches_it() -> None:
    waiting = Waiting(1)
    waiting.put(frame(0))
    taken = [waiting.take()]
    for item in (frame(1), frame(4), lost(4, 20), frame(20), frame(30)):
        waiting.put(item)
    while waiting:
        taken.append(waiting.take())
    assert [(0,), (0, 4), (4, 20), (20, 30), (30,)] == [told(item) for item in taken]


def test_a_camera_of_few_pictures_is_not_an_overloaded_computer() -> None:
    waiting = Waiting(2)
    for i in range(4):
        waiting.put(frame(i * 4))
        assert (i * 4,) == told(waiting.take())


@given(st.lists(st.sampled_from(["frame", "frame", "frame", "lost", "take"]), max_size=80), st.integers(1, 4))
def test_whatever_happens_the_items_tell_every_long_stretch_that_was_not_seen(work: list[str], most: int) -> None:
    """Oracle: the whole stream as it was put in, and what came out of it."""
    waiting, put, taken, now_s = Waiting(most), [], [], 0.0
    for step in work:
        if step == "take" and len(waiting):
            taken.append(waiting.take())
        if step == "lost" and put:
            waiting.put(lost(now_s, now_s + 10))
        now_s += {"frame": 0.7, "lost": 10, "take": 0}[step]
        if step != "take":
            put.append(frame(now_s))
            waiting.put(put[-1])
    while len(waiting):
        taken.append(waiting.take())
    frames = [item for item in taken if isinstance(item, Frame)]
    assert len(put) == len(frames) + waiting.dropped_frames
    assert put[-1:] == frames[-1:]
    for before, after in pairwise(taken):
        assert _end(before) <= _start(after)
        assert _start(after) - _end(before) <= max(UNTOLD_MAX, s(0.7))
    for gap in (item for item in taken if isinstance(item, Gap) and item.reason is GapReason.OVERLOADED):
        assert [] == [f for f in frames if gap.start < f.captured_at < gap.end]
        assert any(gap.start < f.captured_at < gap.end for f in put)


def _start(item: Frame | Gap) -> datetime:
    return item.start if isinstance(item, Gap) else item.captured_at


def _end(item: Frame | Gap) -> datetime:
    return item.end if isinstance(item, Gap) else item.captured_at
