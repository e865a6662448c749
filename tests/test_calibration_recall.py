"""Recall from random checks: the draw repeats itself, bounds are exact, too few checks are no figure."""

from __future__ import annotations

import math
import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from calibration.errors import VerdictsUnfit
from calibration.recall import (
    CHECKS_AT_LEAST,
    RecallOutcome,
    Stratum,
    breaches_between,
    estimate_recall,
    is_drawn,
)
from calibration.shares import share_high, share_low
from calibration.simulate_thresholds import recall_covered

IDS = [uuid.uuid5(uuid.NAMESPACE_OID, str(i)) for i in range(4000)]


def all_flags(breaches: int, judged: int) -> Stratum:
    return Stratum(breaches, judged, judged, 1.0, is_flag=True)


def test_the_draw_is_the_same_in_every_replay() -> None:
    first = [is_drawn(event_id, 0.05, purpose="smoking") for event_id in IDS]
    assert first == [is_drawn(event_id, 0.05, purpose="smoking") for event_id in IDS]
    assert share_low(sum(first), len(IDS), 0.999) < 0.05 < share_high(sum(first), len(IDS), 0.999)


def test_draws_for_different_rules_are_independent() -> None:
    both = sum(is_drawn(i, 0.2, purpose="smoking") and is_drawn(i, 0.2, purpose="badge_missing") for i in IDS)
    assert share_low(both, len(IDS), 0.999) < 0.04 < share_high(both, len(IDS), 0.999)


def test_a_larger_share_draws_all_that_a_smaller_one_drew() -> None:
    few = {i for i in IDS if is_drawn(i, 0.05, purpose="smoking")}
    assert few < {i for i in IDS if is_drawn(i, 0.2, purpose="smoking")}
    assert not any(is_drawn(i, 0.0, purpose="smoking") for i in IDS)
    assert all(is_drawn(i, 1.0, purpose="smoking") for i in IDS)


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan])
def test_probabilities_that_are_none_are_refused(probability: float) -> None:
    with pytest.raises(VerdictsUnfit, match=r"wanted 0\.\.1"):
        is_drawn(IDS[0], probability, purpose="smoking")
    with pytest.raises(VerdictsUnfit, match="probability above 0"):
        Stratum(0, 0, 0, probability, is_flag=False)


def test_more_breaches_than_were_judged_are_refused() -> None:
    with pytest.raises(VerdictsUnfit, match="breaches <= judged <= drawn"):
        Stratum(3, 2, 5, 0.1, is_flag=False)


def test_each_miss_found_stands_for_twenty() -> None:
    estimate = estimate_recall([all_flags(80, 90), Stratum(1, 60, 60, 0.05, is_flag=False)])
    assert RecallOutcome.ESTIMATED is estimate.outcome
    assert estimate.missed == pytest.approx(20) and estimate.recall == pytest.approx(0.8)
    assert estimate.interval is not None and estimate.interval[0] < 0.8 < estimate.interval[1]


def test_what_waits_for_a_verdict_makes_each_answer_weigh_more() -> None:
    estimate = estimate_recall([all_flags(80, 90), Stratum(1, 30, 60, 0.05, is_flag=False)])
    assert estimate.missed == pytest.approx(40)


def test_no_miss_found_is_not_no_miss() -> None:
    estimate = estimate_recall([all_flags(80, 90), Stratum(0, 60, 60, 0.05, is_flag=False)])
    assert 1.0 == estimate.recall
    assert estimate.interval == pytest.approx((80 / (80 + 71), 1.0)), "of 71 misses none is drawn in one case of 40"


def test_too_few_checks_are_no_figure() -> None:
    estimate = estimate_recall([all_flags(80, 90), Stratum(1, 12, 12, 0.05, is_flag=False)])
    assert (None, None, RecallOutcome.NOT_ENOUGH_YET) == (estimate.recall, estimate.interval, estimate.outcome)
    assert CHECKS_AT_LEAST - 12 == estimate.missing


def test_checks_that_nobody_has_looked_at_are_not_called_clean() -> None:
    waiting = Stratum(0, 0, 9, 0.2, is_flag=False)
    estimate = estimate_recall([all_flags(80, 90), Stratum(1, 60, 60, 0.05, is_flag=False), waiting])
    assert RecallOutcome.NOT_ENOUGH_YET is estimate.outcome


def test_where_no_breach_was_seen_there_is_nothing_to_recall() -> None:
    estimate = estimate_recall([all_flags(0, 4), Stratum(0, 60, 60, 0.05, is_flag=False)])
    assert (None, RecallOutcome.NO_BREACHES) == (estimate.recall, estimate.outcome)


@given(st.integers(0, 12), st.sampled_from([0.02, 0.05, 0.2, 0.5]), st.sampled_from([0.025, 0.0125]))
def test_the_bounds_are_the_first_and_last_count_that_is_not_ruled_out(
    seen: int, inclusion: float, tail: float
) -> None:
    low, high = breaches_between(seen, inclusion, tail)
    counts = np.arange(seen, 2000)
    few, many = binom.cdf(seen, counts, inclusion), binom.sf(seen - 1, counts, inclusion)
    possible = counts[(few > tail) & (many > tail)]
    assert (int(possible[0]), int(possible[-1])) == (low, high)


def test_the_interval_covers_the_truth() -> None:
    random = np.random.default_rng(31)
    covered = [each for each in (recall_covered(random) for _ in range(150)) if each is not None]
    assert len(covered) > 100
    assert share_high(sum(covered), len(covered), 0.99) >= 0.95
