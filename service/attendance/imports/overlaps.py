"""Leave that contradicts other leave, in the file or in force already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.attendance.facts import Leave
from service.attendance.imports.results import ImportContext, ImportResult, RowFault, RowNote
from service.attendance.imports.row_spans import overlap


@dataclass(frozen=True, slots=True)
class Drafted:
    """Leave as a row has it."""

    row: int
    leave: Leave


def without_overlaps(
    drafts: Sequence[Drafted], faults: Iterable[RowFault], notes: Iterable[RowNote], context: ImportContext
) -> ImportResult[Leave]:
    """Keep what contradicts nothing.

    Of rows that overlap none is kept: only people know which is right. What is the same twice is kept once, and what
    is in force already is left out; both are noted.
    """
    refused, said = list(faults), list(notes)
    kept: list[Drafted] = []
    of_officer: dict[str, list[Drafted]] = defaultdict(list)
    for draft in drafts:
        of_officer[draft.leave.officer_id].append(draft)
    for officer_id, mine in of_officer.items():
        fresh = list(_fresh(mine, context.leaves_of(officer_id), refused, said))
        clashes = _clashes(fresh)
        refused += [_overlap(draft, f"row {clashes[id(draft)]}") for draft in fresh if id(draft) in clashes]
        kept += [draft for draft in fresh if id(draft) not in clashes]
    kept.sort(key=lambda draft: draft.row)
    return ImportResult(
        tuple(draft.leave for draft in kept),
        tuple(sorted(dict.fromkeys(refused), key=lambda fault: fault.row)),
        tuple(sorted(said, key=lambda note: note.row)),
    )


def _fresh(
    mine: Sequence[Drafted], known: Sequence[Leave], refused: list[RowFault], said: list[RowNote]
) -> Iterator[Drafted]:
    seen: dict[tuple[object, ...], int] = {}
    in_force = {_what(leave) for leave in known}
    for draft in mine:
        what = _what(draft.leave)
        clash = next((leave for leave in known if overlap(leave.span, draft.leave.span)), None)
        if what in in_force:
            said.append(RowNote(draft.row, "known_already", "the same leave is in force already; left out"))
        elif what in seen:
            said.append(RowNote(draft.row, "same_row", f"the same as row {seen[what]}; taken once"))
        elif clash is not None:
            refused.append(_overlap(draft, f"{clash.kind} from {clash.source!r} that is in force"))
        else:
            seen[what] = draft.row
            yield draft


def _clashes(mine: Sequence[Drafted]) -> dict[int, int]:
    """Return by draft the row that it overlaps; found by sweeping over starts, so that many rows stay quick."""
    found: dict[int, int] = {}
    longest: Drafted | None = None
    for draft in sorted(mine, key=lambda each: (each.leave.span.start, each.row)):
        if longest is not None and draft.leave.span.start < longest.leave.span.end:
            found.setdefault(id(draft), longest.row)
            found.setdefault(id(longest), draft.row)
        if longest is None or draft.leave.span.end > longest.leave.span.end:
            longest = draft
    return found


def _what(leave: Leave) -> tuple[object, ...]:
    return leave.kind, leave.span.start, leave.span.end


def _overlap(draft: Drafted, other: str) -> RowFault:
    leave = draft.leave
    return RowFault(draft.row, "", leave.officer_id, "overlaps", f"{leave.kind} of {leave.officer_id} overlaps {other}")
