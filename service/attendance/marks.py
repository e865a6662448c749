"""What stands in a timesheet's cell: one sign for an officer's day, by the half day. Pure.

A day has two halves: its sessions before and after the middle of the day (07:30-11:30 and 13:30-17:00); a day of one
session is halved in length and never differs between its halves but by leave. What is shorter than half a day (late,
early, left the post, an hour of meeting) is no sign: it stands in the columns beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from service.attendance.day_table import AwayKind, DayTable
from service.attendance.facts import LEAVE_KINDS, LeaveKind
from service.attendance.month import Report
from service.attendance.spans import IntArray, Spans, intersect
from service.attendance.words import N_, Speak

Flags = NDArray[np.bool_]
ROWS_AT_A_TIME = 50_000
"""So many officer-days are looked at at once: of a province all at once take a quarter of a gigabyte."""
_KEY_STEP_US = 1 << 38
"""Three days: within a row no stretch lies further from the first shift."""


class Sign(IntEnum):
    """What is said of half a day; the order is that of the two halves within a cell."""

    OFF = 0
    HOLIDAY = 1
    NOT_YET = 2
    WORK = 3
    DUTY_TRIP = 4
    STUDY = 5
    ANNUAL = 6
    SICK = 7
    SICK_CHILD = 8
    MATERNITY = 9
    COMPENSATORY = 10
    UNPAID = 11
    OTHER_LEAVE = 12
    ABSENT = 13
    UNKNOWN = 14


LETTERS = ("", "L", "…", "+", "CT", "H", "P", "Ô", "Cô", "Ts", "Nb", "No", "K", "V", "?")
"""After forms 01a-LĐTL and C01a-HD; CT, V, ?, L and K are ours. None begins with another one, whatever the case of
its letters: spreadsheets count them by pattern."""
HALF = "½"
HALF_SIGN, TWO_SIGNS = "½P", "½P ½V"
"""Stand in the legend for all such cells."""

MEANINGS = (
    N_("Day off"),
    N_("Public holiday"),
    N_("Not yet: the report was made before this day"),
    N_("At work the whole day"),
    N_("Duty trip"),
    N_("Meeting, conference, training"),
    N_("Annual leave"),
    N_("Sick leave"),
    N_("Care of a sick child"),
    N_("Maternity leave"),
    N_("Compensatory time off"),
    N_("Unpaid leave"),
    N_("Other leave"),
    N_("Absent: the cameras could see the post all along and nobody was there"),
    N_("No data: the cameras could not see enough to say. This is not absence"),
)
HALF_WORKED = N_("Half a day at work, the other half absent")
HALF_LEAVE = N_("Half a day at work, the other half as the letter says")
TWO_HALVES = N_("One half of the day as the first letter says, the other as the second")

SIGN_OF_LEAVE = {
    LeaveKind.ANNUAL: Sign.ANNUAL,
    LeaveKind.SICK: Sign.SICK,
    LeaveKind.SICK_CHILD: Sign.SICK_CHILD,
    LeaveKind.MATERNITY: Sign.MATERNITY,
    LeaveKind.UNPAID: Sign.UNPAID,
    LeaveKind.COMPENSATORY: Sign.COMPENSATORY,
    LeaveKind.OTHER_LEAVE: Sign.OTHER_LEAVE,
    LeaveKind.DUTY_TRIP: Sign.DUTY_TRIP,
    LeaveKind.MEETING: Sign.STUDY,
    LeaveKind.TRAINING: Sign.STUDY,
}
_LEAVE_CODES = np.array([SIGN_OF_LEAVE[kind] for kind in LEAVE_KINDS], np.int8)


def text_of(first: Sign, second: Sign) -> str:
    """Return what a cell shows for two halves of a day."""
    first, second = min(first, second), max(first, second)
    if first is second:
        return LETTERS[first]
    if first is Sign.WORK:
        return HALF if second is Sign.ABSENT else HALF + LETTERS[second]
    return f"{HALF}{LETTERS[first]} {HALF}{LETTERS[second]}"


def legend(speak: Speak) -> list[tuple[str, str]]:
    """Return every sign and what it means; the one place that defines it."""
    whole = [(LETTERS[sign], speak(MEANINGS[sign])) for sign in Sign if sign is not Sign.OFF]
    halves = [(HALF, speak(HALF_WORKED)), (HALF_SIGN, speak(HALF_LEAVE)), (TWO_SIGNS, speak(TWO_HALVES))]
    return [*whole[2:], *halves, *whole[:2]]


def legend_of(texts: Iterable[str], speak: Speak) -> list[tuple[str, str]]:
    """Return those lines of the legend that some cells need."""
    needed: set[str] = set()
    for text in texts:
        halves = text.split()
        needed |= {half.removeprefix(HALF) for half in halves}
        if len(halves) == 2:
            needed.add(TWO_SIGNS)
        elif text.startswith(HALF):
            needed.add(HALF if text == HALF else HALF_SIGN)
    return [(sign, meaning) for sign, meaning in legend(speak) if sign in needed]


_TEXTS = np.array([[text_of(a, b) for b in Sign] for a in Sign], dtype=object)


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """The signs of a report's days.

    Attributes:
        first, second: int8 (rows,), a `Sign` for each half of the day, ``first <= second``: which half came first in
            the day is not told.
    """

    first: NDArray[np.int8]
    second: NDArray[np.int8]

    def texts(self) -> list[str]:
        """Return what each row's cell shows."""
        found: list[str] = _TEXTS[self.first, self.second].tolist()
        return found

    def days(self, sign: Sign) -> NDArray[np.float64]:
        """Return float64 (rows,): 0, 0.5 or 1 day of a sign."""
        halves: NDArray[np.float64] = (self.first == sign).astype(np.float64) + (self.second == sign)
        return halves / 2


