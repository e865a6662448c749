"""A report as JSON, for other programs; docs/attendance-report.md describes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from service.attendance.day_table import DayTable
from service.attendance.facts import LEAVE_KINDS, Correction, Period
from service.attendance.figures import COUNTS, LENGTHS, Figures, Group, Grouping, group
from service.attendance.marks import LETTERS, MEANINGS, Marks, Sign, marks_of
from service.attendance.moments import utc_texts
from service.attendance.month import Report
from service.attendance.spans import IntArray
from service.attendance.words import Words
from service.attendance.writers.day_columns import OFFICERS_AT_A_TIME, is_corrected

SCHEMA = 1
_ANSWERS = {-1: None, 0: False, 1: True}
_DAY_KEYS = (
    "arrival", "leaving", "is_late", "is_early", "is_absent", "coverage", "left_count",
    *(f"{name}_s" for name in LENGTHS), "leave_s",
)  # fmt: skip


def write_json(report: Report, out: BinaryIO, words: Words, *, advance: Callable[[int], None] | None = None) -> None:
    """Write officer by officer: the whole is never held in memory.

    Args:
        advance: Told how many officers more are written, for a progress bar.
    """
    head = {
        "schema": SCHEMA,
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "made_at": report.made_at.isoformat(),
        "legend": {LETTERS[sign]: words.speak(MEANINGS[sign]) for sign in Sign if LETTERS[sign]},
        "total": [_group(g) for g in group(report, Grouping.PROVINCE)],
        "agencies": [_group(g) for g in group(report, Grouping.AGENCY)],
        "units": [_group(g) for g in group(report, Grouping.UNIT)],
        "corrections": [_correction(c) for c in report.corrections],
        "periods": [_period(p) for p in report.periods],
    }
    out.write(_text(head)[:-1] + b', "officers": [')
    for number, officer in enumerate(_officers(report)):
        out.write(b",\n" if number else b"\n")
        out.write(_text(officer))
        if advance is not None:
            advance(1)
    out.write(b"\n]}\n")


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _officers(report: Report) -> Iterator[dict[str, object]]:
    marks = marks_of(report)
    observed = marks if report.observed is report.table else marks_of(report, report.observed)
    sums = group(report, Grouping.OFFICER)
    for first in range(0, len(report.officers), OFFICERS_AT_A_TIME):
        officers = range(first, min(first + OFFICERS_AT_A_TIME, len(report.officers)))
        days = _days(report, officers, marks, observed)
        for number in officers:
            officer, begin = report.officers[number], (number - first) * len(report.days)
            yield {
                "officer_id": officer.officer_id,
                "name": officer.name,
                "unit": officer.unit,
                "agency": officer.agency,
                "site_id": officer.site_id,
                "timezone": officer.timezone,
                "desks": officer.desks,
                "figures": _figures(sums[number].figures),
                "days": days[begin : begin + len(report.days)],
            }


def _days(report: Report, officers: range, marks: Marks, observed_marks: Marks) -> list[dict[str, object]]:
    part = slice(officers.start * len(report.days), officers.stop * len(report.days))
    days = [day.isoformat() for day in report.days] * len(officers)
    found = _table_days(report.table, part)
    for day, text, held in zip(days, _signs(marks, part), found, strict=True):
        held["day"], held["sign"] = day, text
    for (number, index), name in _holidays(report, officers).items():
        found[number * len(report.days) + index]["holiday"] = name
    changed = np.flatnonzero(is_corrected(report)[part]).tolist()
    if changed:
        observed, signs = _table_days(report.observed, part), _signs(observed_marks, part)
        for row in changed:
            found[row]["observed"] = observed[row] | {"sign": signs[row]}
    return found


def _table_days(table: DayTable, part: slice) -> list[dict[str, object]]:
    columns = [
        utc_texts(table.arrival_us[part]),
        utc_texts(table.leaving_us[part]),
        *([_ANSWERS[code] for code in c[part].tolist()] for c in (table.is_late, table.is_early, table.is_absent)),
        np.round(table.coverage[part], 4).tolist(),
        table.left_count[part].tolist(),
        *(_seconds(getattr(table, f"{name}_us")[part]).tolist() for name in LENGTHS),
        _leaves(table.leave_us[part]),
    ]
    days: list[dict[str, object]] = [dict(zip(_DAY_KEYS, row, strict=True)) for row in zip(*columns, strict=True)]
    for row in np.flatnonzero(~table.is_waiting_told[part]).tolist():
        days[row]["left_waiting_s"] = None
    return days


def _signs(marks: Marks, part: slice) -> list[str]:
    return Marks(marks.first[part], marks.second[part]).texts()


def _holidays(report: Report, officers: range) -> dict[tuple[int, int], str]:
    if not report.holidays:
        return {}
    numbers = {day: number for number, day in enumerate(report.days)}
    named: dict[str, list[tuple[int, str]]] = {}
    for (site_id, day), name in report.holidays.items():
        if day in numbers:
            named.setdefault(site_id, []).append((numbers[day], name))
    return {
        (number - officers.start, index): name
        for number in officers
        for index, name in named.get(report.officers[number].site_id, ())
    }


def _seconds(lengths_us: IntArray) -> IntArray:
    return (lengths_us + 500_000) // 1_000_000


def _leaves(leave_us: IntArray) -> list[dict[str, int]]:
    found: list[dict[str, int]] = [{} for _ in range(len(leave_us))]
    seconds = _seconds(leave_us)
    for row, kind in np.argwhere(seconds).tolist():
        found[row][LEAVE_KINDS[kind]] = int(seconds[row, kind])
    return found


def _group(held: Group) -> dict[str, object]:
    named = {"label": held.label, "agency": held.agency, "unit": held.unit, "officers": len(held.officers)}
    return {**named, "figures": _figures(held.figures)}


def _figures(figures: Figures) -> dict[str, object]:
    lengths: dict[str, object] = {f"{name}_s": round(getattr(figures, name).total_seconds()) for name in LENGTHS}
    counts = {name: getattr(figures, name) for name in COUNTS}
    if not figures.is_waiting_told:
        lengths["left_waiting_s"] = None
    leave = {kind: round(length.total_seconds()) for kind, length in figures.leave.items()}
    return {"coverage": round(figures.coverage, 4), **counts, **lengths, "leave_s": leave}


def _correction(correction: Correction) -> dict[str, object]:
    return {
        "correction_id": correction.correction_id,
        "officer_id": correction.officer_id,
        "day": correction.day.isoformat(),
        "kind": correction.kind,
        "start": correction.span.start.isoformat(),
        "end": correction.span.end.isoformat(),
        "leave_kind": correction.leave_kind,
        "reason": correction.reason,
        "document": correction.document,
        "observed": correction.observed,
        "asked_for": correction.asked_for,
        "asked_at": correction.asked_at.isoformat(),
        "approved": correction.approved,
        "decided_at": correction.decided_at.isoformat() if correction.decided_at else None,
        "decision_note": correction.decision_note,
        "adjusts_period": correction.adjusts_period,
    }


def _period(period: Period) -> dict[str, object]:
    return {
        "period_id": period.period_id,
        "site_id": period.site_id,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "closed_at": period.closed_at.isoformat(),
        "sha256": period.sha256,
    }
