"""The tables of figures as files to keep: CSV and a workbook, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

from xlsxwriter.workbook import Workbook

from service.attendance.writers.csv import safe_cell
from service.web.statistics_tables import Table
from service.web.statistics_values import Cell, Percent, spread

_SHEET_NAME_MOST = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def write_csv(title: str, tables: Sequence[Table], out: BinaryIO) -> None:
    """Write UTF-8 with a mark, so that spreadsheets read Vietnamese letters; an empty line between tables."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([safe_cell(title)])
    for table in tables:
        headings, rows = spread(table)
        writer.writerow([])
        writer.writerow([safe_cell(table.title)])
        writer.writerow([safe_cell(heading) for heading in headings])
        writer.writerows([[_plain(cell) for cell in row] for row in rows])
        if table.note:
            writer.writerow([safe_cell(table.note)])
    text.flush()
    text.detach()


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    return safe_cell(cell) if isinstance(cell, str) else round(cell, 4)


def write_xlsx(title: str, tables: Sequence[Table], out: BinaryIO, *, made_at: datetime) -> None:
    """Write a workbook with one sheet for each table; nothing in it is taken for a formula or an address."""
    workbook = Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    workbook.set_properties({"title": title, "created": made_at.replace(tzinfo=None)})
    look = {"font_name": "Times New Roman", "font_size": 11}
    bold, plain, wrapped, share, head = (
        workbook.add_format({**look, **more})
        for more in (
            {"bold": True, "font_size": 14},
            {},
            {"italic": True, "text_wrap": True, "valign": "top"},
            {"num_format": "0.0%"},
            {"bold": True, "text_wrap": True, "border": 1, "bg_color": "#F2F2F2", "valign": "vcenter"},
        )
    )
    for number, table in enumerate(tables, start=1):
        page = workbook.add_worksheet(f"{number}. {table.title}".translate(_FORBIDDEN)[:_SHEET_NAME_MOST])
        headings, rows = spread(table)
        page.set_column(0, 0, 44)
        page.set_column(1, max(1, len(headings) - 1), 15)
        page.write_string(0, 0, table.title, bold)
        page.write_string(1, 0, title, plain)
        page.write_row(3, 0, headings, head)
        for n, row in enumerate(rows, start=4):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(n, column, cell, plain)
                elif cell is not None:
                    page.write_number(n, column, cell, share if isinstance(cell, Percent) else plain)
        if table.note:
            page.merge_range(5 + len(rows), 0, 7 + len(rows), max(3, len(headings) - 1), table.note, wrapped)
        page.freeze_panes(4, 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
    workbook.close()
