"""A report as CSV: one line for each officer's each day, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import BinaryIO

from service.attendance.marks import marks_of
from service.attendance.month import Report
from service.attendance.words import Words
from service.attendance.writers.day_columns import COLUMNS, DayReader, Form

_RISKY = frozenset("=+-@\t\r\n＝＋－＠")
_GIVEN = [number for number, column in enumerate(COLUMNS) if column.form is Form.GIVEN]


def write_csv(report: Report, out: BinaryIO, words: Words, *, advance: Callable[[int], None] | None = None) -> None:
    """Write UTF-8 with a mark, so that spreadsheets read Vietnamese letters.

    Args:
        advance: Told how many officers more are written, for a progress bar.
    """
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([safe_cell(words.speak(column.heading)) for column in COLUMNS])
    marks = marks_of(report)
    observed = marks if report.observed is report.table else marks_of(report, report.observed)
    days = len(report.days)
    for number, row in enumerate(DayReader(report, marks, observed, words.speak).rows(), start=1):
        cells = list(row)
        for column in _GIVEN:
            cells[column] = safe_cell(str(cells[column]))
        writer.writerow(cells)
        if advance is not None and number % days == 0:
            advance(1)
    text.flush()
    text.detach()


def safe_cell(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula (OWASP: CSV injection); a lone sign is none."""
    if len(text) < 2 or (text[0] not in _RISKY and text.lstrip()[:1] not in _RISKY):
        return text
    return "'" + text
