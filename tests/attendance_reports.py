"""Small made-up reports: officers' days as stories, derived by the real rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from service.attendance.day_table import DayTable
from service.attendance.days import DayInputs, DayRules, derive_days
from service.attendance.facts import LEAVE_KINDS, Correction, LeaveKind, Period
from service.attendance.intervals import Interval
from service.attendance.month import Report, ReportOfficer
from service.attendance.spans import from_intervals

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING, AFTERNOON = "07:30-11:30", "13:30-17:00"
WHOLE = f"{MORNING} {AFTERNOON}"


@dataclass(frozen=True)
class Told:
    """One officer's one day: stretches of the clock like ``07:30-11:30 13:30-17:00``.

    ``seen``: the cameras could see the desk; without it: all day long. ``waiting``: citizens waited at the counter;
    ``waiting_seen``: it could be told whether anybody did; without it: never.
    """

    present: str = WHOLE
    seen: str = "00:00-23:59"
    leave: Sequence[tuple[LeaveKind, str]] = ()
    shifts: str = WHOLE
    waiting: str = ""
    waiting_seen: str = ""


OFF = Told(present="", shifts="")


@dataclass(frozen=True)
class Who:
    """An officer and their days."""

    name: str
    days: Sequence[Told]
    unit: str = "Bộ phận Một cửa"
    agency: str = "UBND phường Hồng Gai"
    site_id: str = "hong-gai"
    desks: str = "Quầy 1"
    timezone: str = "Asia/Ho_Chi_Minh"
    corrected: Mapping[int, Told] = field(default_factory=dict)


def stretch(day: date, text: str, zone: ZoneInfo = ZONE) -> list[Interval]:
    """Read ``07:30-11:30 13:30-17:00``; an end before its start is on the next day."""
    found = []
    for part in text.split():
        start, end = (datetime.combine(day, time.fromisoformat(clock), zone) for clock in part.split("-"))
        found.append(Interval(start, end if end > start else end + timedelta(days=1)))
    return found


def table_of(days: Sequence[date], told: Sequence[Sequence[Told]], zones: Sequence[ZoneInfo] = ()) -> DayTable:
    """Derive the table of some officers' days."""
    flat = [
        (day, one, zones[n] if zones else ZONE)
        for n, officer in enumerate(told)
        for day, one in zip(days, officer, strict=True)
    ]
    leave = [[i for kind, text in one.leave for i in stretch(day, text, zone)] for day, one, zone in flat]
    kinds = [LEAVE_KINDS.index(kind) for day, one, zone in flat for kind, text in one.leave for _ in text.split()]
    inputs = DayInputs(
        rows=len(flat),
        shifts=from_intervals([stretch(day, one.shifts, zone) for day, one, zone in flat]),
        present=from_intervals([stretch(day, one.present, zone) for day, one, zone in flat]),
        seen=from_intervals([stretch(day, one.seen, zone) for day, one, zone in flat]),
        leave=from_intervals(leave),
        leave_kind=np.array(kinds, np.int64),
        waiting=from_intervals([stretch(day, one.waiting, zone) for day, one, zone in flat]),
        waiting_seen=from_intervals([stretch(day, one.waiting_seen, zone) for day, one, zone in flat]),
    )
    return derive_days(inputs, DayRules())


def report_of(
    officers: Sequence[Who],
    first: date = date(2026, 3, 2),
    *,
    holidays: Mapping[tuple[str, date], str] | None = None,
    corrections: tuple[Correction, ...] = (),
    periods: tuple[Period, ...] = (),
    made_at: datetime = datetime(2026, 12, 1, tzinfo=UTC),
) -> Report:
    """Make a report of officers in this order, from ``first`` on as long as their days go."""
    days = tuple(first + timedelta(days=n) for n in range(len(officers[0].days)))
    zones = [ZoneInfo(who.timezone) for who in officers]
    observed = table_of(days, [who.days for who in officers], zones)
    told = [[who.corrected.get(n, day) for n, day in enumerate(who.days)] for who in officers]
    table = table_of(days, told, zones) if any(who.corrected for who in officers) else observed
    return Report(
        first=days[0],
        last=days[-1],
        made_at=made_at,
        officers=tuple(
            ReportOfficer(f"cb{n:03d}", who.name, who.unit, who.agency, who.site_id, who.timezone, who.desks)
            for n, who in enumerate(officers, start=1)
        ),
        days=days,
        table=table,
        observed=observed,
        holidays=holidays or {},
        corrections=corrections,
        periods=periods,
    )
