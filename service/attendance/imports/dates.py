"""Days and times as people and spreadsheets write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from service.attendance.imports.tables import Row
from service.attendance.imports.workbook import EPOCH, Value

FIRST_YEAR, LAST_YEAR = 2000, 2100
A_DAY = timedelta(days=1)
_CLOCK = r"(\d{1,2})(?:\s*[:hg]\s*(\d{2})?(?::(\d{2})(?:[.,](\d{1,6}))?)?)\s*(am|pm|sa|ch)?"
_OFFSET = r"\s*(z|[+-]\d{2}:?\d{2})?"
_ISO = re.compile(
    rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}})(?:(?:t|\s+){_CLOCK}{_OFFSET})?", re.IGNORECASE | re.ASCII
)
_DAY_FIRST = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}})(?:,?\s+{_CLOCK})?", re.IGNORECASE | re.ASCII)
_CLOCK_THEN_DAY = re.compile(
    rf"{_CLOCK},?\s+(?:ngày\s+)?(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}})", re.IGNORECASE | re.ASCII
)
_CLOCK_ALONE = re.compile(_CLOCK, re.IGNORECASE | re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(\s.*)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_DAY_CELLS = re.compile(r"(?:.*\s)?(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(?:\s.*)?", re.ASCII)
WANTED_DAY = "wanted a day as 31/03/2026 or 2026-03-31"
WANTED_CLOCK = "wanted a time as 07:30"


@dataclass(frozen=True, slots=True)
class When:
    """A day, perhaps with a time.

    Attributes:
        clock: None where only the day is written.
        zone: Where the time names its offset; None: the import's zone.
    """

    day: date
    clock: time | None = None
    zone: tzinfo | None = None

    def moment(self, zone: ZoneInfo) -> datetime:
        """Return it in UTC; of a day alone its first moment."""
        wall = datetime.combine(self.day, self.clock or time(), self.zone or zone)
        return wall.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class DayOrder:
    """Whether the dates of a file can be trusted to have the day before the month.

    Attributes:
        month_first_row: A row with a date like 03/25/2026; 0: there is none.
        swapped_row: A row with a text like 25/03/2026, where every text has a day above 12 and every date that the
            spreadsheet understood has none: it then took 03/04/2026, meant as 3 April, for 4 March. 0: not so.
    """

    month_first_row: int = 0
    swapped_row: int = 0


def order_of_days(rows: Iterable[Row], columns: Sequence[str]) -> DayOrder:
    """Look at all dates of a file for signs of the month before the day."""
    month_first, above_12, text_within_12, cell_above_12, cells = 0, 0, False, False, 0
    for row in rows:
        for column in columns:
            value = row.cells.get(column)
            if isinstance(value, date):  # a datetime is one
                cells, cell_above_12 = cells + 1, cell_above_12 or value.day > 12
            match = _DAY_CELLS.fullmatch(value.strip()) if isinstance(value, str) else None
            if match is None:
                continue
            first, second = int(match[1]), int(match[2])
            if first <= 12 < second <= 31:
                month_first = month_first or row.number
            above_12 = above_12 or (row.number if first > 12 else 0)
            text_within_12 |= first <= 12
    is_swapped = bool(above_12 and cells) and not text_within_12 and not cell_above_12
    return DayOrder(month_first, above_12 if is_swapped else 0)


def read_when(row: Row, column: str, order: DayOrder) -> When | None:
    """Return what a cell says; None where it is empty.

    Raises:
        RowRefused: It is no day, or may be one of two.
    """
    value = row.value(column)
    if value is None:
        return None
    when = when_of(value, row.epoch)
    if when is None:
        is_short = isinstance(value, str) and _SHORT_YEAR.fullmatch(value) is not None
        if is_short:
            raise row.refused(column, "ambiguous_date", f"the year of {value!r} has two digits: {WANTED_DAY}")
        raise row.refused(column, "unreadable_date", f"{str(value)[:40]!r} is no day: {WANTED_DAY}")
    if not FIRST_YEAR <= when.day.year <= LAST_YEAR:
        raise row.refused(
            column, "date_out_of_range", f"{when.day} is not between {FIRST_YEAR} and {LAST_YEAR}: mistyped?"
        )
    _refuse_unsure(row, column, value, when, order)
    return when


def _refuse_unsure(row: Row, column: str, value: Value, when: When, order: DayOrder) -> None:
    if when.day.day > 12 or when.day.day == when.day.month:
        return
    if isinstance(value, str) and order.month_first_row and _DAY_CELLS.fullmatch(value):
        raise row.refused(
            column,
            "ambiguous_date",
            f"{value!r} may be {when.day} or {_turned(when.day)}: row {order.month_first_row} has the month before the "
            "day; write all days as 2026-03-31",
        )
    if isinstance(value, date) and order.swapped_row:
        raise row.refused(
            column,
            "ambiguous_date",
            f"the cell says {when.day}, but may be meant as {_turned(when.day)}: days above 12 are text here (row "
            f"{order.swapped_row}), as where a spreadsheet set to month before day was typed into; write all days as "
            "2026-03-31",
        )


def _turned(day: date) -> date:
    return date(day.year, day.day, day.month)


def read_clock(row: Row, column: str) -> time | None:
    """Return the time of day in a cell; None where it is empty. Raises `RowRefused`."""
    value = row.value(column)
    if value is None:
        return None
    clock = clock_of(value)
    if clock is None:
        raise row.refused(column, "unreadable_time", f"{str(value)[:40]!r} is no time of day: {WANTED_CLOCK}")
    return clock


def when_of(value: Value, epoch: datetime) -> When | None:
    """Read a day, perhaps with a time; None where it is none."""
    if isinstance(value, datetime):
        whole = value.replace(tzinfo=None)
        return When(whole.date(), None if whole.time() == time() else whole.time())
    if isinstance(value, date):
        return When(value)
    if value is None or isinstance(value, bool | time | timedelta):
        return None
    if isinstance(value, int | float):
        return _of_serial(float(value), epoch)
    text = str(value).strip()
    if _SERIAL.fullmatch(text):
        return _of_serial(float(text.replace(",", ".")), epoch)
    try:
        return _of_text(text)
    except ValueError:  # the 31st of February, 25:00
        return None


def _of_text(text: str) -> When | None:
    if (match := _ISO.fullmatch(text)) is not None:
        year, month, day, *clock, offset = match.groups()
        return When(date(int(year), int(month), int(day)), _clock(clock), _zone(offset))
    if (match := _DAY_FIRST.fullmatch(text)) is not None:
        day, month, year, *clock = match.groups()
        return When(date(int(year), int(month), int(day)), _clock(clock))
    if (match := _CLOCK_THEN_DAY.fullmatch(text)) is not None:
        *clock, day, month, year = match.groups()
        return When(date(int(year), int(month), int(day)), _clock(clock))
    return None


def _of_serial(number: float, epoch: datetime) -> When | None:
    """Excel's days since its epoch; the part of a day is its time, to the second."""
    if not 0 < number < 100_000:
        return None
    moment = epoch + timedelta(seconds=round(number * 86_400))
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return When(moment.date(), None if moment.time() == time() else moment.time())


