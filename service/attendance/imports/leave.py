"""Leave, duty trips, meetings and training from a table or a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from service.attendance.facts import Leave, LeaveKind
from service.attendance.imports.calendar_file import is_calendar, read_events
from service.attendance.imports.dates import DayOrder, order_of_days, read_number
from service.attendance.imports.halves import Part
from service.attendance.imports.overlaps import Drafted, without_overlaps
from service.attendance.imports.people import ID_TITLES, NAME_TITLES, Staff
from service.attendance.imports.results import ImportContext, ImportResult, RowRefused
from service.attendance.imports.row_spans import SPAN_TITLES, read_span
from service.attendance.imports.tables import Columns, Row, read_table
from service.attendance.imports.wording import KIND_OF, KIND_WORDS, plain
from service.attendance.intervals import Interval

LEAVE_COLUMNS = Columns(
    titles={
        "officer_id": ID_TITLES,
        "name": NAME_TITLES,
        "kind": ("kind", "Loại nghỉ", "Loại", "Hình thức", "Hình thức nghỉ", "Loại phép", "type", "leave type"),
        "days": ("days", "Số ngày", "Số ngày nghỉ", "number of days"),
        "document": ("document", "Số văn bản", "Văn bản", "Số quyết định", "Quyết định", "Số QĐ", "Số hiệu văn bản"),
        **SPAN_TITLES,
    },
    wanted=(("officer_id", "name"), ("kind",), ("from",)),
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What every row is read with."""

    context: ImportContext
    staff: Staff
    order: DayOrder
    source: str


def read_leave(content: bytes, name: str, context: ImportContext) -> ImportResult[Leave]:
    """Read leave from CSV, XLSX or iCalendar; the content says which, not the name.

    Args:
        name: Of the file; it becomes the source of what is read.

    Raises:
        ImportUnreadable: The file as a whole is none of these.
    """
    if is_calendar(content):
        read = read_events(content, name, context)
        return without_overlaps(read.drafts, read.faults, read.notes, context)
    table = read_table(content, LEAVE_COLUMNS)
    reading = _Reading(context, Staff.of(context.officers), order_of_days(table.rows, ("from", "to")), name)
    drafts, faults = [], list(table.faults)
    for row in table.rows:
        try:
            drafts.append(Drafted(row.number, _leave_of(row, reading)))
        except RowRefused as refused:
            faults.append(refused.at(row.number))
    return without_overlaps(drafts, faults, table.notes, context)


def _leave_of(row: Row, reading: _Reading) -> Leave:
    officer_id = reading.staff.of_row(row)
    kind = _kind_of(row)
    span = _span_of(row, officer_id, reading)
    return Leave(officer_id, kind, span, row.text("document"), row.text("note"), reading.source)


def _kind_of(row: Row) -> LeaveKind:
    text = row.text("kind")
    kind = KIND_OF.get(plain(text))
    if kind is None:
        known = ", ".join(f"{words[0]} ({kind})" for kind, words in KIND_WORDS.items())
        if not text:
            raise row.refused("kind", "missing", f"the kind is missing: wanted one of {known}")
        raise row.refused("kind", "unknown_kind", f"{text[:40]!r} is no kind: wanted one of {known}")
    return kind


def _span_of(row: Row, officer_id: str, reading: _Reading) -> Interval:
    told = read_span(row, officer_id, reading.order, reading.context)
    if told.part is not Part.WHOLE:
        _check_days(row, 0.5, 0.5)
    elif not told.has_times and row.text("days"):
        count = (told.end.day - told.begin.day).days + 1
        days = (told.begin.day + timedelta(days=n) for n in range(count))
        _check_days(row, sum(bool(reading.context.sessions_of(officer_id, day)) for day in days), count)
    return told.span


def _check_days(row: Row, least: float, most: float) -> None:
    """Hold the number of days against the dates: it is how a mistyped date shows.

    Some count working days, some all days; a count between both is believed.
    """
    written = read_number(row, "days")
    if written is None or least <= written <= most:
        return
    if written % 1 == 0.5:
        raise row.refused(
            "days", "half_without_part", f"{written:g} days: say with 'part' which half, in a row of its own"
        )
    expected = f"{most:g}" if least == most else f"{least:g} to {most:g}"
    raise row.refused("days", "days_do_not_match", f"{written:g} days, but the dates make {expected}")
