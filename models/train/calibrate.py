"""Fit what turns a net's score into a probability, and measure how far the two are apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.catalog import Calibration

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEAST = 0.01
"""Scores below this are not reported by the looks; nothing seen counts as this much."""
BINS = 10
PRIOR_WEIGHT = 1.0
"""Platt's own remedy for few examples: targets of (n + 1) / (n + 2) and 1 / (n + 2) instead of 1 and 0."""


def fit(score: Floats, is_so: Bools) -> Calibration:
    """Find both slopes and the intercept by maximum likelihood.

    Args:
        score: (N,) the net's own scores, 0..1.
        is_so: (N,) whether it was so.

    Raises:
        ValueError: All are so or none is: nothing can be learned of a probability.

    Source: M. Kull et al., Beta calibration, AISTATS 2017; targets by H.-T. Lin et al., A note on Platt's probabilistic
    outputs, Machine Learning 68 (2007).
    """
    yes, no = int(is_so.sum()), int((~is_so).sum())
    if yes == 0 or no == 0:
        raise ValueError(f"calibration: wanted both kinds, got {yes} that are so and {no} that are not")
    kept = score.clip(LEAST, 1 - 1e-6)
    x = np.stack([np.log(kept), -np.log1p(-kept), np.ones_like(kept)], axis=1)
    high, low = (yes + PRIOR_WEIGHT) / (yes + 2 * PRIOR_WEIGHT), PRIOR_WEIGHT / (no + 2 * PRIOR_WEIGHT)
    target = np.where(is_so, high, low)

    def loss(place: Floats) -> tuple[float, Floats]:
        z = x @ place
        p = 1 / (1 + np.exp(-z))
        value = float((np.logaddexp(0, z) - target * z).mean())
        return value, x.T @ (p - target) / len(target)

    bounds = [(1e-3, None), (1e-3, None), (None, None)]
    found = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    slope, upper, intercept = (round(float(value), 4) for value in found.x)
    return Calibration(slope, intercept, upper)


@dataclass(frozen=True, slots=True)
class Bin:
    """One part of a reliability diagram: what was said on the average, how often it was so, of how many."""

    said: float
    was_so: float
    count: int


def reliability(probability: Floats, is_so: Bools, bins: int = BINS) -> list[Bin]:
    """Looks in equally wide bins of probability; empty bins are left out."""
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    found = []
    for number in range(bins):
        mine = place == number
        if mine.any():
            found.append(Bin(float(probability[mine].mean()), float(is_so[mine].mean()), int(mine.sum())))
    return found


def calibration_error(bins: list[Bin]) -> float:
    """Expected calibration error: the mean distance of said and so, each bin by its number of looks.

    Source: M. Naeini et al., Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015.
    """
    total = sum(each.count for each in bins)
    return sum(abs(each.said - each.was_so) * each.count for each in bins) / total if total else float("nan")


def error_by_chance(bins: list[Bin], *, draws: int = 2000, seed: int = 1) -> tuple[float, float, float]:
    """What the error would be of a net whose probabilities are all right: 5th, 50th and 95th of 100.

    With few looks in a bin the share that is so strays from what was said by luck alone; an error within these bounds
    says nothing against the net.
    """
    random = np.random.default_rng(seed)
    said = np.array([each.said for each in bins])
    count = np.array([each.count for each in bins])
    so = random.binomial(count, said, (draws, len(bins))) / count
    errors = (np.abs(so - said) * count).sum(axis=1) / count.sum()
    low, middle, high = np.percentile(errors, [5, 50, 95])
    return float(low), float(middle), float(high)
