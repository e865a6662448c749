"""Whether like is judged alike: how often each inspector saw a breach, against all who saw the like. Pure.

Only first looks are compared. A second look is asked for where the first saw a breach, so that second looks see more
breaches whoever gives them. And each is compared only with those who looked at flags of the same rule at the same
unit: who works where breaches are many sees many.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, gammaln, ndtr

from service.statistics.shares import SHARE_AT_LEAST

Floats = NDArray[np.float64]
FALSE_AT_MOST = 0.05
"""Of those said to differ, so large a share may differ by chance (Benjamini & Hochberg)."""
GROUPS_AT_LEAST = 3
"""Of fewer groups nothing is said of how they scatter."""
LIMITS = (0.95, 0.998)
_HALF, _UPPER_QUARTER = 0.4549364, 1.3233037
"""Median and upper quartile of the square of a standard normal number."""


@dataclass(frozen=True, slots=True)
class Cell:
    """First looks of one group at flags that are alike.

    Attributes:
        group: Whose rate is asked about: an inspector, or a unit.
        stratum: What makes flags alike: rule and unit for an inspector, rule and inspector for a unit.
    """

    group: str
    stratum: tuple[str, str]
    looks: int
    breaches: int


@dataclass(frozen=True, slots=True)
class Rated:
    """One group against the others who saw the like.

    Attributes:
        looks, breaches: Those with which somebody else's can be compared; alone: the other looks.
        expected: Breaches that would be seen at the common rate of the like.
        p: Chance of so large a difference where there is none; None where there is too little to compare.
        q: The same, with all the others that were compared at once taken into account.
    """

    group: str
    looks: int
    breaches: int
    alone: int
    expected: float
    p: float | None
    q: float | None

    @property
    def is_apart(self) -> bool:
        """Whether it differs more than chance would explain. It says nothing of who is right."""
        return self.q is not None and self.q <= FALSE_AT_MOST

    def rate(self, common: float | None) -> float | None:
        """Return the share of breaches as if all had looked at the same mix; None where there is too little."""
        if self.p is None or not self.expected or common is None:
            return None
        return min(1.0, self.breaches / self.expected * common)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All groups.

    Attributes:
        common: Share of breaches in all looks that were compared; None where there are none.
        dispersion: How much more they scatter than by chance, 1 = as by chance; None with too few groups.
        is_scattered: Whether that is more than chance explains: then the differences lie with all, not with a few,
            and each is asked to differ by so much more.
    """

    rated: tuple[Rated, ...]
    common: float | None
    dispersion: float | None
    is_scattered: bool

    @property
    def is_told(self) -> bool:
        """Whether anything can be said of anybody: somebody has looks enough to be compared."""
        return any(one.rate(self.common) is not None for one in self.rated)


