"""How strict each look must be when a share is looked at after every entry and any look may decide.

The entries are flags in order of falling score. Were each look allowed its own 5 % of luck, some look would be lucky
far more often than in 5 %: with 300 flags and a target of .9 in 19 %. So all looks share one level, such that a share
of exactly the target is called larger, at any look, with the allowed probability in total.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, bdtrik, gammaln, xlog1py, xlogy

LOOKS_STEP = 1.1
"""Levels are kept for numbers of entries that grow by a tenth; between them the next, stricter one is taken."""
FIRST_STEP = 0.1
HALVINGS = 10


def look_level(entries: int, *, first: int, share: float, error: float) -> float:
    """Return the level for the looks after ``first``, ``first`` + 1, ... ``entries`` entries.

    Args:
        share: The target share that must not be called exceeded where it is not.
        error: Allowed probability that any of these looks does so.
    """
    rounded = _rounded_up(entries)
    # an earlier first look makes the level stricter
    start = math.floor(first / rounded / FIRST_STEP) * FIRST_STEP * rounded
    return _level(rounded, max(1, int(start)), round(share, 6), round(error, 6))


def _rounded_up(entries: int) -> int:
    rounded = 20
    while rounded < entries:
        rounded = math.ceil(rounded * LOOKS_STEP)
    return rounded


@lru_cache(maxsize=4096)
def _level(entries: int, first: int, share: float, error: float) -> float:
    low, high = error / entries, error
    for _ in range(HALVINGS):
        middle = math.sqrt(low * high)
        if crossing(entries, first=first, share=share, level=middle) <= error:
            low = middle
        else:
            high = middle
    return low


def crossing(entries: int, *, first: int, share: float, level: float) -> float:
    """Return the exact probability that any look from ``first`` on calls the share exceeded, where it is ``share``.

    Counts of breaches are walked entry by entry; what crosses is taken out.
    """
    looks = np.arange(first, entries + 1)
    bounds = _reached_by_luck(level, looks, share) + 1
    still = _chances(np.arange(entries + 2), first, share)
    crossed = 0.0
    for look, bound in zip(looks, bounds, strict=True):
        if look > first:
            moved = still * (1 - share)
            moved[1:] += still[:-1] * share
            still = moved
        if bound <= look:
            crossed += float(still[bound:].sum())
            still[bound:] = 0.0
    return crossed


def _reached_by_luck(level: float, looks: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """Return the least count, for each number of entries, that is exceeded with at most the probability ``level``.

    ``scipy.stats.binom.isf``, without the second that importing ``scipy.stats`` takes each command and server.
    """
    count = np.clip(np.ceil(bdtrik(1 - level, looks, share)), 0, looks)
    lower = np.maximum(count - 1, 0)
    count = np.where(bdtrc(lower, looks, share) <= level, lower, count)
    return np.asarray(np.where(bdtrc(count, looks, share) <= level, count, count + 1), dtype=np.int64)


def _chances(counts: NDArray[np.int64], entries: int, share: float) -> NDArray[np.float64]:
    """Return the binomial probabilities of these counts."""
    rest = np.maximum(entries - counts, 0)
    ways = gammaln(entries + 1) - gammaln(counts + 1) - gammaln(rest + 1)
    chances = np.exp(ways + xlogy(counts, share) + xlog1py(rest, -share))
    return np.where(counts <= entries, chances, 0.0)