def clock_of(value: Value) -> time | None:
    """Read a time of day; None where it is none."""
    if isinstance(value, datetime):
        return value.time().replace(tzinfo=None)
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    if isinstance(value, timedelta):
        return _of_length(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_length(timedelta(seconds=round(value * 86_400))) if 0 <= value < 1 else None
    match = _CLOCK_ALONE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        return _clock(list(match.groups())) if match is not None else None
    except ValueError:
        return None


def _of_length(since_midnight: timedelta) -> time | None:
    if not timedelta() <= since_midnight < A_DAY:
        return None
    return (EPOCH + since_midnight).time()


def _clock(parts: Sequence[str | None]) -> time | None:
    hour_text, minute, second, fraction, half = parts
    if hour_text is None:
        return None
    hour = int(hour_text)
    if half is not None:
        if not 1 <= hour <= 12:
            raise ValueError(f"{hour} o'clock {half}")
        hour = hour % 12 + (12 if half.casefold() in ("pm", "ch") else 0)
    return time(hour, int(minute or 0), int(second or 0), int((fraction or "0").ljust(6, "0")))


def _zone(offset: str | None) -> tzinfo | None:
    if offset is None:
        return None
    if offset in "zZ":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def read_number(row: Row, column: str) -> float | None:
    """Return the number in a cell, decimals after a comma or a point; None where it is empty. Raises `RowRefused`."""
    value = row.value(column)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"\d{1,4}(?:[.,]\d{1,3})?", value, re.ASCII):
        return float(value.replace(",", "."))
    raise row.refused(column, "unreadable_number", f"{str(value)[:40]!r} is no number of days: wanted 1, 0,5 or 2.5")
