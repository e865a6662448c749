"""One officer's one day in figures, as people, other systems and sealed periods read it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from service.attendance.day_table import NEVER, DayTable
from service.attendance.facts import LEAVE_KINDS
from service.attendance.intervals import moment_of
from service.attendance.month import Report
from service.attendance.spans import IntArray

_SECONDS = (
    "planned", "required", "worked", "present", "outside", "late", "early", "left", "left_waiting", "left_untold",
    "absent", "no_data",
)  # fmt: skip
TOKEN_DIGITS = 32


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What is known of one day. Lengths are whole seconds; None says that no camera could see enough to tell.

    Attributes:
        arrival, leaving: First and last sight, UTC; None where the officer was not seen.
        coverage: Share of the time at the post that cameras could see, 0..1.
        left_count: How often the post was left.
        left_waiting_s: How long it was left while citizens were seen waiting; None where nothing is known of it.
        left_untold_s: How long it was left and nobody can say whether anybody waited.
        leave_s: By kind of leave, only those that occur.
    """

    arrival: datetime | None
    leaving: datetime | None
    is_late: bool | None
    is_early: bool | None
    is_absent: bool | None
    coverage: float
    left_count: int
    planned_s: int
    required_s: int
    worked_s: int
    present_s: int
    outside_s: int
    late_s: int
    early_s: int
    left_s: int
    left_waiting_s: int | None
    left_untold_s: int
    absent_s: int
    no_data_s: int
    leave_s: dict[str, int]

    def to_json(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        held = asdict(self)
        for name in ("arrival", "leaving"):
            moment = held[name]
            held[name] = None if moment is None else moment.isoformat()
        return held


@dataclass(frozen=True, slots=True)
class DayRow:
    """One officer's one day.

    Attributes:
        figures: With approved corrections; ``observed``: what the cameras alone say.
        holiday: Name of the public holiday; empty: none.
        period_id: The closed period that holds the day; None: it is open.
    """

    officer: int
    day: date
    figures: DayFigures
    observed: DayFigures
    holiday: str = ""
    period_id: int | None = None

    @property
    def is_corrected(self) -> bool:
        """Tell whether corrections changed anything."""
        return self.figures != self.observed

    def token(self, officer_id: str) -> str:
        """Return the change token: another one as soon as any figure, or whether the day is closed, changes."""
        content = canonical_json(
            [officer_id, self.day.isoformat(), self.figures.to_json(), self.observed.to_json(), self.period_id]
        )
        return hashlib.sha256(content.encode()).hexdigest()[:TOKEN_DIGITS]


class FigureReader:
    """Reads the rows of a table, one after the other."""

    def __init__(self, table: DayTable) -> None:
        self._seconds = {name: _whole_seconds(getattr(table, f"{name}_us")) for name in _SECONDS}
        self._leave = _whole_seconds(table.leave_us)
        self._table = table
        self._coverage = table.coverage.tolist()
        self._is_waiting_told = table.is_waiting_told.tolist()

    def figures(self, row: int) -> DayFigures:
        """Return the figures of one row."""
        table = self._table
        seconds = {f"{name}_s": column[row] for name, column in self._seconds.items()}
        if not self._is_waiting_told[row]:
            seconds["left_waiting_s"] = None
        return DayFigures(
            arrival=_moment(int(table.arrival_us[row])),
            leaving=_moment(int(table.leaving_us[row])),
            is_late=_answer(int(table.is_late[row])),
            is_early=_answer(int(table.is_early[row])),
            is_absent=_answer(int(table.is_absent[row])),
            coverage=round(self._coverage[row], 4),
            left_count=int(table.left_count[row]),
            leave_s={kind: s for kind, s in zip(LEAVE_KINDS, self._leave[row], strict=True) if s},
            **seconds,
        )


def day_rows(report: Report) -> Iterator[DayRow]:
    """Read a report officer by officer, day by day."""
    corrected = FigureReader(report.table)
    observed = corrected if report.observed is report.table else FigureReader(report.observed)
    for number, officer in enumerate(report.officers):
        for i, day in enumerate(report.days):
            row = report.row(number, i)
            figures = corrected.figures(row)
            yield DayRow(
                number,
                day,
                figures,
                figures if observed is corrected else observed.figures(row),
                report.holidays.get((officer.site_id, day), ""),
                period_of(report, officer.site_id, day),
            )


def period_of(report: Report, site_id: str, day: date) -> int | None:
    """Return the closed period that holds a day of a site; None where it is open."""
    held = (p.period_id for p in report.periods if p.site_id == site_id and p.first <= day <= p.last)
    return next(held, None)


def canonical_json(value: object) -> str:
    """Return JSON that is the same to the byte for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _whole_seconds(column_us: IntArray) -> list[Any]:
    found: list[Any] = ((column_us + 500_000) // 1_000_000).tolist()
    return found


def _moment(at_us: int) -> datetime | None:
    return None if at_us == NEVER else moment_of(at_us)


def _answer(code: int) -> bool | None:
    return None if code < 0 else bool(code)
