"""A report as a workbook: timesheets with formulas, sums, details, corrections, and how to read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from xlsxwriter.workbook import Workbook

from service.attendance.marks import marks_of
from service.attendance.month import Report
from service.attendance.words import N_, Words
from service.attendance.writers.day_columns import DayReader, is_corrected
from service.attendance.writers.months import months_of
from service.attendance.writers.sheets import write_corrections, write_details, write_reading, write_summary
from service.attendance.writers.styles import Styles
from service.attendance.writers.timesheet import write_timesheet

DETAILS_AT_MOST = 62_000
"""Officer-days (2,000 officers in a month): more details take minutes here and are read from CSV all the same."""
DETAILS_LEFT_OUT = N_(
    "This report has too many officers for a sheet of details (%(count)s officer days). "
    "Every day stands in the CSV and JSON of the same report, and in the workbook of one agency or unit."
)


def write_xlsx(
    report: Report,
    out: BinaryIO,
    words: Words,
    *,
    details_at_most: int = DETAILS_AT_MOST,
    advance: Callable[[int], None] | None = None,
) -> None:
    """Write the workbook; one timesheet for each calendar month.

    Args:
        details_at_most: With more officer days than this the sheet of details only says where they are.
        advance: Told how many officers more are written, for a progress bar; each month counts them anew.
    """
    # constant memory: a row goes to the disk as soon as the next one begins
    workbook = Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # no date of making beside the report's own: the same report gives the same cells
    workbook.set_properties({"title": words.speak(N_("Timesheet")), "created": report.made_at.replace(tzinfo=None)})
    styles = Styles(workbook)
    marks, corrected = marks_of(report), is_corrected(report)
    sheets = [
        write_timesheet(
            workbook, report, month, marks, corrected, words=words, styles=styles, advance=advance or (lambda _: None)
        )
        for month in months_of(report.days)
    ]
    if report.officers:
        write_summary(workbook, sheets, marks, words=words, styles=styles)
    if len(report.officers) * len(report.days) <= details_at_most:
        observed = marks if report.observed is report.table else marks_of(report, report.observed)
        reader = DayReader(report, marks, observed, words.speak)
        write_details(workbook, report, reader, words=words, styles=styles)
    else:
        page = workbook.add_worksheet(words.speak(N_("Details")))
        count = words.number(len(report.officers) * len(report.days))
        page.write_string(0, 0, words.speak(DETAILS_LEFT_OUT) % {"count": count}, styles.plain)
    write_corrections(workbook, report, words=words, styles=styles)
    write_reading(workbook, report, words=words, styles=styles)
    workbook.close()
