"""Choose how a report is written."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import BinaryIO

from service.attendance.month import Report
from service.attendance.words import Words
from service.attendance.writers.csv import write_csv
from service.attendance.writers.json import write_json
from service.attendance.writers.pdf import write_pdf
from service.attendance.writers.xlsx import write_xlsx
from service.web.words import translations


class ReportForm(StrEnum):
    """What a report can be written as."""

    XLSX = "xlsx"
    PDF = "pdf"
    CSV = "csv"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """Its type on the web."""
        return {
            ReportForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ReportForm.PDF: "application/pdf",
            ReportForm.CSV: "text/csv; charset=utf-8",
            ReportForm.JSON: "application/json",
        }[self]


def words_in(language: str) -> Words:
    """Return the words of a language that there is a catalogue of."""
    return Words(language, translations(language).gettext)


def write_report(
    report: Report,
    out: BinaryIO,
    form: ReportForm,
    *,
    language: str = "vi",
    advance: Callable[[int], None] | None = None,
) -> None:
    """Write a report into an open binary file.

    Args:
        advance: Told how many officers more are done, for a progress bar.
    """
    writers = {
        ReportForm.XLSX: write_xlsx,
        ReportForm.PDF: write_pdf,
        ReportForm.CSV: write_csv,
        ReportForm.JSON: write_json,
    }
    writers[form](report, out, words_in(language), advance=advance)


def file_name(report: Report, form: ReportForm) -> str:
    """Return a plain name for the file: ``cham-cong-2026-03-01-2026-03-31.xlsx``."""
    return f"cham-cong-{report.first.isoformat()}-{report.last.isoformat()}.{form}"
