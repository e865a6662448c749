"""Which month a page shows, and how to get to the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from service.api.attendance_asked import month_of, whole_month
from service.api.selection import FIRST_DAY, LAST_DAY


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month."""

    first: date
    last: date

    @property
    def text(self) -> str:
        """As addresses hold it."""
        return self.first.strftime("%Y-%m")

    @property
    def shown(self) -> str:
        """As people write it."""
        return self.first.strftime("%m/%Y")

    @property
    def before(self) -> str:
        """The month before; empty at the beginning of what may be asked for."""
        return (self.first - timedelta(days=1)).strftime("%Y-%m") if self.first > FIRST_DAY else ""

    @property
    def after(self) -> str:
        """The month after; empty at the end of what may be asked for."""
        return (self.last + timedelta(days=1)).strftime("%Y-%m") if self.last < LAST_DAY else ""


def read_month(text: str | None, otherwise: date) -> Month:
    """Read ``YYYY-MM``; what cannot be understood is the month of ``otherwise``."""
    return Month(*(month_of(text) or whole_month(otherwise)))
