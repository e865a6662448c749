"""Stamps of a time clock, from a table or from a ZKTeco ``attlog.dat``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.attendance.facts import Direction, Punch
from service.attendance.imports.dates import DayOrder, When, order_of_days, read_clock, read_when, when_of
from service.attendance.imports.encodings import decoded
from service.attendance.imports.people import ID_TITLES, NAME_TITLES, NobodyFound, Staff
from service.attendance.imports.results import ImportContext, ImportResult, RowFault, RowRefused
from service.attendance.imports.stamp_order import Stamp, sorted_out
from service.attendance.imports.tables import Columns, Row, check_size, read_table
from service.attendance.imports.wording import plain
from service.attendance.imports.workbook import EPOCH, OLE_START, ZIP_START

PUNCH_COLUMNS = Columns(
    titles={
        "officer_id": (
            "user_id", "Mã chấm công", "Mã CC", "AC-No.", "Số ID", "PIN", "enroll no", "no.", *ID_TITLES,
        ),
        "name": NAME_TITLES,
        "at": ("at", "Thời gian", "Ngày giờ", "Giờ chấm", "Thời điểm",
            "time", "datetime", "date time", "date/time", "timestamp"),
        "day": ("day", "Ngày", "Ngày chấm", "date"),
        "clock": ("clock", "Giờ", "hour", "time of day"),
        "direction": ("direction", "status", "Trạng thái", "Vào/Ra", "Kiểu", "state", "in/out", "Loại"),
        "device": ("device", "Máy", "Máy chấm công", "Thiết bị", "Số máy", "device id", "machine", "location id"),
    },
    wanted=(("officer_id", "name"), ("at", "day")),
)  # fmt: skip
STATUS_OF = {
    "0": Direction.IN,
    "1": Direction.OUT,
    "2": Direction.OUT,  # a break begins
    "3": Direction.IN,  # it is over
    "4": Direction.IN,  # overtime begins
    "5": Direction.OUT,
    "255": Direction.UNKNOWN,
}
"""As ZKTeco devices number what was pressed."""
DIRECTION_OF = {
    plain(word): direction
    for direction, words in (
        (Direction.IN, ("in", "vào", "vào làm", "check-in", "checkin", "c/in", "đến", "i", "overtime in", "break in")),
        (
            Direction.OUT,
            ("out", "ra", "ra về", "check-out", "checkout", "c/out", "về", "o", "overtime out", "break out"),
        ),
        (Direction.UNKNOWN, ("", "unknown", "không rõ")),
    )
    for word in words
} | STATUS_OF
_ATTLOG = re.compile(r"\s*\S+\t\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{2}(:\d{2})?\s*(\t.*)?")
_LINES_TRIED = 5


@dataclass(frozen=True, slots=True)
class _Reading:
    """What every stamp is read with."""

    context: ImportContext
    staff: Staff
    order: DayOrder
    source: str


def read_punches(content: bytes, name: str, context: ImportContext) -> ImportResult[Punch]:
    """Read stamps from CSV, XLSX or attlog.dat; the content says which, not the name.

    They come out by time; what was pressed twice is taken once.

    Raises:
        ImportUnreadable: The file as a whole is none of these.
    """
    check_size(content)
    staff = Staff.of(context.officers)
    is_text = not content.startswith((ZIP_START, OLE_START))
    lines = decoded(content).splitlines() if is_text else []
    if _is_attlog(lines):
        reading = _Reading(context, staff, DayOrder(), name)
        return _collected(_of_lines(lines, reading), (), context)
    table = read_table(content, PUNCH_COLUMNS)
    reading = _Reading(context, staff, order_of_days(table.rows, ("at", "day")), name)
    read = _collected(_of_rows(table.rows, reading), table.faults, context)
    return ImportResult(read.accepted, read.faults, (*table.notes, *read.notes))


def _is_attlog(lines: Sequence[str]) -> bool:
    """Tell whether some of the first lines are stamps; a damaged first line does not make it another format."""
    return any(_ATTLOG.fullmatch(line) for line in [line for line in lines if line.strip()][:_LINES_TRIED])


def _collected(
    read: Iterator[Stamp | RowFault], faults: Sequence[RowFault], context: ImportContext
) -> ImportResult[Punch]:
    stamps: list[Stamp] = []
    refused = list(faults)
    for one in read:
        if isinstance(one, RowFault):
            refused.append(one)
        else:
            stamps.append(one)
    return sorted_out(stamps, refused, context.now)


def _of_lines(lines: Sequence[str], reading: _Reading) -> Iterator[Stamp | RowFault]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield Stamp(number, _punch_of_line(line, reading))
            except RowRefused as refused:
                yield refused.at(number)


def _punch_of_line(line: str, reading: _Reading) -> Punch:
    fields = [field.strip() for field in line.split("\t")]
    if len(fields) < 2:
        raise RowRefused("broken_line", "wanted user id, tab, time, tab, device, tab, status", value=line)
    user, text = fields[:2]
    when = when_of(text, EPOCH) if text[:4].isdigit() else None
    if when is None:
        raise RowRefused(
            "unreadable_date", f"{text[:40]!r} is no time as 2026-03-31 07:25:10", column="time", value=text
        )
    device, status = [*fields[2:4], "", ""][:2]
    direction = STATUS_OF.get(status) if status else Direction.UNKNOWN
    if direction is None:
        raise RowRefused(
            "unknown_direction", f"{status[:20]!r} is no status: wanted 0 to 5 or 255", column="status", value=status
        )
    return Punch(_officer_of(user, reading), when.moment(reading.context.zone), direction, device, reading.source)


def _officer_of(user: str, reading: _Reading) -> str:
    users = reading.context.clock_users
    if user in users:
        return users[user]
    try:
        return reading.staff.by_id(user)
    except NobodyFound as error:
        message = f"{error}; wanted an officer's id, or a user of the time clock that is assigned to one"
        raise RowRefused(error.code, message, column="user_id", value=user) from None


def _of_rows(rows: Sequence[Row], reading: _Reading) -> Iterator[Stamp | RowFault]:
    for row in rows:
        try:
            yield Stamp(row.number, _punch_of_row(row, reading))
        except RowRefused as refused:
            yield refused.at(row.number)


def _punch_of_row(row: Row, reading: _Reading) -> Punch:
    user = row.text("officer_id")
    assigned = reading.context.clock_users.get(user)
    officer_id = assigned if assigned is not None else reading.staff.of_row(row)
    at = _when_of_row(row, reading.order).moment(reading.context.zone)
    said = plain(row.text("direction"))
    if said not in DIRECTION_OF:
        raise row.refused("direction", "unknown_direction", "wanted in (vào), out (ra), 0, 1, or nothing")
    return Punch(officer_id, at, DIRECTION_OF[said], row.text("device"), reading.source)


def _when_of_row(row: Row, order: DayOrder) -> When:
    column = "at" if row.cells.get("at") is not None else "day"
    # a column called time may hold the time of day alone, beside one with the day
    if column == "at" and row.cells.get("day") is not None:
        clock = read_clock(row, "at")
        day = read_when(row, "day", order)
    else:
        day = read_when(row, column, order)
        clock = None if column == "at" else read_clock(row, "clock")
    if day is None:
        raise row.refused(column, "missing", "the time is missing: wanted 2026-03-31 07:25:10")
    if clock is None and day.clock is None:
        raise row.refused(column, "missing_time", "there is a day without a time: wanted 2026-03-31 07:25:10")
    return When(day.day, clock or day.clock, day.zone)
