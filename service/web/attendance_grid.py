"""The timesheet as a page draws it: a row per officer, a cell per day. Pure; thousands of cells are made at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby

from markupsafe import Markup, escape

from service.attendance.figures import Figures, Grouping, group
from service.attendance.marks import Sign, marks_of, text_of
from service.attendance.month import Report, ReportOfficer

_CLASSES = {
    Sign.OFF: "off",
    Sign.HOLIDAY: "holiday",
    Sign.NOT_YET: "later",
    Sign.WORK: "work",
    Sign.DUTY_TRIP: "elsewhere",
    Sign.STUDY: "elsewhere",
    Sign.ABSENT: "absent",
    Sign.UNKNOWN: "unseen",
}
_SHADED = (Sign.OFF, Sign.HOLIDAY)


@dataclass(frozen=True, slots=True)
class GridDay:
    """A column: one day."""

    day: date
    holiday: str

    @property
    def is_shaded(self) -> bool:
        """Tell Saturdays, Sundays and public holidays."""
        return bool(self.holiday) or self.day.weekday() >= 5


@dataclass(frozen=True, slots=True)
class GridRow:
    """One officer.

    Attributes:
        cells: The cells of all days, as HTML.
    """

    officer: ReportOfficer
    cells: Markup
    figures: Figures


@dataclass(frozen=True, slots=True)
class GridUnit:
    """The officers of one unit."""

    agency: str
    unit: str
    rows: tuple[GridRow, ...]


def grid_days(report: Report) -> tuple[GridDay, ...]:
    """Return the columns of a report."""
    names: dict[date, str] = {}
    for (_site, day), name in report.holidays.items():
        names.setdefault(day, name)
    return tuple(GridDay(day, names.get(day, "")) for day in report.days)


def grid_units(report: Report, officers: range) -> list[GridUnit]:
    """Draw some of a report's officers, unit by unit."""
    marks = marks_of(report)
    first, second = marks.first.tolist(), marks.second.tolist()
    corrected = {(c.officer_id, c.day) for c in report.corrections if c.approved}
    sums = group(report, Grouping.OFFICER)

    def rows() -> Iterator[GridRow]:
        for number in officers:
            officer = report.officers[number]
            begin = report.row(number, 0)
            fixed = _fixed(corrected, officer.officer_id, report.days)
            cells = "".join(_cell(first[begin + n], second[begin + n], n in fixed) for n in range(len(report.days)))
            yield GridRow(officer, Markup(cells), sums[number].figures)

    grouped = groupby(rows(), lambda row: (row.officer.agency, row.officer.unit))
    return [GridUnit(agency, unit, tuple(found)) for (agency, unit), found in grouped]


def sign_class(first: Sign, second: Sign) -> str:
    """Return the class of a cell; a half that nobody could see is never drawn like absence."""
    if first is second:
        return _CLASSES.get(first, "leave")
    if Sign.UNKNOWN in (first, second):
        return "half-unseen"
    return "half-absent" if Sign.ABSENT in (first, second) else "half"


def _fixed(corrected: set[tuple[str, date]], officer_id: str, days: Sequence[date]) -> frozenset[int]:
    return frozenset(n for n, day in enumerate(days) if (officer_id, day) in corrected) if corrected else frozenset()


@cache
def _cell(first: int, second: int, is_fixed: bool) -> str:
    one, other = Sign(first), Sign(second)
    classes = f"m-{sign_class(one, other)}" + (" m-fixed" if is_fixed else "")
    return f'<td class="{classes}">{escape(text_of(one, other))}</td>'
