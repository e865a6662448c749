"""The columns of one officer's one day, as CSV and the workbook's sheet of details show them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import repeat
from typing import Any

import numpy as np

from service.attendance.day_table import DayTable
from service.attendance.facts import LEAVE_KINDS
from service.attendance.marks import MEANINGS, SIGN_OF_LEAVE, Marks
from service.attendance.moments import local_us, second_texts
from service.attendance.month import Report
from service.attendance.spans import IntArray
from service.attendance.words import N_, Speak

MINUTE_US = 60_000_000
OFFICERS_AT_A_TIME = 500
"""So many officers' days are turned into text at a time: memory stays the same however large the report is."""


class Form(StrEnum):
    """How a column's values are to be shown."""

    GIVEN = "given"
    """Text that people entered: it may be anything."""
    TEXT = "text"
    """Text of our own."""
    MOMENT = "moment"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    COUNT = "count"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading is a message of the catalogues."""

    heading: str
    form: Form


_OFFICER = (
    Column(N_("Agency"), Form.GIVEN),
    Column(N_("Unit"), Form.GIVEN),
    Column(N_("Officer number"), Form.GIVEN),
    Column(N_("Full name"), Form.GIVEN),
    Column(N_("Date"), Form.TEXT),
    Column(N_("Sign"), Form.TEXT),
    Column(N_("Holiday"), Form.GIVEN),
)
_FIGURES = (
    Column(N_("Arrival"), Form.MOMENT),
    Column(N_("Leaving"), Form.MOMENT),
    Column(N_("Late arrival"), Form.TEXT),
    Column(N_("Late (minutes)"), Form.MINUTES),
    Column(N_("Early leaving"), Form.TEXT),
    Column(N_("Early (minutes)"), Form.MINUTES),
    Column(N_("Left the post (times)"), Form.COUNT),
    Column(N_("Left the post (minutes)"), Form.MINUTES),
    Column(N_("Left while citizens waited (minutes)"), Form.MINUTES),
    Column(N_("Left, not known whether anybody waited (minutes)"), Form.MINUTES),
    Column(N_("Absent the whole day"), Form.TEXT),
    Column(N_("Absent sessions (minutes)"), Form.MINUTES),
    Column(N_("Time to be there (minutes)"), Form.MINUTES),
    Column(N_("Worked (minutes)"), Form.MINUTES),
    Column(N_("Outside hours (minutes)"), Form.MINUTES),
    Column(N_("Leave"), Form.TEXT),
    Column(N_("No data (minutes)"), Form.MINUTES),
    Column(N_("Coverage"), Form.SHARE),
    Column(N_("Corrected"), Form.TEXT),
)
_OBSERVED = (
    Column(N_("Sign, cameras alone"), Form.TEXT),
    Column(N_("Arrival, cameras alone"), Form.MOMENT),
    Column(N_("Leaving, cameras alone"), Form.MOMENT),
    Column(N_("Late, cameras alone (minutes)"), Form.MINUTES),
    Column(N_("Early, cameras alone (minutes)"), Form.MINUTES),
    Column(N_("Left the post, cameras alone (minutes)"), Form.MINUTES),
    Column(N_("Left while citizens waited, cameras alone (minutes)"), Form.MINUTES),
    Column(N_("Absent sessions, cameras alone (minutes)"), Form.MINUTES),
    Column(N_("Worked, cameras alone (minutes)"), Form.MINUTES),
    Column(N_("No data, cameras alone (minutes)"), Form.MINUTES),
)
COLUMNS = (*_OFFICER, *_FIGURES, *_OBSERVED)

Cell = str | float | int | None
_COMPARED = (
    "arrival_us", "leaving_us", "is_late", "is_early", "is_absent", "required_us", "worked_us", "outside_us", "late_us",
    "early_us", "left_us", "left_count", "left_waiting_us", "left_untold_us", "absent_us", "no_data_us",
)  # fmt: skip


def is_corrected(report: Report) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return bool (rows,): corrections changed a figure of the day."""
    changed = np.zeros(len(report.table.required_us), np.bool_)
    if report.observed is report.table:
        return changed
    for name in _COMPARED:
        changed |= getattr(report.table, name) != getattr(report.observed, name)
    changed |= (report.table.leave_us != report.observed.leave_us).any(axis=1)
    return changed


