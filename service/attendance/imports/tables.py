"""Rows under titles, wherever they stand in a CSV or XLSX file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.attendance.imports.encodings import decoded
from service.attendance.imports.reasons import RowReason
from service.attendance.imports.results import ImportUnreadable, RowFault, RowNote, RowRefused
from service.attendance.imports.separated import read_separated
from service.attendance.imports.wording import plain, tidy, unguarded
from service.attendance.imports.workbook import (
    MOST_COLUMNS,
    ZIP_START,
    Sheet,
    Uncomputed,
    Value,
    read_workbook,
    refuse_ole,
)

LARGEST_FILE_BYTES = 20_000_000
TITLES_WITHIN_ROWS = 40
_COUNTS = frozenset(("stt", "tt", "so tt", "no", ""))
"""Titles of a column that only counts rows; nobody has to be told that it was not read."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What titles a file may have.

    Attributes:
        titles: Titles by column, as people write them, the surest first; case, accents and what is in parentheses do
            not count.
        wanted: Of each group at least one column has to be there.
    """

    titles: Mapping[str, tuple[str, ...]]
    wanted: tuple[tuple[str, ...], ...]

    def places(self, cells: Sequence[Value]) -> dict[str, int] | None:
        """Return where each column stands, if these cells are the titles; of two for one column the surer one."""
        here: dict[str, int] = {}
        for place, cell in enumerate(cells[:MOST_COLUMNS]):
            if isinstance(cell, str):
                here.setdefault(plain(cell), place)
        places: dict[str, int] = {}
        for column, titles in self.titles.items():
            found = next((here[plain(title)] for title in titles if plain(title) in here), None)
            if found is not None and found not in places.values():
                places[column] = found
        is_whole = all(any(column in places for column in group) for group in self.wanted)
        return places if is_whole else None

    def filled(self, cells: Mapping[str, Value]) -> int:
        """Return in how many of the wanted groups something stands."""
        return sum(any(not _is_blank(cells.get(column)) for column in group) for group in self.wanted)

    @property
    def words(self) -> str:
        """The wanted titles, for people."""
        return ", ".join(" or ".join(repr(self.titles[column][0]) for column in group) for group in self.wanted)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        number: As a spreadsheet counts it, from 1.
        epoch: Day from which its numbers count days.
        merged: The area of merged cells that a column's cell belongs to, where it does.
    """

    number: int
    cells: Mapping[str, Value]
    titles: Mapping[str, str]
    epoch: datetime
    merged: Mapping[str, str] = field(default_factory=dict)

    def value(self, column: str) -> Value:
        """Return what stands in a column, None where nothing does. Raises `RowRefused` for a formula without value."""
        value = self.cells.get(column)
        if isinstance(value, Uncomputed):
            raise self.refused(
                column, "formula", "the formula has no value yet; open the file in the spreadsheet program and save it"
            )
        return (tidy(value) or None) if isinstance(value, str) else value

    def text(self, column: str) -> str:
        """Return it as text; a whole number without decimals. Raises `RowRefused` for a formula without value."""
        value = self.value(column)
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None else str(value)

    def refused(self, column: str, code: RowReason, message: str) -> RowRefused:
        """Make the fault of one of its columns."""
        value = self.cells.get(column)
        area = f" (merged cells {self.merged[column]})" if column in self.merged else ""
        title = self.titles.get(column, column)
        return RowRefused(code, message + area, column=title, value="" if value is None else value)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows under the titles that were found."""

    rows: tuple[Row, ...]
    faults: tuple[RowFault, ...] = ()
    notes: tuple[RowNote, ...] = ()


def read_table(content: bytes, columns: Columns) -> Table:
    """Find the titles in a CSV or XLSX file, whichever its content is, and read the rows below.

    Raises:
        ImportUnreadable: It is neither, or has no such titles.
    """
    check_size(content)
    refuse_ole(content)
    if content.startswith(ZIP_START):
        return _found(read_workbook(content), columns)
    text = decoded(content)
    if text[:200].lstrip().casefold().startswith(("<html", "<!doctype html", "<?xml", "<meta", "<table")):
        raise ImportUnreadable("web_page", "this is a web page or XML, whatever its name; save it as .xlsx or .csv")
    return _found([read_separated(text, lambda sheet: _titles_found(sheet, columns))], columns)


def check_size(content: bytes) -> None:
    """Raise `ImportUnreadable` for what is empty or too large."""
    if not content:
        raise ImportUnreadable("empty_file", "the file is empty; wanted a row of titles and rows below it")
    if len(content) > LARGEST_FILE_BYTES:
        raise ImportUnreadable("too_large", f"the file is larger than {LARGEST_FILE_BYTES // 1_000_000} MB")


def _titles_found(sheet: Sheet, columns: Columns) -> int:
    return max((len(columns.places(row) or ()) for row in sheet.rows[:TITLES_WITHIN_ROWS]), default=0)


def _found(sheets: Sequence[Sheet], columns: Columns) -> Table:
    usable = [sheet for sheet in sheets if _titles_found(sheet, columns)]
    if not usable:
        names = ", ".join(repr(sheet.name) for sheet in sheets)
        raise ImportUnreadable(
            "no_titles",
            f"no row of titles within the first {TITLES_WITHIN_ROWS} rows (looked in {names}); "
            f"wanted the columns {columns.words}",
        )
    table = _table(usable[0], columns)
    others = tuple(
        RowNote(0, "other_sheet", f"sheet {sheet.name!r} has such columns too; only {usable[0].name!r} was read")
        for sheet in usable[1:]
    )
    return Table(table.rows, table.faults, (*others, *table.notes))


def _table(sheet: Sheet, columns: Columns) -> Table:
    at = next(n for n, row in enumerate(sheet.rows[:TITLES_WITHIN_ROWS]) if columns.places(row))
    # of titles over two rows the lower ones say more: "from" and "to" under "time of leave"
    while len(columns.places(sheet.rows[at]) or ()) <= len(columns.places((sheet.rows[at + 1 :] or [()])[0]) or ()):
        at += 1
    header = sheet.rows[at]
    places = columns.places(header) or {}
    notes = [RowNote(at + 1, "columns_not_read", f"not read: {names}")] if (names := _unread(header, places)) else []
    rows: list[Row] = []
    faults: list[RowFault] = []
    for row in _rows(sheet, at, places):
        if all(sheet.rows[row.number - 1][place : place + 1] == header[place : place + 1] for place in places.values()):
            continue  # long tables repeat their titles
        if _is_heading(sheet, row.number):
            notes.append(RowNote(row.number, "heading", f"taken for a heading: {_shown(sheet, row.number)}"))
        elif fault := _shifted(sheet, row, len(header)):
            faults.append(fault)
        else:
            rows.append(row)
    while rows and columns.filled(rows[-1].cells) < 2:
        number = rows.pop().number
        notes.append(RowNote(number, "below", f"taken for what stands below the table: {_shown(sheet, number)}"))
    if not rows and not faults:
        faults.append(RowFault(0, "", "", "no_rows", "there are no rows below the titles"))
    return Table(tuple(rows), tuple(faults), tuple(notes))


def _rows(sheet: Sheet, at: int, places: Mapping[str, int]) -> Iterator[Row]:
    titles = {column: tidy(str(sheet.rows[at][place])) for column, place in places.items()}
    for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2):
        cells = {column: row[place] for column, place in places.items() if place < len(row)}
        if sheet.separator:
            cells = {column: unguarded(str(cell).strip()) for column, cell in cells.items()}
        if not all(map(_is_blank, cells.values())):
            areas = sheet.merged.get(number, {})
            merged = {column: areas[place] for column, place in places.items() if place in areas}
            yield Row(number, cells, titles, sheet.epoch, merged)


def _unread(header: Sequence[Value], places: Mapping[str, int]) -> str:
    """Return titles that mean nothing here, for people; one that is there twice is among them."""
    taken = set(places.values())
    titles = [tidy(cell) for place, cell in enumerate(header) if isinstance(cell, str) and place not in taken]
    return ", ".join(repr(title) for title in titles[:20] if plain(title) not in _COUNTS)


def _is_heading(sheet: Sheet, number: int) -> bool:
    """Tell whether all that stands in a row is one merged area over several columns, as the name of a unit does."""
    areas = sheet.merged.get(number, {})
    filled = [place for place, cell in enumerate(sheet.rows[number - 1]) if not _is_blank(cell)]
    return len(filled) > 1 and len({areas.get(place, place) for place in filled}) == 1


def _shifted(sheet: Sheet, row: Row, width: int) -> RowFault | None:
    """Return the fault of a row of text whose values do not stand under their titles."""
    if not sheet.separator:
        return None
    cells = [str(cell) for cell in sheet.rows[row.number - 1]]
    if any(cell.strip() for cell in cells[width:]):
        message = (
            f"it has more values than titles: is {sheet.separator!r} within a value, as in 0,5? "
            "Put the value in quotation marks"
        )
        return RowFault(row.number, "", cells[-1][:80], "too_many_values", message)
    swallowed = next((cell for cell in cells if _holds_rows(cell, sheet.separator, width)), None)
    if swallowed is not None:
        message = "a value holds whole rows: a quotation mark before it has no partner"
        return RowFault(row.number, "", swallowed[:80], "swallowed_rows", message)
    return None


def _holds_rows(cell: str, separator: str, width: int) -> bool:
    return "\n" in cell and any(line.count(separator) >= max(width - 2, 1) for line in cell.splitlines())


def _shown(sheet: Sheet, number: int) -> str:
    cells = dict.fromkeys(tidy(str(cell)) for cell in sheet.rows[number - 1] if not _is_blank(cell))
    return repr(" ".join(cells)[:80])


def _is_blank(value: Value) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