def compare(cells: Sequence[Cell]) -> Comparison:
    """Compare groups within strata, given how many breaches each stratum has in all: no rate has to be guessed."""
    strata: dict[tuple[str, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    for cell in cells:
        looks, breaches = strata[cell.stratum].get(cell.group, (0, 0))
        strata[cell.stratum][cell.group] = looks + cell.looks, breaches + cell.breaches
    groups = sorted({cell.group for cell in cells})
    tests = {group: _tested(group, strata) for group in groups}
    scores = [test.score for test in tests.values() if test.score is not None]
    dispersion, is_scattered = _dispersion(scores)
    chances = {
        group: _widened(test, dispersion if is_scattered and dispersion else 1.0)
        for group, test in tests.items()
        if test.score is not None
    }
    adjusted = dict(zip(chances, benjamini_hochberg(list(chances.values())), strict=True))
    rated = tuple(
        Rated(group, test.looks, test.breaches, test.alone, test.expected, chances.get(group), adjusted.get(group))
        for group, test in tests.items()
    )
    looks = sum(one.looks for one in rated)
    common = sum(one.breaches for one in rated) / looks if looks else None
    return Comparison(rated, common, dispersion, is_scattered)


@dataclass(frozen=True, slots=True)
class _Test:
    looks: int
    breaches: int
    alone: int
    expected: float
    chance: float
    score: float | None


def _tested(group: str, strata: Mapping[tuple[str, str], Mapping[str, tuple[int, int]]]) -> _Test:
    """Test one group exactly: what it saw of each stratum is hypergeometric, were all alike."""
    looks = breaches = alone = 0
    expected = variance = 0.0
    chances: Floats = np.ones(1)
    for members in strata.values():
        if group not in members:
            continue
        mine, seen = members[group]
        whole, marked = (sum(column) for column in zip(*members.values(), strict=True))
        if whole == mine:
            alone += mine
            continue
        looks, breaches = looks + mine, breaches + seen
        expected += mine * marked / whole
        variance += mine * marked * (whole - marked) * (whole - mine) / (whole**2 * max(whole - 1, 1))
        chances = np.convolve(chances, hypergeometric(whole, marked, mine))
    if looks < SHARE_AT_LEAST or not variance:
        return _Test(looks, breaches, alone, expected, 1.0, None)
    low, high = float(chances[: breaches + 1].sum()), float(chances[breaches:].sum())
    chance = min(1.0, 2 * min(low, high))
    return _Test(looks, breaches, alone, expected, chance, (breaches - expected) / math.sqrt(variance))


def hypergeometric(whole: int, marked: int, drawn: int) -> Floats:
    """Return the chances of 0 .. ``drawn`` marked ones among ``drawn`` of ``whole``, of which ``marked`` are."""
    found = np.arange(drawn + 1)
    is_possible = (found <= marked) & (drawn - found <= whole - marked)
    k = found[is_possible]
    logs = _choose(marked, k) + _choose(whole - marked, drawn - k) - _choose(whole, np.array(drawn))
    chances = np.zeros(drawn + 1)
    chances[is_possible] = np.exp(logs)
    return chances


def _choose(whole: int, part: NDArray[np.int64]) -> Floats:
    return np.asarray(gammaln(whole + 1) - gammaln(part + 1) - gammaln(whole - part + 1))


def _dispersion(scores: Sequence[float]) -> tuple[float | None, bool]:
    """Return how the scores scatter, and whether more of them lie outside the middle half than chance explains.

    By medians and by counting: one who differs moves the common rate away from all others, and is to be neither
    hidden by that nor to make the others look scattered.
    """
    if len(scores) < GROUPS_AT_LEAST:
        return None, False
    squares = np.square(np.array(scores) - np.median(scores))
    outside = int((squares > _UPPER_QUARTER).sum())
    more = 1.0 - float(bdtr(outside - 1, len(scores), 0.25)) if outside else 1.0
    return float(np.median(squares)) / _HALF, more <= FALSE_AT_MOST


def _widened(test: _Test, dispersion: float) -> float:
    """Return the chance of a difference; where all scatter more than by chance, as wide as they do."""
    assert test.score is not None
    if dispersion <= 1.0:
        return test.chance
    return max(test.chance, 2 * float(ndtr(-abs(test.score) / math.sqrt(dispersion))))


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """Return each chance with all the others taken into account, in the same order.

    Source: Benjamini & Hochberg, J. R. Stat. Soc. B 57 (1995).
    """
    order = sorted(range(len(chances)), key=lambda n: chances[n], reverse=True)
    least, adjusted = 1.0, [1.0] * len(chances)
    for rank, n in zip(range(len(chances), 0, -1), order, strict=True):
        least = min(least, chances[n] * len(chances) / rank)
        adjusted[n] = least
    return adjusted


def funnel(looks: int, common: float, confidence: float) -> tuple[float, float]:
    """Return between which shares so many looks lie by chance, exact binomial with Spiegelhalter's interpolation."""
    return (
        _quantile(looks, common, (1 - confidence) / 2),
        _quantile(looks, common, 1 - (1 - confidence) / 2),
    )


def _quantile(looks: int, common: float, chance: float) -> float:
    below = bdtr(np.arange(looks + 1), looks, common)
    first = int(np.searchsorted(below, chance))
    if first > looks:
        return 1.0
    before = float(below[first - 1]) if first else 0.0
    step = float(below[first]) - before
    part = first - (float(below[first]) - chance) / step if step > 0 else float(first)
    return min(1.0, max(0.0, part / looks))
