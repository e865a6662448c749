"""Suspension: examples, an oracle, and how soon and how often, counted on simulated verdicts."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.errors import VerdictsUnfit
from calibration.shares import share_high, share_low
from calibration.simulate_thresholds import verdicts_until_change
from calibration.suspension import (
    DOUBT,
    NEW,
    TRUST,
    Cause,
    JudgedAt,
    Mode,
    SuspensionParams,
    Trust,
    replay,
    set_by_hand,
    step,
)

PARAMS = SuspensionParams(target=0.9, floor=0.7)
START = datetime(2025, 10, 20, 1, 0, tzinfo=UTC)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def story(answers: str) -> list[JudgedAt]:
    """``b`` is a breach, ``n`` is none, one a minute."""
    return [JudgedAt(at(i), answer == "b") for i, answer in enumerate(answers)]


def test_a_rule_that_is_right_is_left_alone() -> None:
    trust, changes = replay(story("bbbbbbbbbn" * 20), PARAMS)
    assert ([], Mode.ACTIVE) == (changes, trust.mode)


def test_six_mistakes_in_a_row_suspend_and_the_record_says_why() -> None:
    trust, (change,) = replay(story("b" * 40 + "n" * 6), PARAMS)
    assert (Mode.SUSPENDED, Cause.FELL_BELOW_FLOOR, at(45)) == (change.mode, change.cause, change.at)
    assert (0.0, 6) == (change.precision, change.n), "what came before the fall does not count"
    assert change.interval == pytest.approx((0.0, 0.4593), abs=1e-4)
    assert (Mode.SUSPENDED, 0.0) == (trust.mode, trust.evidence)


def test_nineteen_breaches_in_a_row_earn_trust_again() -> None:
    suspended = Trust(Mode.SUSPENDED)
    assert [] == replay(story("b" * 18), PARAMS, start=suspended)[1]
    trust, (change,) = replay(story("b" * 19), PARAMS, start=suspended)
    assert (Mode.ACTIVE, Cause.EARNED_AGAIN, 19, 1.0) == (trust.mode, change.cause, change.n, change.precision)


def test_a_bad_time_while_suspended_need_not_be_made_good() -> None:
    after = replay(story("n" * 100 + "b" * 19), PARAMS, start=Trust(Mode.SUSPENDED))[1]
    assert [Cause.EARNED_AGAIN] == [change.cause for change in after]


def test_it_may_fall_and_rise_more_than_once() -> None:
    _, changes = replay(story("b" * 10 + "n" * 6 + "b" * 19 + "n" * 6), PARAMS)
    assert [Mode.SUSPENDED, Mode.ACTIVE, Mode.SUSPENDED] == [change.mode for change in changes]


def test_a_person_lifts_it_with_a_note_and_counting_starts_anew() -> None:
    heard, _ = replay(story("b" * 7), PARAMS, start=Trust(Mode.SUSPENDED))
    trust, change = set_by_hand(heard, Mode.ACTIVE, at=at(60), note=" đã lau ống kính ")
    assert (Mode.ACTIVE, Cause.LIFTED_BY_HAND, "đã lau ống kính", 7) == (
        change.mode,
        change.cause,
        change.note,
        change.n,
    )
    assert Trust(Mode.ACTIVE, last_at=at(60)) == trust


def test_a_change_by_hand_without_a_reason_or_without_effect_is_refused() -> None:
    with pytest.raises(VerdictsUnfit, match="note that says why"):
        set_by_hand(Trust(Mode.SUSPENDED), Mode.ACTIVE, at=at(0), note="  ")
    with pytest.raises(VerdictsUnfit, match="active already"):
        set_by_hand(NEW, Mode.ACTIVE, at=at(0), note="x")


def test_by_hand_without_verdicts_the_record_has_no_figure() -> None:
    _, change = set_by_hand(NEW, Mode.SUSPENDED, at=at(0), note="camera sắp dời")
    assert (None, None, 0) == (change.precision, change.interval, change.n)


def test_verdicts_out_of_order_are_refused() -> None:
    trust, _ = step(NEW, JudgedAt(at(5), True), PARAMS)
    with pytest.raises(VerdictsUnfit, match="out of order"):
        step(trust, JudgedAt(at(4), True), PARAMS)


@pytest.mark.parametrize(("target", "floor"), [(0.7, 0.7), (0.6, 0.7), (1.0, 0.7), (0.9, 0.0), (math.nan, 0.7)])
def test_floors_and_targets_that_make_no_sense_are_refused(target: float, floor: float) -> None:
    with pytest.raises(VerdictsUnfit):
        SuspensionParams(target=target, floor=floor)


def oracle(answers: list[bool], mode: Mode) -> tuple[int, int, int] | None:
    """Find the first change by looking at every run of verdicts that ends at each one.

    Page's sum is the largest sum of any such run; it last left nought after the shortest of the longest ones.

    Returns:
        Index of the verdict, breaches and verdicts of the run; None where nothing changes.
    """
    sign = 1.0 if mode is Mode.ACTIVE else -1.0
    weights = [sign * (math.log(0.7 / 0.9) if answer else math.log(0.3 / 0.1)) for answer in answers]
    for end in range(len(answers)):
        sums = {start: sum(weights[start : end + 1]) for start in range(end + 1)}
        best = max(sums.values())
        if best <= 0:
            continue
        start = max(start for start, total in sums.items() if total > best - 1e-9)
        run = answers[start : end + 1]
        is_enough = best >= (DOUBT if mode is Mode.ACTIVE else TRUST)
        if is_enough and (mode is Mode.SUSPENDED or sum(run) < 0.7 * len(run)):
            return end, sum(run), len(run)
    return None


@given(st.lists(st.sampled_from([True, True, False]), max_size=60), st.sampled_from(list(Mode)))
def test_it_changes_where_the_best_run_of_verdicts_is_strong_enough(answers: list[bool], mode: Mode) -> None:
    stories = [JudgedAt(at(i), answer) for i, answer in enumerate(answers)]
    _, changes = replay(stories, PARAMS, start=Trust(mode))
    wanted = oracle(answers, mode)
    if wanted is None:
        assert [] == changes
        return
    end, breaches, judged = wanted
    first = changes[0]
    assert (at(end), judged) == (first.at, first.n)
    assert first.precision == pytest.approx(breaches / judged)
    assert first.interval == (share_low(breaches, judged, 0.975), share_high(breaches, judged, 0.975))
    assert first.mode is not mode


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 40))
def test_taken_in_one_by_one_or_in_two_parts_it_is_the_same(answers: list[bool], cut: int) -> None:
    stories = [JudgedAt(at(i), answer) for i, answer in enumerate(answers)]
    whole = replay(stories, PARAMS)
    before, changes = replay(stories[:cut], PARAMS)
    after, further = replay(stories[cut:], PARAMS, start=before)
    assert whole == (after, changes + further)


def test_a_fall_to_six_in_ten_is_noticed_within_fifty_verdicts() -> None:
    random = np.random.default_rng(21)
    falls = [verdicts_until_change([0.95] * 60 + [0.6] * 100, random, healthy=60) for _ in range(300)]
    noticed = sum(fall is not None and fall <= 50 for fall in falls)
    assert share_high(noticed, 300, 0.99) >= 0.97, "the design promises .98"
    assert noticed >= 0.95 * 300


def test_a_rule_at_its_best_is_hardly_ever_suspended() -> None:
    random = np.random.default_rng(22)
    assert 0 == sum(verdicts_until_change([0.95] * 300, random) is not None for _ in range(200))


def test_a_rule_that_stays_bad_is_hardly_ever_trusted_again() -> None:
    random = np.random.default_rng(23)
    risen = [verdicts_until_change([0.6] * 200, random, mode=Mode.SUSPENDED) for _ in range(200)]
    assert sum(each is not None for each in risen) <= 0.05 * 200
