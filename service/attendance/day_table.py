"""Many officers' days side by side, and one of them as a person reads it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from service.attendance import spans as algebra
from service.attendance.facts import LEAVE_KINDS, LeaveKind
from service.attendance.intervals import MICROSECOND, Interval, moment_of
from service.attendance.spans import IntArray, Spans, spread, to_intervals

NEVER = int(np.iinfo(np.int64).min)
"""Stands where there is no moment."""
YES, NO, UNKNOWN = 1, 0, -1
Codes = NDArray[np.int8]


class AwayKind(IntEnum):
    """What an away stretch is; see `service.attendance.days`."""

    LATE = 0
    EARLY = 1
    LEFT = 2
    ABSENT = 3


@dataclass(frozen=True, slots=True)
class Away:
    """A stretch in which the post was seen without the officer."""

    kind: AwayKind
    span: Interval


@dataclass(frozen=True, slots=True)
class AttendanceDay:
    """One officer's one day. Derived and recomputable, never a stored truth.

    Attributes:
        shifts: Working time; ``present``: seen at a desk of theirs, at any time; ``away``: within working time the
            post was seen without them; ``no_data``: within required time no camera could see.
        arrival, leaving: First and last sight of the day; None where never seen.
        is_late, is_early, is_absent: None where no camera could see enough to tell.
        planned: Working time; ``required``: of it, without leave; ``worked``: seen at the post in working time, and
            leave that is work; ``outside``: seen at the post at other times.
        late, early, left, absent: How long in all; ``left_count``: how often the post was left.
        waiting: When citizens were seen waiting while the post was left; ``left_waiting``: how long in all, None where
            nothing is known of it; ``left_untold``: how long it was left and nobody can say whether anybody waited.
        coverage: Share of the required time that the cameras could see, 0..1; 1 where nothing is required.
        leave: By kind, only those that occur.
    """

    shifts: tuple[Interval, ...]
    present: tuple[Interval, ...]
    away: tuple[Away, ...]
    no_data: tuple[Interval, ...]
    waiting: tuple[Interval, ...]
    arrival: datetime | None
    leaving: datetime | None
    is_late: bool | None
    is_early: bool | None
    is_absent: bool | None
    planned: timedelta
    required: timedelta
    worked: timedelta
    outside: timedelta
    late: timedelta
    early: timedelta
    left: timedelta
    left_count: int
    left_waiting: timedelta | None
    left_untold: timedelta
    absent: timedelta
    unseen: timedelta
    coverage: float
    leave: dict[LeaveKind, timedelta]


@dataclass(frozen=True, slots=True, eq=False)
class DayTable:
    """Officer-days; every array has one entry a row unless it says otherwise.

    Attributes:
        arrival_us, leaving_us: int64, microseconds since 1970 UTC; `NEVER` where the officer was not seen.
        is_late, is_early, is_absent: int8, 1 yes, 0 no, -1 nobody can tell.
        planned_us .. no_data_us: int64, lengths in microseconds; see `AttendanceDay`.
        left_count: int64.
        left_waiting_us: int64, how long the post was left while citizens were seen waiting. It says nothing where
            ``is_waiting_told`` is not so: unknown is not no. ``left_untold_us``: left, and nobody can say.
        leave_us: int64 (rows, kinds), in the order of `LEAVE_KINDS`.
        shifts, present, away, no_data, waiting: By row, sorted; ``away_kind`` says what each away stretch is;
            ``waiting`` lies within those that are LEFT.
    """

    arrival_us: IntArray
    leaving_us: IntArray
    is_late: Codes
    is_early: Codes
    is_absent: Codes
    planned_us: IntArray
    required_us: IntArray
    present_us: IntArray
    worked_us: IntArray
    outside_us: IntArray
    late_us: IntArray
    early_us: IntArray
    left_us: IntArray
    left_count: IntArray
    left_waiting_us: IntArray
    left_untold_us: IntArray
    absent_us: IntArray
    no_data_us: IntArray
    leave_us: IntArray
    shifts: Spans
    present: Spans
    away: Spans
    away_kind: IntArray
    no_data: Spans
    waiting: Spans

    @property
    def rows(self) -> int:
        """How many officer-days there are."""
        return len(self.required_us)

    @property
    def coverage(self) -> NDArray[np.float64]:
        """Share of the required time that the cameras could see, 0..1; 1 where nothing is required."""
        return 1.0 - self.no_data_us / np.maximum(self.required_us, 1)

    @property
    def is_waiting_told(self) -> NDArray[np.bool_]:
        """Whether anything is known of citizens waiting while the post was left; so too where it was not left."""
        told: NDArray[np.bool_] = (self.left_untold_us < self.left_us) | (self.left_us == 0)
        return told

    def take(self, rows: IntArray) -> DayTable:
        """Return some rows, in the order asked for."""
        content: dict[str, Any] = {name: getattr(self, name)[rows] for name in _COLUMNS}
        for name in _SPANS:
            held: Spans = getattr(self, name)
            which, row = _of_rows(held.row, rows)
            content[name] = Spans(row, held.start_us[which], held.end_us[which])
            if name == "away":
                content["away_kind"] = self.away_kind[which]
        return DayTable(**content)

    def day(self, row: int, zone: ZoneInfo) -> AttendanceDay:
        """Return one row for people to read, in their time zone."""
        away = to_intervals(self.away, row, zone)
        kinds = self.away_kind[_slice(self.away.row, row)].tolist()
        return AttendanceDay(
            shifts=to_intervals(self.shifts, row, zone),
            present=to_intervals(self.present, row, zone),
            away=tuple(Away(AwayKind(kind), span) for kind, span in zip(kinds, away, strict=True)),
            no_data=to_intervals(self.no_data, row, zone),
            waiting=to_intervals(self.waiting, row, zone),
            arrival=_moment(self.arrival_us[row], zone),
            leaving=_moment(self.leaving_us[row], zone),
            is_late=_answer(self.is_late[row]),
            is_early=_answer(self.is_early[row]),
            is_absent=_answer(self.is_absent[row]),
            planned=_length(self.planned_us[row]),
            required=_length(self.required_us[row]),
            worked=_length(self.worked_us[row]),
            outside=_length(self.outside_us[row]),
            late=_length(self.late_us[row]),
            early=_length(self.early_us[row]),
            left=_length(self.left_us[row]),
            left_count=int(self.left_count[row]),
            left_waiting=_length(self.left_waiting_us[row]) if self.is_waiting_told[row] else None,
            left_untold=_length(self.left_untold_us[row]),
            absent=_length(self.absent_us[row]),
            unseen=_length(self.no_data_us[row]),
            coverage=float(1.0 - self.no_data_us[row] / max(int(self.required_us[row]), 1)),
            leave={kind: _length(us) for kind, us in zip(LEAVE_KINDS, self.leave_us[row], strict=True) if us > 0},
        )


_SPANS = ("shifts", "present", "away", "no_data", "waiting")
_COLUMNS = tuple(field.name for field in fields(DayTable) if field.name not in (*_SPANS, "away_kind"))


def joined(tables: Sequence[DayTable]) -> DayTable:
    """Return the rows of all tables, one after the other."""
    if len(tables) == 1:
        return tables[0]
    offsets = np.cumsum([0, *(table.rows for table in tables)])
    content: dict[str, Any] = {
        name: np.concatenate([getattr(table, name) for table in tables]) for name in (*_COLUMNS, "away_kind")
    }
    content |= {
        name: algebra.joined(
            [
                Spans(held.row + offset, held.start_us, held.end_us)
                for held, offset in zip((getattr(t, name) for t in tables), offsets, strict=False)
            ]
        )
        for name in _SPANS
    }
    return DayTable(**content)


def _slice(sorted_rows: IntArray, row: int) -> slice:
    return slice(*np.searchsorted(sorted_rows, [row, row + 1]).tolist())


def _of_rows(sorted_rows: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Return the numbers of the stretches of some rows, and the new row of each."""
    first = np.searchsorted(sorted_rows, rows, side="left")
    times = np.searchsorted(sorted_rows, rows, side="right") - first
    new_row, which = spread(first, times)
    return which, new_row


def _moment(us: np.int64, zone: ZoneInfo) -> datetime | None:
    return None if us == NEVER else moment_of(int(us)).astimezone(zone)


def _answer(code: np.int8) -> bool | None:
    return None if code == UNKNOWN else bool(code == YES)


def _length(us: np.int64) -> timedelta:
    return int(us) * MICROSECOND
