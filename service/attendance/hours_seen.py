"""How far desks were attended by the hour of the day, of what could be seen. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.attendance.figures import Grouping
from service.attendance.moments import row_offsets_us
from service.attendance.month import Report, ReportOfficer
from service.attendance.spans import IntArray, Spans, intersect, spread

_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True, eq=False)
class HourShares:
    """Desks, units or agencies by the hour of the day.

    Attributes:
        labels: Of the rows.
        hours: Of the columns, 0..23; each lasts until the next full hour.
        attended_us, empty_us, no_data_us: int64 (labels, hours): somebody was there, was seen not to be there, could
            not be seen; within the required time.
    """

    labels: tuple[str, ...]
    hours: tuple[int, ...]
    attended_us: IntArray
    empty_us: IntArray
    no_data_us: IntArray

    @property
    def share(self) -> NDArray[np.float64]:
        """Share attended of what could be seen, 0..1; NaN where nothing could be seen or nothing was required."""
        seen = self.attended_us + self.empty_us
        return _share(self.attended_us, seen)

    @property
    def coverage(self) -> NDArray[np.float64]:
        """Share of the time that could be seen, 0..1; NaN where nothing was required."""
        seen = self.attended_us + self.empty_us
        return _share(seen, seen + self.no_data_us)

    def parts(self, rows: int) -> Iterator[HourShares]:
        """Cut into pieces of at most so many rows."""
        for first in range(0, len(self.labels), rows):
            held = slice(first, first + rows)
            columns = (self.attended_us[held], self.empty_us[held], self.no_data_us[held])
            yield HourShares(self.labels[held], self.hours, *columns)


def hour_shares(report: Report, by: Grouping | None = None) -> HourShares:
    """Sum a report's days by the hour.

    Args:
        by: Units, agencies or all; by desk where None. Who has several desks stands under all of them together.
    """
    named = [_label(officer, by) for officer in report.officers]
    labels = {label: number for number, label in enumerate(dict.fromkeys(named))}
    of_row = np.repeat(np.array([labels[label] for label in named], np.int64), len(report.days))
    offsets, table = row_offsets_us(report), report.table
    attended = _by_hour(intersect(table.present, table.shifts), offsets, of_row, len(labels))
    empty = _by_hour(table.away, offsets, of_row, len(labels))
    no_data = _by_hour(table.no_data, offsets, of_row, len(labels))
    planned = _by_hour(table.shifts, offsets, of_row, len(labels))
    worked = np.flatnonzero(planned.any(axis=0))
    hours = tuple(range(int(worked[0]), int(worked[-1]) + 1)) if len(worked) else ()
    shown = list(hours)
    return HourShares(tuple(labels), hours, attended[:, shown], empty[:, shown], no_data[:, shown])


def _share(part: IntArray, whole: IntArray) -> NDArray[np.float64]:
    shares = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def _label(officer: ReportOfficer, by: Grouping | None) -> str:
    if by is None:
        return officer.desks or officer.name
    return {Grouping.OFFICER: officer.name, Grouping.UNIT: officer.unit, Grouping.AGENCY: officer.agency}.get(by, "")


def _by_hour(spans: Spans, offsets_us: IntArray, group_of_row: IntArray, groups: int) -> IntArray:
    """Sum stretches by group and hour of the wall clock: int64 (groups, 24)."""
    start, end = spans.start_us + offsets_us[spans.row], spans.end_us + offsets_us[spans.row]
    first = start // _HOUR_US
    pieces = (end - 1) // _HOUR_US - first + 1
    source, hour = spread(first, pieces)
    length = np.minimum(end[source], (hour + 1) * _HOUR_US) - np.maximum(start[source], hour * _HOUR_US)
    sums = np.zeros((groups, 24), np.int64)
    np.add.at(sums, (group_of_row[spans.row[source]], hour % 24), length)
    return sums
