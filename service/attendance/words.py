"""The reader's language, as writers and plots of attendance are handed it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

Speak = Callable[[str], str]
"""Puts a message into the reader's words."""


def N_(message: str) -> str:
    """Mark a message for the catalogues; it is put into words where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Words:
    """A language.

    Attributes:
        language: ``vi`` or ``en``.
        speak: Its catalogue.
    """

    language: str
    speak: Speak

    def weekday(self, day: date) -> str:
        """Return the shortest name of the day of the week: T2, CN; Mo, Su."""
        return str(format_date(day, "EEEEEE", locale=self.language))

    def number(self, value: float, places: int = 0) -> str:
        """Return a number with the signs of the language; whole thousands are grouped."""
        return str(
            format_decimal(round(value, places), format=f"#,##0.{'0' * places}".rstrip("."), locale=self.language)
        )

    def share(self, value: float) -> str:
        """Return a share of 0..1 in percent; what is not whole is never shown as 100, nor what is something as 0."""
        percent = value * 100
        if 99.5 <= percent < 100:
            percent = 99.9 if percent >= 99.95 else percent
            return f"{self.number(percent, 1)} %"
        if 0 < percent < 0.5:
            return f"{self.number(max(percent, 0.1), 1)} %"
        return f"{self.number(percent)} %"
