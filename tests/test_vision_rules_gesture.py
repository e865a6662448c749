"""Puffs: examples in seconds, and an oracle that reads the whole timeline at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import CAMERA, NO, RUN, UNKNOWN, YES, at, observation, s, seconds_of
from vision.errors import InvalidFact
from vision.rules import gesture
from vision.rules.gesture import AT_REST, GestureParams, Hand, Raise, RaiseKind
from vision.types import Answer, Gap, GapReason, Observation, Question

PARAMS = GestureParams()
LOOK_S = 0.4


def told(seconds: float, answer: Answer) -> Observation:
    return observation(seconds, answer, Question.HAND_AT_MOUTH)


def looks(*spans: tuple[float, Answer], start: float = 0.0) -> list[Observation]:
    """Looks every 0.4 s; each span says for how many looks an answer is given."""
    answers = [answer for count, answer in spans for _ in range(round(count))]
    return [told(start + i * LOOK_S, answer) for i, answer in enumerate(answers)]


def play(
    items: list[Observation | Gap] | list[Observation], params: GestureParams = PARAMS
) -> tuple[Hand, list[Raise]]:
    hand, found = AT_REST, []
    for item in items:
        if isinstance(item, Gap):
            hand = gesture.interrupt(hand)
            continue
        hand, over = gesture.step(hand, item, params)
        found += [] if over is None else [over]
    return hand, found


def kinds(items: list[Observation | Gap] | list[Observation]) -> list[RaiseKind]:
    return [found.kind(PARAMS) for found in play(items)[1]]


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [
        (0.4, RaiseKind.TOUCH),
        (1.6, RaiseKind.TOUCH),
        (2.0, RaiseKind.PUFF),
        (4.8, RaiseKind.PUFF),
        (6.0, RaiseKind.PHONE),
    ],
)
def test_how_long_a_hand_stays_tells_what_it_does(seconds: float, kind: RaiseKind) -> None:
    assert [kind] == kinds(looks((5, NO), (seconds / LOOK_S, YES), (5, NO)))


def test_the_ends_are_taken_midway_between_two_looks() -> None:
    (found,) = play(looks((5, NO), (6, YES), (5, NO)))[1]
    assert abs(found.lasted.total_seconds() - 2.4) < 1e-6
    assert [1.6, 2.0, 4.0, 4.4] == [
        seconds_of(look.at) for look in (found.before, found.first, found.last, found.after)
    ]


def test_a_missed_look_splits_no_raise() -> None:
    assert [RaiseKind.PUFF] == kinds(looks((5, NO), (3, YES), (1, NO), (3, YES), (5, NO)))
    assert [RaiseKind.PUFF] == kinds(looks((5, NO), (3, YES), (1, UNKNOWN), (3, YES), (5, NO)))


def test_two_touches_are_no_puff() -> None:
    assert [RaiseKind.TOUCH, RaiseKind.TOUCH] == kinds(looks((5, NO), (3, YES), (4, NO), (3, YES), (5, NO)))


def test_a_raise_whose_start_or_end_was_out_of_sight_says_nothing() -> None:
    assert [] == kinds(looks((6, YES), (5, NO)))
    assert [] == kinds(looks((5, NO), (5, UNKNOWN), (6, YES), (5, NO)))
    assert [] == kinds(looks((5, NO), (6, YES), (5, UNKNOWN), (5, NO)))
    assert [] == kinds(looks((5, NO), (6, YES)))


def test_a_turned_back_is_no_gesture() -> None:
    assert [] == kinds(looks((500, UNKNOWN)))


def test_a_gap_drops_the_raise_in_progress_and_keeps_the_puffs() -> None:
    gap = Gap(CAMERA, RUN, at(7), at(7.1), GapReason.STREAM_LOST)
    puff = looks((5, NO), (6, YES), (5, NO))
    hand, found = play([*puff, told(6.8, YES), gap, told(7.2, YES), *looks((6, NO), start=9.2)])
    assert [RaiseKind.PUFF] == [one.kind(PARAMS) for one in found]
    assert 1 == len(hand.puffs)


def test_three_puffs_in_ninety_seconds_are_strong_and_more_add_nothing() -> None:
    hand = AT_REST
    weights = []
    for i in range(5):
        for look in looks((5, NO), (6, YES), (5, NO), start=i * 15):
            hand, _ = gesture.step(hand, look, PARAMS)
        weights.append(gesture.support(hand, at(i * 15 + 8), PARAMS) / PARAMS.weight_most)
    assert [0.333, 0.667, 1.0, 1.0, 1.0] == [round(weight, 3) for weight in weights]


def test_puffs_are_forgotten_after_the_window() -> None:
    hand, _ = play(looks((5, NO), (6, YES), (5, NO)))
    assert 0.0 < gesture.support(hand, at(90), PARAMS)
    assert 0.0 == gesture.support(hand, at(95), PARAMS)
    assert (False, True) == (hand.is_idle(at(90), PARAMS), hand.is_idle(at(200), PARAMS))


def test_a_phone_and_a_touch_add_nothing() -> None:
    hand, _ = play([*looks((5, NO), (30, YES), (5, NO)), *looks((3, YES), (5, NO), start=16)])
    assert 0.0 == gesture.support(hand, at(20), PARAMS)


@pytest.mark.parametrize(
    "wrong",
    [{"puff_least": s(6)}, {"window": s(4)}, {"bridge": s(3)}, {"bridge": s(0)}, {"ratio": 0.5}, {"counted": 0}],
)
def test_params_that_make_no_sense_are_refused(wrong: dict[str, timedelta | float | int]) -> None:
    with pytest.raises(InvalidFact, match="wanted"):
        replace(PARAMS, **wrong)  # type: ignore[arg-type]


Item = tuple[int, Answer | None]
"""Tenths of a second since the last item, and an answer; None is a gap."""


def timeline(steps: list[Item]) -> list[Observation | Gap]:
    items: list[Observation | Gap] = []
    now = 0.0
    for tenths, answer in steps:
        now = round(now + tenths / 10, 1)
        if answer is None:
            items.append(Gap(CAMERA, RUN, at(now), at(now), GapReason.STREAM_LOST))
        else:
            items.append(told(now, answer))
    return items


def segments(items: list[Observation | Gap]) -> list[list[Observation]]:
    parts: list[list[Observation]] = [[]]
    for item in items:
        if isinstance(item, Gap):
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def raises_by_hand(items: list[Observation | Gap], bridge: timedelta) -> list[tuple[float, float]]:
    """Oracle: of every stretch between gaps, every pair of looks that could be the first and last of a raise.

    Returns first and last look of each raise, seconds, that was seen from end to end and is known to be over.
    """
    found = []
    for part in segments(items):
        yes = [look.at for look in part if look.answer is YES]
        no = [look.at for look in part if look.answer is NO]
        for first in yes:
            for last in (moment for moment in yes if moment >= first):
                inner = [moment for moment in yes if first <= moment <= last]
                is_one = all(b - a <= bridge for a, b in pairwise(inner))
                is_whole = not any(timedelta() < first - y <= bridge or timedelta() < y - last <= bridge for y in yes)
                start_seen = any(timedelta() < first - n <= bridge for n in no)
                end_seen = any(timedelta() < n - last <= bridge for n in no)
                is_over = any(look.at - last > bridge for look in part)
                if is_one and is_whole and start_seen and end_seen and is_over:
                    found.append(((first - at(0)).total_seconds(), (last - at(0)).total_seconds()))
    return found


STEPS = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([YES, YES, YES, NO, NO, UNKNOWN, None])), max_size=60)


@given(STEPS)
def test_raises_are_those_that_reading_the_whole_timeline_finds(steps: list[Item]) -> None:
    items = timeline(steps)
    found = [(seconds_of(one.first.at), seconds_of(one.last.at)) for one in play(items)[1]]
    assert raises_by_hand(items, PARAMS.bridge) == found


@given(STEPS)
def test_a_raise_lasts_between_what_was_seen_and_what_was_not(steps: list[Item]) -> None:
    for one in play(timeline(steps))[1]:
        assert one.before.at < one.first.at <= one.last.at < one.after.at
        assert one.last.at - one.first.at < one.lasted < one.after.at - one.before.at


@given(STEPS)
def test_gestures_never_add_more_than_stated(steps: list[Item]) -> None:
    params = replace(PARAMS, puff_least=s(1.1), puff_most=s(20))
    hand = AT_REST
    for item in timeline(steps):
        if isinstance(item, Observation):
            hand, _ = gesture.step(hand, item, params)
            assert 0.0 <= gesture.support(hand, item.at, params) <= params.weight_most + 1e-9
