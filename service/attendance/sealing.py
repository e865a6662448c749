"""What a closed period holds, and how far it differs from what would be said today. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.attendance.day_figures import DayRow, canonical_json, day_rows
from service.attendance.month import Report

SCHEMA = 2
_ADDED = {2: ("left_waiting_s", "left_untold_s")}
"""Figures that a version of the content holds and those before it do not."""


@dataclass(frozen=True, slots=True)
class Change:
    """One figure that is no longer what was sealed; values as JSON holds them."""

    figure: str
    sealed: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One officer's one day that differs from the sealed period.

    Attributes:
        changes: Empty where the day was not in the sealed period, or no longer is in today's figures.
    """

    officer_id: str
    officer_name: str
    day: date
    changes: tuple[Change, ...]


def seal(report: Report, site_id: str) -> str:
    """Return the canonical JSON of one site's figures: the same figures give the same bytes, whenever it is made."""
    officers = [o for o in report.officers if o.site_id == site_id]
    return canonical_json(
        {
            "schema": SCHEMA,
            "site_id": site_id,
            "first": report.first.isoformat(),
            "last": report.last.isoformat(),
            "officers": [
                {"officer_id": o.officer_id, "name": o.name, "unit": o.unit, "agency": o.agency} for o in officers
            ],
            "days": [_sealed_day(report, row) for row in _rows(report, site_id)],
        }
    )


def adjustments(content: str, report: Report, site_id: str) -> list[Adjustment]:
    """Compare a sealed period with today's figures of the same days, in those figures that it was sealed with."""
    sealed = json.loads(content)
    later = [name for schema, names in _ADDED.items() if schema > sealed["schema"] for name in names]
    names = {o["officer_id"]: o["name"] for o in sealed["officers"]}
    names |= {o.officer_id: o.name for o in report.officers}
    before = {(day["officer_id"], day["day"]): day["figures"] for day in sealed["days"]}
    now = {
        (report.officers[row.officer].officer_id, row.day.isoformat()): _without(row.figures.to_json(), later)
        for row in _rows(report, site_id)
    }
    found = []
    for key in sorted(before.keys() | now.keys(), key=lambda k: (k[1], names[k[0]], k[0])):
        old, new = before.get(key), now.get(key)
        if old != new:
            found.append(Adjustment(key[0], names[key[0]], date.fromisoformat(key[1]), _changes(old, new)))
    return found


def _without(figures: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if name not in names}


def _rows(report: Report, site_id: str) -> list[DayRow]:
    return [row for row in day_rows(report) if report.officers[row.officer].site_id == site_id]


def _sealed_day(report: Report, row: DayRow) -> dict[str, object]:
    day: dict[str, object] = {
        "officer_id": report.officers[row.officer].officer_id,
        "day": row.day.isoformat(),
        "figures": row.figures.to_json(),
    }
    if row.is_corrected:
        day["observed"] = row.observed.to_json()
    return day


def _changes(old: dict[str, Any] | None, new: dict[str, Any] | None) -> tuple[Change, ...]:
    if old is None or new is None:
        return ()
    return tuple(Change(name, old.get(name), new.get(name)) for name in sorted(new) if old.get(name) != new.get(name))
