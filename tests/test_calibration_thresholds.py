"""Thresholds with a guarantee: examples, oracles, and promises counted on simulated cameras."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from calibration.boundary import crossing, look_level
from calibration.errors import VerdictsUnfit
from calibration.pooled import STEPS, STRENGTH_AT_MOST, expected_precision, fit_prior
from calibration.shares import share_high, share_low
from calibration.simulate_thresholds import Share, live, run_case, run_cases
from calibration.simulated import SimulatedCamera, any_camera, flat_camera, judged
from calibration.thresholds import KEEP_ALL, Outcome, choose_threshold, milestone
from calibration.verdicts import JudgedScore, Resolved, resolve

SEPARATING = SimulatedCamera(0.7, (9.0, 2.0), (2.0, 6.0))


def flags(*runs: tuple[int, float, bool]) -> list[JudgedScore]:
    return [JudgedScore(score, is_breach) for count, score, is_breach in runs for _ in range(count)]


def test_without_verdicts_nothing_is_made_up() -> None:
    choice = choose_threshold([], target=0.9)
    assert (None, None, None, Outcome.NOT_ENOUGH_YET) == (
        choice.threshold,
        choice.precision,
        choice.precision_low,
        choice.outcome,
    )
    assert 29 == choice.missing, ".9 to the 29th is under 5 %"


def test_twenty_eight_breaches_in_a_row_are_one_too_few() -> None:
    few = choose_threshold(flags((28, 0.8, True)), target=0.9)
    assert (Outcome.NOT_ENOUGH_YET, 1) == (few.outcome, few.missing)
    enough = choose_threshold(flags((29, 0.8, True)), target=0.9)
    assert (Outcome.EARNED, KEEP_ALL, 1.0) == (enough.outcome, enough.threshold, enough.kept_share)


def test_a_few_mistakes_only_are_not_enough_yet_and_many_cannot_reach_it() -> None:
    assert Outcome.NOT_ENOUGH_YET is choose_threshold(flags((5, 0.8, False)), target=0.9).outcome
    hopeless = choose_threshold(flags((60, 0.8, False)), target=0.9)
    assert (Outcome.CANNOT_REACH, None, 0.0) == (hopeless.outcome, hopeless.threshold, hopeless.precision)


def test_the_threshold_lies_where_flags_become_worse() -> None:
    choice = choose_threshold(flags((150, 0.9, True), (50, 0.8, True), (100, 0.3, False)), target=0.9)
    assert (Outcome.EARNED, 0.8) == (choice.outcome, choice.threshold)
    assert choice.precision == 1.0 and choice.kept_share == pytest.approx(200 / 300)
    assert choice.precision_low is not None and choice.precision_low >= 0.9


def test_flags_of_one_score_stand_or_fall_together() -> None:
    mixed = flags((40, 0.9, True), (20, 0.5, True), (60, 0.5, False))
    assert 0.9 == choose_threshold(mixed, target=0.9).threshold
    assert choose_threshold(mixed, target=0.9) == choose_threshold(mixed[::-1], target=0.9)


def test_a_low_threshold_is_not_tested_on_flags_judged_for_being_high() -> None:
    held_back = [JudgedScore(0.9, True, fair_from=0.8) for _ in range(200)]
    choice = choose_threshold([*held_back, *flags((3, 0.4, True))], target=0.9)
    assert 0.9 == choice.threshold, "three flags of .4 do not show what lies above .4"


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, 1.5, math.nan])
def test_targets_that_are_no_shares_are_refused(wrong: float) -> None:
    with pytest.raises(VerdictsUnfit, match="precision target: wanted a share"):
        choose_threshold([], target=wrong)
    with pytest.raises(VerdictsUnfit, match="confidence: wanted a share"):
        choose_threshold([], target=0.9, confidence=wrong)


@pytest.mark.parametrize("score", [math.nan, math.inf, -0.1, 1.1])
def test_scores_that_are_none_are_refused(score: float) -> None:
    with pytest.raises(VerdictsUnfit, match=r"wanted 0\.\.1"):
        JudgedScore(score, True)


@pytest.mark.parametrize("fair_from", [math.nan, -0.1, 0.6])
def test_a_flag_under_the_threshold_it_was_judged_for_is_refused(fair_from: float) -> None:
    with pytest.raises(VerdictsUnfit, match="fair_from"):
        JudgedScore(0.5, True, fair_from)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]), st.booleans()), min_size=1, max_size=60))
def test_an_earned_threshold_agrees_with_counting_by_hand(told: list[tuple[float, bool]]) -> None:
    """Oracle: closed testing spelled out. A look is shown if from each look up to it on, some look passes its level."""
    target = 0.6
    choice = choose_threshold([JudgedScore(score, answer) for score, answer in told], target=target)
    looks = sorted({score for score, _ in told}, reverse=True)
    above = [[answer for score, answer in told if score >= look] for look in looks]
    chance = [binomtest(sum(a), len(a), target, alternative="greater").pvalue for a in above]

    def passes(start: int) -> list[int]:
        level = look_level(len(told), first=len(above[start]), share=target, error=0.05)
        return [look for look in range(start, len(looks)) if chance[look] <= level * (1 + 1e-9)]

    shown = [look for look in range(len(looks)) if all(passes(start) for start in range(look + 1))]
    # a rejected look needs its own start to be rejected by a look that is itself shown
    lowest = max(itertools.chain(*(passes(start) for start in shown)), default=None)
    if lowest is None:
        assert Outcome.EARNED is not choice.outcome
    else:
        wanted = KEEP_ALL if lowest == len(looks) - 1 else looks[lowest]
        assert (Outcome.EARNED, wanted) == (choice.outcome, choice.threshold)
        assert choice.precision == pytest.approx(sum(above[lowest]) / len(above[lowest]))


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_bounds_of_a_share_are_those_of_the_binomial_test(part: int, rest: int, confidence: float) -> None:
    whole = part + rest
    if whole == 0:
        assert (0.0, 1.0) == (share_low(0, 0, confidence), share_high(0, 0, confidence))
        return
    low = binomtest(part, whole, alternative="greater").proportion_ci(confidence).low
    high = binomtest(part, whole, alternative="less").proportion_ci(confidence).high
    assert low == pytest.approx(share_low(part, whole, confidence), abs=1e-9)
    assert high == pytest.approx(share_high(part, whole, confidence), abs=1e-9)


def test_the_level_allows_what_it_promises_by_enumeration() -> None:
    level, share, entries = 0.2, 0.5, 8
    crossed = 0
    for walk in itertools.product((False, True), repeat=entries):
        counts = list(itertools.accumulate(walk))
        crossed += any(
            binomtest(counts[m - 1], m, share, alternative="greater").pvalue <= level for m in range(1, entries + 1)
        )
    assert crossed / 2**entries == pytest.approx(crossing(entries, first=1, share=share, level=level))


@pytest.mark.parametrize(("entries", "first"), [(29, 1), (100, 1), (100, 60), (300, 1)])
def test_the_level_of_all_looks_keeps_the_allowed_error(entries: int, first: int) -> None:
    level = look_level(entries, first=first, share=0.9, error=0.05)
    assert crossing(entries, first=first, share=0.9, level=level) <= 0.05
    assert level < 0.05 or entries == 29


def test_without_a_shared_level_luck_would_be_four_times_as_frequent() -> None:
    assert crossing(300, first=1, share=0.9, level=0.05) == pytest.approx(0.195, abs=0.002)


def test_each_reviewer_s_latest_verdict_counts_and_a_tie_is_contradicted() -> None:
    assert Resolved.BREACH is resolve([(1, True)])
    assert Resolved.NO_BREACH is resolve([(1, True), (1, False)])
    assert Resolved.CONTRADICTED is resolve([(1, True), (2, False)])
    assert Resolved.BREACH is resolve([(1, True), (2, False), (2, None)])
    assert Resolved.NO_BREACH is resolve([(1, True), (2, False), (3, False)])
    assert Resolved.CANNOT_TELL is resolve([(1, None), (2, None)])
    with pytest.raises(VerdictsUnfit, match="without a verdict"):
        resolve([])


def test_other_cameras_suggest_a_working_threshold_and_earn_nothing() -> None:
    random = np.random.default_rng(4)
    prior = fit_prior([judged(*SEPARATING.flags(200, random)) for _ in range(6)])
    assert prior is not None
    choice = choose_threshold(flags((3, 0.9, True)), target=0.9, prior=prior)
    assert Outcome.NOT_ENOUGH_YET is choice.outcome
    assert choice.threshold in STEPS and 0.2 < (choice.threshold or 0) < 0.7
    assert choice.expected is not None and choice.expected >= 0.9
    assert choice.missing > 20


def test_a_prior_never_outweighs_a_camera_s_own_verdicts_for_long() -> None:
    alike = [flags((190, 0.9, True), (10, 0.9, False)) for _ in range(8)]
    prior = fit_prior(alike)
    assert prior is not None
    assert STRENGTH_AT_MOST == prior.strength[0]
    own = flags((10, 0.9, True), (60, 0.9, False))
    assert expected_precision(prior, own)[0] < 0.5


def test_one_other_camera_is_no_prior() -> None:
    assert fit_prior([flags((100, 0.9, True))]) is None
    assert fit_prior([]) is None


def test_milestones_grow_and_never_run_ahead() -> None:
    reached = [milestone(count) for count in range(1200)]
    assert reached == sorted(reached)
    assert all(each <= count for count, each in enumerate(reached))
    assert [0, 10, 190, 200, 210] == [milestone(count) for count in (9, 10, 199, 200, 215)]


def test_the_guarantee_holds_in_simulated_cameras() -> None:
    cases = run_cases(80, np.random.default_rng(11), verdicts=120)
    assert sum(case.is_earned for case in cases) > 20
    broken = Share.of(case.is_broken for case in cases)
    assert share_low(broken.part, broken.whole, 0.99) <= 0.05


def test_the_guarantee_holds_where_scores_say_nothing() -> None:
    random = np.random.default_rng(12)
    cases = [run_case(flat_camera(0.895), 120, random) for _ in range(100)]
    broken = Share.of(case.is_broken for case in cases)
    assert share_low(broken.part, broken.whole, 0.99) <= 0.05


def test_scores_that_separate_keep_nearly_what_the_oracle_keeps() -> None:
    random = np.random.default_rng(13)
    cases = [run_case(SEPARATING, 300, random) for _ in range(15)]
    assert sum(case.kept for case in cases) >= 0.9 * sum(case.oracle for case in cases)


def test_a_threshold_that_holds_flags_back_keeps_its_promise_while_it_moves() -> None:
    random = np.random.default_rng(14)
    lives = [live(any_camera(random), 160, random) for _ in range(8)]
    moments = sum(each.moments for each in lives)
    assert moments > 5
    assert sum(each.broken for each in lives) <= 0.05 * moments
