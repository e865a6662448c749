"""The sequential test: examples, an oracle, and error rates counted on made-up looks."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import NO, UNKNOWN, YES, at, s, seconds_of
from vision.errors import InvalidFact
from vision.rules.sequential import LEVEL, SequentialParams, step
from vision.rules.sustained import Closed, Opened
from vision.types import Answer, EndReason

PARAMS = SequentialParams(hit_rate=0.5, false_rate=0.05, odds=100, open_after=s(1), hold_unknown=s(10))


def play(answers: list[Answer], every_s: float = 0.5, params: SequentialParams = PARAMS) -> list[object]:
    state, heard = LEVEL, []
    for i, answer in enumerate(answers):
        state, transition = step(state, at(i * every_s), answer, params)
        if transition is not None:
            heard.append(transition)
    return heard


def test_one_look_never_makes_an_event() -> None:
    sure = SequentialParams(hit_rate=0.99, false_rate=0.0001, odds=2, open_after=s(1), hold_unknown=s(10))
    assert [] == play([YES, NO, NO, NO], params=sure)
    assert [] == play([YES], params=sure)


def test_evidence_adds_up_and_starts_at_the_first_look() -> None:
    (opened,) = play([NO, YES, YES, NO, YES])
    assert isinstance(opened, Opened)
    assert 0.5 == seconds_of(opened.started_at)


def test_unknown_weighs_nothing() -> None:
    assert 1 == len(play([YES, UNKNOWN, UNKNOWN, YES, UNKNOWN, YES]))
    assert [] == play([UNKNOWN] * 100)


def test_it_ends_at_the_last_look_that_spoke_for_it() -> None:
    opened, closed = play([YES] * 6 + [NO] * 12)
    assert isinstance(opened, Opened)
    assert isinstance(closed, Closed)
    assert 2.5 == seconds_of(closed.ended_at)
    assert EndReason.CEASED is closed.reason


def test_rates_that_tell_nothing_are_refused() -> None:
    with pytest.raises(InvalidFact, match="false_rate < hit_rate"):
        SequentialParams(0.2, 0.3, 10, s(1), s(1))


def first_opening(answers: list[bool]) -> int | None:
    """Oracle: the first look at which some run of looks that ends there has a sum of at least the bound.

    Page's recursion equals the largest sum over all runs that end here.
    """
    weight = {True: math.log(0.5 / 0.05), False: math.log(0.5 / 0.95)}
    for end in range(len(answers)):
        for begin in range(end + 1):
            run = answers[begin : end + 1]
            if sum(weight[a] for a in run) >= math.log(100) - 1e-9 and answers[begin]:
                return end
    return None


@given(st.lists(st.booleans(), max_size=40))
def test_it_opens_where_the_best_run_of_looks_is_strong_enough(answers: list[bool]) -> None:
    params = SequentialParams(0.5, 0.05, 100, s(0), s(1000))
    state, opened_at = LEVEL, None
    for i, is_yes in enumerate(answers):
        state, transition = step(state, at(i), YES if is_yes else NO, params)
        if isinstance(transition, Opened) and opened_at is None:
            opened_at = i
    assert first_opening(answers) == opened_at


def test_false_events_are_as_rare_as_promised() -> None:
    """At the stated false rate, the mean time between false events is at least the odds (Page, Lorden)."""
    chance = random.Random(7)
    answers = [YES if chance.random() < 0.05 else NO for _ in range(20_000)]
    false_events = sum(isinstance(t, Opened) for t in play(answers))
    assert false_events <= 20_000 / 100
