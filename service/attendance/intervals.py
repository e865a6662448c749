"""Stretches of time and their algebra. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A stretch of time, aware; empty ones do not exist."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"an interval ends after it starts: {self.start} .. {self.end}")

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


def union(intervals: Iterable[Interval], within: timedelta) -> list[Interval]:
    """Sort and join what overlaps, touches or lies at most ``within`` apart."""
    joined: list[Interval] = []
    for interval in sorted(intervals):
        if joined and interval.start - joined[-1].end <= within:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, interval.end))
        else:
            joined.append(interval)
    return joined


def intersect(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Return what is in both; each side sorted and without overlap."""
    common, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            common.append(Interval(start, end))
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return common


def subtract(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Return what is in ``left`` and not in ``right``; each side sorted and without overlap."""
    rest = []
    for whole in left:
        cursor = whole.start
        for hole in right:
            if hole.end <= cursor or hole.start >= whole.end:
                continue
            if hole.start > cursor:
                rest.append(Interval(cursor, hole.start))
            cursor = max(cursor, hole.end)
        if cursor < whole.end:
            rest.append(Interval(cursor, whole.end))
    return rest


def microseconds(moment: datetime) -> int:
    """Return microseconds since 1970 UTC."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(us: int) -> datetime:
    """Return the moment, aware UTC, so many microseconds since 1970 UTC."""
    return EPOCH + us * MICROSECOND
