"""The attendance of many officers over many days: what every report and page is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from service.attendance.days import DayTable
from service.attendance.facts import Correction, Period


@dataclass(frozen=True, slots=True)
class ReportOfficer:
    """One officer, with the names that a report shows.

    Attributes:
        desks: Names of their desks, joined for reading; empty where they have none.
    """

    officer_id: str
    name: str
    unit: str
    agency: str
    site_id: str
    timezone: str
    desks: str


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Officers by days. Derived and recomputable; only closed periods are kept.

    Attributes:
        officers: By agency, unit, name, id.
        table: With approved corrections; row = officer number * len(days) + day number.
        observed: What the cameras alone say; the same object where nothing was corrected.
        holidays: Name of the public holiday, by (site id, day).
        corrections: Of these officers and days, decided or not, oldest first.
        periods: Closed periods of these sites that overlap these days.
    """

    first: date
    last: date
    made_at: datetime
    officers: tuple[ReportOfficer, ...]
    days: tuple[date, ...]
    table: DayTable
    observed: DayTable
    holidays: Mapping[tuple[str, date], str]
    corrections: tuple[Correction, ...] = ()
    periods: tuple[Period, ...] = ()

    def row(self, officer: int, day: int) -> int:
        """Return the row of one officer's one day, both counted from 0."""
        return officer * len(self.days) + day
