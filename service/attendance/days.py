"""From presence, sight, working time and leave to officers' days. Pure: the same input gives the same bytes.

Absent is said only where the camera could have seen; otherwise there is no data. A *session* (buổi) is one interval of
a day's working time; *required* is the session without leave. What is required is one of three things:

- present: seen at the post;
- away: the cameras could see the post and the officer was not there;
- no data: nobody can say.

Away stretches get a name (`naming`). Holes of no data too short to hide a stay are looked over for the name, never
counted; how long somebody was away is counted from the first to the last moment at which the empty post was seen:

- ABSENT: the session has no presence at all, and nothing but such holes is without data. Never of a session of which
  no more is required than both graces forgive, nor of one that is not over;
- LATE: from the session's first required moment up to the arrival, longer than the grace; not if the officer was seen
  shortly before (`NEAR`), which is leaving the post;
- EARLY: from the last sight up to the session's last required moment, longer than the grace; not if seen shortly after;
- LEFT: any other that is long enough to be worth a line, and not within the grace at an edge that no sight separates
  it from.

A day is late or early by its first or last session that asks for more than the graces forgive: so named, or absent
from it while present in a later or an earlier one. Adding a gap never makes anything worse: what is away, late, early
or absent after it was so before.

Of the time in which the post was left, three things are told apart: citizens waited, nobody did, nobody can say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from service.attendance.day_table import NEVER, NO, UNKNOWN, YES, AwayKind, Codes, DayTable
from service.attendance.day_table import joined as one_table
from service.attendance.facts import LEAVE_KINDS
from service.attendance.intervals import MICROSECOND, moment_of
from service.attendance.naming import DayRules, Named, name_away
from service.attendance.sessions import FOREVER, NEAR, Edges, Flags, Sessions, edges_of, sessions_of
from service.attendance.spans import (
    IntArray,
    Spans,
    first_and_last,
    intersect,
    joined,
    nothing,
    runs_of,
    subtract,
    total_us,
    union,
)

__all__ = ["NEAR", "DayInputs", "DayRules", "DayTable", "derive_days"]

ROWS_AT_A_TIME = 16_384
"""A quarter of a million stretches: what is in work stays small however many rows there are, and so in the cache."""
_SPANS = ("shifts", "present", "seen", "leave", "waiting", "waiting_seen")
_IS_WORK = np.array([kind.is_work for kind in LEAVE_KINDS], np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class DayInputs:
    """What is known of many officer-days; stretches in any order.

    Attributes:
        rows: How many there are.
        shifts: Working time; a row's intervals may touch, not overlap.
        present: Somebody who counts as the officer was seen at a desk of theirs.
        seen: The cameras could see all desks of the officer.
        leave: Need not be there; where two overlap, the earlier one in this order counts.
        leave_kind: int64 (N,), of each leave, index into `LEAVE_KINDS`.
        until_us: Nothing is said of what is later, and a session that goes on then is not over. Working time that is
            cut off beforehand would end there, and who is on a walk have left early.
        waiting: Citizens were seen waiting at a counter of the officer's desks.
        waiting_seen: The cameras could tell of all these counters whether anybody waits. At other times nobody knows.

    Raises:
        ValueError: Row numbers, ends before starts, kinds that do not exist, or working time that overlaps.
    """

    rows: int
    shifts: Spans
    present: Spans
    seen: Spans
    leave: Spans
    leave_kind: IntArray
    until_us: int = FOREVER
    waiting: Spans = field(default_factory=nothing)
    waiting_seen: Spans = field(default_factory=nothing)

    def __post_init__(self) -> None:
        for name in _SPANS:
            _check_spans(name, getattr(self, name), self.rows)
        if len(self.leave_kind) != len(self.leave):
            raise ValueError(f"leave_kind: wanted one for each of {len(self.leave)} leaves, got {len(self.leave_kind)}")
        if ((self.leave_kind < 0) | (self.leave_kind >= len(LEAVE_KINDS))).any():
            raise ValueError(f"leave_kind: wanted numbers of 0..{len(LEAVE_KINDS) - 1}, got {self.leave_kind.max()}")
        _check_shifts(self.shifts)


def derive_days(inputs: DayInputs, rules: DayRules) -> DayTable:
    """Derive many officer-days at once, some thousands at a time; rows know nothing of each other."""
    if inputs.rows <= ROWS_AT_A_TIME:
        return _derive(inputs, rules)
    return one_table([_derive(part, rules) for part in _parts(inputs)])


def _derive(inputs: DayInputs, rules: DayRules) -> DayTable:
    sessions = sessions_of(inputs.shifts, inputs.until_us)
    present = union(inputs.present, rules.merge_within // MICROSECOND)
    visible = union(joined([inputs.seen, present]))
    in_session = sessions.cut(present)[0]
    leave, kind = _by_precedence(inputs.leave, inputs.leave_kind)
    leave, source = sessions.cut(leave)
    required = subtract(sessions.whole, leave)
    no_data = subtract(required, sessions.cut(visible)[0])
    gone = subtract(subtract(required, no_data), in_session)
    edges = edges_of(sessions, required, in_session, present, rules.grace_in + rules.grace_out)
    named = name_away(gone, no_data, edges, sessions.is_open, rules)
    is_at_post = total_us(required, len(sessions)) > total_us(no_data, len(sessions)) + total_us(gone, len(sessions))
    is_over = np.ones(inputs.rows, np.bool_)
    is_over[inputs.shifts.row[inputs.shifts.end_us > inputs.until_us]] = False
    found = _Found(sessions, present, in_session, required, no_data, leave, kind[source], named)
    return _table(
        inputs,
        found,
        late=_late(inputs.rows, found, edges, rules),
        early=_early(is_over, found, edges, rules),
        absent=_absent(is_over, found, edges, is_at_post),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What was found out: ``present`` by row, the rest by session; ``leave_kind`` is of each piece of leave."""

    sessions: Sessions
    present: Spans
    in_session: Spans
    required: Spans
    no_data: Spans
    leave: Spans
    leave_kind: IntArray
    named: Named