class DayReader:
    """Reads a report's days as rows of cells in the order of `COLUMNS`."""

    def __init__(self, report: Report, marks: Marks, observed_marks: Marks, speak: Speak) -> None:
        self._report = report
        self._signs, self._observed_signs = marks.texts(), observed_marks.texts()
        self._corrected = is_corrected(report)
        self._answers = (speak(N_("no data")), speak(N_("no")), speak(N_("yes")))
        self._leave_words = [speak(MEANINGS[SIGN_OF_LEAVE[kind]]) for kind in LEAVE_KINDS]
        self._minutes_word = speak(N_("min"))
        self._clocks = [local_us(report, table.arrival_us) for table in (report.table, report.observed)]
        self._leavings = [local_us(report, table.leaving_us) for table in (report.table, report.observed)]

    def rows(self, write_moments: Callable[[IntArray], Sequence[Cell]] = second_texts) -> Iterator[tuple[Cell, ...]]:
        """Yield each officer's each day; ``write_moments`` turns local moments into cells."""
        officers = len(self._report.officers)
        for first in range(0, officers, OFFICERS_AT_A_TIME):
            yield from self._part(range(first, min(first + OFFICERS_AT_A_TIME, officers)), write_moments)

    def _part(self, officers: range, write_moments: Callable[[IntArray], Sequence[Cell]]) -> Iterator[tuple[Cell, ...]]:
        days = len(self._report.days)
        part = slice(officers.start * days, officers.stop * days)
        observed: Sequence[Sequence[Cell]] = [repeat("", part.stop - part.start) for _ in _OBSERVED]  # type: ignore[misc]
        if self._corrected[part].any():
            observed = self._observed(part, write_moments)
        yield from zip(
            *self._officer(officers), *self._figures(self._report.table, part, write_moments), *observed, strict=True
        )

    def _officer(self, officers: range) -> list[Sequence[Cell]]:
        report = self._report
        days = [day.isoformat() for day in report.days]
        whose = [report.officers[number] for number in officers for _ in days]
        first = officers.start * len(days)
        return [
            [o.agency for o in whose],
            [o.unit for o in whose],
            [o.officer_id for o in whose],
            [o.name for o in whose],
            days * len(officers),
            self._signs[first : first + len(whose)],
            [report.holidays.get((report.officers[n].site_id, d), "") for n in officers for d in report.days],
        ]

    def _figures(
        self, table: DayTable, part: slice, write_moments: Callable[[IntArray], Sequence[Cell]]
    ) -> list[Sequence[Cell]]:
        has_answer = table.required_us[part] > 0
        # who did not come at all was neither late nor early
        is_absent = table.is_absent[part] == 1
        return [
            write_moments(self._clocks[0][part]),
            write_moments(self._leavings[0][part]),
            self._answer(table.is_late[part], has_answer & ~is_absent),
            minutes(table.late_us[part]),
            self._answer(table.is_early[part], has_answer & ~is_absent),
            minutes(table.early_us[part]),
            table.left_count[part].tolist(),
            minutes(table.left_us[part]),
            waiting_minutes(table, part),
            minutes(table.left_untold_us[part]),
            self._answer(table.is_absent[part], has_answer),
            minutes(table.absent_us[part]),
            minutes(table.required_us[part]),
            minutes(table.worked_us[part]),
            minutes(table.outside_us[part]),
            self._leave(table.leave_us[part]),
            minutes(table.no_data_us[part]),
            np.round(table.coverage[part], 4).tolist(),
            [self._answers[2] if changed else "" for changed in self._corrected[part].tolist()],
        ]

    def _observed(self, part: slice, write_moments: Callable[[IntArray], Sequence[Cell]]) -> list[Sequence[Cell]]:
        table = self._report.observed
        columns: list[Sequence[Cell]] = [
            self._observed_signs[part],
            write_moments(self._clocks[1][part]),
            write_moments(self._leavings[1][part]),
            *(minutes(column[part]) for column in (table.late_us, table.early_us, table.left_us)),
            waiting_minutes(table, part),
            *(minutes(column[part]) for column in (table.absent_us, table.worked_us, table.no_data_us)),
        ]
        shown = self._corrected[part].tolist()
        return [[cell if is_shown else "" for cell, is_shown in zip(c, shown, strict=True)] for c in columns]

    def _answer(self, codes: Any, has_answer: Any) -> list[Cell]:
        """Where nothing was required there is no answer to give, and none that is missing."""
        words = self._answers
        return [words[c + 1] if asked else "" for c, asked in zip(codes.tolist(), has_answer.tolist(), strict=True)]

    def _leave(self, leave_us: IntArray) -> list[Cell]:
        texts: list[Cell] = [""] * len(leave_us)
        for row in np.flatnonzero(leave_us.any(axis=1)).tolist():
            texts[row] = "; ".join(
                f"{word} {round(us / MINUTE_US)} {self._minutes_word}"
                for word, us in zip(self._leave_words, leave_us[row].tolist(), strict=True)
                if us
            )
        return texts


def waiting_minutes(table: DayTable, part: slice) -> list[Cell]:
    """Return minutes of each day in which the post was left and citizens waited; empty where nothing is known of it."""
    found: list[Cell] = [*minutes(table.left_waiting_us[part])]
    for row in np.flatnonzero(~table.is_waiting_told[part]).tolist():
        found[row] = ""
    return found


def minutes(lengths_us: IntArray) -> list[float]:
    """Return minutes to a hundredth of each length."""
    found: list[float] = np.round(lengths_us / MINUTE_US, 2).tolist()
    return found
