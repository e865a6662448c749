"""A report in print, set by Typst with the fonts that come in its own package: the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Literal
from zoneinfo import ZoneInfo

import typst

from service.attendance.facts import Period
from service.attendance.figures import Figures, Grouping, group
from service.attendance.marks import LETTERS, Marks, Sign, legend, marks_of
from service.attendance.month import Report
from service.attendance.plot_look import Look
from service.attendance.plots import heat_svgs, trend_svg
from service.attendance.words import N_, Words
from service.attendance.writers.day_columns import is_corrected
from service.attendance.writers.explained import EXPLAINED
from service.attendance.writers.months import Month, months_of
from service.attendance.writers.timesheet import NO_DATA_NOTE, SIGN_HERE, SIGNATURES
from service.attendance.writers.totals import COUNTED

TEMPLATE = Path(__file__).with_name("report.typ")
FONT = "Libertinus Serif"
"""It comes inside the typst package and holds all Vietnamese letters."""
_ALWAYS_COUNTED = (Sign.WORK, Sign.ABSENT, Sign.UNKNOWN)
"""Of the other signs only those that occur get a column: a page is narrow."""

TIMESHEETS_AT_MOST = 31_000
"""Officer-days (1,000 officers in a month): Typst holds all pages in memory, half a GB by then."""
TIMESHEETS_LEFT_OUT = N_(
    "This report has too many officers to print their timesheets (%(count)s officer days). "
    "Print the timesheets of one agency or unit at a time."
)


def write_pdf(report: Report, out: BinaryIO, words: Words, *, advance: Callable[[int], None] | None = None) -> None:
    """Write the report: totals, sums, drawings, and the timesheet of each unit and month.

    Args:
        advance: Told how many officers more are prepared, for a progress bar; setting the pages comes after.
    """
    out.write(_set(_content(report, words, advance or (lambda _: None)), "pdf"))


def pages_png(report: Report, words: Words, *, ppi: float = 90.0) -> list[bytes]:
    """Return the pages of the same report as pictures."""
    pages = _set(_content(report, words, lambda _: None), "png", ppi)
    return pages if isinstance(pages, list) else [pages]


def _set(content: dict[str, Any], form: Literal["pdf", "png"], ppi: float | None = None) -> Any:
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        ignore_system_fonts=True,
        format=form,
        ppi=ppi,
        sys_inputs={"report": json.dumps(content, ensure_ascii=False)},
        timestamp=content["timestamp"],
    )


def _content(report: Report, words: Words, advance: Callable[[int], None]) -> dict[str, Any]:
    speak = words.speak
    agencies = list(dict.fromkeys(officer.agency for officer in report.officers))
    units = list(dict.fromkeys(officer.unit for officer in report.officers))
    zone = ZoneInfo(report.officers[0].timezone) if report.officers else ZoneInfo("UTC")
    span = {"first": f"{report.first:%d/%m/%Y}", "last": f"{report.last:%d/%m/%Y}"}
    made = {"moment": f"{report.made_at.astimezone(zone):%d/%m/%Y %H:%M}"}
    size = len(report.officers) * len(report.days)
    left_out = [speak(TIMESHEETS_LEFT_OUT) % {"count": words.number(size)}] if size > TIMESHEETS_AT_MOST else []
    return {
        "language": words.language,
        "timestamp": int(report.made_at.timestamp()),
        "title": speak(N_("Attendance report")),
        "subtitle": speak(N_("from %(first)s to %(last)s")) % span,
        "agency": agencies[0] if len(agencies) == 1 else speak(N_("All agencies")),
        "unit": units[0] if len(units) == 1 else speak(N_("All units")),
        "footer": speak(N_("Made at %(moment)s. Later corrections are not in it.")) % made,
        "words": _fixed_words(words),
        "totals": _totals(report, words),
        "no_data": [speak(part) for part in EXPLAINED[0]],
        "explained": [[speak(heading), speak(text)] for heading, text in EXPLAINED[1:]],
        "notes": [*left_out, *(_period(period, words) for period in report.periods)],
        "sums": _sums(report, words),
        "drawings": _drawings(report, words),
        "legend": legend(speak),
        "signatures": [speak(who) for who in SIGNATURES],
        "sheets": [] if left_out else _sheets(report, words, advance),
    }


def _fixed_words(words: Words) -> dict[str, str]:
    messages = {
        "page": N_("Page"),
        "totals": N_("Totals"),
        "beside_coverage": N_("Read every figure together with the coverage."),
        "sums": N_("Sums of units and agencies"),
        "number": N_("No."),
        "name": N_("Full name"),
        "counted": N_("Days"),
        "signs": N_("Signs"),
        "note": NO_DATA_NOTE,
        "date": N_("Day …… month …… year ………"),
        "sign_here": SIGN_HERE,
    }
    spoken = {key: words.speak(message) for key, message in messages.items()}
    spoken["note"] += " " + words.speak(N_("Underlined: changed by an approved correction."))
    return spoken


def _totals(report: Report, words: Words) -> list[tuple[str, str]]:
    whole = group(report, Grouping.PROVINCE)
    shown = [(words.speak(N_("Officers")), words.number(len(report.officers)))]
    return shown + [(words.speak(name), value) for name, value in _named(whole[0].figures, words)] if whole else shown


def _named(figures: Figures, words: Words) -> list[tuple[str, str]]:
    def hours(length: Any) -> str:
        return words.number(length.total_seconds() / 3600, 1)

    return [
        (N_("Coverage"), words.share(figures.coverage)),
        (N_("Time to be there (hours)"), hours(figures.required)),
        (N_("No data (hours)"), hours(figures.no_data)),
        (N_("Worked (hours)"), hours(figures.worked)),
        (N_("Late (days)"), words.number(figures.late_count)),
        (N_("Early (days)"), words.number(figures.early_count)),
        (N_("Left the post (times)"), words.number(figures.left_count)),
        (N_("Left while citizens waited (minutes)"), _waiting(figures, words)),
        (N_("Absent (whole days)"), words.number(figures.absent_days)),
        (N_("Nothing known (days)"), words.number(figures.unknown_days)),
    ]


def _waiting(figures: Figures, words: Words) -> str:
    """Say how long the post was left while citizens waited; at least so long, where some of it is not known."""
    if not figures.is_waiting_told:
        return LETTERS[Sign.UNKNOWN]
    minutes = words.number(figures.left_waiting.total_seconds() / 60)
    return f"≥ {minutes}" if figures.left_untold else minutes


def _period(period: Period, words: Words) -> str:
    closed = {"first": f"{period.first:%d/%m/%Y}", "last": f"{period.last:%d/%m/%Y}", "sha256": period.sha256}
    return words.speak(N_("The days %(first)s – %(last)s are closed; seal %(sha256)s")) % closed


def _sums(report: Report, words: Words) -> dict[str, Any]:
    """One row for each unit, its agency's sum under it; nothing where the first page says it all."""
    units = group(report, Grouping.UNIT)
    rows: list[list[str]] = []
    bold: list[int] = []
    if len(units) < 2:
        return {"columns": [], "rows": [], "bold": []}
    for agency in group(report, Grouping.AGENCY):
        within = [unit for unit in units if unit.officers.start in agency.officers]
        for held, name in [*((u, u.unit) for u in within), (agency, words.speak(N_("Sum of the agency")))]:
            if held is agency:
                bold.append(len(rows))
            values = [value for _, value in _named(held.figures, words)]
            rows.append([held.agency, name, words.number(len(held.officers)), *values])
    names = [name for name, _ in _named(units[0].figures, words)]
    columns = [{"heading": words.speak(N_("Agency")), "wide": True}, {"heading": words.speak(N_("Unit")), "wide": True}]
    columns += [{"heading": words.speak(name), "wide": False} for name in (N_("Officers"), *names)]
    return {"columns": columns, "rows": rows, "bold": bold}


