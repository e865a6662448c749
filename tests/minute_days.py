"""Officers' days minute by minute: made-up weeks, and what an oracle says of them that looks at one minute at a time.

Minutes count from 07:30 of the day (`tests.stories.START`). The oracle knows nothing of how days are derived: it walks
over the minutes of each session and asks the rules of `service.attendance.days`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

import numpy as np

from service.attendance.day_table import NEVER, AwayKind, DayTable
from service.attendance.days import NEAR, DayInputs, DayRules
from service.attendance.facts import LEAVE_KINDS, LeaveKind
from service.attendance.intervals import microseconds
from service.attendance.sessions import FOREVER
from service.attendance.spans import Spans
from tests.stories import START

MINUTE_US = 60_000_000
T0_US = microseconds(START)
FIRST_MIN, LAST_MIN = -120, 1740
NEAR_MIN = int(NEAR.total_seconds() // 60)
Span = tuple[int, int]
SHIFTS = [(0, 240), (360, 570)]


@dataclass(frozen=True)
class Row:
    """One officer's day in minutes; of two leaves at once the first entered counts."""

    shifts: Sequence[Span]
    present: Sequence[Span]
    seen: Sequence[Span]
    leave: Sequence[tuple[Span, LeaveKind]] = ()
    waiting: Sequence[Span] = ()
    waiting_seen: Sequence[Span] = ()


@dataclass(frozen=True)
class Minutes:
    """`DayRules` in whole minutes, and the minute up to which the day has been told."""

    grace_in: int = 5
    grace_out: int = 7
    left_post_after: int = 10
    hidden_stay_max: int = 2
    until: int | None = None

    @property
    def rules(self) -> DayRules:
        """The same as rules."""
        return DayRules(
            grace_in=timedelta(minutes=self.grace_in),
            grace_out=timedelta(minutes=self.grace_out),
            left_post_after=timedelta(minutes=self.left_post_after),
            hidden_stay_max=timedelta(minutes=self.hidden_stay_max),
        )


def arrays(of_rows: Iterable[Sequence[Span]]) -> Spans:
    """Turn the minutes of rows into stretches."""
    flat = [(n, T0_US + a * MINUTE_US, T0_US + b * MINUTE_US) for n, found in enumerate(of_rows) for a, b in found]
    columns = np.array(flat, np.int64).reshape(-1, 3)
    return Spans(columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy())


def inputs_of(rows: Sequence[Row], until: int | None = None) -> DayInputs:
    """Turn rows into what days are derived from."""
    return DayInputs(
        len(rows),
        arrays(row.shifts for row in rows),
        arrays(row.present for row in rows),
        arrays(row.seen for row in rows),
        arrays([span for span, _ in row.leave] for row in rows),
        np.array([LEAVE_KINDS.index(kind) for row in rows for _, kind in row.leave], np.int64),
        until_us=FOREVER if until is None else T0_US + until * MINUTE_US,
        waiting=arrays(row.waiting for row in rows),
        waiting_seen=arrays(row.waiting_seen for row in rows),
    )