def marks_of(report: Report, table: DayTable | None = None) -> Marks:
    """Return the signs of a report's days; of its corrected table, or of another one with the same rows."""
    table = report.table if table is None else table
    not_working = _not_working(report)
    if table.rows <= ROWS_AT_A_TIME:
        return _marks(table, not_working)
    firsts = range(0, table.rows, ROWS_AT_A_TIME)
    rows = [np.arange(first, min(first + ROWS_AT_A_TIME, table.rows)) for first in firsts]
    parts = [_marks(table.take(part), not_working[part]) for part in rows]
    return Marks(np.concatenate([part.first for part in parts]), np.concatenate([part.second for part in parts]))


def _marks(table: DayTable, not_working: NDArray[np.int8]) -> Marks:
    halves = _seen_halves(table)
    leave = _leave_halves(table, halves.shorter_us)
    first, second = halves.first, halves.second
    rest = np.select([table.is_absent == 1, table.is_absent == 0], [Sign.ABSENT, Sign.WORK], Sign.UNKNOWN)
    all_absent = table.is_absent == 1
    first, second = np.where(all_absent, Sign.ABSENT, first), np.where(all_absent, Sign.ABSENT, second)
    first = np.where(leave.count > 0, leave.first, first)
    second = np.select([leave.count == 2, leave.count == 1], [leave.second, rest], second)
    is_off = table.planned_us == 0
    first, second = np.where(is_off, not_working, first), np.where(is_off, not_working, second)
    return Marks(np.minimum(first, second).astype(np.int8), np.maximum(first, second).astype(np.int8))


@dataclass(frozen=True, slots=True, eq=False)
class _Halves:
    """What was seen of each half: int (rows,) signs, and int64 (rows,) the length of the shorter half."""

    first: NDArray[Any]
    second: NDArray[Any]
    shorter_us: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class _Leave:
    """How many halves are leave, 0..2, and the signs of the first and the second of them."""

    count: NDArray[Any]
    first: NDArray[Any]
    second: NDArray[Any]


