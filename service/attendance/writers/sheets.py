"""The sheets beside the timesheet: sums, details, corrections, and how to read it all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from service.attendance.day_table import NEVER
from service.attendance.facts import Correction, CorrectionKind
from service.attendance.figures import Figures, Group, Grouping, group
from service.attendance.marks import LETTERS, MEANINGS, SIGN_OF_LEAVE, Marks, legend
from service.attendance.month import Report, ReportOfficer
from service.attendance.spans import IntArray
from service.attendance.words import N_, Words
from service.attendance.writers.day_columns import COLUMNS, Cell, DayReader, Form
from service.attendance.writers.explained import EXPLAINED
from service.attendance.writers.styles import Styles
from service.attendance.writers.timesheet import Sheet, sum_formula
from service.attendance.writers.totals import COUNTED, COVERAGE, MEASURED, coverage_formula

_DAY_US = 86_400_000_000
_EXCEL_EPOCH = 25_569
"""1970-01-01 as the day number of spreadsheets."""
_DATE_COLUMN = 4
_LEAVE_COLUMN = next(n for n, c in enumerate(COLUMNS) if c.heading == "Leave")

KIND_WORDS = {
    CorrectionKind.PRESENT: N_("Was at work"),
    CorrectionKind.NOT_PRESENT: N_("Somebody else was seen"),
    CorrectionKind.EXCUSED: N_("Need not have been there"),
}


def write_summary(
    workbook: Workbook, sheets: Sequence[Sheet], marks: Marks, *, words: Words, styles: Styles
) -> Worksheet:
    """Sum units, agencies and the whole from the timesheets' own sums."""
    report, speak = sheets[0].report, words.speak
    page = workbook.add_worksheet(speak(N_("Summary")))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.freeze_panes(1, 2)
    page.set_column(0, 1, 30)
    page.set_column(2, 2 + len(COUNTED) + len(MEASURED) + 1, 9)
    page.set_row(0, 58)
    headings = [speak(N_("Agency")), speak(N_("Unit")), speak(N_("Officers"))]
    headings += [LETTERS[sign] for sign in COUNTED] + [speak(m.heading) for m in MEASURED] + [speak(COVERAGE)]
    for column, heading in enumerate(headings):
        page.write_string(0, column, heading, styles.header)
    _Summary(page, sheets, marks, styles).write(group(report, Grouping.AGENCY), group(report, Grouping.UNIT), words)
    return page


class _Summary:
    def __init__(self, page: Worksheet, sheets: Sequence[Sheet], marks: Marks, styles: Styles) -> None:
        self._page, self._sheets, self._styles = page, sheets, styles
        officers = len(sheets[0].report.officers)
        self._days = [marks.days(sign).reshape(officers, -1).sum(axis=1) for sign in COUNTED]

    def write(self, agencies: Sequence[Group], units: Sequence[Group], words: Words) -> None:
        row, agency_rows = 1, []
        for agency in agencies:
            unit_rows = []
            for unit in (u for u in units if u.officers.start in agency.officers):
                held = self._sheets[0].totals[unit.agency, unit.unit]
                sources = ["+".join(self._reference(s, held, n) for s in self._sheets) for n in range(self._width)]
                formulas = [f"={source}" for source in sources]
                self._row(row, (unit.agency, unit.unit), unit, formulas, is_total=False)
                unit_rows.append((row, row))
                row += 1
            names = (agency.agency, words.speak(N_("Sum of the agency")))
            self._row(row, names, agency, self._sums(unit_rows), is_total=True)
            agency_rows.append((row, row))
            row += 1
        whole = group(self._sheets[0].report, Grouping.PROVINCE)[0]
        self._row(row, (words.speak(N_("Sum of all")), ""), whole, self._sums(agency_rows), is_total=True)

    @property
    def _width(self) -> int:
        return len(COUNTED) + len(MEASURED)

    def _sums(self, rows: Sequence[tuple[int, int]]) -> list[str]:
        return [sum_formula(3 + n, rows) for n in range(self._width)]

    def _reference(self, sheet: Sheet, row: int, number: int) -> str:
        name = sheet.name.replace("'", "''")
        return f"'{name}'!{xl_rowcol_to_cell(row, sheet.first_total + number)}"

    def _row(self, row: int, names: tuple[str, str], held: Group, formulas: Sequence[str], *, is_total: bool) -> None:
        page, styles = self._page, self._styles
        for column, name in enumerate(names):
            page.write_string(row, column, name, styles.total_name if is_total else styles.name)
        page.write_number(row, 2, len(held.officers), styles.of(Form.COUNT, is_total=is_total))
        counts = [float(c[held.officers.start : held.officers.stop].sum()) for c in self._days]
        values = [*counts, *(m.value(held.figures) or 0.0 for m in MEASURED)]
        forms = [Form.DAYS] * len(COUNTED) + [m.form for m in MEASURED]
        for column, (formula, value, form) in enumerate(zip(formulas, values, forms, strict=True), start=3):
            page.write_formula(row, column, formula, styles.of(form, is_total=is_total), value)
        self._coverage(row, held.figures, is_total=is_total)

    def _coverage(self, row: int, figures: Figures, *, is_total: bool) -> None:
        column = 3 + self._width
        required, no_data = (xl_rowcol_to_cell(row, column - back) for back in (2, 1))
        style = self._styles.of(Form.SHARE, is_total=is_total)
        self._page.write_formula(row, column, coverage_formula(required, no_data), style, figures.coverage)


