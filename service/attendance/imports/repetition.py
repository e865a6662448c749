"""On which days a rule of repetition comes true (RFC 5545, 3.3.10), for rules by day, week, month and year.

The work is bounded by the days between the first and the last: a rule that never comes true costs no more than another.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_KNOWN_PARTS = frozenset(("FREQ", "INTERVAL", "UNTIL", "COUNT", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"))
_DAY = timedelta(days=1)


class RuleUnreadable(ValueError):
    """The rule cannot be followed; the message says why."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """A rule of repetition, without its end.

    Attributes:
        frequency: ``DAILY``, ``WEEKLY``, ``MONTHLY`` or ``YEARLY``.
        week_start: 0 = Monday.
        weekdays: (n, weekday): the n-th of its month or year, from the end where negative, all where 0.
        month_days: From the end of the month where negative.
        positions: Which of a period's days count, from 1; from the end where negative.
    """

    frequency: str
    interval: int
    week_start: int
    weekdays: tuple[tuple[int, int], ...]
    month_days: tuple[int, ...]
    months: tuple[int, ...]
    positions: tuple[int, ...]

    def days(self, first: date, last: date) -> Iterator[date]:
        """Return the days on which it comes true, from ``first``, where it begins, to ``last``."""
        whole = self._with_defaults(first)
        for period in whole._periods(first, last):
            chosen = [day for day in period if whole._fits(day)]
            for day in _at(chosen, self.positions) if self.positions else chosen:
                if first <= day <= last:
                    yield day

    def _with_defaults(self, first: date) -> Repetition:
        """Take what the rule leaves open from its first day."""
        weekdays, month_days, months = self.weekdays, self.month_days, self.months
        if not weekdays and not month_days:
            if self.frequency == "WEEKLY":
                weekdays = ((0, first.weekday()),)
            elif self.frequency in ("MONTHLY", "YEARLY"):
                month_days = (first.day,)
                months = months or ((first.month,) if self.frequency == "YEARLY" else ())
        return Repetition(self.frequency, self.interval, self.week_start, weekdays, month_days, months, self.positions)

    def _periods(self, first: date, last: date) -> Iterator[list[date]]:
        begin = first
        if self.frequency == "WEEKLY":
            begin = first - (first.weekday() - self.week_start) % 7 * _DAY
        elif self.frequency == "MONTHLY":
            begin = first.replace(day=1)
        elif self.frequency == "YEARLY":
            begin = first.replace(month=1, day=1)
        while begin <= last:
            length = self._length(begin)
            yield [begin + n * _DAY for n in range(length)]
            begin = self._next(begin)

    def _length(self, begin: date) -> int:
        if self.frequency == "MONTHLY":
            return monthrange(begin.year, begin.month)[1]
        if self.frequency == "YEARLY":
            return (date(begin.year, 12, 31) - begin).days + 1
        return 7 if self.frequency == "WEEKLY" else 1

    def _next(self, begin: date) -> date:
        try:
            if self.frequency == "MONTHLY":
                years, month = divmod(begin.month - 1 + self.interval, 12)
                return date(begin.year + years, month + 1, 1)
            if self.frequency == "YEARLY":
                return date(begin.year + self.interval, 1, 1)
            return begin + self.interval * (7 if self.frequency == "WEEKLY" else 1) * _DAY
        except (ValueError, OverflowError):
            return date.max  # beyond any calendar

    def _fits(self, day: date) -> bool:
        if self.months and day.month not in self.months:
            return False
        length = monthrange(day.year, day.month)[1]
        if self.month_days and not {day.day, day.day - length - 1} & set(self.month_days):
            return False
        return not self.weekdays or any(
            day.weekday() == weekday and (n == 0 or n in self._counts(day)) for n, weekday in self.weekdays
        )

    def _counts(self, day: date) -> tuple[int, int]:
        """Return the how-manieth of its weekday a day is, from the beginning and from the end."""
        if self.frequency == "YEARLY" and not self.months:
            number, length = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
        else:
            number, length = day.day, monthrange(day.year, day.month)[1]
        return (number - 1) // 7 + 1, -((length - number) // 7 + 1)


def repetition_of(rule: Mapping[str, Sequence[Any]]) -> Repetition:
    """Read a rule as the package icalendar holds it: lists by part.

    Raises:
        RuleUnreadable: It repeats within a day, or has parts that are not followed here.
    """
    parts = {str(part).upper(): values for part, values in rule.items()}
    frequency = str(parts.get("FREQ", [""])[0]).upper()
    if frequency not in _FREQUENCIES:
        raise RuleUnreadable("wanted an event that is repeated by day, week, month or year")
    if unknown := sorted(set(parts) - _KNOWN_PARTS):
        raise RuleUnreadable(f"{', '.join(unknown)} is not understood here")
    weekdays = tuple(_weekday(str(value)) for value in parts.get("BYDAY", ()))
    if any(n for n, _ in weekdays) and frequency in ("DAILY", "WEEKLY"):
        raise RuleUnreadable("BYDAY counts weekdays, which only a month or a year has several of")
    interval = _numbers(parts.get("INTERVAL", [1]), range(1, 10_000))[0]
    week_start = _weekday(str(parts.get("WKST", ["MO"])[0]))[1]
    return Repetition(
        frequency,
        interval,
        week_start,
        weekdays,
        _numbers(parts.get("BYMONTHDAY", ()), range(-31, 32)),
        _numbers(parts.get("BYMONTH", ()), range(1, 13)),
        _numbers(parts.get("BYSETPOS", ()), range(-366, 367)),
    )


def _weekday(text: str) -> tuple[int, int]:
    match = _BY_DAY.fullmatch(text.upper())
    if match is None:
        raise RuleUnreadable(f"{text!r} is no day of the week")
    return int(match[1] or 0), _WEEKDAYS.index(match[2])


def _numbers(values: Iterable[Any], within: range) -> tuple[int, ...]:
    try:
        numbers = tuple(int(value) for value in values)
    except (TypeError, ValueError):
        raise RuleUnreadable(f"{values!r} holds no whole numbers") from None
    if not all(number in within and number for number in numbers):
        raise RuleUnreadable(f"{numbers} are not all between {within.start} and {within.stop - 1}")
    return numbers


def _at(days: Sequence[date], positions: Sequence[int]) -> list[date]:
    places = {position - 1 if position > 0 else len(days) + position for position in positions}
    return [day for place, day in enumerate(days) if place in places]
