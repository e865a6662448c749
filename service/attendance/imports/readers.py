"""The readers of files, by what they read, as the pages and the command call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from service.attendance.imported import Checked, Fact, FactReader, Importable
from service.attendance.imported import RowFault as ShownFault
from service.attendance.imports.cover import read_cover
from service.attendance.imports.leave import read_leave
from service.attendance.imports.punches import read_punches
from service.attendance.imports.results import HalvedAtNoon, ImportContext, ImportResult, ImportUnreadable, no_sessions

Reader = Callable[[bytes, str, ImportContext], ImportResult[Fact]]
READERS: Mapping[Importable, Reader] = {
    Importable.LEAVE: read_leave,
    Importable.COVER: read_cover,
    Importable.PUNCHES: read_punches,
}


def fact_readers() -> dict[Importable, FactReader]:
    """Return a reader of each kind of file; where the context has no working time, days are halved at noon."""
    return {what: partial(_read, READERS[what]) for what in Importable}


def _read(reader: Reader, file_name: str, content: bytes, context: ImportContext) -> Checked:
    if context.sessions_of is no_sessions:
        context = replace(context, sessions_of=HalvedAtNoon(context.zone))
    try:
        read = reader(content, file_name, context)
    except ImportUnreadable as error:
        return Checked((), (ShownFault(0, str(error)),))
    return Checked(read.accepted, tuple(ShownFault(fault.row, fault.words) for fault in read.faults))
