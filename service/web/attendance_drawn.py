"""The stretches of officers' days as pages draw and read them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.api.problems import N_
from service.attendance.day_table import AwayKind, DayTable
from service.attendance.facts import CorrectionKind, Leave
from service.attendance.intervals import Interval, intersect, moment_of, union
from service.attendance.month import Report
from service.attendance.spans import Spans

AWAY_WORDS = {
    AwayKind.LATE: N_("Not yet there"),
    AwayKind.EARLY: N_("Gone already"),
    AwayKind.LEFT: N_("Left the post"),
    AwayKind.ABSENT: N_("Absent"),
}


@dataclass(frozen=True, slots=True)
class Away:
    """A stretch in which cameras saw that the officer was not at the post."""

    kind: AwayKind
    span: Interval

    @property
    def words(self) -> str:
        """What it is called; a message of the catalogues."""
        return AWAY_WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class DayStretches:
    """One officer's one day; each sorted and without overlap.

    Attributes:
        waiting: When citizens waited while the post was left.
        leave: Working time in which the officer need not have been there.
    """

    shifts: tuple[Interval, ...]
    present: tuple[Interval, ...]
    away: tuple[Away, ...]
    no_data: tuple[Interval, ...]
    waiting: tuple[Interval, ...] = ()
    leave: tuple[Interval, ...] = ()

    @property
    def absent(self) -> tuple[Interval, ...]:
        """When the post was seen empty for so long that it counts."""
        return tuple(item.span for item in self.away)

    @property
    def unseen_for(self) -> timedelta:
        """How long nothing can be said."""
        return sum((item.length for item in self.no_data), timedelta())


def stretches_of(table: DayTable, leave: Mapping[int, Sequence[Interval]] | None = None) -> Sequence[DayStretches]:
    """Read the stretches of every row of a table.

    Args:
        leave: Of each row that has any, sorted and without overlap; see `leave_by_row`.
    """
    held = leave or {}
    shifts, present, no_data, waiting = (
        _by_row(spans) for spans in (table.shifts, table.present, table.no_data, table.waiting)
    )
    away: dict[int, list[Away]] = defaultdict(list)
    found = zip(*_columns(table.away), table.away_kind.tolist(), strict=True)
    for row, start, end, kind in found:
        away[row].append(Away(AwayKind(kind), Interval(moment_of(start), moment_of(end))))
    return [
        DayStretches(
            tuple(shifts[row]),
            tuple(present[row]),
            tuple(sorted(away[row], key=_start)),
            tuple(no_data[row]),
            tuple(waiting[row]),
            tuple(intersect(shifts[row], held.get(row, ()))),
        )
        for row in range(len(table.planned_us))
    ]


def leave_by_row(report: Report, leaves: Sequence[Leave]) -> dict[int, list[Interval]]:
    """Return when each officer of a report was on leave, by row: what was entered, and what approved corrections say.

    A table only holds how long it was: the report of a month does without the stretches.
    """
    entered: dict[str, list[Interval]] = defaultdict(list)
    for leave in leaves:
        entered[leave.officer_id].append(leave.span)
    excused: dict[tuple[str, date], list[Interval]] = defaultdict(list)
    for item in report.corrections:
        if item.approved and item.kind is CorrectionKind.EXCUSED:
            excused[item.officer_id, item.day].append(item.span)
    return {
        report.row(number, i): union(held, timedelta())
        for number, officer in enumerate(report.officers)
        for i, day in enumerate(report.days)
        if (held := [*entered.get(officer.officer_id, ()), *excused.get((officer.officer_id, day), ())])
    }


def _start(item: Away) -> Interval:
    return item.span


def _by_row(spans: Spans) -> dict[int, list[Interval]]:
    found: dict[int, list[Interval]] = defaultdict(list)
    for row, start, end in zip(*_columns(spans), strict=True):
        found[row].append(Interval(moment_of(start), moment_of(end)))
    for intervals in found.values():
        intervals.sort()
    return found


def _columns(spans: Spans) -> tuple[list[int], list[int], list[int]]:
    return spans.row.tolist(), spans.start_us.tolist(), spans.end_us.tolist()
