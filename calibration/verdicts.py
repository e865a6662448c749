"""What inspectors said of flags, as evidence on a score: one entry per flag, however many verdicts it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from calibration.errors import VerdictsUnfit


@dataclass(frozen=True, slots=True)
class JudgedScore:
    """A flag with its answer.

    Attributes:
        score: The flag's peak score, 0..1.
        fair_from: It belongs to a fair sample of all flags from this score on: 0 where every flag was judged, or where
            it was drawn at random whatever its score; the threshold in force where it was judged for being above it.
            A low threshold is thus tested only on flags that were judged without regard to a higher one. Weights (one
            over the probability of being judged) would use more flags, but of a few heavy ones nothing exact is known:
            counted on simulated cameras, they broke the guarantee at one moment in ten.
    """

    score: float
    is_breach: bool
    fair_from: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise VerdictsUnfit(f"a flag's score: wanted 0..1, got {self.score}")
        if not 0.0 <= self.fair_from <= self.score:
            raise VerdictsUnfit(f"a flag's fair_from: wanted 0 to its score {self.score}, got {self.fair_from}")


class Resolved(StrEnum):
    """What the verdicts on one flag come to."""

    BREACH = "breach"
    NO_BREACH = "no_breach"
    CANNOT_TELL = "cannot_tell"
    """Nobody could tell."""
    CONTRADICTED = "contradicted"
    """As many inspectors say the one as the other: it counts for neither, until one of them looks again."""


def resolve(verdicts: Sequence[tuple[int, bool | None]]) -> Resolved:
    """Turn the verdicts on one flag into one answer: each reviewer's latest counts, and the majority wins.

    Args:
        verdicts: (reviewer, whether it was a breach or None where they could not tell), oldest first.

    Raises:
        VerdictsUnfit: There is no verdict.
    """
    if not verdicts:
        raise VerdictsUnfit("a flag without a verdict says nothing; leave it out")
    latest = dict(verdicts)
    balance = sum(1 if is_breach else -1 for is_breach in latest.values() if is_breach is not None)
    if all(is_breach is None for is_breach in latest.values()):
        return Resolved.CANNOT_TELL
    if balance == 0:
        return Resolved.CONTRADICTED
    return Resolved.BREACH if balance > 0 else Resolved.NO_BREACH
