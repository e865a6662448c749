"""Stamps of a file put in order: doubled ones once, and none of a time that cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from service.attendance.facts import Direction, Punch
from service.attendance.imports.reasons import RowReason
from service.attendance.imports.results import ImportResult, RowFault, RowNote

SAME_STAMP = timedelta(seconds=60)
"""A card or finger held twice within a minute is one stamp, as for most clocks themselves."""
APART = timedelta(days=200)
"""Longer than anybody's longest leave: a few stamps so far from all the others are of a clock that lost its date."""
FEW_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp and the row that it stands in."""

    row: int
    punch: Punch


def sorted_out(stamps: Sequence[Stamp], faults: Sequence[RowFault], now: datetime | None) -> ImportResult[Punch]:
    """Refuse impossible times, sort, and take doubled stamps once.

    Args:
        stamps: In the order of the file.
        now: None: nothing is later than it.
    """
    refused = list(faults)
    in_time = _not_from_elsewhen(stamps, now, refused)
    notes = list(_disorder(in_time))
    ordered = sorted(in_time, key=lambda stamp: (stamp.punch.at, stamp.row))
    kept: list[Punch] = []
    last: dict[str, Stamp] = {}
    for stamp in ordered:
        before = last.get(stamp.punch.officer_id)
        if before is not None and _is_doubled(before.punch, stamp.punch):
            notes.append(RowNote(stamp.row, "doubled", f"within a minute of row {before.row}; taken once"))
            continue
        last[stamp.punch.officer_id] = stamp
        kept.append(stamp.punch)
    return ImportResult(
        tuple(kept),
        tuple(sorted(refused, key=lambda fault: fault.row)),
        tuple(sorted(notes, key=lambda note: note.row)),
    )


def _is_doubled(before: Punch, punch: Punch) -> bool:
    """In and then out at once is no doubled stamp: somebody pressed the wrong key first, and both are facts."""
    differ = {before.direction, punch.direction} == {Direction.IN, Direction.OUT}
    return punch.at - before.at <= SAME_STAMP and not differ


def _disorder(stamps: Sequence[Stamp]) -> tuple[RowNote, ...]:
    """Note stamps of one clock that go back in time; newest first throughout is an order too."""
    of_device: dict[str, list[Stamp]] = {}
    for stamp in stamps:
        of_device.setdefault(stamp.punch.device, []).append(stamp)
    back, forth, first = 0, 0, 0
    for mine in of_device.values():
        for one, other in pairwise(mine):
            back += other.punch.at < one.punch.at
            forth += other.punch.at > one.punch.at
            if other.punch.at < one.punch.at and not first:
                first = other.row
    if not back or not forth:
        return ()
    return (RowNote(first, "disorder", f"{back} stamps are earlier than the row before; all were sorted by time"),)


def _not_from_elsewhen(stamps: Sequence[Stamp], now: datetime | None, refused: list[RowFault]) -> list[Stamp]:
    kept: list[Stamp] = []
    strange = _far_from_the_rest(stamps)
    for stamp in stamps:
        at = stamp.punch.at
        if now is not None and at > now:
            refused.append(_fault(stamp, "in_future", f"{at:%Y-%m-%d %H:%M} UTC has not come yet: check the clock"))
        elif stamp.row in strange:
            message = f"{at:%Y-%m-%d} is {APART.days} days or more from all others: check the clock's date"
            refused.append(_fault(stamp, "far_from_the_rest", message))
        else:
            kept.append(stamp)
    return kept


def _far_from_the_rest(stamps: Sequence[Stamp]) -> frozenset[int]:
    """Return rows of small groups that lie far in time from the largest."""
    groups: list[list[Stamp]] = []
    for stamp in sorted(stamps, key=lambda stamp: stamp.punch.at):
        if groups and stamp.punch.at - groups[-1][-1].punch.at < APART:
            groups[-1].append(stamp)
        else:
            groups.append([stamp])
    few = len(stamps) * FEW_PERCENT / 100
    return frozenset(stamp.row for group in groups if len(group) <= few for stamp in group)


def _fault(stamp: Stamp, code: RowReason, message: str) -> RowFault:
    return RowFault(stamp.row, "", stamp.punch.at.isoformat(), code, message)
