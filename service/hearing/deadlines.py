"""How much time the person and the inspection have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.attendance.calendar import WorkCalendar

SEARCHED_DAYS = 120
"""A calendar with fewer working days than are wanted in so many is no calendar: then every day counts."""


@dataclass(frozen=True, slots=True)
class HearingTimes:
    """The deadlines of hearings that are opened from now on; a running one keeps its own.

    Attributes:
        respond_days: Working days that the person has to answer.
        appeal_days: Days in which the person may appeal.
        decide_days: Days after which the inspection is late with a conclusion.
    """

    respond_days: int = 5
    appeal_days: int = 10
    decide_days: int = 10

    @property
    def decide_within(self) -> timedelta:
        """How long the inspection has for a conclusion."""
        return timedelta(days=self.decide_days)


def end_of_working_day(now: datetime, days: int, calendar: WorkCalendar | None, zone: ZoneInfo) -> datetime:
    """Return the midnight that ends the last of so many working days after today, in UTC; the days are the site's.

    Args:
        calendar: The site's; None where it is not known: then every day counts.
    """
    today, left = now.astimezone(zone).date(), days
    if calendar is not None:
        for number in range(1, SEARCHED_DAYS + 1):
            day = today + timedelta(days=number)
            left -= bool(calendar.day(day).shifts)
            if left == 0:
                return _midnight_after(day.toordinal(), zone)
    return _midnight_after(today.toordinal() + days, zone)


def end_of_day(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the midnight that ends the day so many days after today, in UTC."""
    return _midnight_after(now.astimezone(zone).date().toordinal() + days, zone)


def _midnight_after(ordinal: int, zone: ZoneInfo) -> datetime:
    day = datetime.fromordinal(ordinal + 1).date()
    return datetime.combine(day, time(), zone).astimezone(UTC)
