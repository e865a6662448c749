"""The timesheet (bảng chấm công) of one month as a sheet of the workbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_range, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from service.attendance.figures import Figures, Group, Grouping, group
from service.attendance.marks import LETTERS, Marks, Sign, legend
from service.attendance.month import Report
from service.attendance.words import N_, Words
from service.attendance.writers.day_columns import Form
from service.attendance.writers.months import Month, marks_in
from service.attendance.writers.styles import Styles
from service.attendance.writers.totals import COUNTED, COVERAGE, MEASURED, count_formula, coverage_formula

FIRST_DAY = 3
"""Column of the first day: number, name and desks stand before it."""
HEADER_ROW = 5
"""Row of the days' numbers, counted from 0; the weekdays follow, then the officers."""
_ARGUMENTS_AT_MOST = 200
"""Spreadsheets allow 255 arguments to one function."""
SIGNATURES = (N_("Timekeeper"), N_("Head of the unit"), N_("Head of the agency"))
SIGN_HERE = N_("(signature, full name)")
NO_DATA_NOTE = N_(
    "No data (?) is not absence: the cameras could not see. Coverage says how much of the required time they saw."
)
CORRECTED_NOTE = N_("Underlined: changed by an approved correction; the sheet of details shows both values.")


class PlainFormulas(Worksheet):  # type: ignore[misc]
    """A sheet whose formulas are written as they are: ours hold no function that came after 2007.

    XlsxWriter looks every formula over for thirty newer functions, which took half of the time of a timesheet.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One month's sheet while it is written, and where its sums stand.

    Attributes:
        totals: Row of each unit's sums, by (agency, unit).
    """

    sheet: Worksheet
    name: str
    report: Report
    month: Month
    totals: dict[tuple[str, str], int]

    @property
    def first_total(self) -> int:
        """Column of the first sum."""
        return FIRST_DAY + len(self.month.days)

    @property
    def coverage_column(self) -> int:
        """Column of the coverage, the last one."""
        return self.first_total + len(COUNTED) + len(MEASURED)


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Values that the formulas come to, ours: they are what a reader sees before anything is recalculated.

    Attributes:
        days: By sign of `COUNTED`, for each officer of the report.
        figures: For each officer.
    """

    days: Sequence[Sequence[float]]
    figures: Sequence[Figures]

    def counts(self, officers: range) -> list[float]:
        """Return the days by sign of some officers together."""
        return [sum(column[officers.start : officers.stop]) for column in self.days]


def write_timesheet(
    workbook: Workbook,
    report: Report,
    month: Month,
    marks: Marks,
    corrected: Any,
    *,
    words: Words,
    styles: Styles,
    advance: Callable[[int], None],
) -> Sheet:
    """Write one month; ``corrected`` is bool (rows,) of the whole report."""
    name = f"{words.speak(N_('Timesheet'))} {month.days[0]:%m-%Y}"
    sheet = Sheet(workbook.add_worksheet(name, PlainFormulas), name, report, month, {})
    _set_up(sheet, styles)
    _head(sheet, words, styles)
    shown = marks_in(marks, month, len(report.days))
    officers = len(report.officers)
    sums = Sums(
        [shown.days(sign).reshape(officers, len(month.days)).sum(axis=1).tolist() for sign in COUNTED],
        [g.figures for g in group(report, Grouping.OFFICER, days=month.part)],
    )
    is_corrected = corrected.reshape(officers, len(report.days))[:, month.part]
    row = HEADER_ROW + 2
    row = _Body(sheet, sums, shown.texts(), is_corrected, words, styles, advance).write(row)
    _foot(sheet, row + 1, words, styles)
    return sheet


def _set_up(sheet: Sheet, styles: Styles) -> None:
    page, last = sheet.sheet, sheet.coverage_column
    page.set_landscape()
    page.set_paper(8)  # A3
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer("&L&8&A&R&8&P/&N")
    page.repeat_rows(HEADER_ROW, HEADER_ROW + 1)
    page.freeze_panes(HEADER_ROW + 2, FIRST_DAY)
    page.set_column(0, 0, 5)
    page.set_column(1, 1, 25)
    page.set_column(2, 2, 14)
    page.set_column(FIRST_DAY, sheet.first_total - 1, 4.3)
    page.set_column(sheet.first_total, sheet.first_total + len(COUNTED) - 1, 5.2)
    page.set_column(sheet.first_total + len(COUNTED), last, 8)
    page.set_default_row(16)


def _head(sheet: Sheet, words: Words, styles: Styles) -> None:
    page, speak, report = sheet.sheet, words.speak, sheet.report
    agencies = list(dict.fromkeys(officer.agency for officer in report.officers))
    units = list(dict.fromkeys(officer.unit for officer in report.officers))
    page.write_string(0, 0, agencies[0] if len(agencies) == 1 else speak(N_("All agencies")), styles.bold)
    page.write_string(1, 0, units[0] if len(units) == 1 else speak(N_("All units")), styles.plain)
    page.set_row(2, 24)
    title = speak(N_("TIMESHEET")) + " · " + speak(N_("month %(month)s")) % {"month": sheet.month.label}
    page.merge_range(2, FIRST_DAY, 2, sheet.coverage_column, "", styles.title)
    page.write_string(2, FIRST_DAY, title, styles.title)
    page.write_string(3, 0, f"{speak(NO_DATA_NOTE)} {speak(CORRECTED_NOTE)}", styles.note)
    _headings(sheet, words, styles)


def _headings(sheet: Sheet, words: Words, styles: Styles) -> None:
    """Write the two rows of headings, one after the other: a row is on the disk as soon as the next one begins."""
    page, speak, days = sheet.sheet, words.speak, sheet.month.days
    looks = [styles.header_off if _is_off(sheet.report, day) else styles.header for day in days]
    top = HEADER_ROW
    page.set_row(top, 48)
    for column, heading in enumerate((N_("No."), N_("Full name"), N_("Desk"))):
        page.write_string(top, column, speak(heading), styles.header)
    for column, (day, look) in enumerate(zip(days, looks, strict=True), start=FIRST_DAY):
        page.write_number(top, column, day.day, look)
    for column, sign in enumerate(COUNTED, start=sheet.first_total):
        page.write_string(top, column, LETTERS[sign], styles.header)
    measured = [*(m.heading for m in MEASURED), COVERAGE]
    for column, heading in enumerate(measured, start=sheet.first_total + len(COUNTED)):
        page.write_string(top, column, speak(heading), styles.header_small)
    for column in range(FIRST_DAY):
        page.write_blank(top + 1, column, None, styles.header)
    for column, (day, look) in enumerate(zip(days, looks, strict=True), start=FIRST_DAY):
        page.write_string(top + 1, column, words.weekday(day), look)
    for column in range(sheet.first_total, sheet.coverage_column + 1):
        is_counted = column < sheet.first_total + len(COUNTED)
        page.write_string(top + 1, column, speak(N_("days")) if is_counted else "", styles.header_small)


def _is_off(report: Report, day: date) -> bool:
    return day.weekday() >= 5 or any(held == day for _, held in report.holidays)


class _Body:
    """The rows of officers with the sums of units and agencies under them."""

    def __init__(
        self, sheet: Sheet, sums: Sums, texts: list[str], corrected: Any, words: Words, styles: Styles,
        advance: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._held, self._page, self._sums, self._texts = sheet, sheet.sheet, sums, texts
        self._corrected = corrected.tolist()
        self._words, self._styles, self._advance = words, styles, advance
        self._off_days: dict[str, list[str]] = {}

    def write(self, row: int) -> int:
        """Write from ``row`` on; returns the row after the last one."""
        report, part, speak = self._held.report, self._held.month.part, self._words.speak
        agencies = group(report, Grouping.AGENCY, days=part)
        units = group(report, Grouping.UNIT, days=part)
        agency_rows = []
        for agency in agencies:
            row = self._heading(row, agency.label or speak(N_("Agency without a name")), self._styles.agency)
            unit_rows = []
            for unit in (u for u in units if u.officers.start in agency.officers):
                row = self._heading(row, unit.label or speak(N_("No unit")), self._styles.unit)
                first = row
                for number in unit.officers:
                    self._officer(row, number)
                    row += 1
                self._advance(len(unit.officers))
                label = speak(N_("Sum of %(name)s")) % {"name": unit.label or speak(N_("No unit"))}
                self._total(row, label, unit, [(first, row - 1)])
                self._held.totals[unit.agency, unit.unit] = row
                unit_rows.append(row)
                row += 1
            label = speak(N_("Sum of %(name)s")) % {"name": agency.label or speak(N_("Agency without a name"))}
            self._total(row, label, agency, [(r, r) for r in unit_rows])
            agency_rows.append(row)
            row += 1
        if len(agencies) > 1:
            whole = group(report, Grouping.PROVINCE, days=part)[0]
            self._total(row, speak(N_("Sum of all")), whole, [(r, r) for r in agency_rows])
            row += 1
        return row

    def _heading(self, row: int, label: str, style: Any) -> int:
        self._page.write_string(row, 0, label, style)
        for column in range(1, self._held.coverage_column + 1):
            self._page.write_blank(row, column, None, style)
        return row + 1

    def _officer(self, row: int, number: int) -> None:
        page, styles, held = self._page, self._styles, self._held
        officer, days = held.report.officers[number], len(held.month.days)
        page.write_number(row, 0, number + 1, styles.number)
        page.write_string(row, 1, officer.name, styles.name)
        page.write_string(row, 2, officer.desks, styles.name)
        begin = number * days
        kinds = self._kinds(officer.site_id)
        for i, (text, kind, changed) in enumerate(
            zip(self._texts[begin : begin + days], kinds, self._corrected[number], strict=True)
        ):
            style = styles.cell(kind, text, is_corrected=changed)
            if text:
                page.write_string(row, FIRST_DAY + i, text, style)
            else:
                page.write_blank(row, FIRST_DAY + i, None, style)
        cells = xl_range(row, FIRST_DAY, row, FIRST_DAY + days - 1)
        column = held.first_total
        for sign, values in zip(COUNTED, self._sums.days, strict=True):
            page.write_formula(row, column, count_formula(sign, cells), styles.days, values[number])
            column += 1
        figures = self._sums.figures[number]
        for measured in MEASURED:
            value = measured.value(figures)  # sums pass over text
            page.write(row, column, LETTERS[Sign.UNKNOWN] if value is None else value, styles.of(measured.form))
            column += 1
        self._coverage(row, figures, styles.of(Form.SHARE))

    def _total(self, row: int, label: str, held: Group, summed: Sequence[tuple[int, int]]) -> None:
        page, styles = self._page, self._styles
        page.write_string(row, 0, label, styles.total_name)
        for column in range(1, self._held.first_total):
            page.write_blank(row, column, None, styles.total_name)
        values = [*self._sums.counts(held.officers), *(m.value(held.figures) or 0.0 for m in MEASURED)]
        forms = [Form.DAYS] * len(COUNTED) + [m.form for m in MEASURED]
        for column, (value, form) in enumerate(zip(values, forms, strict=True), start=self._held.first_total):
            page.write_formula(row, column, sum_formula(column, summed), styles.of(form, is_total=True), value)
        self._coverage(row, held.figures, styles.of(Form.SHARE, is_total=True))

    def _coverage(self, row: int, figures: Figures, style: Any) -> None:
        column = self._held.coverage_column
        required, no_data = (xl_rowcol_to_cell(row, column - back) for back in (2, 1))
        self._page.write_formula(row, column, coverage_formula(required, no_data), style, figures.coverage)

    def _kinds(self, site_id: str) -> list[str]:
        if site_id not in self._off_days:
            report = self._held.report
            self._off_days[site_id] = [
                "holiday" if (site_id, d) in report.holidays else "weekend" if d.weekday() >= 5 else ""
                for d in self._held.month.days
            ]
        return self._off_days[site_id]


def sum_formula(column: int, summed: Sequence[tuple[int, int]]) -> str:
    """Return the formula that sums rows of a column; each pair is the first and last row of a stretch."""
    letter = xl_col_to_name(column)
    ranges = [f"{letter}{a + 1}" if a == b else f"{letter}{a + 1}:{letter}{b + 1}" for a, b in summed]
    parts = [ranges[i : i + _ARGUMENTS_AT_MOST] for i in range(0, len(ranges), _ARGUMENTS_AT_MOST)]
    return "=" + "+".join(f"SUM({','.join(part)})" for part in parts)


def _foot(sheet: Sheet, row: int, words: Words, styles: Styles) -> None:
    page, speak = sheet.sheet, words.speak
    page.write_string(row, 1, speak(N_("Signs")), styles.bold)
    row += 1
    for sign, meaning in legend(speak):
        page.write_string(row, 1, sign, styles.legend_sign)
        page.write_string(row, 2, meaning, styles.plain)
        row += 1
    row += 1
    width = (sheet.coverage_column - 1) // len(SIGNATURES)
    date_line = speak(N_("Day …… month …… year ………"))
    page.write_string(row, 1 + 2 * width + width // 4, date_line, styles.plain)
    for number, who in enumerate(SIGNATURES):
        page.write_string(row + 1, 1 + number * width + width // 4, speak(who), styles.bold)
    for number in range(len(SIGNATURES)):
        page.write_string(row + 2, 1 + number * width + width // 4, speak(SIGN_HERE), styles.note)
