"""When an event of a calendar happens: once, or again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Event, vRecur
from icalendar.error import BrokenCalendarProperty

from service.attendance.imports.dates import FIRST_YEAR, LAST_YEAR
from service.attendance.imports.repetition import repetition_of
from service.attendance.imports.results import RowRefused
from service.attendance.intervals import Interval

MOST_TIMES = 1000
WITHOUT_WINDOW = timedelta(days=400)
"""So far an event is repeated where no window is given."""
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Happening:
    """When an event happens first, by the wall clock of its own zone.

    Attributes:
        is_all_day: Both walls are midnights.
    """

    start_wall: datetime
    end_wall: datetime
    zone: tzinfo
    is_all_day: bool

    def at(self, start_wall: datetime) -> Interval:
        """Return it as it happens at another time; in UTC."""
        end_wall = start_wall + (self.end_wall - self.start_wall)
        return Interval(_utc(start_wall, self.zone), _utc(end_wall, self.zone))

    def begin(self, moment: date) -> datetime:
        """Return when a repetition that the calendar names begins, in UTC; of a day alone at the event's own time."""
        if isinstance(moment, datetime) or self.is_all_day:
            return _utc(self.wall(moment), self.zone)
        return _utc(datetime.combine(moment, self.start_wall.time()), self.zone)

    def wall(self, moment: date) -> datetime:
        """Return a moment of the calendar on the event's wall clock; a day is its first moment."""
        return _wall(moment, self.zone)


def happening_of(event: Event, zone: ZoneInfo) -> Happening:
    """Read start and end of an event; times without a zone are the import's.

    Raises:
        RowRefused: One is missing or unreadable, or it ends before it starts.
    """
    start = _moment(event, "DTSTART")
    if start is None:
        raise RowRefused("missing", "the event has no start", column="DTSTART")
    end = _moment(event, "DTEND")
    if end is None:
        end = _after_duration(event, start)
    is_all_day = not isinstance(start, datetime)
    if is_all_day != (not isinstance(end, datetime)):
        raise RowRefused("unreadable_date", "of start and end one is a day, the other a time", column="DTEND")
    own_zone = start.tzinfo if isinstance(start, datetime) and start.tzinfo is not None else zone
    found = Happening(_wall(start, own_zone), _wall(end, own_zone), own_zone, is_all_day)
    if found.end_wall <= found.start_wall:
        raise RowRefused(
            "end_before_start", "it ends before it starts, or at the same moment", column="DTEND", value=end
        )
    if not FIRST_YEAR <= found.start_wall.year <= found.end_wall.year <= LAST_YEAR:
        raise RowRefused(
            "date_out_of_range", f"{start} is not between {FIRST_YEAR} and {LAST_YEAR}", column="DTSTART", value=start
        )
    return found


def _moment(event: Event, name: str) -> date | None:
    held = event.get(name)
    if held is None:
        return None
    moment = None if isinstance(held, list) else value_of(held)
    if not isinstance(moment, date):
        raise RowRefused("unreadable_date", f"{name} is no day or time", column=name, value=held)
    zone_name = held.params.get("TZID")
    if zone_name and isinstance(moment, datetime) and moment.tzinfo is None:
        raise RowRefused("unknown_zone", f"the time zone {zone_name!r} is not known", column=name, value=zone_name)
    return moment


def value_of(held: Any) -> Any:
    """Return the value of a property; None where it is broken, which the package says only when it is touched."""
    try:
        return held.dt
    except (AttributeError, BrokenCalendarProperty):
        return None


def _after_duration(event: Event, start: date) -> date:
    held = event.get("DURATION")
    length = value_of(held) if held is not None else None
    if isinstance(length, timedelta):
        return start + length
    if held is not None:
        raise RowRefused("unreadable_date", "the duration is none", column="DURATION", value=held)
    if isinstance(start, datetime):
        raise RowRefused("missing", "the event has no end", column="DTEND")
    return start + _DAY


def times_of(event: Event, first: Happening, window: Interval | None) -> tuple[tuple[Interval, ...], bool]:
    """Return when an event happens, and whether it would go on beyond what was looked at without a window.

    Args:
        window: Repetitions that overlap it count; an event that is not repeated always does.

    Raises:
        RowRefused: The rule cannot be read, repeats within a day, or more than a thousand times.
    """
    rule, extra = event.get("RRULE"), list(_listed(event, "RDATE", first))
    if rule is None and not extra:
        return (first.at(first.start_wall),), False
    limit = _limit(first, window)
    excluded = set(_listed(event, "EXDATE", first))
    walls = {first.start_wall, *(wall for wall in extra if wall <= limit)}
    goes_on = False
    if rule is not None:
        walls |= set(_walls_of(rule, first, limit))
        goes_on = window is None and not {"UNTIL", "COUNT"} & set(rule)
    found = [first.at(wall) for wall in sorted(walls - excluded)]
    if window is not None:
        found = [each for each in found if each.start < window.end and window.start < each.end]
    return tuple(found), goes_on


def _limit(first: Happening, window: Interval | None) -> datetime:
    until = first.wall(window.end) if window is not None else first.start_wall + WITHOUT_WINDOW
    return min(until, datetime(LAST_YEAR, 12, 31))  # noqa: DTZ001 - on the event's own wall clock


def _walls_of(rule: Any, first: Happening, limit: datetime) -> Iterator[datetime]:
    """Expand a rule by the wall clock: an hour put back or forward does not move a meeting."""
    last = limit
    try:
        repetition = repetition_of(rule if isinstance(rule, vRecur) else {})
        if "UNTIL" in rule:
            until = first.wall(rule["UNTIL"][0])
            last = min(last, until if isinstance(rule["UNTIL"][0], datetime) else until + _DAY - _MOMENT)
        count = int(rule["COUNT"][0]) if "COUNT" in rule else MOST_TIMES + 1
        days = repetition.days(first.start_wall.date(), last.date())
        walls = (datetime.combine(day, first.start_wall.time()) for day in days)
        found = list(islice(takewhile(lambda wall: wall <= last, walls), min(count, MOST_TIMES + 1)))
    except (ValueError, TypeError) as error:  # RuleUnreadable is one
        raise RowRefused(
            "unreadable_rule", f"the rule of repetition: {error}", column="RRULE", value=_shown(rule)
        ) from None
    if len(found) > MOST_TIMES:
        raise RowRefused("too_many_times", f"it is repeated more than {MOST_TIMES} times", column="RRULE")
    return iter(found)


def _shown(rule: Any) -> str:
    if not isinstance(rule, vRecur):
        return str(rule)
    text: bytes = rule.to_ical()  # type: ignore[no-untyped-call]
    return text.decode()


def _listed(event: Event, name: str, first: Happening) -> Iterator[datetime]:
    held = event.get(name)
    for one in held if isinstance(held, list) else [held] if held is not None else []:
        try:
            moments = [each.dt for each in one.dts]
        except (AttributeError, BrokenCalendarProperty):
            raise RowRefused("unreadable_date", f"{name} holds no days or times", column=name, value=one) from None
        for moment in moments:
            start = moment[0] if isinstance(moment, tuple) else moment
            yield first.wall(first.begin(start))


def _wall(moment: date, zone: tzinfo) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _utc(wall: datetime, zone: tzinfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)
