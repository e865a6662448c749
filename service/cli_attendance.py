"""The commands `congvu attendance ...`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from service.attendance.facts import Cover, Leave, Punch
from service.attendance.gathering import Sources
from service.attendance.hours import calendar_of_site, own_hours_of_json
from service.attendance.imported import Fact, Importable
from service.attendance.imports.readers import READERS
from service.attendance.imports.results import ImportContext
from service.attendance.intervals import Interval
from service.cli_options import DataDir, settings_of
from service.db.records import SiteRecord
from service.errors import StoreUnwritable
from service.parts import open_parts
from service.reporting import open_sources

attendance_app = typer.Typer(help="Leave, cover, the time clock.", no_args_is_help=True)
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Everything that is in force."""
stderr = Console(stderr=True, soft_wrap=True)


@attendance_app.callback()
def attendance() -> None:
    """Leave, cover and the time clock's stamps, beside what the cameras saw."""


@attendance_app.command("import")
def import_file(
    what: Annotated[Importable, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, iCalendar (leave), or the clock's attlog.dat (punches).")],
    site: Annotated[str, typer.Option(help="Id of the site whose officers it is about.")],
    partial: Annotated[bool, typer.Option(help="Store the good rows although others have faults.")] = False,
    data: DataDir = None,
) -> None:
    """Read a file row by row; store it if every row is good."""
    parts = open_parts(settings_of(data))
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StoreUnwritable(f"{file}: cannot be read: {error.strerror}") from None
    with open_sources(parts.database) as sources:
        read = READERS[what](content, file.name, _context(sources, sources.sites.site(site), parts.clock.now()))
        for note in read.notes:
            stderr.print(f"{file}:{note.row}: note: {note.message}", markup=False)
        for fault in read.faults:
            stderr.print(f"{file}:{fault.row}: {fault.words}", markup=False)
        is_stored = partial or not read.faults
        if is_stored:
            at = parts.clock.now()
            for fact in read.accepted:
                _store(sources, fact, at)
        verb = "stored" if is_stored else "good, none stored: mend the others, or give --partial"
        stderr.print(f"{file}: {len(read.accepted)} {verb}, {len(read.faults)} with faults", markup=False)
    if not is_stored:
        raise typer.Exit(1)


def _store(sources: Sources, fact: Fact, at: datetime) -> None:
    if isinstance(fact, Leave):
        sources.attendance.add_leave(fact, by=None, at=at)
    elif isinstance(fact, Cover):
        sources.attendance.add_cover(fact, by=None, at=at)
    elif isinstance(fact, Punch):
        sources.attendance.add_punches([fact], at=at)


def _context(sources: Sources, site: SiteRecord, now: datetime) -> ImportContext:
    officers = {officer.officer_id: officer for officer in sources.sites.officers(site.site_id)}
    calendar = calendar_of_site(site)

    def sessions_of(officer_id: str, day: date) -> tuple[Interval, ...]:
        own = own_hours_of_json(site, officers[officer_id].hours_json) if officer_id in officers else None
        return calendar.day(day, own).shifts

    def leaves_of(officer_id: str) -> list[Leave]:
        return sources.attendance.leaves([officer_id], FIRST, LAST)

    desks = sources.sites.desks(site.site_id)
    return ImportContext(
        officers={officer_id: officer.name for officer_id, officer in officers.items()},
        zone=ZoneInfo(site.timezone),
        sessions_of=sessions_of,
        leaves_of=leaves_of,
        desks={(desk.camera_id, desk.place_id): desk.name for desk in desks},
        officers_of_desk={(desk.camera_id, desk.place_id): desk.officers for desk in desks},
        now=now,
        covers=sources.attendance.covers(FIRST, LAST),
    )
