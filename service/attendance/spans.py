"""Stretches of time of many rows at once, as arrays, and their algebra. Pure.

Rows are laid end to end on one line of whole numbers, far enough apart that nothing of one reaches into the next; so
union is one sort, intersection and difference are one search, and nothing loops over rows. What comes out is canonical:
by row and time, and no two stretches of a row overlap or touch. What goes in may be in any order and overlap; where it
is canonical already it is not sorted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from service.attendance.intervals import Interval, microseconds, moment_of

IntArray = NDArray[np.int64]
_LARGEST = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Stretches [start, end) of time; each belongs to a row, and a row is whatever the caller counts.

    Attributes:
        row: int64 (N,).
        start_us, end_us: int64 (N,), microseconds since 1970-01-01T00:00Z; end > start.
    """

    row: IntArray
    start_us: IntArray
    end_us: IntArray

    def __len__(self) -> int:
        return len(self.row)

    def take(self, which: NDArray[np.bool_] | IntArray) -> Spans:
        """Return some of the stretches: by a mask or by their numbers."""
        return Spans(self.row[which], self.start_us[which], self.end_us[which])


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Where rows lie on the line: row r's moment t at r * width + t - origin.

    Attributes:
        origin: int64 (rows,), or (1,) where it is the same for all rows.
    """

    origin: IntArray
    width: int

    def of(self, spans: Spans) -> tuple[IntArray, IntArray]:
        shift = spans.row * self.width - self._origin_of(spans.row)
        return spans.start_us + shift, spans.end_us + shift

    def back(self, start: IntArray, end: IntArray) -> Spans:
        row = start // self.width
        shift = self._origin_of(row) - row * self.width
        return Spans(row, start + shift, end + shift)

    def _origin_of(self, row: IntArray) -> IntArray:
        return self.origin if len(self.origin) == 1 else self.origin[row]


def nothing() -> Spans:
    """Return no stretches."""
    return Spans(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))


def joined(parts: Sequence[Spans]) -> Spans:
    """Return the stretches of all parts, one after the other, as they are."""
    return Spans(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.start_us for part in parts]),
        np.concatenate([part.end_us for part in parts]),
    )


def union(spans: Spans, within_us: int = 0) -> Spans:
    """Sort by row and time; join what overlaps, touches or lies at most ``within_us`` apart."""
    if not len(spans):
        return spans
    line = _line(spans, apart_us=within_us)
    start, end = line.of(spans)
    if _is_canonical(start, end, within_us):
        return spans
    return line.back(*_merge(start, end, within_us))


def intersect(left: Spans, right: Spans) -> Spans:
    """Return what is in both; each side may overlap itself."""
    if not len(left) or not len(right):
        return nothing()
    line = _line(left, right)
    return line.back(*_overlap(_canonical(*line.of(left)), _canonical(*line.of(right))))


def subtract(left: Spans, right: Spans) -> Spans:
    """Return what is in ``left`` and not in ``right``; each side may overlap itself."""
    if not len(left) or not len(right):
        return union(left)
    line = _line(left, right)
    start, end = _canonical(*line.of(right))
    rest = np.concatenate([[-_LARGEST], end]), np.concatenate([start, [_LARGEST]])
    return line.back(*_overlap(_canonical(*line.of(left)), rest))


def pairs(spans: Spans, others: Spans) -> tuple[IntArray, IntArray]:
    """Return which stretches overlap which others of their row: the numbers of both, by ``spans``, then by ``others``.

    Args:
        spans: In any order; they may overlap each other.
        others: By row and time, without overlap; they may touch.
    """
    if not len(spans) or not len(others):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    line = _line(spans, others)
    return _pairs(*line.of(spans), *line.of(others))


def first_and_last(spans: Spans) -> tuple[IntArray, IntArray, IntArray]:
    """Return the rows that have stretches, each one's earliest start and its latest end; ``spans`` canonical."""
    begin, end = runs_of(spans.row)
    return spans.row[begin], spans.start_us[begin], spans.end_us[end - 1]