def told(table: DayTable, row: int) -> dict[str, object]:
    """Say what a derived row says, in minutes, in the words of `oracle`."""

    def minute(us: int) -> int:
        assert (us - T0_US) % MINUTE_US == 0
        return (us - T0_US) // MINUTE_US

    def length(column: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> float:
        return float(column[row]) / MINUTE_US

    mine = slice(*np.searchsorted(table.away.row, [row, row + 1]).tolist())
    lines = zip(
        table.away_kind[mine].tolist(), table.away.start_us[mine].tolist(), table.away.end_us[mine].tolist(),
        strict=True,
    )  # fmt: skip
    arrival, leaving = int(table.arrival_us[row]), int(table.leaving_us[row])
    return {
        "is_late": int(table.is_late[row]),
        "is_early": int(table.is_early[row]),
        "is_absent": int(table.is_absent[row]),
        "away": [(AwayKind(kind), minute(start), minute(end)) for kind, start, end in lines],
        "left_count": int(table.left_count[row]),
        "left_waiting": length(table.left_waiting_us) if table.is_waiting_told[row] else None,
        "left_untold": length(table.left_untold_us),
        "arrival": None if arrival == NEVER else minute(arrival),
        "leaving": None if leaving == NEVER else minute(leaving),
        "planned": length(table.planned_us),
        "required": length(table.required_us),
        "no_data": length(table.no_data_us),
        "present": length(table.present_us),
        "worked": length(table.worked_us),
        "outside": length(table.outside_us),
        "away_min": {
            AwayKind.LATE: length(table.late_us),
            AwayKind.EARLY: length(table.early_us),
            AwayKind.LEFT: length(table.left_us),
            AwayKind.ABSENT: length(table.absent_us),
        },
        "leave": {k: us / MINUTE_US for k, us in zip(LEAVE_KINDS, table.leave_us[row].tolist(), strict=True) if us},
    }


@dataclass
class _Session:
    """What the oracle notes of one session."""

    is_asked: bool = False
    is_seen: bool = False
    is_at_post: bool = False
    is_absent: bool = False
    came_in_time: bool = False
    stayed_to_the_end: bool = False
    lines: list[tuple[AwayKind, int, int]] = field(default_factory=list)
    left_count: int = 0

    def names(self, kind: AwayKind) -> bool:
        return any(kind is named for named, _, _ in self.lines)


def oracle(row: Row, rules: Minutes) -> dict[str, object]:
    """Say of one day what the rules say, minute by minute."""
    seen_at = _minutes(row.present)
    watched = _minutes(row.seen)
    leave_at: dict[int, LeaveKind] = {}
    for span, kind in row.leave:
        for m in range(*span):
            leave_at.setdefault(m, kind)
    sums = dict.fromkeys(("planned", "required", "no_data", "present", "worked"), 0)
    leave: dict[LeaveKind, int] = {}
    sessions = []
    is_over = all(rules.until is None or end <= rules.until for _, end in row.shifts)
    for begin, whole_end in sorted(row.shifts):
        end = whole_end if rules.until is None else min(whole_end, rules.until)
        state = {}
        for m in range(begin, end):
            sums["planned"] += 1
            sums["present"] += m in seen_at
            kind_now = leave_at.get(m)
            sums["worked"] += m in seen_at or (kind_now is not None and kind_now.is_work)
            if kind_now is not None:
                leave[kind_now] = leave.get(kind_now, 0) + 1
                continue
            state[m] = "here" if m in seen_at else "away" if m in watched else "dark"
            sums["required"] += 1
            sums["no_data"] += state[m] == "dark"
        if begin < end:
            is_seen = any(m in seen_at for m in range(begin, end))
            sessions.append(_judge(state, seen_at, is_seen, is_open=end < whole_end, rules=rules))
    lines = [line for session in sessions for line in session.lines]
    left = {m for kind, a, b in lines if kind is AwayKind.LEFT for m in range(a, b)}
    waited, asked = _minutes(row.waiting), _minutes(row.waiting_seen)
    answers = ["waited" if m in waited else "nobody" if m in asked else "unknown" for m in left]
    is_told = not left or set(answers) != {"unknown"}
    return {
        **_answers(sessions, is_over=is_over),
        "away": lines,
        "left_count": sum(session.left_count for session in sessions),
        "left_waiting": float(answers.count("waited")) if is_told else None,
        "left_untold": float(answers.count("unknown")),
        "arrival": min(seen_at, default=None),
        "leaving": None if not seen_at else max(seen_at) + 1,
        "outside": len(seen_at) - sums["present"],
        "away_min": {kind: sum(b - a for k, a, b in lines if k is kind) for kind in AwayKind},
        "leave": leave,
        **sums,
    }


def _judge(state: dict[int, str], seen_at: set[int], is_seen: bool, *, is_open: bool, rules: Minutes) -> _Session:
    found = _Session(is_seen=is_seen)
    if not state:
        return found
    first, last = min(state), max(state) + 1
    holes = _runs(m for m, what in state.items() if what == "dark")
    short = _minutes(hole for hole in holes if hole[1] - hole[0] <= rules.hidden_stay_max)
    is_hidden = any(b - a > rules.hidden_stay_max for a, b in holes)
    gone = {m for m, what in state.items() if what == "away"}
    came = any(m in seen_at for m in range(first - NEAR_MIN, first))
    stayed = any(m in seen_at for m in range(last, last + NEAR_MIN))
    found.is_asked = len(state) > rules.grace_in + rules.grace_out
    found.is_at_post = "here" in state.values()
    found.is_absent = found.is_asked and bool(gone) and not is_hidden and not is_seen and not is_open
    found.came_in_time = came or any(m in seen_at for m in range(first, min(first + rules.grace_in + 1, last)))
    found.stayed_to_the_end = stayed or any(m in seen_at for m in range(max(last - rules.grace_out - 1, first), last))
    for a, b in _runs(gone | short):
        empty = [m for m in range(a, b) if m in gone]
        if not empty:
            continue
        from_min, to_min = empty[0], empty[-1] + 1
        not_yet = not came and not any(m in seen_at for m in range(first, a))
        no_more = not stayed and not any(m in seen_at for m in range(b, last)) and not is_open
        is_late, is_early = to_min - first > rules.grace_in, last - from_min > rules.grace_out
        kind = None
        if found.is_absent:
            kind = AwayKind.ABSENT
        elif not found.is_asked and not is_seen:
            kind = None
        elif is_late and not_yet and a == first and b < last and b in seen_at:
            kind = AwayKind.LATE
        elif is_early and no_more and b == last and a > first and a - 1 in seen_at:
            kind = AwayKind.EARLY
        elif (not_yet and not is_late) or (no_more and not is_early):
            kind = None
        elif to_min - from_min >= rules.left_post_after:
            kind = AwayKind.LEFT
        if kind is not None:
            found.left_count += kind is AwayKind.LEFT
            found.lines += [(kind, *span) for span in _runs(empty)]
    return found


def _answers(sessions: Sequence[_Session], *, is_over: bool) -> dict[str, int]:
    asked = [n for n, session in enumerate(sessions) if session.is_asked]
    late = early = absent = -1
    if asked:
        opening, closing = sessions[asked[0]], sessions[asked[-1]]
        came_later = opening.is_absent and any(session.is_seen for session in sessions[asked[0] + 1 :])
        went_earlier = closing.is_absent and any(session.is_seen for session in sessions[: asked[-1]])
        late = 0 if opening.came_in_time else 1 if opening.names(AwayKind.LATE) or came_later else -1
        early = 0 if closing.stayed_to_the_end else 1 if closing.names(AwayKind.EARLY) or went_earlier else -1
        absent = 1 if is_over and all(sessions[n].is_absent for n in asked) else -1
    if any(session.is_at_post for session in sessions):
        absent = 0
    return {"is_late": late, "is_early": early if is_over else -1, "is_absent": absent}


def _minutes(spans: Iterable[Span]) -> set[int]:
    return {m for a, b in spans for m in range(a, b)}


def _runs(items: Iterable[int]) -> list[Span]:
    """Return the stretches of minutes that follow one another."""
    found: list[Span] = []
    for m in sorted(items):
        if found and found[-1][1] == m:
            found[-1] = (found[-1][0], m + 1)
        else:
            found.append((m, m + 1))
    return found


NIGHT = [(840, 1320)]
"""21:30 to 05:30: over midnight, and whole in the window of the day on which it begins."""
DAYS = {
    "whole": SHIFTS, "off": [], "night": NIGHT, "morning": [(0, 240)], "in one go": [(0, 240), (240, 480)],
    "nursing": [(0, 240), (360, 510)], "early and night": [(-60, 240), (900, 1320)],
    "three": [(0, 90), (120, 240), (360, 570)],
    "next to nothing": [(0, 8), (360, 570)],
}  # fmt: skip


def random_week(rng: np.random.Generator) -> list[Row]:
    """Make a week: five days and two off, sometimes with days swapped, other hours, or by night."""
    days = ["whole"] * 5 + ["morning" if rng.random() < 0.3 else "off", "off"]
    if rng.random() < 0.3:
        one, other = rng.integers(0, 5), rng.integers(5, 7)
        days[one], days[other] = days[other], days[one]
    for n in np.flatnonzero(rng.random(7) < 0.3):
        days[n] = list(DAYS)[rng.integers(len(DAYS))]
    return [random_day(rng, DAYS[name]) for name in days]


def random_day(rng: np.random.Generator, shifts: Sequence[Span]) -> Row:
    """Make a day: most look like days at an office, some like nothing on earth."""
    present = _attended(rng, shifts) if rng.random() < 0.75 else _spans(rng, 6, 200)
    if rng.random() < 0.1:
        present = []
    seen = _watched(rng, present) if rng.random() < 0.75 else _spans(rng, 5, 700)
    spans = _spans(rng, 3, 300) if rng.random() < 0.5 else [_in_shift(rng, shifts) for _ in range(2)]
    kinds = rng.choice(len(LEAVE_KINDS), len(spans))
    leave = [(span, LEAVE_KINDS[kind]) for span, kind in zip(spans, kinds, strict=True)]
    row = Row(shifts, present, seen, leave if rng.random() < 0.4 else [])
    return _with_citizens(rng, row)


def _with_citizens(rng: np.random.Generator, row: Row) -> Row:
    """Let citizens wait now and then; a counter without a waiting zone, or with holes in what is known of it."""
    if rng.random() < 0.3:
        return row
    waiting = _spans(rng, 12, 90)
    return replace(row, waiting=waiting, waiting_seen=row.seen if rng.random() < 0.6 else _spans(rng, 4, 500))


def _spans(rng: np.random.Generator, most: int, longest: int) -> list[Span]:
    starts = rng.integers(FIRST_MIN, LAST_MIN - 1, rng.integers(0, most + 1))
    return [(int(a), int(min(a + rng.integers(1, longest + 1), LAST_MIN))) for a in starts]


def _in_shift(rng: np.random.Generator, shifts: Sequence[Span]) -> Span:
    """Make leave that begins or ends close to an edge of a session."""
    a, b = shifts[rng.integers(len(shifts))] if len(shifts) else (0, 240)
    edges = sorted({a - 30, a, a + int(rng.integers(0, 20)), b - int(rng.integers(0, 20)), b, b + 30})
    first, last = sorted(rng.choice(len(edges), 2, replace=False))
    return edges[first], edges[last]


def _attended(rng: np.random.Generator, shifts: Sequence[Span]) -> list[Span]:
    """Attend sessions, with edges that hit the graces exactly, and walks of about the limit."""
    present = []
    for a, b in shifts:
        begin, end = int(a + rng.integers(-8, 20)), int(b + rng.integers(-20, 6))
        walk = int(rng.integers(begin, max(begin + 1, end - 1)))
        present += [(begin, walk), (walk + int(rng.integers(0, 14)), end)]
    return [(a, b) for a, b in present if FIRST_MIN <= a < b <= LAST_MIN and rng.random() < 0.8]


def _watched(rng: np.random.Generator, present: Sequence[Span]) -> list[Span]:
    """Watch all day, with holes of about the length that can hide a stay, most of them where it matters."""
    near = [int(edge + rng.integers(-3, 22)) for edge in (0, 220, 240, 360, 550) if rng.random() < 0.25]
    # somebody comes out of a hole, or goes into one
    near += [a - int(rng.integers(1, 4)) for a, _ in present if rng.random() < 0.15]
    near += [b for _, b in present if rng.random() < 0.15]
    edges = sorted({FIRST_MIN, LAST_MIN, *near, *(int(e) for e in rng.integers(-10, 1320, rng.integers(0, 4)))})
    holes = [int(h) for h in rng.integers(0, 5, len(edges))]
    return [(a + hole, b) for (a, b), hole in zip(pairwise(edges), holes, strict=False) if a + hole < b]