def _check_spans(name: str, spans: Spans, rows: int) -> None:
    if not len(spans):
        return
    lowest, highest = int(spans.row.min()), int(spans.row.max())
    if lowest < 0 or highest >= rows:
        raise ValueError(f"{name}: wanted rows of 0..{rows - 1}, got {lowest if lowest < 0 else highest}")
    if not (spans.end_us > spans.start_us).all():
        at = int(np.flatnonzero(spans.end_us <= spans.start_us)[0])
        raise ValueError(f"{name}, row {spans.row[at]}: a stretch ends before it starts ({_shown(spans, at)})")


def _check_shifts(shifts: Spans) -> None:
    held = shifts.take(np.lexsort((shifts.start_us, shifts.row)))
    clash = np.flatnonzero((held.row[1:] == held.row[:-1]) & (held.start_us[1:] < held.end_us[:-1]))
    if len(clash):
        first, second = _shown(held, int(clash[0])), _shown(held, int(clash[0]) + 1)
        raise ValueError(f"shifts, row {held.row[clash[0]]}: working time overlaps: {first} and {second}")


def _shown(spans: Spans, at: int) -> str:
    return f"{moment_of(int(spans.start_us[at]))} .. {moment_of(int(spans.end_us[at]))}"


def _parts(inputs: DayInputs) -> Iterator[DayInputs]:
    kinds = inputs.leave_kind
    if not _is_by_row(inputs.leave):
        kinds = kinds[np.argsort(inputs.leave.row, kind="stable")]
    whole = {name: _by_row(getattr(inputs, name)) for name in _SPANS}
    for first in range(0, inputs.rows, ROWS_AT_A_TIME):
        last = min(first + ROWS_AT_A_TIME, inputs.rows)
        at = {name: slice(*np.searchsorted(held.row, [first, last]).tolist()) for name, held in whole.items()}
        part = {
            name: Spans(held.row[at[name]] - first, held.start_us[at[name]], held.end_us[at[name]])
            for name, held in whole.items()
        }
        yield DayInputs(last - first, **part, leave_kind=kinds[at["leave"]], until_us=inputs.until_us)


def _is_by_row(spans: Spans) -> bool:
    return bool((spans.row[1:] >= spans.row[:-1]).all())


def _by_row(spans: Spans) -> Spans:
    return spans if _is_by_row(spans) else spans.take(np.argsort(spans.row, kind="stable"))


def _by_precedence(leave: Spans, kind: IntArray) -> tuple[Spans, IntArray]:
    """Give every moment of leave to the earliest entry: first what each row entered first, then its second, ..."""
    if not len(leave):
        return leave, kind
    order = np.argsort(leave.row, kind="stable")
    rows = leave.row[order]
    rank = np.zeros(len(leave), np.int64)
    rank[order] = np.arange(len(rows)) - np.searchsorted(rows, rows)
    taken, parts, kinds = nothing(), [], []
    for turn in range(int(rank.max()) + 1):
        now = leave.take(rank == turn)
        # of each row there is at most one entry a turn, so that what is left of it has one kind
        free = subtract(now, taken)
        kind_of_row = np.zeros(int(leave.row.max()) + 1, np.int64)
        kind_of_row[now.row] = kind[rank == turn]
        parts.append(free)
        kinds.append(kind_of_row[free.row])
        taken = union(joined([taken, now]))
    return joined(parts), np.concatenate(kinds)


