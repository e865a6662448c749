"""What stands right of the days in a timesheet: days by sign, then what was measured. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.attendance.figures import Figures
from service.attendance.marks import HALF, LETTERS, Sign
from service.attendance.words import N_
from service.attendance.writers.day_columns import Form

COUNTED = (
    Sign.WORK, Sign.DUTY_TRIP, Sign.STUDY, Sign.ANNUAL, Sign.SICK, Sign.SICK_CHILD, Sign.MATERNITY, Sign.COMPENSATORY,
    Sign.UNPAID, Sign.OTHER_LEAVE, Sign.HOLIDAY, Sign.ABSENT, Sign.UNKNOWN,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """A column of sums; ``value`` takes it from figures: minutes, hours or a number of times; None: nobody can say."""

    heading: str
    form: Form
    value: Callable[[Figures], float | None]


def _waiting_min(figures: Figures) -> float | None:
    return figures.left_waiting.total_seconds() / 60 if figures.is_waiting_told else None


MEASURED = (
    Measured(N_("Late (days)"), Form.COUNT, lambda f: f.late_count),
    Measured(N_("Late (minutes)"), Form.MINUTES, lambda f: f.late.total_seconds() / 60),
    Measured(N_("Early (days)"), Form.COUNT, lambda f: f.early_count),
    Measured(N_("Early (minutes)"), Form.MINUTES, lambda f: f.early.total_seconds() / 60),
    Measured(N_("Left the post (times)"), Form.COUNT, lambda f: f.left_count),
    Measured(N_("Left the post (minutes)"), Form.MINUTES, lambda f: f.left.total_seconds() / 60),
    Measured(N_("Left while citizens waited (minutes)"), Form.MINUTES, _waiting_min),
    Measured(
        N_("Left, not known whether anybody waited (minutes)"),
        Form.MINUTES,
        lambda f: f.left_untold.total_seconds() / 60,
    ),
    Measured(N_("Worked (hours)"), Form.HOURS, lambda f: f.worked.total_seconds() / 3600),
    Measured(N_("Time to be there (hours)"), Form.HOURS, lambda f: f.required.total_seconds() / 3600),
    Measured(N_("No data (hours)"), Form.HOURS, lambda f: f.no_data.total_seconds() / 3600),
)
COVERAGE = N_("Coverage")
"""Stands right after the last two of `MEASURED`, from which it comes."""


def count_formula(sign: Sign, cells: str) -> str:
    """Return the spreadsheet formula that counts a sign's days, halves as halves.

    Args:
        cells: The days of one row, like ``D8:AH8``.
    """
    letter = LETTERS[sign].replace("?", "~?")
    if sign is Sign.WORK:
        halves = f'COUNTIF({cells},"{HALF}*")-COUNTIF({cells},"* {HALF}*")'
    elif sign is Sign.ABSENT:
        halves = f'COUNTIF({cells},"{HALF}")+COUNTIF({cells},"*{HALF}{letter}*")'
    else:
        halves = f'COUNTIF({cells},"*{HALF}{letter}*")'
    return f'=COUNTIF({cells},"{letter}")+0.5*({halves})'


def coverage_formula(required: str, no_data: str) -> str:
    """Return the spreadsheet formula of coverage, from two cells of lengths."""
    return f"=IF({required}=0,1,1-{no_data}/{required})"
