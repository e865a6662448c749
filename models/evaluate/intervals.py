"""How sure a figure is: 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv

Floats = NDArray[np.float64]
Interval = tuple[float, float]
TAIL = 0.025
DRAWS = 1000


def clopper_pearson(part: int, whole: int) -> Interval:
    """Exact interval of a share.

    Source: Clopper & Pearson, Biometrika 26 (1934).
    """
    low = float(betaincinv(part, whole - part + 1, TAIL)) if part > 0 else 0.0
    high = float(betaincinv(part + 1, whole - part, 1 - TAIL)) if part < whole else 1.0
    return low, high


def poisson(count: int, exposure: float) -> Interval:
    """Exact interval of a rate: ``count`` things in ``exposure`` hours, pictures, or whatever.

    Source: Garwood, Biometrika 28 (1936).
    """
    low = float(gammaincinv(count, TAIL)) if count > 0 else 0.0
    return low / exposure, float(gammaincinv(count + 1, 1 - TAIL)) / exposure


def bootstrap(figures: Callable[[NDArray[np.int64]], Floats], pictures: int, *, seed: int = 1) -> list[Interval | None]:
    """Draw pictures with replacement, `DRAWS` times.

    Whole pictures are drawn because what is in one picture is alike: boxes and persons are not independent.

    Args:
        figures: Takes how often each picture was drawn, (pictures,), and returns K figures, NaN where undefined.
        pictures: How many there are.
        seed: Of the draws.

    Returns:
        K intervals; None where the figure was undefined in half of the draws or more, or with fewer than two pictures.
    """
    random = np.random.default_rng(seed)
    chosen = (random.multinomial(pictures, np.full(pictures, 1 / pictures)) for _ in range(DRAWS))
    values = np.array([figures(weight.astype(np.int64)) for weight in chosen])
    return [_percentiles(column) if pictures > 1 else None for column in values.T]


def _percentiles(values: Floats) -> Interval | None:
    defined = values[~np.isnan(values)]
    if len(defined) * 2 < len(values):
        return None
    low, high = np.percentile(defined, [100 * TAIL, 100 * (1 - TAIL)])
    return float(low), float(high)


def of_share(part: int, whole: int, drawn: Interval | None) -> Interval | None:
    """Interval of a share over pictures: the bootstrap's, but the exact one where the bootstrap has no width.

    Where all or none are right, every draw gives the same, which says nothing of how many there were.
    """
    if whole == 0:
        return None
    return clopper_pearson(part, whole) if drawn is None or part in (0, whole) else drawn
