"""When officers should be at their posts: shifts, seasons, public holidays and swapped days. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from service.attendance.intervals import Interval

MINUTES_A_DAY = 1440
LONGEST_AFTER_SHIFT = timedelta(hours=2)
"""Somebody seen this long after a night shift still belongs to it, where the next shift leaves as much room."""

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkDay:
    """One day of somebody's calendar.

    Attributes:
        shifts: In UTC, sorted, without overlap; a night shift belongs to the day on which it begins.
        holiday: Name of the public holiday that is kept; empty where there is none.
        stands_for: The day off in whose place this day is worked (làm bù).
    """

    day: date
    shifts: tuple[Interval, ...]
    holiday: str = ""
    stands_for: date | None = None


@dataclass(frozen=True, slots=True)
class PublicDays:
    """What holidays and swaps make of the days of one year.

    Attributes:
        free: Day to name of the holiday; empty for a day that is off because another one is worked for it.
        worked: Day to the one in whose place it is worked.
    """

    free: Mapping[date, str] = field(default_factory=dict)
    worked: Mapping[date, date] = field(default_factory=dict)


def no_public_days(year: int) -> PublicDays:
    """Every day is as its week has it."""
    return PublicDays()


@dataclass(frozen=True, slots=True)
class DayPattern:
    """Hours of a working day.

    Attributes:
        intervals_min: Start and end of each shift, minutes from local midnight, sorted; a night's end is above 1440.
        weekdays: Days on which they are worked, 0 = Monday.
    """

    intervals_min: tuple[tuple[int, int], ...]
    weekdays: frozenset[int]

    @property
    def is_over_midnight(self) -> bool:
        """Whether the last shift ends on the next day."""
        return bool(self.intervals_min) and self.intervals_min[-1][1] > MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class Season:
    """Other hours in a part of the year, from ``first`` to ``last``, (month, day), both included; may pass New Year."""

    first: tuple[int, int]
    last: tuple[int, int]
    pattern: DayPattern

    def covers(self, day: date) -> bool:
        """Tell whether a day is in the season."""
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True, slots=True)
class Nursing:
    """Time off at the beginning or the end of each working day, from ``first`` to ``last``."""

    first: date
    last: date
    length: timedelta
    at_start: bool


@dataclass(frozen=True, slots=True)
class OfficerHours:
    """Where an officer's hours are not the site's: part-time, another pattern, nursing.

    Attributes:
        pattern: Own hours in place of the site's, seasons included; None: the site's.
        weekdays: Own days, at the site's hours of the season; only where there is no pattern.
        first, last: When these hold; None: without end.
    """

    pattern: DayPattern | None = None
    weekdays: frozenset[int] | None = None
    first: date | None = None
    last: date | None = None
    nursing: tuple[Nursing, ...] = ()

    def is_in_force(self, day: date) -> bool:
        """Tell whether the own pattern or days hold on a day."""
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The calendar of a site.

    Attributes:
        public: Holidays and swaps of a year.
        left_post_after: Shorter absences from the post are not listed.
    """

    zone: ZoneInfo
    pattern: DayPattern
    seasons: tuple[Season, ...] = ()
    public: Callable[[int], PublicDays] = no_public_days
    grace_in: timedelta = timedelta(minutes=5)
    grace_out: timedelta = timedelta(minutes=5)
    left_post_after: timedelta = timedelta(minutes=10)

    def day(self, day: date, own: OfficerHours | None = None) -> WorkDay:
        """Return one day, by the hours of an officer who has their own.

        Where the night before lasts longer than until the first shift, as it may where hours change, the night goes on
        and the shift begins at its end: nobody works two shifts at once.
        """
        public = self.public(day.year)
        stands_for = public.worked.get(day)
        if stands_for is None and day in public.free:
            return WorkDay(day, (), public.free[day])
        shifts = self._shifts(day, stands_for or day, own)
        if shifts and self._has_nights(own):
            shifts = _from(shifts, self._end_of(day - A_DAY, own))
        return WorkDay(day, tuple(_nursed(shifts, day, own)), stands_for=stands_for)

    def days(self, first: date, last: date, own: OfficerHours | None = None) -> tuple[WorkDay, ...]:
        """Return the days from ``first`` to ``last``, both included."""
        return _days(self, first, last, own)

    def _shifts(self, day: date, worked_as: date, own: OfficerHours | None) -> list[Interval]:
        pattern = next((season.pattern for season in self.seasons if season.covers(worked_as)), self.pattern)
        weekdays = pattern.weekdays
        if own is not None and own.is_in_force(day):
            if own.pattern is not None:
                pattern, weekdays = own.pattern, own.pattern.weekdays
            elif own.weekdays is not None:
                weekdays = own.weekdays
        if worked_as.weekday() not in weekdays:
            return []
        moments = [
            (moment_at(day, start, self.zone), moment_at(day, end, self.zone)) for start, end in pattern.intervals_min
        ]
        return [Interval(start, end) for start, end in moments if start < end]

    def _has_nights(self, own: OfficerHours | None) -> bool:
        if own is not None and own.pattern is not None and own.pattern.is_over_midnight:
            return True
        return self.pattern.is_over_midnight or any(season.pattern.is_over_midnight for season in self.seasons)

    def _end_of(self, day: date, own: OfficerHours | None) -> datetime | None:
        public = self.public(day.year)
        if day in public.free and day not in public.worked:
            return None
        shifts = self._shifts(day, public.worked.get(day, day), own)
        return shifts[-1].end if shifts else None


