"""How long something took: median and ninth decile from counts of lengths. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.statistics.rows import LengthCount
from service.statistics.shares import SHARE_AT_LEAST


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long things took.

    Attributes:
        count: How many there were.
        median_s: Half took no longer; ninth_s: nine tenths took no longer. None where there are too few.
    """

    count: int
    median_s: int | None
    ninth_s: int | None


def lengths_of(counts: Sequence[LengthCount]) -> Lengths:
    """Sum lengths up."""
    total = sum(one.count for one in counts)
    if total < SHARE_AT_LEAST:
        return Lengths(total, None, None)
    ordered = sorted(counts, key=lambda one: one.length_s)
    return Lengths(total, _reached(ordered, total, 5), _reached(ordered, total, 9))


def _reached(ordered: Sequence[LengthCount], total: int, tenths: int) -> int:
    """Return the least length that so many tenths did not exceed."""
    wanted, seen = -(-total * tenths // 10), 0
    for one in ordered:
        seen += one.count
        if seen >= wanted:
            return one.length_s
    raise AssertionError("all of them are not enough")
