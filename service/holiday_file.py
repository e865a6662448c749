"""An agency's own holidays from a CSV beside the site file: the columns day and name."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

from service.errors import SiteInvalid
from service.site_hours import HolidaysTable, HolidayTable
from service.site_tables import Site

_VIETNAMESE_DAY = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})$")
LONGEST_NAME = 200
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def with_holiday_file(site: Site, path: Path) -> Site:
    """Return the site with the days of its holiday file among its extra holidays: the database has no such file.

    Raises:
        SiteInvalid: The file cannot be read or has faults; all rows that do are named.
    """
    table = site.hours.holidays
    if table.file is None:
        return site
    file = path.parent / table.file
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SiteInvalid([f"{path}: hours.holidays.file: {file}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise SiteInvalid([f"{file}: is not UTF-8; save it again as CSV UTF-8"]) from None
    read = _read(text, file, table)
    merged = HolidaysTable(country=table.country, extra=(*table.extra, *read), working=table.working, swaps=table.swaps)
    return site.model_copy(update={"hours": site.hours.model_copy(update={"holidays": merged})})


def _read(text: str, file: Path, table: HolidaysTable) -> list[HolidayTable]:
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    if rows.fieldnames is None or not {"day", "name"} <= set(rows.fieldnames):
        raise SiteInvalid([f"{file}:1: wanted the columns day and name, got {', '.join(rows.fieldnames or ())}"])
    named = _YEAR.search(file.stem)
    year = None if named is None else int(named.group(1))
    elsewhere = {holiday.day for holiday in table.extra}
    found: dict[date, HolidayTable] = {}
    faults = []
    try:
        for row in rows:
            day, name = _date(row["day"] or ""), (row["name"] or "").strip()
            fault = _fault(day, row["day"], name, year)
            if day is None or fault:
                faults.append(f"{file}:{rows.line_num}: {fault}")
            elif day in found or day in elsewhere:
                where = "above" if day in found else "under extra in the site file"
                faults.append(f"{file}:{rows.line_num}: day: {day} is named {where} already")
            elif day in table.working:
                faults.append(f"{file}:{rows.line_num}: day: {day} is worked, says working in the site file")
            else:
                found[day] = HolidayTable(day=day, name=name)
    except csv.Error as error:
        faults.append(f"{file}:{rows.line_num}: cannot be read: {error}")
    if not faults and not found:
        faults.append(f"{file}: names no day; take it out of the site file, or fill it")
    if faults:
        raise SiteInvalid(faults)
    return list(found.values())


def _fault(day: date | None, written: str | None, name: str, year: int | None) -> str:
    """Say what is wrong with one row by itself; empty: nothing."""
    if day is None:
        return f"day: {written!r} is no day; wanted YYYY-MM-DD or DD/MM/YYYY"
    if not name:
        return f"name: is empty; say what holiday {day} is"
    if len(name) > LONGEST_NAME:
        return f"name: has {len(name)} characters; wanted at most {LONGEST_NAME}"
    if year is not None and day.year != year:
        return f"day: {day} is not in {year}, the year of the file's name: is it another year's list?"
    return ""


def _date(text: str) -> date | None:
    text = text.strip()
    vietnamese = _VIETNAMESE_DAY.match(text)
    try:
        if vietnamese is not None:
            day, month, year = map(int, vietnamese.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None
