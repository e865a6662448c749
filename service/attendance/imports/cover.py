"""Who sits at which desk in whose place, from a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.attendance.facts import Cover
from service.attendance.imports.dates import DayOrder, order_of_days
from service.attendance.imports.people import ID_TITLES, NAME_TITLES, NobodyFound, Staff
from service.attendance.imports.results import ImportContext, ImportResult, RowFault, RowNote, RowRefused
from service.attendance.imports.row_spans import SPAN_TITLES, overlap, read_span
from service.attendance.imports.tables import Columns, Row, read_table
from service.attendance.imports.wording import plain
from service.attendance.intervals import Interval

DeskKey = tuple[str, str]
"""Camera and desk."""
Draft = tuple[int, Cover]
"""Cover, and its row."""
COVER_COLUMNS = Columns(
    titles={
        "officer_id": (*ID_TITLES, "Mã người trực thay", "Mã người thay"),
        "name": (*NAME_TITLES, "Người trực thay", "Người thay", "Người ngồi thay"),
        "desk": (
            "desk",
            "Quầy",
            "Bàn",
            "Bàn làm việc",
            "Vị trí",
            "Chỗ ngồi",
            "Mã bàn",
            "Mã quầy",
            "desk_id",
            "counter",
        ),
        "camera": ("camera", "camera_id", "Mã camera"),
        "in_place_of": ("in_place_of", "Thay cho", "Thay", "Trực thay cho", "Người được thay", "Mã người được thay"),
        **SPAN_TITLES,
    },
    wanted=(("officer_id", "name"), ("desk", "in_place_of"), ("from",)),
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What every row is read with."""

    context: ImportContext
    staff: Staff
    order: DayOrder
    source: str


def read_cover(content: bytes, name: str, context: ImportContext) -> ImportResult[Cover]:
    """Read cover from CSV or XLSX; the content says which, not the name.

    Raises:
        ImportUnreadable: The file as a whole is neither.
    """
    table = read_table(content, COVER_COLUMNS)
    reading = _Reading(context, Staff.of(context.officers), order_of_days(table.rows, ("from", "to")), name)
    drafts: list[tuple[int, Cover]] = []
    faults = list(table.faults)
    for row in table.rows:
        try:
            drafts.append((row.number, _cover_of(row, reading)))
        except RowRefused as refused:
            faults.append(refused.at(row.number))
    return _without_clashes(drafts, faults, table.notes, context)


def _cover_of(row: Row, reading: _Reading) -> Cover:
    officer_id = reading.staff.of_row(row)
    camera_id, desk_id = _desk_of(row, officer_id, reading)
    told = read_span(row, officer_id, reading.order, reading.context)
    return Cover(camera_id, desk_id, officer_id, told.span, row.text("note"), reading.source)


def _desk_of(row: Row, officer_id: str, reading: _Reading) -> DeskKey:
    desk, camera, instead = row.text("desk"), row.text("camera"), row.text("in_place_of")
    if not desk and not instead:
        raise row.refused("desk", "missing", "no desk is named: wanted a desk, or whom they sit in for")
    found = list(reading.context.desks)
    if desk:
        found = _named(row, desk, camera, reading.context.desks)
    if instead:
        found = _desks_of_officer(row, found, officer_id, reading)
    if len(found) > 1:
        named = ", ".join(f"{desk_id} of camera {camera_id}" for camera_id, desk_id in found[:5])
        raise row.refused("desk", "several_desks", f"several desks may be meant ({named}); write camera and desk")
    return found[0]


def _named(row: Row, desk: str, camera: str, desks: Mapping[DeskKey, str]) -> list[DeskKey]:
    there = {key: name for key, name in desks.items() if not camera or key[0].casefold() == camera.casefold()}
    if not there:
        raise row.refused("camera", "unknown_camera", f"no camera {camera[:40]!r} has a desk")
    by_id = [key for key in there if key[1].casefold() == desk.casefold()]
    found = by_id or [key for key, name in there.items() if plain(name) == plain(desk)]
    if not found:
        known = ", ".join(sorted({desk_id for _, desk_id in there})[:12])
        raise row.refused("desk", "unknown_desk", f"there is no desk {desk[:40]!r}; there are {known}")
    return found


