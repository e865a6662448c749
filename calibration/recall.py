"""How much a rule misses: estimated from what was drawn at random among all that it did not flag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from scipy.special import bdtr, bdtrc

from calibration.errors import VerdictsUnfit
from calibration.shares import check_share

CONFIDENCE = 0.95
CHECKS_AT_LEAST = 30
"""Judged checks below which no figure is shown: with fewer, even no miss at all allows that every ninth was one."""


def is_drawn(event_id: UUID, probability: float, *, purpose: str) -> bool:
    """Tell whether something is drawn: always the same for one event and purpose, so that a replay draws the same.

    Args:
        probability: 0..1; what is drawn with a smaller one is also drawn with a larger one.
        purpose: Draws for different purposes are independent.

    Raises:
        VerdictsUnfit: The probability is none.
    """
    if not 0.0 <= probability <= 1.0:
        raise VerdictsUnfit(f"probability of a random check: wanted 0..1, got {probability}")
    digest = hashlib.sha256(f"{purpose}\x1f{event_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < probability


@dataclass(frozen=True, slots=True)
class Stratum:
    """Things that were drawn to be judged with one probability.

    Attributes:
        breaches: Judged to be a breach.
        judged: With an answer.
        drawn: Drawn, judged or not. Which of them wait must not depend on what they show.
        probability: Of being drawn; 1 for flags, that are all shown.
        is_flag: Whether the rule had flagged them.
    """

    breaches: int
    judged: int
    drawn: int
    probability: float
    is_flag: bool

    def __post_init__(self) -> None:
        if not 0 <= self.breaches <= self.judged <= self.drawn:
            raise VerdictsUnfit(
                f"random checks: wanted breaches <= judged <= drawn, got {self.breaches}, {self.judged}, {self.drawn}"
            )
        if not 0.0 < self.probability <= 1.0:
            raise VerdictsUnfit(f"random checks: wanted a probability above 0 and at most 1, got {self.probability}")

    @property
    def inclusion(self) -> float:
        """Probability that one of them has an answer."""
        return self.probability * self.judged / self.drawn if self.drawn else self.probability


class RecallOutcome(StrEnum):
    """Whether there is a figure."""

    ESTIMATED = "estimated"
    NOT_ENOUGH_YET = "not_enough_yet"
    NO_BREACHES = "no_breaches"
    """Neither flags nor checks showed a breach: there is nothing to recall yet."""


@dataclass(frozen=True, slots=True)
class RecallEstimate:
    """How much of what happened was flagged.

    Attributes:
        recall: Estimated share of breaches that were flagged; None unless estimated.
        interval: 95 % interval; None unless estimated.
        missed: Estimated number of breaches that were not flagged.
        checks: Judged checks.
        missing: So many more judged checks are needed for a figure.
    """

    recall: float | None
    interval: tuple[float, float] | None
    missed: float | None
    checks: int
    outcome: RecallOutcome
    missing: int = 0


def estimate_recall(strata: Sequence[Stratum], *, confidence: float = CONFIDENCE) -> RecallEstimate:
    """Estimate recall. Each judged breach stands for one over its probability (Horvitz & Thompson).

    The interval rests on exact bounds of the number of breaches in each stratum: of M breaches, each judged with
    probability p, binomially many are seen. The allowed error is shared equally by the strata that are not judged in
    full. No normal approximation: misses are few, and often none was drawn.

    Raises:
        VerdictsUnfit: The confidence is no share.

    Sources: Horvitz & Thompson, J. Am. Stat. Assoc. 47 (1952); Clopper & Pearson, Biometrika 26 (1934).
    """
    check_share("confidence", confidence)
    checks = sum(stratum.judged for stratum in strata if not stratum.is_flag)
    if checks < CHECKS_AT_LEAST:
        return RecallEstimate(None, None, None, checks, RecallOutcome.NOT_ENOUGH_YET, CHECKS_AT_LEAST - checks)
    if any(stratum.drawn and not stratum.judged for stratum in strata):
        # leaving such a stratum out would be saying that nothing is missed there
        return RecallEstimate(None, None, None, checks, RecallOutcome.NOT_ENOUGH_YET, 1)
    if not any(stratum.breaches for stratum in strata):
        return RecallEstimate(None, None, 0.0, checks, RecallOutcome.NO_BREACHES)
    heard = [stratum for stratum in strata if stratum.judged]
    found = sum(s.breaches / s.inclusion for s in heard if s.is_flag)
    missed = sum(s.breaches / s.inclusion for s in heard if not s.is_flag)
    unsure = sum(s.inclusion < 1.0 for s in heard)
    tail = (1 - confidence) / 2 / max(1, unsure)
    bounds = [(stratum, breaches_between(stratum.breaches, stratum.inclusion, tail)) for stratum in heard]
    found_low, found_high = (sum(b[i] for s, b in bounds if s.is_flag) for i in (0, 1))
    missed_low, missed_high = (sum(b[i] for s, b in bounds if not s.is_flag) for i in (0, 1))
    interval = (
        found_low / (found_low + missed_high) if found_low else 0.0,
        found_high / (found_high + missed_low) if found_high else 0.0,
    )
    return RecallEstimate(found / (found + missed), interval, missed, checks, RecallOutcome.ESTIMATED)


def breaches_between(seen: int, inclusion: float, tail: float) -> tuple[int, int]:
    """Return bounds of how many there are, where ``seen`` were, each seen with probability ``inclusion``.

    Args:
        tail: Allowed probability that there are fewer than the lower bound, and that there are more than the upper.
    """
    if inclusion >= 1.0:
        return seen, seen
    # P(more than `seen` are seen | M) grows with M: the upper bound is the largest M that it does not rule out
    low, high = seen, seen + 1
    while bdtr(seen, high, inclusion) > tail:
        low, high = high, 2 * high
    upper = _last(low, high, lambda count: bool(bdtr(seen, count, inclusion) > tail))
    if seen == 0:
        return 0, upper
    below = _last(seen - 1, upper, lambda count: bool(bdtrc(seen - 1, count, inclusion) <= tail))
    return below + 1, upper


def _last(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the last count in [low, high) for which it holds; it holds at ``low``, and stops holding once."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
