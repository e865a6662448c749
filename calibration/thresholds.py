"""The lowest score from which on a camera's flags are right as often as wanted, with a guarantee earned from verdicts.

Flags are taken in order of falling score, and after each the share of breaches so far is looked at. Given the score
of the flag after the m-th, the m flags above it are independent draws of all flags above that score, so that the
number of breaches among them is binomial, whatever the scores' distribution. Every look may decide, so
all looks share one level (`calibration.boundary`). Once a share is shown, only the looks below it remain: they are
fewer, and the next level is less strict (closed testing).

The guarantee: where a lower score never means a better flag, the true precision above an earned threshold is under the
target in at most 5 % of cameras. docs/thresholds.md has what was measured, also where that premise is broken.

Sources: Angelopoulos, Bates, Candès, Jordan & Lei, Learn then Test (2021); Marcus, Peritz & Gabriel, Biometrika 63
(1976), closed testing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from calibration.boundary import look_level
from calibration.pooled import PrecisionPrior, expected_precision, working_threshold
from calibration.shares import Floats, chance_of_fewer, chance_of_more, check_share, share_low
from calibration.verdicts import JudgedScore

CONFIDENCE = 0.95
MISSING_AT_MOST = 5_000
KEEP_ALL = 0.0
"""The threshold that holds nothing back."""


def milestone(count: int) -> int:
    """Return at how many verdicts the threshold was last chosen anew, of ``count``.

    Every tenth verdict up to 200, then at each twentieth part more: chosen at each verdict, a threshold would have a
    chance to be lucky, and would move, with every one of them.
    """
    if count < 200:
        return count - count % 10
    reached = 200
    while (further := reached + reached // 20) <= count:
        reached = further
    return reached


class Outcome(StrEnum):
    """How far a threshold is trusted."""

    EARNED = "earned"
    """The guarantee holds, from the camera's own verdicts alone."""
    NOT_ENOUGH_YET = "not_enough_yet"
    CANNOT_REACH = "cannot_reach"
    """No threshold reaches the target, with confidence: not for want of verdicts."""


@dataclass(frozen=True, slots=True)
class ThresholdChoice:
    """A threshold and what it rests on.

    Attributes:
        threshold: Flags with a lower score are held back; None: none is. Not earned, it is a working threshold that
            other cameras suggest.
        precision: Share of breaches among the camera's own judged flags from the threshold on (of all, where there is
            none); None where there are none.
        precision_low: Its lower bound: at least the target where earned; None where there are no such flags.
        n_used: Flags with an answer.
        kept_share: Share of the judged flags from the threshold on; None where there are none.
        missing: At least so many more verdicts are needed, even if all of them say breach; 0 where earned, and where
            no number of verdicts is expected to help.
        expected: Precision to be expected from the threshold on, by other cameras' verdicts and its own; no guarantee.
    """

    threshold: float | None
    precision: float | None
    precision_low: float | None
    n_used: int
    kept_share: float | None
    outcome: Outcome
    missing: int = 0
    expected: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """Judged flags by falling score, counted from the top; only where the next one has a lower score.

    Attributes:
        score: Of the last flag of each count.
        part, whole: Breaches and flags so far, of those that are a fair sample from that score on.
        kept: Share so far of the flags that are a fair sample of all.
        entries: Flags so far, whatever they are a sample of.
        is_all: Whether the last count is a fair sample of all flags, whatever their score.
    """

    score: Floats
    part: Floats
    whole: Floats
    kept: Floats
    entries: NDArray[np.int64]
    is_all: bool

    @property
    def count(self) -> int:
        return int(self.entries[-1])


def choose_threshold(
    verdicts: Sequence[JudgedScore],
    *,
    target: float,
    confidence: float = CONFIDENCE,
    prior: PrecisionPrior | None = None,
) -> ThresholdChoice:
    """Choose the lowest threshold whose precision is at least ``target``, with confidence.

    Args:
        verdicts: One per flag with an answer.
        target: Wanted share of breaches among flags.
        confidence: Probability with which an earned threshold keeps what it promises.
        prior: What other cameras suggest, for a working threshold until one is earned.

    Raises:
        VerdictsUnfit: Target or confidence are no shares.
    """
    check_share("precision target", target)
    check_share("confidence", confidence)
    if not verdicts:
        missing = _missing(None, target=target, error=1 - confidence)
        return _with_prior(
            ThresholdChoice(None, None, None, 0, None, Outcome.NOT_ENOUGH_YET, missing), [], prior, target
        )
    ranking = _rank(verdicts)
    shown, level = _lowest_shown(ranking, target=target, error=1 - confidence)
    if shown is not None:
        return _earned(ranking, shown, level)
    share, low = observed_precision(verdicts, confidence=confidence)
    if _is_hopeless(ranking, target=target, error=1 - confidence):
        return ThresholdChoice(None, share, low, ranking.count, 1.0, Outcome.CANNOT_REACH)
    missing = _missing(ranking, target=target, error=1 - confidence)
    choice = ThresholdChoice(None, share, low, ranking.count, 1.0, Outcome.NOT_ENOUGH_YET, missing)
    return _with_prior(choice, verdicts, prior, target)


