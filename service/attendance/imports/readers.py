"""The readers of files, by what they read, as the pages and the command call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

from service.attendance.imported import Checked, Fact, FactReader, Importable, Known
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

NOTHING_BESIDE = ImportContext(officers={}, zone=ZoneInfo("Asia/Ho_Chi_Minh"))
"""What a reader knows that is told of officers, desks and zone by each call."""


def fact_readers(beside: ImportContext) -> dict[Importable, FactReader]:
    """Return a reader of each kind of file.

    Args:
        beside: What the readers know beside what each call tells them (officers, desks, zone); where it has no
            working time, days are halved at noon.
    """
    return {what: partial(_read, READERS[what], beside) for what in Importable}


def _read(reader: Reader, beside: ImportContext, file_name: str, content: bytes, known: Known) -> Checked:
    sessions_of = HalvedAtNoon(known.zone) if beside.sessions_of is no_sessions else beside.sessions_of
    context = replace(beside, officers=known.officers, desks=known.desks, zone=known.zone, sessions_of=sessions_of)
    try:
        read = reader(content, file_name, context)
    except ImportUnreadable as error:
        return Checked((), (ShownFault(0, str(error)),))
    return Checked(read.accepted, tuple(ShownFault(fault.row, fault.words) for fault in read.faults))
