"""Sustained answers: examples, and a property against an oracle that looks at the whole story at once."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tests.stories import NO, UNKNOWN, YES, at, s, seconds_of
from vision.rules.sustained import NOTHING, Closed, Opened, SustainedParams, step
from vision.types import Answer, EndReason

PARAMS = SustainedParams(open_after=s(2), close_after=s(3), hold_unknown=s(10))


def play(story: list[tuple[float, Answer]]) -> list[tuple[float, ...] | tuple[float, float, EndReason]]:
    state, heard = NOTHING, []
    for seconds, answer in story:
        state, transition = step(state, at(seconds), answer, PARAMS)
        if isinstance(transition, Opened):
            heard.append((seconds_of(transition.started_at),))
        if isinstance(transition, Closed):
            heard.append((seconds_of(transition.started_at), seconds_of(transition.ended_at), transition.reason))
    return heard


def test_a_stretch_starts_at_its_first_yes_and_ends_at_its_last() -> None:
    story = [(t, YES) for t in range(5)] + [(t, NO) for t in range(5, 10)]
    assert [(0,), (0, 4, EndReason.CEASED)] == play(story)


def test_a_short_yes_is_nothing() -> None:
    assert [] == play([(0, YES), (1, YES), (2, NO), (6, NO), (7, NO)])


def test_a_flicker_does_not_end_it() -> None:
    story = [(0, YES), (2, YES), (3, NO), (4, NO), (5, YES), (6, YES)]
    assert [(0,)] == play(story)


def test_unknown_neither_feeds_nor_ends() -> None:
    assert [(0,)] == play([(0, YES), (3, YES), (5, UNKNOWN), (9, UNKNOWN), (12, YES)])
    assert [] == play([(0, UNKNOWN), (60, UNKNOWN)])


def test_too_long_unknown_ends_at_the_last_evidence() -> None:
    assert [(0,), (0, 3, EndReason.LOST_SIGHT)] == play([(0, YES), (3, YES), (5, UNKNOWN), (13.5, UNKNOWN)])


def test_silence_is_as_unknown() -> None:
    assert [(0,), (0, 3, EndReason.LOST_SIGHT)] == play([(0, YES), (3, YES), (60, YES)])


@dataclass
class Told:
    start: int
    end: int | None


def oracle(answers: list[bool], open_after: int, close_after: int) -> list[Told]:
    """With a yes or no every second: runs of yes, joined over holes shorter than ``close_after``, long enough."""
    runs: list[list[int]] = []
    for t, is_yes in enumerate(answers):
        if is_yes:
            # a hole of no from p+1 to t-1 closes once a no is close_after later than the first no
            if runs and (t - 1) - (runs[-1][1] + 1) < close_after:
                runs[-1][1] = t
            else:
                runs.append([t, t])
    told = []
    for first, last in runs:
        if last - first >= open_after:
            is_over = (len(answers) - 1) - (last + 1) >= close_after
            told.append(Told(first, last if is_over else None))
    return told


@given(st.lists(st.booleans(), max_size=60))
def test_it_tells_the_same_as_one_who_knows_the_whole_story(answers: list[bool]) -> None:
    state, told = NOTHING, []
    for t, is_yes in enumerate(answers):
        state, transition = step(state, at(t), YES if is_yes else NO, PARAMS)
        if isinstance(transition, Opened):
            told.append(Told(int(seconds_of(transition.started_at) or 0), None))
        if isinstance(transition, Closed):
            told[-1].end = int(seconds_of(transition.ended_at) or 0)
    assert oracle(answers, 2, 3) == told


@given(st.lists(st.sampled_from([YES, NO, UNKNOWN]), max_size=80))
def test_ends_never_precede_starts_and_nothing_opens_twice(answers: list[Answer]) -> None:
    heard = play([(float(t), answer) for t, answer in enumerate(answers)])
    is_open = False
    for item in heard:
        if len(item) == 1:
            assert not is_open
            is_open = True
        else:
            assert is_open
            assert item[1] >= item[0]  # type: ignore[operator]
            is_open = False