def _seen_halves(table: DayTable) -> _Halves:
    rows = len(table.planned_us)
    order = np.lexsort((table.shifts.start_us, table.shifts.row))
    row, start, end = (column[order] for column in (table.shifts.row, table.shifts.start_us, table.shifts.end_us))
    day_start, day_end = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    day_end[row] = end  # the last one of a row stays
    day_start[row[::-1]] = start[::-1]
    is_afternoon = (start - day_start[row]) + (end - day_end[row]) > 0
    sessions = np.bincount(row, minlength=rows)
    is_afternoon &= sessions[row] > 1
    half = row * 2 + is_afternoon

    keys = row * _KEY_STEP_US + (start - day_start[row])
    in_shift = intersect(table.present, table.shifts)
    present = _touched(keys, in_shift, day_start)
    is_absence = table.away_kind == AwayKind.ABSENT
    away = table.away
    absent = _touched(keys, Spans(away.row[is_absence], away.start_us[is_absence], away.end_us[is_absence]), day_start)

    def count(flags: Flags) -> IntArray:
        return np.bincount(half[flags], minlength=rows * 2).reshape(rows, 2)

    held, seen, missed = count(np.ones(len(half), np.bool_)), count(present), count(absent)
    signs = np.select([seen > 0, (held > 0) & (missed == held)], [Sign.WORK, Sign.ABSENT], Sign.UNKNOWN)
    lengths = np.zeros(rows * 2, np.int64)
    np.add.at(lengths, half, end - start)
    is_single = sessions == 1
    shorter = np.where(is_single, table.planned_us // 2, lengths.reshape(rows, 2).min(axis=1))
    return _Halves(signs[:, 0], np.where(is_single, signs[:, 0], signs[:, 1]), shorter)


def _touched(keys: IntArray, spans: Spans, day_start: IntArray) -> Flags:
    """Say which sessions hold a part of some stretches; each lies within one session, or in some that touch."""
    begin = spans.row * _KEY_STEP_US - day_start[spans.row]
    first = np.searchsorted(keys, begin + spans.start_us, side="right") - 1
    last = np.searchsorted(keys, begin + spans.end_us, side="left") - 1
    steps = np.bincount(first, minlength=len(keys) + 1) - np.bincount(last + 1, minlength=len(keys) + 1)
    touched: Flags = np.cumsum(steps)[: len(keys)] > 0
    return touched


def _leave_halves(table: DayTable, shorter_us: IntArray) -> _Leave:
    """Leave as long as the shorter half is half a day; a whole one where at most half of that half is left."""
    total = table.leave_us.sum(axis=1)
    is_whole = (total > 0) & (table.required_us <= shorter_us // 2)
    is_half = (total > 0) & (total >= shorter_us)
    by_length = np.argsort(-table.leave_us, axis=1, kind="stable")
    longest, next_one = by_length[:, 0], by_length[:, 1]
    next_us = np.take_along_axis(table.leave_us, by_length[:, 1:2], axis=1)[:, 0]
    is_shared = (next_us > 0) & (next_us >= shorter_us // 2)
    return _Leave(
        np.select([is_whole, is_half], [2, 1], 0),
        _LEAVE_CODES[longest],
        np.where(is_shared, _LEAVE_CODES[next_one], _LEAVE_CODES[longest]),
    )


def _not_working(report: Report) -> NDArray[np.int8]:
    """Return what is said of each row if it has no working time."""
    kinds: dict[tuple[str, str], list[int]] = {}
    for officer in report.officers:
        place = (officer.site_id, officer.timezone)
        if place not in kinds:
            kinds[place] = _days_off(report, *place)
    found = [kinds[officer.site_id, officer.timezone] for officer in report.officers]
    return np.array(found, np.int8).reshape(-1)


def _days_off(report: Report, site_id: str, timezone: str) -> list[int]:
    today = report.made_at.astimezone(ZoneInfo(timezone)).date()
    holidays = {day for site, day in report.holidays if site == site_id}
    return [Sign.HOLIDAY if d in holidays else Sign.NOT_YET if d > today else Sign.OFF for d in report.days]
