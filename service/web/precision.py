"""How often flags of one rule on one camera turned out to be breaches. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

FEWEST = 10
"""With fewer decided flags the share would say more about chance than about the rule."""
NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Precision:
    """Share of decided flags that were breaches, 0..1, with its 95 % interval.

    Attributes:
        decided: How many flags it rests on; those that nobody could tell are not among them.
    """

    share: float
    low: float
    high: float
    decided: int


def precision_of(breaches: int, decided: int) -> Precision | None:
    """Return the share and Wilson's interval; None where too few were decided.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    if decided < FEWEST:
        return None
    share, square = breaches / decided, NORMAL_95**2
    middle = (share + square / (2 * decided)) / (1 + square / decided)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / decided + square / (4 * decided**2)) / (1 + square / decided)
    # rounding must not leave the share outside
    return Precision(share, max(min(middle - half, share), 0.0), min(max(middle + half, share), 1.0), decided)