@lru_cache(maxsize=512)  # most officers share their hours
def _days(calendar: WorkCalendar, first: date, last: date, own: OfficerHours | None) -> tuple[WorkDay, ...]:
    return tuple(calendar.day(first + timedelta(days=n), own) for n in range((last - first).days + 1))


@lru_cache(maxsize=16_384)  # those who do not share their hours share most of their days' edges
def moment_at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return when the wall clock first shows so many minutes after midnight of a day, or later, in UTC.

    Where clocks are put forward over that time, it is the moment at which they are; where they are put back, the first
    of two. So what is later on the clock is never earlier in truth.
    """
    days, rest = divmod(minutes, MINUTES_A_DAY)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # PEP 495: by the offset that holds after the gap
    offset = before.astimezone(zone).utcoffset()
    while found - before > timedelta(seconds=1):
        middle = before + (found - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            found = middle
    return found.replace(microsecond=0)


def _from(shifts: list[Interval], begin: datetime | None) -> list[Interval]:
    """Leave out what lies before ``begin``."""
    if begin is None:
        return shifts
    return [Interval(max(shift.start, begin), shift.end) for shift in shifts if shift.end > begin]


def _until(shifts: list[Interval], end: datetime) -> list[Interval]:
    """Leave out what lies after ``end``."""
    return [Interval(shift.start, min(shift.end, end)) for shift in shifts if shift.start < end]


def _nursed(shifts: list[Interval], day: date, own: OfficerHours | None) -> list[Interval]:
    for nursing in () if own is None else own.nursing:
        if not shifts or not nursing.first <= day <= nursing.last:
            continue
        if nursing.at_start:
            shifts = _from(shifts, _after(shifts, nursing.length))
        else:
            shifts = _until(shifts, _before(shifts, nursing.length))
    return shifts


def _after(shifts: Sequence[Interval], length: timedelta) -> datetime:
    """Return when so much working time has passed."""
    for shift in shifts:
        if shift.length > length:
            return shift.start + length
        length -= shift.length
    return shifts[-1].end


def _before(shifts: Sequence[Interval], length: timedelta) -> datetime:
    """Return when so much working time is left."""
    for shift in reversed(shifts):
        if shift.length > length:
            return shift.end - length
        length -= shift.length
    return shifts[0].start


def windows(
    days: Sequence[WorkDay], zone: ZoneInfo, *, before: WorkDay | None = None, after: WorkDay | None = None
) -> list[Interval]:
    """Say whose time is whose day: they touch and do not overlap, and every shift lies within its own day's.

    Args:
        days: One after the other.
        before: The day before the first one, whose night shift may reach into it.
        after: The day after the last one, which a night may reach into. With both, a day's window is the same whatever
            other days are asked for.
    """
    if not days:
        return []
    bounds = [_bound(today, yesterday, zone) for yesterday, today in zip((before, *days[:-1]), days, strict=True)]
    bounds.append(_bound(after or WorkDay(days[-1].day + A_DAY, ()), days[-1], zone))
    return [Interval(start, end) for start, end in pairwise(bounds)]


def _bound(today: WorkDay, yesterday: WorkDay | None, zone: ZoneInfo) -> datetime:
    midnight = moment_at(today.day, 0, zone)
    if yesterday is None or not yesterday.shifts or yesterday.shifts[-1].end <= midnight:
        return midnight
    over = yesterday.shifts[-1].end
    room = today.shifts[0].start - over if today.shifts else LONGEST_AFTER_SHIFT * 2
    return over + min(LONGEST_AFTER_SHIFT, room / 2)
