"""Simulated cameras: flags with scores and truth, so that what is promised of thresholds can be counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc

from calibration.shares import Floats
from calibration.verdicts import JudgedScore

Shape = tuple[float, float]
GRID = np.linspace(0.0, 1.0, 2001)
STICKER: Shape = (30.0, 5.0)
"""Scores of something that looks like a breach to the net every time: a poster, a pen. High scores, never right."""
STICKER_SHARE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedCamera:
    """A rule on a camera, with all that is never known of a real one.

    Attributes:
        base: Share of breaches among all flags.
        right, wrong: Shapes of the beta distributed scores of breaches and of others.
        has_sticker: A tenth of the wrong flags have the scores of `STICKER`: a higher score is not always better.
    """

    base: float
    right: Shape
    wrong: Shape
    has_sticker: bool = False

    def kept(self) -> Floats:
        """Share of the breaches at or above each threshold of `GRID`."""
        return _above(self.right)

    def kept_wrong(self) -> Floats:
        """Share of the other flags at or above each threshold of `GRID`."""
        wrong = _above(self.wrong)
        return (1 - STICKER_SHARE) * wrong + STICKER_SHARE * _above(STICKER) if self.has_sticker else wrong

    def precision(self) -> Floats:
        """True precision at or above each threshold of `GRID`; 1 where nothing lies above."""
        right, wrong = self.base * self.kept(), (1 - self.base) * self.kept_wrong()
        return np.divide(right, right + wrong, out=np.ones_like(right), where=right + wrong > 1e-12)

    def auc(self) -> float:
        """Chance that a breach has a higher score than another flag."""
        return float(-np.trapezoid(self.kept(), self.kept_wrong()))

    def precision_at(self, threshold: float) -> float:
        """True precision at or above a threshold."""
        return float(np.interp(threshold, GRID, self.precision()))

    def kept_at(self, threshold: float) -> float:
        """Share of the breaches at or above a threshold."""
        return float(np.interp(threshold, GRID, self.kept()))

    def oracle_kept(self, target: float) -> float:
        """Share of the breaches kept by the lowest threshold whose true precision reaches the target; 0 if none."""
        reaching = np.flatnonzero(self.precision() >= target)
        return float(self.kept()[reaching[0]]) if len(reaching) else 0.0

    def flags(self, count: int, random: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
        """Draw flags: scores and whether each is a breach."""
        is_breach = random.random(count) < self.base
        score = np.where(is_breach, random.beta(*self.right, count), random.beta(*self.wrong, count))
        if self.has_sticker:
            stuck = ~is_breach & (random.random(count) < STICKER_SHARE)
            score[stuck] = random.beta(*STICKER, int(stuck.sum()))
        return score, is_breach


@lru_cache(maxsize=16)
def _above(shape: Shape) -> Floats:
    """Share of scores at or above each threshold of `GRID`."""
    shares = np.asarray(betaincc(*shape, GRID), float)
    shares.setflags(write=False)
    return shares


def any_camera(random: np.random.Generator) -> SimulatedCamera:
    """Draw a camera: base precision .3 to .95, scores that hardly or almost wholly separate, one in seven a sticker."""
    height, apart = random.uniform(3, 7), random.uniform(0.5, 6)
    right = (height / 2 + apart, max(1.0, height / 2 - apart / 2))
    return SimulatedCamera(
        base=random.uniform(0.3, 0.95),
        right=right,
        wrong=(height / 2, height / 2 + apart / 2),
        has_sticker=bool(random.random() < 1 / 7),
    )


def flat_camera(precision: float) -> SimulatedCamera:
    """Make the hardest camera: its scores say nothing, so that every threshold has the same precision."""
    return SimulatedCamera(precision, (2.0, 2.0), (2.0, 2.0))


def judged(score: Floats, is_breach: NDArray[np.bool_]) -> list[JudgedScore]:
    """Make verdicts that are right."""
    return [JudgedScore(float(s), bool(y)) for s, y in zip(score, is_breach, strict=True)]
