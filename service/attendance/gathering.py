"""From what is stored to a report: read the facts of some officers, derive their days, put the days together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np

from service.attendance.corrected import with_corrections
from service.attendance.counters import CounterInForce, counter_desks, of_counters
from service.attendance.day_table import DayTable, joined
from service.attendance.days import DayInputs, derive_days
from service.attendance.facts import LEAVE_KINDS, Correction, Leave
from service.attendance.holdings import DeskKey, Duty, Holding, holdings_of
from service.attendance.intervals import Interval, microseconds, subtract, union
from service.attendance.month import Report
from service.attendance.people import Asked, Person, Roster, roster_of
from service.attendance.rows import Held, Windows, at_holdings, before, number, of_officers
from service.attendance.spans import IntArray, Spans, from_intervals, nothing
from service.db.attendance import AttendanceRepository
from service.db.corrections import CorrectionRepository
from service.db.sites import SiteRepository
from service.db.visits import VisitRepository

Item = TypeVar("Item", Leave, Holding, Correction)

OFFICERS_AT_A_TIME = 1_000
"""Half a million visits of a month: memory stays in the low hundreds of MB however large the province is."""

NOT_YET_WRITTEN = timedelta(seconds=90)
"""Runs are stored every 10 s, a desk's blind spell when it is over: of the last moments nothing is said yet."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the facts are, within one transaction."""

    sites: SiteRepository
    visits: VisitRepository
    attendance: AttendanceRepository
    corrections: CorrectionRepository


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is read once for a whole report."""

    roster: Roster
    holdings: Mapping[str, Sequence[Holding]]
    leaves: Mapping[str, Sequence[Leave]]
    desk_ids: dict[DeskKey, int]
    counters: Sequence[CounterInForce]
    made_at: datetime


def gather(
    sources: Sources,
    asked: Asked,
    *,
    made_at: datetime,
    advance: Callable[[int], None] | None = None,
    assumed: frozenset[int] = frozenset(),
) -> Report:
    """Derive the attendance that is asked for.

    Args:
        made_at: Written into the report; of what is later nothing is said.
        advance: Told how many officers more are done, for a progress bar.
        assumed: Numbers of corrections that are counted although nobody has decided them.

    Raises:
        NotFound: There is no such site, agency, unit or officer.
        Refused: The days are in the wrong order, or too many.
    """
    roster = roster_of(sources.sites, asked)
    facts = _read(sources, roster, made_at)
    corrections = sources.corrections.corrections(roster.officer_ids, asked.first, asked.last)
    approved = _by_officer(item for item in corrections if item.approved or item.correction_id in assumed)
    observed: list[DayTable] = []
    corrected: list[DayTable] = []
    for part in _parts(roster.people):
        inputs = _inputs(sources, facts, part)
        rules = part[0].timetable.rules
        observed.append(derive_days(inputs, rules))
        changes = _changes(approved, part, roster)
        corrected.append(derive_days(with_corrections(inputs, changes), rules) if changes else observed[-1])
        if advance is not None:
            advance(len(part))
    as_seen = joined(observed)
    return Report(
        first=asked.first,
        last=asked.last,
        made_at=made_at,
        officers=tuple(person.shown for person in roster.people),
        days=roster.days,
        table=joined(corrected) if approved else as_seen,
        observed=as_seen,
        holidays=roster.holidays,
        corrections=tuple(corrections),
        periods=tuple(sources.corrections.periods(list(roster.site_ids), asked.first, asked.last)),
    )


def _read(sources: Sources, roster: Roster, made_at: datetime) -> _Facts:
    whole = roster.whole
    shared = [desk for desk in roster.desks if len(desk.officers) > 1]
    partners = {officer_id for desk in shared for officer_id in desk.officers}
    asked_for = roster.officer_ids
    whose = None if asked_for is None else sorted({*asked_for, *partners})
    leaves = _by_officer(sources.attendance.leaves(whose, whole.start, whole.end))
    duty = Duty({who: _duty(roster, who, leaves.get(who, ())) for who in partners if who in roster.timetables})
    covers = sources.attendance.covers(whole.start, whole.end)
    cameras = {desk.camera_id for desk in roster.desks} | {cover.camera_id for cover in covers}
    holdings = holdings_of(
        [((desk.camera_id, desk.place_id), desk.officers) for desk in roster.desks],
        covers,
        duty,
        whole=whole,
    )
    of_cameras = None if roster.is_all else sorted(cameras)
    return _Facts(
        roster,
        _by_officer(holdings),
        leaves,
        sources.visits.desk_ids(of_cameras),
        sources.visits.counters(of_cameras),
        made_at,
    )


def _duty(roster: Roster, officer_id: str, leaves: Sequence[Leave]) -> list[Interval]:
    shifts = [shift for day in roster.timetables[officer_id].days for shift in day.shifts]
    return subtract(union(shifts, timedelta()), union([leave.span for leave in leaves], timedelta()))


def _by_officer(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        found[item.officer_id].append(item)
    return found


def _parts(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    """Cut into parts that are judged by the same rules, each small enough to be held in memory."""
    begin = 0
    for end in range(1, len(people) + 1):
        is_full = end - begin == OFFICERS_AT_A_TIME
        if end == len(people) or is_full or people[end].timetable.rules != people[begin].timetable.rules:
            yield people[begin:end]
            begin = end


def _inputs(sources: Sources, facts: _Facts, part: Sequence[Person]) -> DayInputs:
    """Read what is known of some officers, by row."""
    officers = {person.shown.officer_id: n for n, person in enumerate(part)}
    windows = Windows(np.stack([person.timetable.bounds_us for person in part]))
    held = number(
        [holding for officer_id in officers for holding in facts.holdings.get(officer_id, ())],
        officers,
        facts.desk_ids,
    )
    desks, whole = np.unique(held.desk_id).tolist(), facts.roster.whole
    visits, watched, blind = (
        at_holdings(held, found.desk_id, found.start_us, found.end_us)
        for found in (
            sources.visits.visits(desks, whole.start, whole.end),
            sources.visits.watched(desks, whole.start, whole.end),
            sources.visits.blind(desks, whole.start, whole.end),
        )
    )
    present, seen = of_officers(held, visits, watched, blind)
    del visits
    waiting, waiting_seen = _queues(sources, facts, held, watched=watched, blind=blind)
    del watched, blind
    written = microseconds(facts.made_at - NOT_YET_WRITTEN)
    # one after another: of a province each takes a tenth of a gigabyte
    present, seen = _cut(windows, present), _cut(windows, before(seen, written))
    waiting, waiting_seen = _cut(windows, waiting), _cut(windows, before(waiting_seen, written))
    leave, leave_kind = _leave(windows, [facts.leaves.get(officer_id, ()) for officer_id in officers])
    return DayInputs(
        rows=len(part) * windows.days,
        shifts=_shifts(part, windows.days),
        until_us=microseconds(facts.made_at),
        present=present,
        seen=seen,
        leave=leave,
        leave_kind=leave_kind,
        waiting=waiting,
        waiting_seen=waiting_seen,
    )


def _cut(windows: Windows, spans: Spans) -> Spans:
    """Return stretches of officers as stretches of their days."""
    return windows.split(spans.row, spans.start_us, spans.end_us)[0]


def _queues(sources: Sources, facts: _Facts, held: Held, *, watched: Spans, blind: Spans) -> tuple[Spans, Spans]:
    """Read of each officer when citizens waited at a counter of theirs, and when that could be told."""
    whole, mine = facts.roster.whole, set(held.desk_id.tolist())
    desks = {key: desk_id for key, desk_id in facts.desk_ids.items() if desk_id in mine}
    counters = counter_desks(facts.counters, desks, whole)
    if not counters.watched:
        return nothing(), nothing()
    found = sources.visits.waited(counters.watched, whole.start, whole.end)
    waited = counters.waited(found.desk_id, found.start_us, found.end_us)
    return of_counters(held, counters, waited, watched=watched, blind=blind)


def _shifts(part: Sequence[Person], days: int) -> Spans:
    counts = [len(person.timetable.shifts) for person in part]
    shifts = np.concatenate([person.timetable.shifts for person in part])
    row = np.repeat(np.arange(len(part), dtype=np.int64) * days, counts) + shifts[:, 0]
    return Spans(row, shifts[:, 1].copy(), shifts[:, 2].copy())


def _leave(windows: Windows, leaves: Sequence[Sequence[Leave]]) -> tuple[Spans, IntArray]:
    """Return the leave of officers by row, in the order of entering, and each piece's kind."""
    spans = from_intervals([[leave.span for leave in found] for found in leaves])
    kinds = np.array([LEAVE_KINDS.index(leave.kind) for found in leaves for leave in found], np.int64)
    pieces, source = windows.split(spans.row, spans.start_us, spans.end_us)
    return pieces, kinds[source]


def _changes(
    approved: Mapping[str, Sequence[Correction]], part: Sequence[Person], roster: Roster
) -> list[tuple[int, Correction]]:
    """Return the approved corrections of some officers, each with its row."""
    day_number = {day: n for n, day in enumerate(roster.days)}
    return [
        (n * len(roster.days) + day_number[correction.day], correction)
        for n, person in enumerate(part)
        for correction in approved.get(person.shown.officer_id, ())
    ]
