"""What an import gives back, what it is told beforehand, and how a row is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from service.attendance.calendar import MINUTES_A_DAY, moment_at
from service.attendance.facts import Cover, Leave
from service.attendance.imports.reasons import FileReason, NoteReason, RowReason
from service.attendance.intervals import Interval
from service.errors import ServiceError

Fact = TypeVar("Fact", covariant=True)
SHOWN_CHARS = 80


class ImportUnreadable(ServiceError):
    """The file as a whole cannot be read; nothing was taken from it.

    Attributes:
        code: Stable name of the reason.
    """

    def __init__(self, code: FileReason, message: str) -> None:
        self.code = code
        super().__init__(message)


class RowRefused(Exception):
    """One row cannot be taken; the others can. It becomes a `RowFault`."""

    def __init__(self, code: RowReason, message: str, *, column: str = "", value: object = "") -> None:
        self.code, self.message, self.column, self.value = code, message, column, value
        super().__init__(message)

    def at(self, row: int) -> RowFault:
        """Say in which row it was."""
        return RowFault(row, self.column, str(self.value)[:SHOWN_CHARS], self.code, self.message)


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row was not taken.

    Attributes:
        row: As a spreadsheet counts it, from 1; in an iCalendar file the number of the event.
        column: Its title as it stands in the file; empty where the fault is not of one column.
        value: What stands there, cut to 80 characters.
        code: Stable name of the reason.
    """

    row: int
    column: str
    value: str
    code: RowReason
    message: str

    @property
    def words(self) -> str:
        """One line for people, without the row."""
        where = f"{self.column}: " if self.column else ""
        return f"{where}{self.message}"


@dataclass(frozen=True, slots=True)
class RowNote:
    """Something that the reader should know of a row that is no fault. Row 0: of the whole file."""

    row: int
    code: NoteReason
    message: str


@dataclass(frozen=True, slots=True)
class ImportResult(Generic[Fact]):
    """What is in a file. Whether the good rows are stored although others have faults is the caller's choice."""

    accepted: tuple[Fact, ...]
    faults: tuple[RowFault, ...] = ()
    notes: tuple[RowNote, ...] = ()


def no_sessions(officer_id: str, day: date) -> tuple[Interval, ...]:
    """Nobody works on any day: half days cannot be read."""
    return ()


@dataclass(frozen=True, slots=True)
class HalvedAtNoon:
    """Stands in for working time where no calendar is at hand: all day, halved at noon."""

    zone: ZoneInfo

    def __call__(self, officer_id: str, day: date) -> tuple[Interval, ...]:
        """Return midnight to noon and noon to midnight, in UTC."""
        edges = [moment_at(day, minutes, self.zone) for minutes in (0, MINUTES_A_DAY // 2, MINUTES_A_DAY)]
        return tuple(Interval(start, end) for start, end in pairwise(edges))


def no_leave(officer_id: str) -> Sequence[Leave]:
    """Nobody has leave yet."""
    return ()


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What the rows of a file may refer to.

    Attributes:
        officers: Name by id.
        zone: Of moments that name none.
        sessions_of: Working time of an officer on a day, sorted: what halves of days are made of.
        leaves_of: Leave of an officer that is in force already.
        desks: Name by (camera id, desk id).
        officers_of_desk: Whose each desk is, for rows that name whom somebody sits in for.
        covers: Cover that is in force already.
        clock_users: Officer's id by user id of the time clock, where they differ.
        emails: Officer's id by address, for calendars.
        now: Stamps later than this cannot be true; None: not checked.
        window: Repeated events of a calendar count within it; None: for 400 days from their first time.
    """

    officers: Mapping[str, str]
    zone: ZoneInfo
    sessions_of: Callable[[str, date], tuple[Interval, ...]] = no_sessions
    leaves_of: Callable[[str], Sequence[Leave]] = no_leave
    desks: Mapping[tuple[str, str], str] = field(default_factory=dict)
    window: Interval | None = None
    officers_of_desk: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    covers: Sequence[Cover] = ()
    clock_users: Mapping[str, str] = field(default_factory=dict)
    emails: Mapping[str, str] = field(default_factory=dict)
    now: datetime | None = None
