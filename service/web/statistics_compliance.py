"""The report of compliance as a workbook, as CSV, in print and as JSON, in the reader's words."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from service.api.problems import N_
from service.attendance.words import Words
from service.attendance.writers.forms import ReportForm, words_in
from service.statistics.compliance import SMALL_UNITS, UNKNOWN_UNIT, Compliance, Level, Line
from service.web.labels import rule_words
from service.web.statistics_files import write_csv, write_xlsx
from service.web.statistics_tables import Table, Value
from service.web.statistics_values import right_columns, shown

TEMPLATE = Path(__file__).with_name("statistics_compliance.typ")
NOTE = N_(
    "A flag is what the system noticed. It was confirmed where two people saw a breach, and is a finding only where a "
    "hearing was concluded. Read every number together with the coverage: where cameras saw little, little was noticed."
)
_LEVELS = {
    Level.PROVINCE: N_("Whole province"),
    Level.AGENCY: N_("By agency"),
    Level.UNIT: N_("By unit"),
}
_UNITS = {
    SMALL_UNITS: N_("Small units together (fewer than 5 people each, or joined to one)"),
    UNKNOWN_UNIT: N_("No unit is known"),
}


def write_compliance(report: Compliance, out: BinaryIO, form: ReportForm, *, language: str = "vi") -> None:
    """Write the report into an open binary file."""
    words = words_in(language)
    if form is ReportForm.JSON:
        out.write(json.dumps(_json(report), ensure_ascii=False, indent=1).encode())
        return
    title, tables = title_of(report, words), tables_of(report, words)
    if form is ReportForm.CSV:
        write_csv(title, tables, out)
    elif form is ReportForm.XLSX:
        write_xlsx(title, tables, out, made_at=report.made_at)
    else:
        out.write(_pdf(report, tables, words))


def title_of(report: Compliance, words: Words) -> str:
    """Return the heading: what, of whom, of when."""
    whom = report.agency or words.speak(N_("Whole province"))
    days = f"{report.first:%d/%m/%Y} – {report.last:%d/%m/%Y}"
    return f"{words.speak(N_('Report of compliance'))} · {whom} · {days}"


def tables_of(report: Compliance, words: Words) -> list[Table]:
    """Return one table for each level, and the people whose breach was concluded."""
    levels = [_level(report, level, words) for level in Level if report.agency is None or level is not Level.PROVINCE]
    return [*levels, _people(report, words)]


def _level(report: Compliance, level: Level, words: Words) -> Table:
    speak = words.speak
    headings = (
        *((N_("Agency"),) if level is not Level.PROVINCE else ()),
        *((N_("Unit"),) if level is Level.UNIT else ()),
        N_("Rule"),
        N_("Flags"),
        N_("Confirmed by two"),
        N_("Hearings opened"),
        N_("Concluded to be a breach"),
        N_("Appeals"),
        N_("Camera coverage"),
    )
    return Table(
        str(level),
        speak(_LEVELS[level]),
        tuple(speak(heading) for heading in headings),
        tuple(_row(line, words) for line in report.lines if line.level is level),
        speak(NOTE),
    )


def _row(line: Line, words: Words) -> tuple[Value, ...]:
    speak = words.speak
    unit = speak(_UNITS[line.unit]) if line.unit in _UNITS else line.unit
    whom = {Level.PROVINCE: (), Level.AGENCY: (line.agency,), Level.UNIT: (line.agency, unit)}[line.level]
    counts = (line.flags, line.confirmed, line.heard, line.concluded, line.appeals)
    coverage = None if line.coverage is None else words.share(line.coverage)
    return *whom, speak(rule_words(line.rule).name), *counts, coverage


def _people(report: Compliance, words: Words) -> Table:
    speak = words.speak
    headings = (N_("Agency"), N_("Unit"), N_("Full name"), N_("Rule"), N_("Day"))
    return Table(
        "people",
        speak(N_("Breaches concluded after a hearing")),
        tuple(speak(heading) for heading in headings),
        tuple(
            (one.agency, one.unit, one.name, speak(rule_words(one.rule).name), f"{one.day:%d/%m/%Y}")
            for one in report.people
        ),
        speak(N_("Only what was concluded for good, after a hearing and any appeal. Nobody else is named.")),
    )


def _json(report: Compliance) -> dict[str, Any]:
    return {
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "agency": report.agency,
        "made_at": report.made_at.isoformat(),
        "lines": [
            {**asdict(line), "coverage": None if line.coverage is None else round(line.coverage, 4)}
            for line in report.lines
        ],
        "concluded": [{**asdict(one), "day": one.day.isoformat()} for one in report.people],
    }


def _pdf(report: Compliance, tables: list[Table], words: Words) -> bytes:
    import typst  # half a second, and only some reports are printed

    content = {
        "language": words.language,
        "title": words.speak(N_("Report of compliance")),
        "subtitle": title_of(report, words).partition(" · ")[2],
        "page": words.speak(N_("Page")),
        "tables": [
            {
                "title": table.title,
                "note": table.note,
                "columns": list(table.columns),
                "right": right_columns(table),
                "rows": [[shown(value, words) for value in row] for row in table.rows],
            }
            for table in tables
        ],
    }
    made: bytes = typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"report": json.dumps(content, ensure_ascii=False)},
        timestamp=int(report.made_at.timestamp()),
    )
    return made
