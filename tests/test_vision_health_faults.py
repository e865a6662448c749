"""When a fault of a camera opens and ends: stories in seconds, and an oracle that works another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import CAMERA, RUN, at, s, seconds_of
from vision.errors import InvalidFact
from vision.health.faults import BLINDING, Durations, FaultTracker
from vision.health.signs import Finding, Sign
from vision.types import Fault, FaultKind

BAD, GOOD, UNCLEAR = Sign.FAULTY, Sign.NORMAL, Sign.UNCLEAR
GAP = None
MOVED = FaultKind.MOVED
OPEN_S, CLOSE_S, STEP_S = 10, 6, 5

Told = list[tuple[float | None, float | None]]


def play(story: Sequence[tuple[float, Sign | None]]) -> tuple[Told, FaultTracker]:
    """Play (seconds, sign) with gaps as None; return (start, end) of each change told, and the tracker."""
    tracker = FaultTracker(CAMERA, RUN)
    told: list[Fault] = []
    for seconds, sign in story:
        if sign is GAP:
            tracker.interrupt()
        else:
            told += tracker.advance({MOVED: Finding(sign, at(seconds), "seen")}, at(seconds))
    return [(seconds_of(fault.started_at), seconds_of(fault.ended_at)) for fault in told], tracker


def every_second(start: int, end: int, sign: Sign) -> list[tuple[float, Sign | None]]:
    return [(second, sign) for second in range(start, end)]


def test_a_fault_opens_after_ten_seconds_and_is_dated_back_to_its_first_picture() -> None:
    told, tracker = play([*every_second(0, 5, GOOD), *every_second(5, 16, BAD)])
    assert [(5, None)] == told
    assert frozenset({MOVED}) == tracker.blinding


def test_somebody_who_passes_close_by_is_no_fault_but_nothing_is_judged_meanwhile() -> None:
    told, tracker = play(every_second(0, 9, BAD))
    assert ([], frozenset({MOVED})) == (told, tracker.blinding)
    tracker.advance({MOVED: Finding(GOOD, at(9))}, at(9))
    assert frozenset() == tracker.blinding


def test_it_ends_by_itself_with_the_first_normal_picture() -> None:
    told, tracker = play([*every_second(0, 20, BAD), *every_second(20, 30, GOOD)])
    assert [(0, None), (0, 20)] == told
    assert frozenset() == tracker.blinding


def test_a_glimpse_of_normal_does_not_end_it() -> None:
    told, _ = play([*every_second(0, 20, BAD), *every_second(20, 24, GOOD), *every_second(24, 60, BAD)])
    assert [(0, None)] == told


def test_a_gap_neither_opens_nor_ends_a_fault() -> None:
    told, tracker = play([(0, BAD), (4, BAD), (5, GAP), (300, BAD), (304, BAD)])
    assert [] == told
    told, tracker = play([*every_second(0, 20, BAD), (21, GAP), (300, GOOD), (304, GOOD)])
    assert [(0, None)] == told
    assert frozenset({MOVED}) == tracker.blinding


def test_pictures_far_apart_are_not_one_stretch_even_if_nobody_told_of_a_gap() -> None:
    told, _ = play([(0, BAD), (30, BAD), (60, BAD)])
    assert [] == told


def test_what_cannot_be_seen_neither_opens_nor_ends_anything() -> None:
    told, _ = play([*every_second(0, 9, BAD), (9, UNCLEAR), *every_second(10, 19, BAD)])
    assert [] == told
    told, _ = play([*every_second(0, 20, BAD), *every_second(20, 60, UNCLEAR)])
    assert [(0, None)] == told


def test_a_picture_may_tell_that_it_began_earlier() -> None:
    tracker = FaultTracker(CAMERA, RUN)
    told: list[Fault] = []
    for second in range(20, 40):
        told += tracker.advance({FaultKind.FROZEN: Finding(BAD, at(second - 11))}, at(second))
    assert [9.0] == [seconds_of(fault.started_at) for fault in told]


def test_the_end_of_a_run_ends_what_is_open_at_its_last_picture() -> None:
    _, tracker = play(every_second(0, 20, BAD))
    assert [(0, 19)] == [(seconds_of(f.started_at), seconds_of(f.ended_at)) for f in tracker.finish(at(19))]
    assert () == tracker.opened


def test_a_time_for_each_fault_is_needed() -> None:
    with pytest.raises(InvalidFact, match="no time for blurred"):
        Durations(open_after={kind: s(1) for kind in BLINDING - {FaultKind.BLURRED}})


@dataclass(frozen=True)
class Picture:
    second: int
    sign: Sign
    after_gap: bool


def oracle(pictures: Sequence[Picture]) -> Told:
    """Cut the story into stretches first, then read each stretch as a whole."""
    cuts = [
        i + 1
        for i, (a, b) in enumerate(pairwise(pictures))
        if b.after_gap or a.sign is not b.sign or b.second - a.second > STEP_S
    ]
    told: Told = []
    opened: float | None = None
    for start, end in pairwise([0, *cuts, len(pictures)]):
        stretch = pictures[start:end]
        if not stretch:
            continue
        length = stretch[-1].second - stretch[0].second
        if opened is None and stretch[0].sign is BAD and length >= OPEN_S:
            opened = stretch[0].second
            told.append((opened, None))
        elif opened is not None and stretch[0].sign is GOOD and length >= CLOSE_S:
            told.append((opened, stretch[0].second))
            opened = None
    return told


@st.composite
def stories(draw: st.DrawFn) -> list[Picture]:
    second = 0
    pictures = []
    for _ in range(draw(st.integers(0, 8))):
        sign = draw(st.sampled_from([BAD, GOOD, BAD, GOOD, UNCLEAR]))
        after_gap = draw(st.booleans())
        for _ in range(draw(st.integers(1, 8))):
            second += draw(st.integers(1, 6))
            pictures.append(Picture(second, sign, after_gap))
            after_gap = False
    return pictures


@given(stories())
def test_faults_are_what_the_stretches_say(pictures: list[Picture]) -> None:
    story: list[tuple[float, Sign | None]] = []
    for picture in pictures:
        story += [(picture.second, GAP)] if picture.after_gap else []
        story.append((picture.second, picture.sign))
    assert oracle(pictures) == play(story)[0]
