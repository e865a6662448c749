"""Make a report of attendance and write it into a file, with a progress bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from service.attendance.gathering import Sources, gather
from service.attendance.month import Report
from service.attendance.people import Asked
from service.attendance.writers.forms import ReportForm, write_report
from service.db.attendance import AttendanceRepository
from service.db.corrections import CorrectionRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.db.visits import VisitRepository
from service.parts import Parts
from service.whole_file import writing


@contextmanager
def open_sources(database: Database) -> Iterator[Sources]:
    """Open one transaction in which attendance may be read and written."""
    with database.transaction() as session:
        yield Sources(
            SiteRepository(session),
            VisitRepository(session),
            AttendanceRepository(session),
            CorrectionRepository(session),
        )


def write_attendance(
    parts: Parts, asked: Asked, out: Path, *, form: ReportForm, language: str, console: Console
) -> Report:
    """Write the attendance that is asked for; returns what was written.

    Raises:
        NotFound: There is no such site, agency, unit or officer.
        Refused: The days are in the wrong order, or too many.
        StoreUnwritable: The file cannot be written; what was there before stays.
    """
    with Progress(console=console) as progress:
        deriving = progress.add_task("attendance", total=None)

        def derived(officers: int) -> None:
            progress.advance(deriving, officers)

        with open_sources(parts.database) as sources:
            report = gather(sources, asked, made_at=parts.clock.now(), advance=derived)
        progress.update(deriving, total=len(report.officers))
        bar = progress.add_task(f"writing {out.name}", total=len(report.officers))

        def written(officers: int) -> None:
            progress.advance(bar, officers)

        with writing(out) as file:
            write_report(report, file, form, language=language, advance=written)
    return report
