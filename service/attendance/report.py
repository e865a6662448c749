"""Gather what the store knows of a day and derive each officer's attendance."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.attendance.intervals import Interval, intersect, subtract, union
from service.attendance.old_days import AttendanceDay, AttendanceRules, Post, derive_day
from service.db.records import EventRecord, GapRecord, PlaceRecord, RunRecord, SiteRecord
from service.db.repository import EventFilter, EventRepository
from service.db.sites import SiteRepository

OPEN_VISIT_RULE = "presence"


def attendance_of(
    site: SiteRecord, day: date, *, sites: SiteRepository, events: EventRepository, rules: AttendanceRules | None = None
) -> list[AttendanceDay]:
    """Derive the attendance of every officer of a site on one day, by desk."""
    zone = ZoneInfo(site.timezone)
    since = datetime.combine(day, time(), zone)
    until = since + timedelta(days=1)
    desks = sites.desks(site.site_id)
    cameras = sorted({desk.camera_id for desk in desks})
    runs = sites.runs(cameras, since, until)
    gaps = sites.gaps(cameras, since, until)
    wanted = EventFilter(rules=(OPEN_VISIT_RULE,), since=since, until=until, overlapping=True)
    visits = events.find(wanted, limit=100_000)
    rules = rules or AttendanceRules(grace=timedelta(minutes=site.grace_minutes))
    days = []
    for officer in sites.officers(site.site_id):
        mine = [desk for desk in desks if officer.officer_id in desk.officers]
        if not mine:
            continue
        names = " · ".join(dict.fromkeys(desk.name for desk in mine))
        post = Post(day, officer.officer_id, officer.name, officer.unit, mine[0].camera_id, mine[0].place_id, names)
        # who has two desks is away only where both are seen to be empty
        seen = _seen(mine[0], runs, gaps)
        for desk in mine[1:]:
            seen = intersect(seen, _seen(desk, runs, gaps))
        days.append(
            derive_day(
                post,
                shifts=shifts_of(site, day),
                visits=_clip([visit for desk in mine for visit in _visits(desk, visits, runs)], since, until),
                seen=seen,
                rules=rules,
            )
        )
    return sorted(days, key=lambda d: (d.officer_name, d.camera_id, d.desk_id))


def shifts_of(site: SiteRecord, day: date) -> list[Interval]:
    """Return the working hours of a day as aware times; none on a day off."""
    if day.weekday() not in site.days:
        return []
    zone = ZoneInfo(site.timezone)
    shifts = []
    for text in site.intervals:
        start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
        shifts.append(Interval(datetime.combine(day, start, zone), datetime.combine(day, end, zone)))
    return shifts


def _visits(desk: PlaceRecord, visits: Iterable[EventRecord], runs: Sequence[RunRecord]) -> list[Interval]:
    last_seen = {(run.camera_id, run.run_id): run.last_at for run in runs}
    found = []
    for visit in visits:
        if (visit.camera_id, visit.place_id) != (desk.camera_id, desk.place_id):
            continue
        # a visit that goes on lasts as far as the camera has seen
        end = visit.ended_at or last_seen.get((visit.camera_id, visit.run_id), visit.peak_at)
        if end > visit.started_at:
            found.append(Interval(visit.started_at, end))
    return found


def _clip(intervals: Iterable[Interval], since: datetime, until: datetime) -> list[Interval]:
    """Keep what lies within a day: a visit over midnight counts for both."""
    return intersect(union(intervals, timedelta()), [Interval(since, until)])


def _seen(desk: PlaceRecord, runs: Iterable[RunRecord], gaps: Iterable[GapRecord]) -> list[Interval]:
    """Return when something could be said of a desk: its camera's runs without gaps of the camera or the desk."""
    watched = [
        Interval(r.started_at, r.last_at) for r in runs if r.camera_id == desk.camera_id and r.last_at > r.started_at
    ]
    blind = [
        Interval(g.start, g.end)
        for g in gaps
        if g.camera_id == desk.camera_id and g.place_id in ("", desk.place_id) and g.end > g.start
    ]
    return subtract(union(watched, timedelta()), union(blind, timedelta()))


CSV_COLUMNS = (
    "date", "officer_id", "officer", "unit", "desk", "arrival", "leaving", "late", "early", "present_min",
    "absent_min", "no_data_min", "coverage_percent", "absences",
)  # fmt: skip


def attendance_csv(days: Iterable[AttendanceDay], zone: ZoneInfo) -> str:
    """Write days as CSV with a header; UTF-8 with a mark, so that spreadsheets read Vietnamese letters."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for d in days:
        writer.writerow(
            [
                d.day.isoformat(),
                safe_cell(d.officer_id),
                safe_cell(d.officer_name),
                safe_cell(d.unit),
                safe_cell(d.desk_name),
                _clock(d.arrival, zone),
                _clock(d.leaving, zone),
                _yes_no(d.is_late),
                _yes_no(d.is_early),
                _minutes(d.present),
                _minutes(d.absent),
                _minutes(d.no_data),
                f"{d.coverage * 100:.1f}",
                "; ".join(f"{_clock(i.start, zone)}-{_clock(i.end, zone)}" for i in d.absent),
            ]
        )
    return "\ufeff" + out.getvalue()


def safe_cell(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula (OWASP: CSV injection)."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _clock(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else moment.astimezone(zone).strftime("%H:%M:%S")


def _yes_no(value: bool | None) -> str:
    return "no data" if value is None else "yes" if value else "no"


def _minutes(intervals: Iterable[Interval]) -> str:
    return f"{sum((i.length for i in intervals), timedelta()).total_seconds() / 60:.1f}"