def write_details(workbook: Workbook, report: Report, reader: DayReader, *, words: Words, styles: Styles) -> None:
    """Write each officer's each day; where a correction applies, both values."""
    page = workbook.add_worksheet(words.speak(N_("Details")))
    page.set_landscape()
    page.set_paper(8)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.freeze_panes(1, 5)
    page.set_column(0, 1, 22)
    page.set_column(2, 2, 12)
    page.set_column(3, 3, 24)
    page.set_column(4, len(COLUMNS) - 1, 12)
    page.set_column(_LEAVE_COLUMN, _LEAVE_COLUMN, 30)
    page.set_row(0, 58)
    for column, held in enumerate(COLUMNS):
        page.write_string(0, column, words.speak(held.heading), styles.header)
    forms = [styles.detail(c.form) for c in COLUMNS]
    dates = [_excel_day(day) for day in report.days]
    write_string, write_number = page.write_string, page.write_number
    for row, cells in enumerate(reader.rows(excel_moments), start=1):
        for column, (cell, form) in enumerate(zip(cells, forms, strict=True)):
            if column == _DATE_COLUMN:
                write_number(row, column, dates[(row - 1) % len(dates)], styles.day)
            elif type(cell) is str:
                if cell:
                    write_string(row, column, cell, form)
            elif cell is not None:
                write_number(row, column, cell, form)
    page.autofilter(0, 0, len(report.officers) * len(report.days), len(COLUMNS) - 1)


def excel_moments(local: IntArray) -> list[Cell]:
    """Return local moments as spreadsheets count them; empty where there is none."""
    is_known = local != NEVER
    numbers = np.where(is_known, local, 0) / _DAY_US + _EXCEL_EPOCH
    return [n if known else "" for n, known in zip(numbers.tolist(), is_known.tolist(), strict=True)]


def _excel_day(day: date) -> int:
    return (day - date(1970, 1, 1)).days + _EXCEL_EPOCH


def write_corrections(workbook: Workbook, report: Report, *, words: Words, styles: Styles) -> None:
    """List what was asked to be changed, and what became of it."""
    speak = words.speak
    page = workbook.add_worksheet(speak(N_("Corrections")))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.freeze_panes(1, 0)
    page.set_column(0, 14, 16)
    page.set_row(0, 30)
    headings = (
        N_("No."), N_("Officer number"), N_("Full name"), N_("Date"), N_("What is wanted"), N_("From"), N_("To"),
        N_("Leave"), N_("Reason"), N_("Document"), N_("Cameras alone said"), N_("Asked for by"), N_("Asked at"),
        N_("Decision"), N_("Note on the decision"), N_("Closed period that it adjusts"),
    )  # fmt: skip
    for column, heading in enumerate(headings):
        page.write_string(0, column, speak(heading), styles.header)
    officers = {officer.officer_id: officer for officer in report.officers}
    for row, correction in enumerate(report.corrections, start=1):
        cells = _correction(correction, officers.get(correction.officer_id), words)
        for column, cell in enumerate(cells):
            page.write_string(row, column, cell, styles.name)
    if not report.corrections:
        page.write_string(1, 0, speak(N_("No corrections were asked for.")), styles.plain)


def _correction(correction: Correction, officer: ReportOfficer | None, words: Words) -> list[str]:
    zone = ZoneInfo(officer.timezone if officer else "UTC")
    leave = correction.leave_kind
    adjusts = correction.adjusts_period
    return [
        str(correction.correction_id),
        correction.officer_id,
        officer.name if officer else "",
        correction.day.strftime("%d/%m/%Y"),
        words.speak(KIND_WORDS[correction.kind]),
        _clock(correction.span.start, zone),
        _clock(correction.span.end, zone),
        words.speak(MEANINGS[SIGN_OF_LEAVE[leave]]) if leave else "",
        correction.reason,
        correction.document,
        correction.observed,
        correction.asked_for,
        _clock(correction.asked_at, zone),
        words.speak(decision_word(correction)),
        correction.decision_note,
        "" if adjusts is None else str(adjusts),
    ]


def decision_word(correction: Correction) -> str:
    """Return the message that says what became of a correction."""
    if correction.approved is None:
        return N_("Not decided yet")
    return N_("Approved") if correction.approved else N_("Refused")


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%d/%m/%Y %H:%M")


def write_reading(workbook: Workbook, report: Report, *, words: Words, styles: Styles) -> None:
    """Say how to read the workbook: what no data means, what each sign and figure is."""
    speak = words.speak
    page = workbook.add_worksheet(speak(N_("How to read this")))
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_column(0, 0, 40)
    page.set_column(1, 1, 90)
    row = 0
    for heading, text in EXPLAINED:
        page.set_row(row, 15 * (1 + len(speak(text)) // 95) + 3)
        page.write_string(row, 0, speak(heading), styles.bold_top)
        page.write_string(row, 1, speak(text), styles.wrapped)
        row += 1
    row += 1
    page.write_string(row, 0, speak(N_("Signs")), styles.bold)
    for sign, meaning in legend(speak):
        row += 1
        page.write_string(row, 0, sign, styles.legend_sign)
        page.write_string(row, 1, meaning, styles.plain)
    row += 2
    for period in report.periods:
        closed = {"first": f"{period.first:%d/%m/%Y}", "last": f"{period.last:%d/%m/%Y}", "sha256": period.sha256}
        text = speak(N_("The days %(first)s – %(last)s are closed; seal %(sha256)s")) % closed
        page.write_string(row, 0, text, styles.note)
        row += 1
