"""Files as clerks hand them in, and the officers that they speak of."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl

from service.attendance.imports.results import ImportContext, ImportResult
from service.attendance.intervals import Interval

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICERS = {
    "CB01": "Nguyễn Văn Đức",
    "CB02": "Trần Thị Ộng",
    "CB03": "Lê Hoà",
    "CB04": "Lê Hoà",
    "0012": "Phạm Thị Hằng",
}
DESKS = {("cam-1", "q1"): "Quầy 1", ("cam-1", "q2"): "Quầy 2", ("cam-2", "q1"): "Quầy 3"}
HOLDERS = {("cam-1", "q1"): ("CB01",), ("cam-1", "q2"): ("CB02",), ("cam-2", "q1"): ("CB03",)}
TITLES = ("officer_id", "kind", "from", "to", "part", "note")


def sessions_of(officer_id: str, day: date) -> tuple[Interval, ...]:
    """07:30-11:30 and 13:30-17:00, Saturdays only the morning, Sundays nothing."""
    if day.weekday() == 6:
        return ()
    shifts = [(time(7, 30), time(11, 30)), (time(13, 30), time(17))][: 1 if day.weekday() == 5 else 2]
    return tuple(Interval(*(datetime.combine(day, at, ZONE).astimezone(UTC) for at in shift)) for shift in shifts)


CONTEXT = ImportContext(OFFICERS, ZONE, sessions_of=sessions_of, desks=DESKS, officers_of_desk=HOLDERS)


def csv_of(*rows: Sequence[str], separator: str = ",") -> bytes:
    return "\r\n".join(separator.join(row) for row in rows).encode()


def xlsx_of(*rows: Sequence[Any], merged: Sequence[str] = (), before: Sequence[str] = ()) -> bytes:
    """A workbook with the rows on its last sheet, after empty sheets of other names."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in before:
        book.create_sheet(name).append(["something", "else"])
    sheet = book.create_sheet("Nghỉ phép")
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    book.close()
    return out.getvalue()


def windows_1258(text: str) -> bytes:
    """Vietnamese as Windows-1258 writes it: letters with their hats and horns, tones after them."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    apart = ""
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(part for part in parts if part in tones)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        apart += base + tone
    return apart.encode("cp1258")


def local(day: int, hour: int = 0, minute: int = 0, *, month: int = 3, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def whole_days(first: int, last: int, month: int = 3) -> Interval:
    return Interval(local(first, month=month), local(last, month=month) + timedelta(days=1))


def codes(result: ImportResult[Any]) -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in result.faults]


def noted(result: ImportResult[Any]) -> list[tuple[int, str]]:
    return [(note.row, note.code) for note in result.notes]


def with_(**changes: Any) -> ImportContext:
    return replace(CONTEXT, **changes)