def _late(rows: int, found: _Found, edges: Edges, rules: DayRules) -> Codes:
    """Answer for each row by its first session that asks for anything."""
    asked = np.flatnonzero(edges.is_asked)
    opening = asked[runs_of(found.sessions.row[asked])[0]]
    row = found.sessions.row[opening]
    last_seen = np.full(rows, -1)
    attended = np.flatnonzero(edges.has_presence)
    last_seen[found.sessions.row[attended]] = attended
    is_good = edges.came_before | (edges.arrived_us <= edges.first_us + rules.grace_in // MICROSECOND)
    came_later = found.named.is_absent[opening] & (last_seen[row] > opening)
    return _codes(rows, row, found.named.is_late[opening] | came_later, is_good[opening])


def _early(is_over: Flags, found: _Found, edges: Edges, rules: DayRules) -> Codes:
    """Answer for each row by its last session that asks for anything; nobody can tell before the day is over."""
    asked = np.flatnonzero(edges.is_asked)
    closing = asked[runs_of(found.sessions.row[asked])[1] - 1]
    row = found.sessions.row[closing]
    first_seen = np.full(len(is_over), len(edges.is_asked))
    attended = np.flatnonzero(edges.has_presence)[::-1]
    first_seen[found.sessions.row[attended]] = attended
    is_good = edges.stayed_after | (edges.gone_us >= edges.last_us - rules.grace_out // MICROSECOND)
    went_earlier = found.named.is_absent[closing] & (first_seen[row] < closing)
    codes = _codes(len(is_over), row, found.named.is_early[closing] | went_earlier, is_good[closing])
    return np.where(is_over, codes, UNKNOWN).astype(np.int8)


def _codes(rows: int, row: IntArray, is_bad: Flags, is_good: Flags) -> Codes:
    codes = np.full(rows, UNKNOWN, np.int8)
    codes[row] = np.where(is_good, NO, np.where(is_bad, YES, UNKNOWN))
    return codes


def _absent(is_over: Flags, found: _Found, edges: Edges, is_at_post: Flags) -> Codes:
    rows = found.sessions.row
    is_asked, is_open_to_doubt = (
        np.bincount(rows[which], minlength=len(is_over)) > 0
        for which in (edges.is_asked, edges.is_asked & ~found.named.is_absent)
    )
    codes = np.where(is_over & is_asked & ~is_open_to_doubt, YES, UNKNOWN).astype(np.int8)
    codes[rows[is_at_post]] = NO
    return codes


def _table(inputs: DayInputs, found: _Found, *, late: Codes, early: Codes, absent: Codes) -> DayTable:
    rows, sessions, named = inputs.rows, found.sessions, found.named
    in_shift, away = sessions.rows_of(found.in_session), sessions.rows_of(named.away)
    left = away.take(named.kind == AwayKind.LEFT)
    waiting, untold = intersect(left, inputs.waiting), subtract(left, joined([inputs.waiting, inputs.waiting_seen]))
    at_work = joined([in_shift, sessions.rows_of(found.leave.take(_IS_WORK[found.leave_kind]))])
    lengths = {each: total_us(away.take(named.kind == each), rows) for each in AwayKind}
    kinds = len(LEAVE_KINDS)
    leave = Spans(sessions.row[found.leave.row] * kinds + found.leave_kind, found.leave.start_us, found.leave.end_us)
    arrival, leaving = np.full(rows, NEVER), np.full(rows, NEVER)
    row, first, last = first_and_last(found.present)
    arrival[row], leaving[row] = first, last
    present_us, no_data = total_us(in_shift, rows), sessions.rows_of(found.no_data)
    return DayTable(
        arrival_us=arrival,
        leaving_us=leaving,
        is_late=late,
        is_early=early,
        is_absent=absent,
        planned_us=total_us(sessions.spans, rows),
        required_us=total_us(sessions.rows_of(found.required), rows),
        present_us=present_us,
        worked_us=total_us(union(at_work), rows),
        outside_us=total_us(found.present, rows) - present_us,
        late_us=lengths[AwayKind.LATE],
        early_us=lengths[AwayKind.EARLY],
        left_us=lengths[AwayKind.LEFT],
        left_count=np.bincount(sessions.row, weights=named.left, minlength=rows).astype(np.int64),
        left_waiting_us=total_us(waiting, rows),
        left_untold_us=total_us(untold, rows),
        absent_us=lengths[AwayKind.ABSENT],
        no_data_us=total_us(no_data, rows),
        leave_us=total_us(leave, rows * kinds).reshape(rows, kinds),
        shifts=sessions.spans,
        present=found.present,
        away=away,
        away_kind=named.kind,
        no_data=no_data,
        waiting=waiting,
    )
