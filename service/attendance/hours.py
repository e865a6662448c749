"""From the hours of a site file, or their JSON in the database, to calendars."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, lru_cache, partial
from zoneinfo import ZoneInfo

import holidays as countries

from service.attendance.calendar import DayPattern, Nursing, OfficerHours, PublicDays, Season, WorkCalendar
from service.db.records import SiteRecord
from service.site_hours import DAYS, HolidaysTable, HoursTable, Intervals, OwnHoursTable, Weekdays, minutes_of

WORDS_OF = {"VN": "vi"}
"""In which language a country's holidays are named, where it is not the package's own choice."""


def calendar_of(hours: HoursTable, timezone: str) -> WorkCalendar:
    """Make the calendar of a site."""
    grace_in = hours.grace_minutes if hours.grace_in_minutes is None else hours.grace_in_minutes
    grace_out = hours.grace_minutes if hours.grace_out_minutes is None else hours.grace_out_minutes
    return WorkCalendar(
        zone=ZoneInfo(timezone),
        pattern=_pattern(hours.intervals, hours.days),
        seasons=tuple(
            Season(_of_year(s.from_), _of_year(s.to), _pattern(s.intervals, hours.days if s.days is None else s.days))
            for s in hours.seasons
        ),
        public=cache(partial(public_days, hours.holidays)),
        grace_in=timedelta(minutes=grace_in),
        grace_out=timedelta(minutes=grace_out),
        left_post_after=timedelta(minutes=hours.left_post_minutes),
    )


def own_hours_of(hours: HoursTable, own: OwnHoursTable) -> OfficerHours:
    """Make the hours of an officer who has their own."""
    has_shifts = own.pattern is not None or own.intervals is not None
    return OfficerHours(
        _pattern(*own.worked(hours)) if has_shifts else None,
        None if has_shifts or own.days is None else _numbers(own.days),
        own.from_,
        own.to,
        tuple(Nursing(n.from_, n.to, timedelta(minutes=n.minutes), n.at == "start") for n in own.nursing),
    )


@lru_cache(maxsize=4096)
def calendar_of_site(site: SiteRecord) -> WorkCalendar:
    """Make the calendar of a stored site."""
    return calendar_of(_hours_of(site), site.timezone)


@lru_cache(maxsize=4096)
def own_hours_of_json(site: SiteRecord, own_json: str) -> OfficerHours | None:
    """Make the stored hours of an officer of a site; None where they are the site's."""
    return own_hours_of(_hours_of(site), OwnHoursTable.model_validate_json(own_json)) if own_json else None


def _hours_of(site: SiteRecord) -> HoursTable:
    if site.hours_json:
        return HoursTable.model_validate_json(site.hours_json)
    # stored before the whole table was
    days = tuple(DAYS[number] for number in site.days)
    return HoursTable(intervals=site.intervals, days=days, grace_minutes=site.grace_minutes)


def _pattern(intervals: Intervals, days: Weekdays) -> DayPattern:
    return DayPattern(tuple(sorted(minutes_of(text) for text in intervals)), _numbers(days))


def _numbers(days: Weekdays) -> frozenset[int]:
    return frozenset(DAYS.index(day) for day in days)


def _of_year(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def public_days(table: HolidaysTable, year: int) -> PublicDays:
    """Return the holidays and swaps of a year: the country's, with what the agency decided otherwise.

    A swap of the agency stands in place of the country's that has a day in common with it. Where the agency works on
    the day that the country swapped, or takes the day off that is worked for it, the country's swap does not hold.
    """
    own_swaps = {swap.work: swap.off for swap in table.swaps}
    swapped = {*own_swaps, *own_swaps.values()}
    extra = {holiday.day: holiday.name for holiday in table.extra}
    decreed = {
        work: off
        for near in (year, year + 1)  # the last days of a year are worked for the first of the next
        for work, off in country_days(table.country, near).worked.items()
        if swapped.isdisjoint((work, off)) and work not in extra and off not in table.working
    }
    swaps = decreed | own_swaps
    free = {day: name for day, name in country_days(table.country, year).free.items() if day not in table.working}
    free |= dict.fromkeys(swaps.values(), "") | extra
    return PublicDays({day: name for day, name in free.items() if day.year == year}, swaps)


@cache
def country_days(country: str, year: int) -> PublicDays:
    """Return the holidays of a country and the days that it swaps by decree.

    Raises:
        NotImplementedError: The package ``holidays`` does not know the country.
    """
    if not country:
        return PublicDays()
    known = countries.country_holidays(country, years=year, language=WORDS_OF.get(country))
    if not known.weekend_workdays:
        return PublicDays(dict(known))
    written = known.tr(known.substituted_date_format)  # "Ngày nghỉ (thay cho ngày 22/08/2026)": only the name says it
    swaps = {
        work: day for work in known.weekend_workdays for day, name in known.items() if work.strftime(written) in name
    }
    return PublicDays(dict(known), swaps)
