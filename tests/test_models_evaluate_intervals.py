"""Intervals against published values and against coverage by drawing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluate.intervals import bootstrap, clopper_pearson, of_share, poisson


def binomial_tail(part: int, whole: int, share: float) -> float:
    """Probability of ``part`` or more."""
    return sum(math.comb(whole, k) * share**k * (1 - share) ** (whole - k) for k in range(part, whole + 1))


@given(st.integers(1, 60).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_at_the_ends_of_the_exact_interval_the_count_is_a_1_in_40_chance(counts: tuple[int, int]) -> None:
    part, whole = counts
    low, high = clopper_pearson(part, whole)
    assert (0.0 if part == 0 else pytest.approx(0.025, rel=1e-6)) == (binomial_tail(part, whole, low) if part else low)
    assert (1.0 if part == whole else pytest.approx(0.975, rel=1e-6)) == (
        binomial_tail(part + 1, whole, high) if part < whole else high
    )


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)]
)
def test_the_poisson_interval_is_that_of_the_tables(count: int, low: float, high: float) -> None:
    assert pytest.approx((low, high), abs=6e-4) == poisson(count, 1.0)
    assert pytest.approx((low / 4, high / 4), abs=6e-4) == poisson(count, 4.0)


def test_the_bootstrap_holds_the_mean_of_many_pictures() -> None:
    values = np.arange(200) % 7
    (drawn,) = bootstrap(lambda weight: np.array([float(weight @ values) / len(values)]), len(values))
    assert drawn is not None
    spread = 1.96 * float(values.std()) / math.sqrt(len(values))
    assert pytest.approx((values.mean() - spread, values.mean() + spread), abs=0.05) == drawn


def test_the_same_seed_gives_the_same_interval() -> None:
    def mean(weight: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([float(weight[:3].sum())])

    assert bootstrap(mean, 8) == bootstrap(mean, 8)
    assert bootstrap(mean, 8) != bootstrap(mean, 80)


def test_a_figure_that_most_draws_leave_undefined_has_no_interval() -> None:
    assert [None] == bootstrap(lambda weight: np.array([np.nan]), 5)


def test_one_picture_has_no_bootstrap() -> None:
    assert [None] == bootstrap(lambda weight: np.array([1.0]), 1)


def test_a_share_of_nothing_has_no_interval_and_all_or_none_the_exact_one() -> None:
    assert None is of_share(0, 0, (0.0, 1.0))
    assert clopper_pearson(0, 9) == of_share(0, 9, (0.0, 0.0))
    assert clopper_pearson(9, 9) == of_share(9, 9, (1.0, 1.0))
    assert (0.2, 0.6) == of_share(4, 9, (0.2, 0.6))
    assert clopper_pearson(4, 9) == of_share(4, 9, None)
