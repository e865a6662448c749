"""Whose attendance is asked for, by which calendar each of them works, and which desks are theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from service.attendance.calendar import WorkDay, windows
from service.attendance.days import DayRules
from service.attendance.hours import calendar_of_site, own_hours_of_json
from service.attendance.intervals import Interval, microseconds, moment_of
from service.attendance.month import ReportOfficer
from service.attendance.spans import IntArray
from service.db.records import OfficerRecord, PlaceRecord, SiteRecord
from service.db.sites import SiteRepository
from service.errors import NotFound, Refused

LONGEST_REPORT = timedelta(days=400)
SHOWN_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose attendance is wanted, and of which days; None means any.

    Attributes:
        first, last: Both included.
    """

    first: date
    last: date
    site_id: str | None = None
    agency: str | None = None
    unit: str | None = None
    officer_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """When somebody works; officers of one site without hours of their own share one.

    Attributes:
        shifts: int64 (N, 3): number of the day, start and end in microseconds since 1970 UTC.
        bounds_us: int64 (days + 1,): a day lasts from its bound to the next one.
    """

    days: tuple[WorkDay, ...]
    shifts: IntArray
    bounds_us: IntArray
    rules: DayRules


@dataclass(frozen=True, slots=True)
class Person:
    """One officer of a report."""

    shown: ReportOfficer
    timetable: Timetable


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody of a report.

    Attributes:
        people: By agency, unit, name, id.
        timetables: Of every officer of these sites, by id: whoever shares a desk with somebody of the report counts.
        desks: Of these sites.
        holidays: Name of the public holiday, by (site id, day).
        is_all: Everybody whom the database knows is in it.
    """

    people: tuple[Person, ...]
    days: tuple[date, ...]
    timetables: Mapping[str, Timetable]
    desks: tuple[PlaceRecord, ...]
    site_ids: tuple[str, ...]
    holidays: Mapping[tuple[str, date], str]
    is_all: bool

    @property
    def officer_ids(self) -> tuple[str, ...] | None:
        """Whom to look for in the database; None: everybody, which is quicker to ask."""
        return None if self.is_all else tuple(person.shown.officer_id for person in self.people)

    @property
    def whole(self) -> Interval:
        """From the first moment of anybody's first day to the last moment of anybody's last day."""
        start = min(int(person.timetable.bounds_us[0]) for person in self.people)
        end = max(int(person.timetable.bounds_us[-1]) for person in self.people)
        return Interval(moment_of(start), moment_of(end))


def roster_of(sites: SiteRepository, asked: Asked) -> Roster:
    """Look up who is asked for.

    Raises:
        NotFound: There is no such site, agency, unit or officer; the message names those there are.
        Refused: The days are in the wrong order, or more than `LONGEST_REPORT`.
    """
    days = _days(asked)
    chosen = _sites(sites, asked)
    by_id = {site.site_id: site for site in chosen}
    within, whole = sites.roster(list(by_id)), sites.whole()
    everybody = within if whole is sites else whole.roster(list(by_id))
    desks = sites.desks_of(list(by_id))
    timetables = _timetables(everybody, by_id, days)
    wanted = _wanted(within, asked)
    names: dict[str, list[str]] = {}
    for desk in desks:
        for officer_id in desk.officers:
            names.setdefault(officer_id, []).append(desk.name)
    people = [
        Person(
            _shown(officer, by_id[site_id], " · ".join(dict.fromkeys(names.get(officer.officer_id, ())))),
            timetables[officer.officer_id],
        )
        for site_id, officer in wanted
    ]
    people.sort(key=lambda p: (p.shown.agency, p.shown.unit, p.shown.name, p.shown.officer_id))
    return Roster(
        people=tuple(people),
        days=days,
        timetables=timetables,
        desks=tuple(desks),
        site_ids=tuple(by_id),
        holidays={
            (site_id, work_day.day): work_day.holiday
            for site_id, site in by_id.items()
            for work_day in calendar_of_site(site).days(days[0], days[-1])
            if work_day.holiday
        },
        is_all=sites.is_everything and asked == Asked(asked.first, asked.last),
    )


def _days(asked: Asked) -> tuple[date, ...]:
    if asked.last < asked.first:
        raise Refused(f"the last day, {asked.last}, is before the first, {asked.first}")
    if asked.last - asked.first >= LONGEST_REPORT:
        raise Refused(f"{asked.first} to {asked.last}: a report covers at most {LONGEST_REPORT.days} days")
    return tuple(asked.first + timedelta(days=n) for n in range((asked.last - asked.first).days + 1))


def _sites(sites: SiteRepository, asked: Asked) -> list[SiteRecord]:
    found = sites.sites(site_id=asked.site_id, agency=asked.agency)
    if found:
        return found
    known = sites.sites()
    if not known:
        raise NotFound("no site is known yet: give `congvu serve` or `congvu run` a site file")
    there_are = "; ".join(f"{site.site_id} of {site.agency}" for site in known[:SHOWN_AT_MOST])
    raise NotFound(f"no site {asked.site_id or ''} of agency {asked.agency or 'any'}; there are: {there_are}")


def _wanted(everybody: Sequence[tuple[str, OfficerRecord]], asked: Asked) -> list[tuple[str, OfficerRecord]]:
    if not everybody:
        raise NotFound("no officers are known of what was asked for: name them in the site file's [[officers]]")
    wanted = [(site_id, officer) for site_id, officer in everybody if asked.unit in (None, officer.unit)]
    if not wanted:
        units = sorted({officer.unit for _, officer in everybody})
        raise NotFound(f"no unit {asked.unit!r}; there are: {'; '.join(units[:SHOWN_AT_MOST])}")
    if asked.officer_ids is None:
        return wanted
    missing = set(asked.officer_ids) - {officer.officer_id for _, officer in wanted}
    if missing:
        raise NotFound(f"no officer {', '.join(sorted(missing))} in what was asked for")
    return [(site_id, officer) for site_id, officer in wanted if officer.officer_id in asked.officer_ids]


def _timetables(
    everybody: Sequence[tuple[str, OfficerRecord]], by_id: Mapping[str, SiteRecord], days: tuple[date, ...]
) -> dict[str, Timetable]:
    made: dict[tuple[str, str, str], Timetable] = {}  # agencies of a province mostly share their hours
    found = {}
    for site_id, officer in everybody:
        site = by_id[site_id]
        key = (site.hours_json, site.timezone, officer.hours_json)
        if key not in made:
            made[key] = _timetable(site, officer.hours_json, days)
        found[officer.officer_id] = made[key]
    return found


def _timetable(site: SiteRecord, own_json: str, days: tuple[date, ...]) -> Timetable:
    calendar, own = calendar_of_site(site), own_hours_of_json(site, own_json)
    work_days = calendar.days(days[0], days[-1], own)
    before, after = (calendar.day(day, own) for day in (days[0] - timedelta(days=1), days[-1] + timedelta(days=1)))
    spans = windows(work_days, calendar.zone, before=before, after=after)
    shifts = [
        (number, microseconds(shift.start), microseconds(shift.end))
        for number, work_day in enumerate(work_days)
        for shift in work_day.shifts
    ]
    return Timetable(
        days=work_days,
        shifts=np.array(shifts, np.int64).reshape(-1, 3),
        bounds_us=np.array([microseconds(spans[0].start), *(microseconds(span.end) for span in spans)], np.int64),
        rules=DayRules(calendar.grace_in, calendar.grace_out, calendar.left_post_after),
    )


def _shown(officer: OfficerRecord, site: SiteRecord, desks: str) -> ReportOfficer:
    return ReportOfficer(
        officer.officer_id, officer.name, officer.unit, site.agency, site.site_id, site.timezone, desks
    )
