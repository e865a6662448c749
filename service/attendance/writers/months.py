"""A report's days by calendar month: each has a timesheet of its own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np

from service.attendance.marks import Marks


@dataclass(frozen=True, slots=True)
class Month:
    """The days of one calendar month that a report holds, and where they stand in it."""

    days: tuple[date, ...]
    part: slice

    @property
    def label(self) -> str:
        """Month and year, mm/yyyy."""
        return self.days[0].strftime("%m/%Y")


def months_of(days: Sequence[date]) -> list[Month]:
    """Cut days at the ends of calendar months."""
    found, first = [], 0
    for _, together in groupby(days, lambda day: (day.year, day.month)):
        held = tuple(together)
        found.append(Month(held, slice(first, first + len(held))))
        first += len(held)
    return found


def marks_in(marks: Marks, month: Month, days: int) -> Marks:
    """Return the marks of one month; ``days`` is the number of the report's days."""
    first, second = (column.reshape(-1, days)[:, month.part] for column in (marks.first, marks.second))
    return Marks(np.ascontiguousarray(first).ravel(), np.ascontiguousarray(second).ravel())
