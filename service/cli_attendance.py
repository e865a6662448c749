"""The commands `congvu attendance ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from service.attendance.imported import Importable
from service.attendance.importing import import_context, store_facts
from service.attendance.imports.readers import READERS
from service.cli_options import DataDir, settings_of
from service.errors import StoreUnwritable
from service.parts import open_parts
from service.reporting import open_sources

attendance_app = typer.Typer(help="Leave, cover, the time clock.", no_args_is_help=True)
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
        at, chosen = parts.clock.now(), sources.sites.site(site)
        zone = ZoneInfo(chosen.timezone)
        context = import_context(sources.sites, sources.attendance, [chosen], zone=zone, now=at)
        read = READERS[what](content, file.name, context)
        for note in read.notes:
            stderr.print(f"{file}:{note.row}: note: {note.message}", markup=False)
        for fault in read.faults:
            stderr.print(f"{file}:{fault.row}: {fault.words}", markup=False)
        is_stored = partial or not read.faults
        if is_stored:
            store_facts(sources.attendance, read.accepted, by=None, at=at)
        verb = "stored" if is_stored else "good, none stored: mend the others, or give --partial"
        stderr.print(f"{file}: {len(read.accepted)} {verb}, {len(read.faults)} with faults", markup=False)
    if not is_stored:
        raise typer.Exit(1)
