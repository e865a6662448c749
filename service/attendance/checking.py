"""Put the time clock's stamps beside a report's days: read what is stored, and say what does not go together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.attendance.crosscheck import NEAR_SHIFT, CrossFinding, DayFacts, check_day
from service.attendance.day_table import AttendanceDay
from service.attendance.facts import BadgeRead, Correction, CorrectionKind, Leave, Punch
from service.attendance.gathering import Sources
from service.attendance.imports.clock_doubt import suspect_clock
from service.attendance.intervals import Interval, intersect, union
from service.attendance.month import Report
from service.db.repository import EventFilter, EventRepository
from vision.rules.rulebook import TWO_AT_DESK

Key = tuple[str, date]
"""An officer and a day."""


def check(
    sources: Sources, events: EventRepository, report: Report, *, only: frozenset[str] | None = None
) -> list[CrossFinding]:
    """Say of a report's days what clock, badge and cameras contradict each other in, by officer and time.

    Args:
        report: Of whole units: somebody may sit at the desk of a colleague on leave.
        only: Findings of these officers; None: of all.
    """
    ids = [officer.officer_id for officer in report.officers]
    zones = {officer.officer_id: ZoneInfo(officer.timezone) for officer in report.officers}
    days = _days(report, zones)
    since, until = _bounds(report)
    punches = sources.attendance.punches(ids, since, until)
    stamped = _by_day(punches, days, zones)
    reads = _by_day(sources.attendance.badge_reads(ids, since, until), days, zones)
    excused = _excused(sources.attendance.leaves(ids, since, until), report.corrections)
    elsewhere = _elsewhere(report, days, excused)
    together = _together(sources, events, report, days)
    doubtful = _doubtful(punches, days, zones)
    units = {officer.officer_id: (officer.site_id, officer.unit) for officer in report.officers}
    who_stamps = {punch.officer_id for punch in punches}
    found: list[CrossFinding] = []
    for (officer_id, day), derived in days.items():
        if only is not None and officer_id not in only:
            continue
        key = (officer_id, day)
        facts = DayFacts(
            officer_id,
            day,
            shifts=derived.shifts,
            leave=tuple(excused.get(officer_id, ())),
            no_data=derived.no_data,
            present=derived.present,
            punches=tuple(stamped.get(key, ())),
            reads=tuple(reads.get(key, ())),
            together=tuple(together.get(key, ())),
            elsewhere=tuple(span for who, span in elsewhere.get((*units[officer_id], day), ()) if who != officer_id),
            doubtful_devices=frozenset(device for device, at in doubtful if at == day),
            stamps_usually=officer_id in who_stamps,
        )
        found += check_day(facts)
    return found


def _days(report: Report, zones: Mapping[str, ZoneInfo]) -> dict[Key, AttendanceDay]:
    return {
        (officer.officer_id, day): report.table.day(report.row(n, m), zones[officer.officer_id])
        for n, officer in enumerate(report.officers)
        for m, day in enumerate(report.days)
    }


def _bounds(report: Report) -> tuple[datetime, datetime]:
    """A day and a half around the report: nights, and whatever zone."""
    zone = ZoneInfo(report.officers[0].timezone)
    first = datetime(report.first.year, report.first.month, report.first.day, tzinfo=zone)
    last = datetime(report.last.year, report.last.month, report.last.day, tzinfo=zone)
    return first - timedelta(hours=12), last + timedelta(hours=36)


def _by_day(
    items: Iterable[Punch] | Iterable[BadgeRead], days: Mapping[Key, AttendanceDay], zones: Mapping[str, ZoneInfo]
) -> dict[Key, list]:  # type: ignore[type-arg]
    """Give each stamp to its local day, or to the night shift of the day before that it ends."""
    found = defaultdict(list)
    for item in items:
        day = item.at.astimezone(zones[item.officer_id]).date()
        before = days.get((item.officer_id, day - timedelta(days=1)))
        if before is not None and before.shifts:
            end = before.shifts[-1].end
            if end.astimezone(zones[item.officer_id]).date() == day and item.at <= end + NEAR_SHIFT:
                day -= timedelta(days=1)
        found[item.officer_id, day].append(item)
    return found


def _excused(leaves: Iterable[Leave], corrections: Iterable[Correction]) -> dict[str, list[Interval]]:
    """Say when officers need not have been there: leave, and approved corrections that say so."""
    found: dict[str, list[Interval]] = defaultdict(list)
    for leave in leaves:
        found[leave.officer_id].append(leave.span)
    for correction in corrections:
        if correction.approved and correction.kind is CorrectionKind.EXCUSED:
            found[correction.officer_id].append(correction.span)
    return found


def _elsewhere(
    report: Report, days: Mapping[Key, AttendanceDay], excused: Mapping[str, Sequence[Interval]]
) -> dict[tuple[str, str, date], list[tuple[str, Interval]]]:
    """Say when somebody sat at the desk of an officer on leave, by site, unit and day."""
    found: dict[tuple[str, str, date], list[tuple[str, Interval]]] = defaultdict(list)
    for officer in report.officers:
        spans = union(excused.get(officer.officer_id, ()), timedelta())
        if not spans:
            continue
        for day in report.days:
            seen = intersect(days[officer.officer_id, day].present, spans)
            found[officer.site_id, officer.unit, day] += [(officer.officer_id, span) for span in seen]
    return found


def _together(
    sources: Sources, events: EventRepository, report: Report, days: Mapping[Key, AttendanceDay]
) -> dict[Key, list[Interval]]:
    """Say when two or more people were at an officer's desk."""
    since, until = _bounds(report)
    wanted = EventFilter(rules=(TWO_AT_DESK,), since=since, until=until, overlapping=True)
    site_ids = sorted({officer.site_id for officer in report.officers})
    owners = {(d.camera_id, d.place_id): d.officers for d in sources.sites.desks_of(site_ids)}
    found: dict[Key, list[Interval]] = defaultdict(list)
    for event in events.find(wanted, limit=100_000):
        end = event.ended_at or event.peak_at
        if end <= event.started_at:
            continue
        span = Interval(event.started_at, end)
        for officer_id in owners.get((event.camera_id, event.place_id), ()):
            for day in report.days:
                derived = days.get((officer_id, day))
                if derived is not None and intersect([span], derived.shifts):
                    found[officer_id, day].append(span)
    return found


def _doubtful(
    punches: Sequence[Punch], days: Mapping[Key, AttendanceDay], zones: Mapping[str, ZoneInfo]
) -> set[tuple[str, date]]:
    """Return devices whose clock was off, and the day; only whole days in sight of a camera count as witnesses."""
    doubts = set()
    for zone in sorted(set(zones.values()), key=str):
        arrivals = {
            key: derived.arrival
            for key, derived in days.items()
            if zones[key[0]] == zone and derived.arrival is not None and derived.coverage == 1.0
        }
        mine = [punch for punch in punches if zones[punch.officer_id] == zone]
        doubts |= {(doubt.device, doubt.day) for doubt in suspect_clock(mine, arrivals, zone)}
    return doubts
