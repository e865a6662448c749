"""What other cameras' verdicts on a rule let one expect of a camera that has few of its own: an empirical Bayes prior.

It sets a working threshold and says what is expected. It never earns anything: cameras differ, and no guarantee for one
follows from others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.verdicts import JudgedScore

Floats = NDArray[np.float64]

STEPS: tuple[float, ...] = tuple(round(i / 20, 2) for i in range(20))
"""Thresholds at which other cameras are compared."""
CAMERAS_AT_LEAST = 2
VERDICTS_AT_LEAST = 5
"""A camera with fewer verdicts above a threshold says nothing of how much cameras differ there."""
STRENGTH_AT_MOST = 40.0
"""A prior outweighs no more than so many of a camera's own verdicts, however alike the other cameras are: between the
29 that can earn a target of .9 and the 50 within which a fallen camera must be noticed."""
STRENGTH_AT_LEAST = 2.0


@dataclass(frozen=True, slots=True)
class PrecisionPrior:
    """Expected precision of the flags above each of `STEPS`, and how many verdicts that is worth.

    Attributes:
        precision: One per step.
        strength: One per step, in verdicts; 0 where other cameras say nothing.
    """

    precision: tuple[float, ...]
    strength: tuple[float, ...]


def fit_prior(cameras: Sequence[Sequence[JudgedScore]]) -> PrecisionPrior | None:
    """Fit the prior to the verdicts of the other cameras, each camera with its own sequence.

    Mean and spread of beta-binomial counts by moments. None where fewer than `CAMERAS_AT_LEAST` cameras have verdicts.

    Source: Kleinman, J. Am. Stat. Assoc. 68 (1973), moments with equal weights.
    """
    steps = [_fit_step([[v for v in camera if v.fair_from <= step <= v.score] for camera in cameras]) for step in STEPS]
    if not any(strength for _, strength in steps):
        return None
    return PrecisionPrior(tuple(mean for mean, _ in steps), tuple(strength for _, strength in steps))


def _fit_step(cameras: Sequence[Sequence[JudgedScore]]) -> tuple[float, float]:
    heard = [camera for camera in cameras if len(camera) >= VERDICTS_AT_LEAST]
    if len(heard) < CAMERAS_AT_LEAST:
        return 0.0, 0.0
    shares = np.array([np.mean([v.is_breach for v in camera]) for camera in heard])
    sizes = np.array([len(camera) for camera in heard])
    # half a verdict each way: a mean of 0 or 1 would be certain for ever
    mean = float((shares.sum() + 0.5) / (len(shares) + 1.0))
    luck = float(np.mean(mean * (1 - mean) / sizes))
    between = max(float(np.var(shares, ddof=1)) - luck, 1e-9)
    return mean, float(np.clip(mean * (1 - mean) / between - 1, STRENGTH_AT_LEAST, STRENGTH_AT_MOST))


def expected_precision(prior: PrecisionPrior, verdicts: Sequence[JudgedScore]) -> Floats:
    """Return the expected precision above each of `STEPS`, by prior and own verdicts; NaN where nothing is known."""
    told = []
    for step, mean, strength in zip(STEPS, prior.precision, prior.strength, strict=True):
        own = [v.is_breach for v in verdicts if v.fair_from <= step <= v.score]
        total = strength + len(own)
        told.append((mean * strength + sum(own)) / total if total else np.nan)
    return np.array(told)


def working_threshold(expected: Floats, target: float) -> tuple[float, float] | None:
    """Return the lowest of `STEPS` whose expected precision reaches the target, and that precision; None: none does."""
    for step, precision in zip(STEPS, expected, strict=True):
        if precision >= target:
            return step, float(precision)
    return None
