"""Leave as a table that the import reads back as the same leave."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from xlsxwriter.workbook import Workbook

from service.attendance.calendar import moment_at
from service.attendance.facts import Leave
from service.attendance.imports.wording import guarded

TITLES = ("officer_id", "name", "kind", "from", "to", "document", "note")


def leave_csv(leaves: Iterable[Leave], names: Mapping[str, str], zone: ZoneInfo) -> bytes:
    """Return leave as CSV, UTF-8 with a mark. Nothing in it is a formula.

    Args:
        names: Of officers by id.
        zone: Whose days they are.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(TITLES)
    for row in _rows(leaves, names, zone):
        writer.writerow([cell.isoformat() if isinstance(cell, date) else guarded(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def leave_xlsx(leaves: Iterable[Leave], names: Mapping[str, str], zone: ZoneInfo) -> bytes:
    """Return leave as a workbook, whole days as dates. Nothing in it is a formula.

    Args:
        names: Of officers by id.
        zone: Whose days they are.
    """
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet("leave")
        as_day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, TITLES)
        for number, row in enumerate(_rows(leaves, names, zone), start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, datetime.combine(cell, time()), as_day)
                else:
                    sheet.write_string(number, place, cell)
    return out.getvalue()


def _rows(leaves: Iterable[Leave], names: Mapping[str, str], zone: ZoneInfo) -> Iterator[tuple[str | date, ...]]:
    for leave in leaves:
        begin, end = _ends(leave, zone)
        yield leave.officer_id, names.get(leave.officer_id, ""), str(leave.kind), begin, end, leave.document, leave.note


def _ends(leave: Leave, zone: ZoneInfo) -> tuple[str | date, str | date]:
    """Return the first and the last day of whole days, else both moments with their offset from UTC."""
    begin, end = leave.span.start.astimezone(zone), leave.span.end.astimezone(zone)
    last = end.date() - timedelta(days=1)
    is_whole = (moment_at(begin.date(), 0, zone), moment_at(end.date(), 0, zone)) == (leave.span.start, leave.span.end)
    if is_whole and last >= begin.date():
        return begin.date(), last
    return begin.isoformat(sep=" "), end.isoformat(sep=" ")
