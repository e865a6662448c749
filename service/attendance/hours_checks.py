"""What of a site's hours contradicts itself, or leaves open who sat at a desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from service.attendance.calendar import OfficerHours, PublicDays, WorkCalendar, no_public_days
from service.attendance.hours import calendar_of, country_days, public_days
from service.site_hours import DAYS, HoursTable

AROUND = timedelta(days=366)
"""So far before and after somebody's hours change, a year with all its seasons, desks are looked at."""
ANY_YEAR = date(2024, 1, 1)
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""What begins or ends before or after has no bound that matters, and would be beyond what dates can reckon."""


def holiday_faults(hours: HoursTable, timezone: str) -> list[str]:
    """Say what of the holidays cannot be; each begins with the key, as in ``holidays.swaps: ``."""
    table = hours.holidays
    try:
        country_days(table.country, ANY_YEAR.year)
    except NotImplementedError:
        return [
            f"holidays.country: the holidays of {table.country!r} are not known; wanted two letters such as VN, "
            'or "" and the days under extra'
        ]
    if not table.swaps:
        return []
    calendar = calendar_of(hours, timezone)
    weekly = _weekly(calendar)
    without_swaps = replace(
        calendar,
        public=lambda year: PublicDays(public_days(table.model_copy(update={"swaps": ()}), year).free),
    )
    worked_by_some = {DAYS.index(day) for pattern in hours.patterns for day in pattern.days}
    faults = []
    for swap in table.swaps:
        if not weekly.day(swap.off).shifts and swap.off.weekday() not in worked_by_some:
            faults.append(f"holidays.swaps: {swap.off} is no working day; a swap makes a working day a day off")
        if without_swaps.day(swap.work).shifts:
            faults.append(f"holidays.swaps: {swap.work} is a working day already; a swap makes a day off a working day")
    return faults


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Officers who have shifts at the same time, and the weekdays on which such a shift begins (0 = Monday)."""

    officer_ids: tuple[str, ...]
    weekdays: tuple[int, ...]


def at_once(calendar: WorkCalendar, officers: Mapping[str, OfficerHours | None]) -> AtOnce | None:
    """Say which of some officers have shifts at the same time; None: no two have.

    Public holidays and swaps are the same for all, and are left out.
    """
    if len(officers) < 2:
        return None
    weekly = _weekly(calendar)
    alike: dict[OfficerHours | None, list[str]] = {}
    for officer_id, own in officers.items():
        alike.setdefault(own, []).append(officer_id)
    shifts = sorted(
        (shift.start, shift.end, number, day.day)
        for first, last in _years_that_tell(officers.values())
        for number, own in enumerate(alike)
        for day in weekly.days(first, last, own)
        for shift in day.shifts
    )
    found: set[str] = set()
    weekdays: set[int] = set()
    open_until: dict[int, datetime] = {}
    names = list(alike.values())
    for start, end, number, day in shifts:
        open_until = {other: until for other, until in open_until.items() if until > start}
        at_work = [officer_id for other in {*open_until, number} for officer_id in names[other]]
        if len(at_work) > 1:
            found.update(at_work)
            weekdays.add(day.weekday())
        open_until[number] = end
    if not found:
        return None
    return AtOnce(tuple(officer_id for officer_id in officers if officer_id in found), tuple(sorted(weekdays)))


def _years_that_tell(officers: Iterable[OfficerHours | None]) -> list[tuple[date, date]]:
    """Return the days on which every combination of hours occurs: a year, or one before and after each change."""
    changes = {day for own in officers if own is not None for day in (own.first, own.last) if day is not None}
    years: list[tuple[date, date]] = []
    for change in sorted(day for day in changes if FIRST_DAY <= day <= LAST_DAY) or [ANY_YEAR]:
        first, last = change - AROUND, change + AROUND
        if years and first <= years[-1][1]:
            years[-1] = (years[-1][0], last)
        else:
            years.append((first, last))
    return years


def _weekly(calendar: WorkCalendar) -> WorkCalendar:
    """Return the calendar as it is without holidays and swaps."""
    return replace(calendar, public=no_public_days)
