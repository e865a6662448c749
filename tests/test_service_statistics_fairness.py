"""Comparing inspectors: exact against brute force, silent where there is nothing to say, sharp where there is."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, false_discovery_control, hypergeom

from service.statistics.fairness import (
    FALSE_AT_MOST,
    Cell,
    Comparison,
    Rated,
    benjamini_hochberg,
    compare,
    funnel,
    hypergeometric,
)

counts = st.integers(0, 6)
cells = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([("r1", "u1"), ("r1", "u2"), ("r2", "u1")]), counts, counts),
    max_size=12,
).map(lambda rows: [Cell(who, stratum, breaches + rest, breaches) for who, stratum, breaches, rest in rows])


@given(st.integers(1, 40), st.data())
def test_chances_of_draws_are_hypergeometric(whole: int, data: st.DataObject) -> None:
    marked, drawn = data.draw(st.integers(0, whole)), data.draw(st.integers(0, whole))
    wanted = hypergeom(whole, marked, drawn).pmf(np.arange(drawn + 1))
    assert wanted == pytest.approx(hypergeometric(whole, marked, drawn), abs=1e-12)


def test_a_chance_is_that_of_dealing_the_verdicts_out_anew() -> None:
    # one inspector looked at 10 of 14 alike flags and saw 2 of 5 breaches: go through all deals
    found = one(compare([Cell("a", ("r", "u"), 10, 2), Cell("b", ("r", "u"), 4, 3)]), "a")
    deals = [sum(flag < 5 for flag in dealt) for dealt in combinations(range(14), 10)]
    low, high = (sum(test(d) for d in deals) / len(deals) for test in (lambda d: d <= 2, lambda d: d >= 2))
    assert found.p == pytest.approx(min(1.0, 2 * min(low, high)))
    assert found.expected == pytest.approx(sum(deals) / len(deals))


def one(comparison: Comparison, group: str) -> Rated:
    return next(rated for rated in comparison.rated if rated.group == group)


@given(cells)
def test_everything_is_compared_or_counted_as_alone(found: list[Cell]) -> None:
    comparison = compare(found)
    for group in {cell.group for cell in found}:
        rated = one(comparison, group)
        assert sum(cell.looks for cell in found if cell.group == group) == rated.looks + rated.alone
        assert rated.p is None or rated.looks >= 10
        assert (rated.p is None) == (rated.q is None)
    expected, breaches = (sum(getattr(r, name) for r in comparison.rated) for name in ("expected", "breaches"))
    assert expected == pytest.approx(breaches), "what one sees more, others see less"


@given(cells)
def test_the_order_of_rows_and_their_splitting_change_nothing(found: list[Cell]) -> None:
    split = [
        Cell(cell.group, cell.stratum, looks, breaches)
        for cell in found
        for looks, breaches in ((cell.breaches, cell.breaches), (cell.looks - cell.breaches, 0))
    ]
    random.Random(3).shuffle(split)
    pairs = list(zip(compare(found).rated, compare(split).rated, strict=True))
    assert [(a.group, a.looks, a.alone, a.breaches) for a, _ in pairs] == [
        (b.group, b.looks, b.alone, b.breaches) for _, b in pairs
    ]
    assert all(a.p == pytest.approx(b.p) for a, b in pairs)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_many_comparisons_at_once_are_paid_for(chances: list[float]) -> None:
    assert false_discovery_control(chances).tolist() == pytest.approx(benjamini_hochberg(chances))


def test_who_sees_other_flags_is_not_apart() -> None:
    # a works at the strict unit, b at the other; where both looked, they saw the same
    found = compare(
        [
            Cell("a", ("r", "strict"), 90, 81), Cell("b", ("r", "strict"), 10, 9),
            Cell("a", ("r", "easy"), 10, 1), Cell("b", ("r", "easy"), 90, 9),
        ]
    )  # fmt: skip
    assert [False, False] == [rated.is_apart for rated in found.rated]


def test_one_who_differs_is_found_and_the_others_are_not() -> None:
    found = compare([Cell(f"tt{n}", ("r", "u"), 200, 60 if n else 120) for n in range(8)])
    assert ["tt0"] == [rated.group for rated in found.rated if rated.is_apart][:1]
    assert not found.is_scattered
    assert 0.6 == pytest.approx(one(found, "tt0").rate(found.common), abs=0.05)


def test_where_all_scatter_nobody_is_singled_out() -> None:
    shares = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    found = compare([Cell(str(n), ("r", "u"), 150, round(150 * share)) for n, share in enumerate(shares)])
    assert found.is_scattered
    assert found.dispersion is not None and found.dispersion > 4
    assert [] == [rated.group for rated in found.rated if rated.is_apart]


def test_few_looks_are_not_compared() -> None:
    found = compare([Cell("a", ("r", "u"), 9, 9), Cell("b", ("r", "u"), 9, 0)])
    assert [None, None] == [rated.p for rated in found.rated]


def test_a_lone_inspector_is_compared_with_nobody() -> None:
    found = compare([Cell("a", ("r", "u"), 500, 400)])
    assert [(0, 500, None)] == [(rated.looks, rated.alone, rated.p) for rated in found.rated]


def test_of_too_few_looks_nothing_is_told() -> None:
    nobody, few = compare([]), compare([Cell("a", ("r", "u"), 9, 9), Cell("b", ("r", "u"), 9, 0)])
    assert [None, 0.5] == [nobody.common, few.common], "a rate of nothing is not known, it is not 0"
    assert [False, False] == [nobody.is_told, few.is_told]
    assert compare([Cell(f"{n}", ("r", "u"), 20, 9 + n) for n in range(3)]).is_told


def test_alike_inspectors_are_seldom_said_to_differ() -> None:
    chance = np.random.default_rng(7)
    said = 0
    for _ in range(200):
        seen = [(f"{n}", int(chance.binomial(60, 0.4))) for n in range(10)]
        said += any(r.is_apart for r in compare([Cell(who, ("r", "u"), 60, k) for who, k in seen]).rated)
    assert said / 200 <= FALSE_AT_MOST + 0.03


@settings(max_examples=60)
@given(st.integers(1, 400), st.floats(0.02, 0.98), st.sampled_from([0.95, 0.998]))
def test_the_funnel_holds_what_chance_gives(looks: int, common: float, confidence: float) -> None:
    low, high = funnel(looks, common, confidence)
    tail = (1 - confidence) / 2
    # interpolated between whole breaches: within one of the exact quantile
    assert binom.ppf(tail, looks, common) / looks - 1 / looks <= low <= binom.ppf(tail, looks, common) / looks
    top = binom.ppf(1 - tail, looks, common) / looks
    assert top - 1 / looks <= high <= top
    assert low <= common <= high or looks < 10