def _drawings(report: Report, words: Words) -> list[str]:
    if not report.officers or not report.days:
        return []
    look = Look(font=FONT)
    return [trend_svg(report, words, look), *heat_svgs(report, words, look)]


_MEASURED: tuple[tuple[str, Callable[[Figures, Words], str]], ...] = (
    (N_("Late (min)"), lambda f, w: w.number(f.late.total_seconds() / 60)),
    (N_("Early (min)"), lambda f, w: w.number(f.early.total_seconds() / 60)),
    (N_("Left (times)"), lambda f, w: w.number(f.left_count)),
    (N_("Left, queue (min)"), lambda f, w: _waiting(f, w)),
    (N_("No data (h)"), lambda f, w: w.number(f.no_data.total_seconds() / 3600, 1)),
    (N_("Coverage"), lambda f, w: w.share(f.coverage)),
)


def _sheets(report: Report, words: Words, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    marks, corrected = marks_of(report), is_corrected(report)
    shape = (len(report.officers), len(report.days))
    texts = np_texts(marks, shape)
    changed = corrected.reshape(shape).tolist()
    sheets = []
    for month in months_of(report.days):
        counted, days = _counted(marks, shape, month)
        figures = [g.figures for g in group(report, Grouping.OFFICER, days=month.part)]
        for unit in group(report, Grouping.UNIT, days=month.part):
            rows = [
                {
                    "number": str(number + 1 - unit.officers.start),
                    "name": report.officers[number].name,
                    "cells": _cells(report, number, month, texts[number], changed[number]),
                    "counts": [_days(column[number], words) for column in days],
                    "measures": [value(figures[number], words) for _, value in _MEASURED],
                }
                for number in unit.officers
            ]
            total = {
                "name": words.speak(N_("Sum of %(name)s")) % {"name": unit.unit or words.speak(N_("No unit"))},
                "counts": [_days(sum(c[unit.officers.start : unit.officers.stop]), words) for c in days],
                "measures": [value(unit.figures, words) for _, value in _MEASURED],
            }
            site_id = report.officers[unit.officers.start].site_id
            title = words.speak(N_("TIMESHEET")) + " · " + words.speak(N_("month %(month)s")) % {"month": month.label}
            sheets.append(
                {
                    "agency": unit.agency,
                    "unit": unit.unit or words.speak(N_("No unit")),
                    "title": title,
                    "days": [
                        {"number": str(d.day), "weekday": words.weekday(d), "kind": _kind(report, site_id, d)}
                        for d in month.days
                    ],
                    "counted": [LETTERS[sign] for sign in counted],
                    "measured": [words.speak(name) for name, _ in _MEASURED],
                    "rows": rows,
                    "total": total,
                }
            )
            advance(len(unit.officers))
    return sheets


def np_texts(marks: Marks, shape: tuple[int, int]) -> list[list[str]]:
    """Return the signs by officer and day."""
    flat = marks.texts()
    return [flat[n * shape[1] : (n + 1) * shape[1]] for n in range(shape[0])]


def _counted(marks: Marks, shape: tuple[int, int], month: Month) -> tuple[list[Sign], list[list[float]]]:
    """Return the signs that get a column, and of each the days of every officer."""
    signs, days = [], []
    for sign in COUNTED:
        found = marks.days(sign).reshape(shape)[:, month.part].sum(axis=1)
        if sign in _ALWAYS_COUNTED or found.any():
            signs.append(sign)
            days.append(found.tolist())
    return signs, days


def _cells(report: Report, number: int, month: Month, texts: list[str], changed: list[bool]) -> list[tuple[str, str]]:
    site_id, part = report.officers[number].site_id, month.part
    return [
        (text, _kind(report, site_id, day) + ("c" if is_changed else ""))
        for text, day, is_changed in zip(texts[part], month.days, changed[part], strict=True)
    ]


def _kind(report: Report, site_id: str, day: Any) -> str:
    if (site_id, day) in report.holidays:
        return "h"
    return "w" if day.weekday() >= 5 else ""


def _days(value: float, words: Words) -> str:
    return words.number(value, 0 if value == int(value) else 1) if value else "–"
