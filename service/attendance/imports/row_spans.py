"""From when to when a row is: whole days, half days, or times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.attendance.calendar import moment_at
from service.attendance.imports.dates import WANTED_CLOCK, WANTED_DAY, DayOrder, When, read_clock, read_when
from service.attendance.imports.halves import PART_OF, Part, half_of
from service.attendance.imports.results import ImportContext
from service.attendance.imports.tables import Row
from service.attendance.imports.wording import plain
from service.attendance.intervals import Interval

LONGEST = timedelta(days=800)
"""Two years of study and some. What is longer is a mistyped year."""
SPAN_TITLES = {
    "from": (
        "from",
        "Từ ngày",
        "Từ",
        "Ngày bắt đầu",
        "Bắt đầu",
        "Ngày",
        "Ngày nghỉ",
        "start",
        "start date",
        "from date",
    ),
    "to": ("to", "Đến ngày", "Đến", "Đến hết ngày", "Ngày kết thúc", "Kết thúc", "end", "end date", "to date"),
    "from_time": ("from_time", "Từ giờ", "Giờ bắt đầu", "start time"),
    "to_time": ("to_time", "Đến giờ", "Giờ kết thúc", "end time"),
    "part": ("part", "Buổi", "Buổi nghỉ", "half", "session"),
    "note": ("note", "Ghi chú", "Lý do", "Nội dung", "notes", "reason"),
}


@dataclass(frozen=True, slots=True)
class RowSpan:
    """The time that a row is about.

    Attributes:
        part: Which half of the day; ``WHOLE`` for whole days and for times.
    """

    span: Interval
    begin: When
    end: When
    part: Part

    @property
    def has_times(self) -> bool:
        """Whether times are written, so that it is not made of days."""
        return self.begin.clock is not None


def read_span(row: Row, officer_id: str, order: DayOrder, context: ImportContext) -> RowSpan:
    """Read the days of a row, ``to`` included, with its times or its half of a day.

    Raises:
        RowRefused: Something is missing or unreadable, or it ends before it starts.
    """
    begin, end = _ends(row, order)
    part = PART_OF.get(plain(row.text("part")))
    if part is None:
        raise row.refused("part", "unknown_part", "wanted morning (sáng), afternoon (chiều), or nothing for whole days")
    if begin.clock is not None:
        if part is not Part.WHOLE:
            raise row.refused("part", "part_and_time", "there are times as well: leave one of the two empty")
        start, stop = begin.moment(context.zone), end.moment(context.zone)
    else:
        next_day = end.day + timedelta(days=1)
        start, stop = moment_at(begin.day, 0, context.zone), moment_at(next_day, 0, context.zone)
    _refuse_backwards(row, start, stop)
    span = Interval(start, stop) if part is Part.WHOLE else _half(row, officer_id, (begin, end), part, context)
    return RowSpan(span, begin, end, part)


def overlap(one: Interval, other: Interval) -> bool:
    """Tell whether two stretches have time in common."""
    return one.start < other.end and other.start < one.end


def _ends(row: Row, order: DayOrder) -> tuple[When, When]:
    begin, end = read_when(row, "from", order), read_when(row, "to", order)
    if begin is None:
        raise row.refused("from", "missing", f"the day is missing: {WANTED_DAY}")
    begin = _with_clock(row, "from_time", begin)
    end = _with_clock(row, "to_time", end or When(begin.day))
    if (begin.clock is None) != (end.clock is None):
        missing = "from" if begin.clock is None else "to"
        raise row.refused(
            missing,
            "missing_time",
            f"only one of the two times is there: write 'from' and 'to' both with {WANTED_CLOCK[7:]}",
        )
    return begin, end


def _with_clock(row: Row, column: str, when: When) -> When:
    clock = read_clock(row, column)
    if clock is None:
        return when
    if when.clock is not None and when.clock != clock:
        raise row.refused(column, "two_times", f"the day has another time beside it ({when.clock:%H:%M})")
    return When(when.day, clock, when.zone)


def _half(row: Row, officer_id: str, ends: tuple[When, When], part: Part, context: ImportContext) -> Interval:
    day = ends[0].day
    if ends[1].day != day:
        raise row.refused("part", "part_of_several_days", "half days stand in rows of their own, one for each day")
    half = half_of(context.sessions_of(officer_id, day), part, context.zone)
    if half is None:
        raise row.refused("part", "no_such_half", f"{officer_id} has no working time on the {part} of {day}")
    return half


def _refuse_backwards(row: Row, start: datetime, end: datetime) -> None:
    if end <= start:
        raise row.refused("to", "end_before_start", "it ends before it starts, or at the same moment")
    if end - start > LONGEST:
        raise row.refused("to", "too_long", f"it lasts {(end - start).days} days, more than {LONGEST.days}: mistyped?")
