"""CSV files, whatever separates their values."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from service.attendance.imports.results import ImportUnreadable
from service.attendance.imports.workbook import MOST_ROWS, Sheet, Value

SEPARATORS = {";": "separated by ;", ",": "separated by ,", "\t": "separated by tabs", "|": "separated by |"}


def read_separated(text: str, titles_found: Callable[[Sheet], int]) -> Sheet:
    """Read text with the separator that brings most titles to light.

    Cells stay text: one that begins with = + - or @ is never computed.

    Raises:
        ImportUnreadable: Quotation marks do not match, or there are too many rows.
    """
    best: tuple[int, Sheet] | None = None
    problem: ImportUnreadable | None = None
    for separator in SEPARATORS:
        try:
            sheet = _split(text, separator)
        except ImportUnreadable as error:
            problem = problem or error
            continue
        found = titles_found(sheet)
        if best is None or found > best[0]:
            best = found, sheet
    if best is None or (not best[0] and problem is not None):
        assert problem is not None  # no sheet without a problem
        raise problem
    return best[1]


def _split(text: str, separator: str) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            rows.append(tuple(row))
            if len(rows) > MOST_ROWS:
                raise ImportUnreadable("too_large", f"the file has more than {MOST_ROWS} rows")
    except csv.Error as error:
        raise ImportUnreadable(
            "broken_csv",
            f"row {len(rows) + 1}: {error}; look for a quotation mark without its partner, and save it again",
        ) from None
    return Sheet(SEPARATORS[separator], tuple(rows), separator=separator)