def runs_of(values: IntArray) -> tuple[IntArray, IntArray]:
    """Return where each run of equal values begins, and where it ends (exclusive)."""
    bounds = np.flatnonzero(values[1:] != values[:-1]) + 1
    if not len(values):
        return bounds, bounds
    return np.concatenate([[0], bounds]), np.concatenate([bounds, [len(values)]])


def total_us(spans: Spans, rows: int) -> IntArray:
    """Return int64 (rows,): the lengths of each row's stretches added up; sums up to 2**53 are exact."""
    lengths = (spans.end_us - spans.start_us).astype(np.float64)
    return np.bincount(spans.row, weights=lengths, minlength=rows).astype(np.int64)


def from_intervals(of_rows: Sequence[Sequence[Interval]]) -> Spans:
    """Turn the intervals of each row into arrays."""
    flat = [(row, microseconds(i.start), microseconds(i.end)) for row, found in enumerate(of_rows) for i in found]
    columns = np.array(flat, np.int64).reshape(-1, 3)
    return Spans(columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy())


def to_intervals(spans: Spans, row: int, zone: ZoneInfo) -> tuple[Interval, ...]:
    """Return one row's stretches as intervals of a time zone, in their order."""
    mine = spans.take(spans.row == row)
    return tuple(
        Interval(moment_of(start).astimezone(zone), moment_of(end).astimezone(zone))
        for start, end in zip(mine.start_us.tolist(), mine.end_us.tolist(), strict=True)
    )


def _line(*several: Spans, apart_us: int = 0) -> _Line:
    """Lay rows end to end: all in step where that fits 64 bits, else each row from its own first moment.

    Raises:
        OverflowError: Not even so; a million rows of a hundred days fit.
    """
    known = [spans for spans in several if len(spans)]
    rows = max(int(spans.row.max()) for spans in known) + 1
    origin = np.array([min(int(spans.start_us.min()) for spans in known)])
    width = max(int(spans.end_us.max()) for spans in known) - int(origin[0]) + apart_us + 1
    if rows * width <= _LARGEST:
        return _Line(origin, width)
    origin, last = np.full(rows, _LARGEST), np.full(rows, -_LARGEST)
    for spans in known:
        np.minimum.at(origin, spans.row, spans.start_us)
        np.maximum.at(last, spans.row, spans.end_us)
    width = int((last - origin)[last > -_LARGEST].max()) + apart_us + 1
    if rows * width > _LARGEST:
        raise OverflowError(f"{rows} rows of {width / 86_400e6:.0f} days do not fit one line: take them in parts")
    return _Line(origin, width)


def _is_canonical(start: IntArray, end: IntArray, within: int) -> bool:
    return bool((start[1:] - end[:-1] > within).all())


def _canonical(start: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    return (start, end) if _is_canonical(start, end, 0) else _merge(start, end, 0)


def _merge(start: IntArray, end: IntArray, within: int) -> tuple[IntArray, IntArray]:
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.maximum.accumulate(end[order])
    opens = np.ones(len(start), np.bool_)
    opens[1:] = start[1:] - end[:-1] > within
    first = np.flatnonzero(opens)
    last = np.append(first[1:], len(start)) - 1
    return start[first], end[last]


def _overlap(left: tuple[IntArray, IntArray], right: tuple[IntArray, IntArray]) -> tuple[IntArray, IntArray]:
    """Return what is in both; each sorted, without overlap. The fewer look for the more."""
    few, many = (left, right) if len(left[0]) <= len(right[0]) else (right, left)
    source, found = _pairs(*few, *many)
    return np.maximum(few[0][source], many[0][found]), np.minimum(few[1][source], many[1][found])


def _pairs(start: IntArray, end: IntArray, sorted_start: IntArray, sorted_end: IntArray) -> tuple[IntArray, IntArray]:
    first = np.searchsorted(sorted_end, start, side="right")
    times = np.maximum(np.searchsorted(sorted_start, end, side="left") - first, 0)
    return spread(first, times)


def spread(first: IntArray, times: IntArray) -> tuple[IntArray, IntArray]:
    """Count up from each ``first`` so many ``times``: return whose each number is, and the numbers."""
    source = np.repeat(np.arange(len(first)), times)
    return source, np.arange(len(source)) + np.repeat(first - np.cumsum(times) + times, times)