def _desks_of_officer(row: Row, desks: Sequence[DeskKey], officer_id: str, reading: _Reading) -> list[DeskKey]:
    try:
        absent = reading.staff.by_either(row.text("in_place_of"))
    except NobodyFound as error:
        raise row.refused("in_place_of", error.code, f"{error}; wanted one of the site file's officers") from None
    if absent == officer_id:
        raise row.refused("in_place_of", "covers_self", f"{officer_id} cannot sit in for themselves")
    found = [key for key in desks if absent in reading.context.officers_of_desk.get(key, ())]
    if not found:
        whose = "the desk is not theirs" if row.text("desk") else "no desk is theirs"
        raise row.refused("in_place_of", "desk_of_another", f"{absent}: {whose}")
    return found


def _without_clashes(
    drafts: Sequence[Draft], faults: list[RowFault], notes: Sequence[RowNote], context: ImportContext
) -> ImportResult[Cover]:
    """Keep what contradicts nothing: where two cover a desk at once, what is seen there says nothing of either."""
    refused, said, kept = list(faults), list(notes), []
    of_desk: dict[DeskKey, list[Draft]] = defaultdict(list)
    in_force: dict[DeskKey, list[Cover]] = defaultdict(list)
    for number, cover in drafts:
        of_desk[cover.camera_id, cover.desk_id].append((number, cover))
    for cover in context.covers:
        in_force[cover.camera_id, cover.desk_id].append(cover)
    for desk, mine in of_desk.items():
        fresh = _fresh(mine, in_force[desk], refused, said)
        clashes = _clashes(fresh)
        refused += [_clash(number, cover, f"row {clashes[number]}") for number, cover in fresh if number in clashes]
        kept += [(number, cover) for number, cover in fresh if number not in clashes]
    return ImportResult(
        tuple(cover for _, cover in sorted(kept, key=lambda draft: draft[0])),
        tuple(sorted(refused, key=lambda fault: fault.row)),
        tuple(sorted(said, key=lambda note: note.row)),
    )


def _fresh(mine: Sequence[Draft], known: Sequence[Cover], refused: list[RowFault], said: list[RowNote]) -> list[Draft]:
    fresh: list[Draft] = []
    in_force = {(cover.officer_id, cover.span) for cover in known}
    seen: dict[tuple[str, Interval], int] = {}
    for number, cover in mine:
        what = (cover.officer_id, cover.span)
        other = next((k for k in known if k.officer_id != cover.officer_id and overlap(k.span, cover.span)), None)
        if what in in_force:
            said.append(RowNote(number, "known_already", "the same cover is in force already; left out"))
        elif what in seen:
            said.append(RowNote(number, "same_row", f"the same as row {seen[what]}; taken once"))
        elif other is not None:
            refused.append(_clash(number, cover, f"{other.officer_id} by cover that is in force"))
        else:
            seen[what] = number
            fresh.append((number, cover))
    return fresh


def _clashes(mine: Sequence[Draft]) -> dict[int, int]:
    """Return by row the row of somebody else at the same desk at the same time."""
    found: dict[int, int] = {}
    furthest: dict[str, Draft] = {}
    for number, cover in sorted(mine, key=lambda draft: (draft[1].span.start, draft[0])):
        for other_id, (other, before) in furthest.items():
            if other_id != cover.officer_id and cover.span.start < before.span.end:
                found.setdefault(number, other)
                found.setdefault(other, number)
        held = furthest.get(cover.officer_id)
        if held is None or held[1].span.end < cover.span.end:
            furthest[cover.officer_id] = number, cover
    return found


def _clash(number: int, cover: Cover, other: str) -> RowFault:
    message = f"{cover.officer_id} and {other} are at desk {cover.desk_id} of camera {cover.camera_id} at once"
    return RowFault(number, "", cover.desk_id, "two_at_one_desk", message)
