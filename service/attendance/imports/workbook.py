"""XLSX files: cells with their values, merged ones filled; what is broken, locked or swollen is refused."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from service.attendance.imports.results import ImportUnreadable

LARGEST_UNPACKED_BYTES = 50_000_000
MOST_MEMBERS = 5_000
MOST_ROWS = 100_000
MOST_COLUMNS = 100
MOST_MERGED = 1_000_000
ZIP_START = b"PK\x03\x04"
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's numbers know no zone
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')


@dataclass(frozen=True, slots=True)
class Uncomputed:
    """A formula whose value the file does not hold."""

    formula: str

    def __str__(self) -> str:
        return self.formula


Value = str | int | float | datetime | date | time | timedelta | Uncomputed | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of a sheet, or of a text file.

    Attributes:
        rows: Values from the first row and column on; rows may be of different lengths.
        epoch: Day from which its numbers count days.
        merged: By row from 1 and place from 0, the area of merged cells that a cell belongs to.
        separator: What stood between the values of a text file; empty for a workbook.
    """

    name: str
    rows: tuple[tuple[Value, ...], ...]
    epoch: datetime = EPOCH
    merged: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    separator: str = ""


def refuse_ole(content: bytes) -> None:
    """Raise `ImportUnreadable` for what older Excel writes, and for what has a password."""
    if not content.startswith(OLE_START):
        return
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise ImportUnreadable(
            "password_protected", "the workbook is protected by a password; save a copy without one and import that"
        )
    raise ImportUnreadable("old_xls", "this is an old Excel file (.xls), whatever its name; save it as .xlsx or .csv")


def read_workbook(content: bytes) -> tuple[Sheet, ...]:
    """Read all sheets of an XLSX file.

    Raises:
        ImportUnreadable: It is broken, locked, no workbook, or larger than is sensible.
    """
    try:
        _check_size(content)
        return tuple(_sheets(content))
    except ImportUnreadable:
        raise
    except Exception as error:
        # openpyxl meets damage with whatever its code runs into: KeyError, TypeError, ParseError, zlib.error ...
        raise ImportUnreadable(
            "broken_workbook",
            f"the workbook is damaged or not a workbook ({type(error).__name__}); open it in the spreadsheet program "
            "and save it again as .xlsx",
        ) from error


def _check_size(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = packed.infolist()
        names = {member.filename for member in members}
        if sum(member.file_size for member in members) > LARGEST_UNPACKED_BYTES or len(members) > MOST_MEMBERS:
            raise ImportUnreadable(
                "too_large", f"unpacked, the workbook is larger than {LARGEST_UNPACKED_BYTES // 1_000_000} MB"
            )
        if any(member.flag_bits & 1 for member in members):
            raise ImportUnreadable("password_protected", "the file is protected by a password; save it without one")
        if "xl/workbook.xml" not in names:
            raise ImportUnreadable("not_a_workbook", "this is no Excel workbook; save it as .xlsx or .csv")
        for member in members:
            if member.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in packed.read(member):
                raise ImportUnreadable("not_a_workbook", "the workbook holds what no spreadsheet program writes")


def _sheets(content: bytes) -> Iterator[Sheet]:
    # imported late: it brings a library for pictures, and of all our programs few read workbooks
    import openpyxl  # type: ignore[import-untyped]

    values = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for shown, written in zip(values.worksheets, formulas.worksheets, strict=True):
            # A chart sheet has no cells, and only the reader of the package knows where a sheet lies in it.
            merged = _MERGE.findall(packed.read(shown._worksheet_path))
            if shown.sheet_state != "visible":
                continue
            grid = [_cells(*pair) for pair in zip(_rows(shown), _rows(written), strict=True)]
            areas = _merge(grid, [area.decode() for area in merged])
            yield Sheet(shown.title, tuple(map(tuple, grid)), values.epoch, areas)


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        if number > MOST_ROWS:
            raise ImportUnreadable("too_large", f"sheet {sheet.title!r} has more than {MOST_ROWS} rows")
        yield row


def _cells(shown: tuple[Any, ...], written: tuple[Any, ...]) -> list[Value]:
    return [
        Uncomputed(str(formula.value)) if formula.data_type == "f" and value.value is None else value.value
        for value, formula in zip(shown, written, strict=True)
    ]


def _merge(grid: list[list[Value]], areas: Sequence[str]) -> dict[int, dict[int, str]]:
    """Write the first value of merged cells into all of them that lie within the sheet's rows; say which are merged."""
    from openpyxl.utils.cell import range_boundaries  # type: ignore[import-untyped]

    found: dict[int, dict[int, str]] = {}
    filled = 0
    for area in areas:
        left, top, right, bottom = (edge or 0 for edge in range_boundaries(area))
        right, bottom = min(right, MOST_COLUMNS), min(bottom, len(grid))
        filled += max(right - left + 1, 0) * max(bottom - top + 1, 0)
        if filled > MOST_MERGED:
            raise ImportUnreadable("too_large", f"more than {MOST_MERGED} cells of the workbook are merged")
        if top > bottom or left > len(grid[top - 1]):
            continue
        value = grid[top - 1][left - 1]
        for number, row in enumerate(grid[top - 1 : bottom], start=top):
            row.extend([None] * (right - len(row)))
            row[left - 1 : right] = [value] * (right - left + 1)
            found.setdefault(number, {}).update(dict.fromkeys(range(left - 1, right), area))
    return found
