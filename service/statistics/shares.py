"""Shares with what is known of them: small numbers are said to be small and given no percentage. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.shares import share_high, share_low

SHARE_AT_LEAST = 10
"""Of fewer things no percentage is said: one more or less would change it by more than ten points."""
PEOPLE_AT_LEAST = 5
"""Of fewer people nothing is said that could single one of them out."""
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def is_small(self) -> bool:
        """Whether there are too few for a percentage."""
        return self.whole < SHARE_AT_LEAST

    @property
    def value(self) -> float | None:
        """The share, 0..1; None where there are too few."""
        return None if self.is_small else self.part / self.whole

    @property
    def interval(self) -> tuple[float, float] | None:
        """The exact 95 % interval; None where there are too few.

        Source: Clopper & Pearson, Biometrika 26 (1934).
        """
        if self.is_small:
            return None
        one_sided = 1 - (1 - CONFIDENCE) / 2
        return share_low(self.part, self.whole, one_sided), share_high(self.part, self.whole, one_sided)