def _rank(verdicts: Sequence[JudgedScore]) -> _Ranking:
    # flags of one score stand or fall together
    falling = np.array(sorted({verdict.score for verdict in verdicts}, reverse=True))
    score = np.array([verdict.score for verdict in verdicts])
    fair_from = np.array([verdict.fair_from for verdict in verdicts])
    is_breach = np.array([verdict.is_breach for verdict in verdicts])
    joins = np.searchsorted(-falling, -score)
    leaves = np.searchsorted(-falling, -fair_from, side="right")

    def running(counted: NDArray[np.bool_]) -> Floats:
        steps = np.bincount(joins[counted], minlength=len(falling) + 1) - np.bincount(
            leaves[counted], minlength=len(falling) + 1
        )
        return np.cumsum(steps[: len(falling)]).astype(float)

    everything = np.ones(len(score), bool)
    of_all = fair_from == 0.0
    return _Ranking(
        falling,
        part=running(is_breach),
        whole=running(everything),
        kept=running(of_all) / max(1, int(of_all.sum())),
        entries=np.cumsum(np.bincount(joins, minlength=len(falling))),
        is_all=bool(of_all.any()) and bool((fair_from[fair_from <= falling[-1]] == 0.0).all()),
    )


def _lowest_shown(ranking: _Ranking, *, target: float, error: float) -> tuple[int | None, float]:
    """Return the last look whose share is shown to reach the target, and the level that it was held to."""
    chance = chance_of_more(ranking.part, ranking.whole, target)
    shown: int | None = None
    used = error
    while shown is None or shown + 1 < len(chance):
        first = 0 if shown is None else shown + 1
        level = look_level(ranking.count, first=int(ranking.entries[first]), share=target, error=error)
        further = np.flatnonzero(chance[first:] <= level)
        if not len(further):
            break
        shown, used = first + int(further[-1]), level
    return shown, used


def _earned(ranking: _Ranking, shown: int, level: float) -> ThresholdChoice:
    part, whole = float(ranking.part[shown]), float(ranking.whole[shown])
    is_all = ranking.is_all and shown == len(ranking.score) - 1
    return ThresholdChoice(
        threshold=KEEP_ALL if is_all else float(ranking.score[shown]),
        precision=part / whole,
        precision_low=share_low(part, whole, 1 - level),
        n_used=ranking.count,
        kept_share=float(ranking.kept[shown]),
        outcome=Outcome.EARNED,
    )


def _is_hopeless(ranking: _Ranking, *, target: float, error: float) -> bool:
    """Tell whether every threshold under which enough flags lie is shown to miss the target.

    Each is tested with the full error: all must be shown, and that is no likelier than the luckiest of them.
    """
    enough = ranking.whole >= _missing(None, target=target, error=error)
    few = chance_of_fewer(ranking.part, ranking.whole, target)
    return bool(enough.any()) and bool((few[enough] <= error).all())


def _missing(ranking: _Ranking | None, *, target: float, error: float) -> int:
    """Return how many verdicts more, all of them breaches on the strongest flags, would earn some threshold."""
    part = np.append(0.0, ranking.part if ranking else [])
    whole = np.append(0.0, ranking.whole if ranking else [])
    count = ranking.count if ranking else 0

    def would_earn(more: int) -> bool:
        level = look_level(count + more, first=1, share=target, error=error)
        return bool((chance_of_more(part + more, whole + more, target) <= level).any())

    low, high = 0, 1
    while not would_earn(high):
        low, high = high, high * 2
        if high > MISSING_AT_MOST:
            return MISSING_AT_MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if would_earn(middle) else (middle, high)
    return high


def _with_prior(
    choice: ThresholdChoice, verdicts: Sequence[JudgedScore], prior: PrecisionPrior | None, target: float
) -> ThresholdChoice:
    """Add a working threshold and what is expected of it, where other cameras say something."""
    if prior is None:
        return choice
    expected = expected_precision(prior, verdicts)
    working = working_threshold(expected, target)
    if working is None:
        return replace(choice, expected=None if np.isnan(expected[0]) else float(expected[0]))
    threshold, precision = working
    share, low = observed_precision(verdicts, threshold=threshold)
    of_all = [verdict.score >= threshold for verdict in verdicts if verdict.fair_from == 0.0]
    kept = sum(of_all) / len(of_all) if of_all else None
    return replace(choice, threshold=threshold, precision=share, precision_low=low, kept_share=kept, expected=precision)


def observed_precision(
    verdicts: Sequence[JudgedScore], *, threshold: float = KEEP_ALL, confidence: float = CONFIDENCE
) -> tuple[float | None, float | None]:
    """Return the share of breaches from a threshold on and its lower bound, where the threshold was not chosen by them.

    Only flags that are a fair sample from the threshold on count; without any, there is neither.
    """
    counted = [verdict.is_breach for verdict in verdicts if verdict.fair_from <= threshold <= verdict.score]
    if not counted:
        return None, None
    part, whole = sum(counted), len(counted)
    return part / whole, share_low(part, whole, confidence)
