"""Times, lengths and numbers as people here write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

Speak = Callable[[str], str]


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return the time of day, to the second."""
    return moment.astimezone(zone).strftime("%H:%M:%S")


def clock_short(moment: datetime, zone: ZoneInfo) -> str:
    """Return the time of day, to the minute."""
    return moment.astimezone(zone).strftime("%H:%M")


def day(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day of a moment, dd/mm/yyyy."""
    return moment.astimezone(zone).strftime("%d/%m/%Y")


def date_words(value: date, language: str) -> str:
    """Return weekday and date."""
    weekday = format_date(value, "EEEE", locale=language)
    return f"{weekday}, {value.strftime('%d/%m/%Y')}"


def length(value: timedelta, speak: Speak) -> str:
    """Return a length of time in its two largest units."""
    seconds = round(value.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours and minutes:
        return speak("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    if hours:
        return speak("%(hours)s h") % {"hours": hours}
    if minutes and rest:
        return speak("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    if rest:
        return speak("%(seconds)s s") % {"seconds": rest}
    return speak("%(minutes)s min") % {"minutes": minutes}


def elapsed(value: timedelta, speak: Speak) -> str:
    """Return how long something went on by the calendar; from two days on in days and hours.

    Not for time worked: there a day is not of 24 hours.
    """
    hours = round(value.total_seconds() / 3600)
    if hours < 48:
        return length(value, speak)
    if hours % 24:
        return speak("%(days)s days %(hours)s h") % {"days": hours // 24, "hours": hours % 24}
    return speak("%(days)s days") % {"days": hours // 24}


def hours(value: timedelta) -> str:
    """Return a length of time in the least space: hours and minutes, 167:05."""
    minutes = round(value.total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def decimal(value: float, language: str, places: int = 2) -> str:
    """Return a number with the decimal sign of the language."""
    return str(format_decimal(value, format="0." + "0" * places if places else "0", locale=language))


def whole(value: int, language: str) -> str:
    """Return a whole number with its thousands grouped."""
    return str(format_decimal(value, locale=language))


def size(size_bytes: int, language: str) -> str:
    """Return a file size in kB or MB."""
    if size_bytes < 1_000_000:
        return f"{decimal(size_bytes / 1000, language, 0)} kB"
    return f"{decimal(size_bytes / 1_000_000, language, 1)} MB"
