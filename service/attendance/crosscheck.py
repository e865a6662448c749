"""Hold the time clock against what the cameras saw. Pure.

A clock stamps cards, not people; a camera sees a desk, not a person. Where the two contradict each other somebody is
asked for a written explanation (giải trình): that is a question, never a finding. Nothing is a question where the
camera could not see, where leave or cover explains it, or where the badge was read at the door.
docs/cross-check.md has the table of decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from service.attendance.facts import BadgeRead, Direction, Punch
from service.attendance.intervals import Interval, intersect, subtract, union

EMPTY_FOR = timedelta(minutes=30)
"""So long the post must have been seen empty right at a stamp. From the door to the desk, tea and a word with a
colleague take minutes, not half an hour."""
NEAR_SHIFT = timedelta(hours=1)
"""A stamp this long before a shift begins, or after it ends, belongs to it."""
SEEN_NEAR = timedelta(minutes=30)
"""Who was seen at the desk this shortly before coming, or after going, was there when the card was stamped."""
SAME_STAMP = timedelta(seconds=60)
READ_NEAR = timedelta(minutes=15)
"""A badge read at the door this near to a stamp says that its bearer went through the door then."""
SHORT_HOLE = timedelta(minutes=5)
"""A hole without data of at most this length hides a look in, not half an hour's work: what was seen before and after
it still has to add up to half an hour."""
WORTH_A_NOTE = timedelta(minutes=30)


class CrossKind(StrEnum):
    """What does not go together."""

    IN_WITHOUT_PRESENCE = "in_without_presence"
    """Stamped in, and the post was seen empty from then on."""
    OUT_WITHOUT_PRESENCE = "out_without_presence"
    """Stamped out, and the post had been seen empty for long."""
    PRESENCE_WITHOUT_PUNCH = "presence_without_punch"
    TWO_AT_ONE_DESK = "two_at_one_desk"
    STAMPED_TWICE = "stamped_twice"
    STAMPS_OUT_OF_ORDER = "stamps_out_of_order"
    CLOCK_IN_DOUBT = "clock_in_doubt"
    """The device's clock was wrong: none of its stamps counts that day."""


class Severity(StrEnum):
    """What it asks for."""

    QUESTION = "question"
    """Somebody should be asked to explain."""
    NOTE = "note"
    """Worth knowing; nobody has to explain anything."""


class Because(StrEnum):
    """Why a contradiction is no question."""

    BADGE_READ = "badge_read"
    MAYBE_ELSEWHERE = "maybe_elsewhere"
    """Somebody of the unit sat at the desk of a colleague on leave just then."""


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What is known of one officer's one day.

    Attributes:
        shifts: Working time, leave included.
        leave: Of it, the time in which they need not be there.
        no_data: Of it, the time in which no camera could see.
        present: Seen at a desk of theirs, or at one that they covered.
        punches: Their stamps within the day's window, in any order.
        reads: Their badge at an entrance line.
        together: Two or more people were at their desk.
        elsewhere: Somebody sat at the desk of a colleague of the unit who was on leave.
        doubtful_devices: Whose clock was wrong that day.
        stamps_usually: Whether they stamp on other days: who never does has no card.
    """

    officer_id: str
    day: date
    shifts: tuple[Interval, ...]
    leave: tuple[Interval, ...] = ()
    no_data: tuple[Interval, ...] = ()
    present: tuple[Interval, ...] = ()
    punches: tuple[Punch, ...] = ()
    reads: tuple[BadgeRead, ...] = ()
    together: tuple[Interval, ...] = ()
    elsewhere: tuple[Interval, ...] = ()
    doubtful_devices: frozenset[str] = field(default_factory=frozenset)
    stamps_usually: bool = True

    @property
    def empty(self) -> list[Interval]:
        """When the post was seen without them though they should have been there, however shortly."""
        explained = union([*self.leave, *self.no_data, *self.present], timedelta())
        return subtract(union(self.shifts, timedelta()), explained)


@dataclass(frozen=True, slots=True)
class CrossFinding:
    """One contradiction, with what it rests on.

    Attributes:
        span: The stretch of time that it is about.
        punches: The stamps that it rests on.
        because: Why it is no question though it looks like one; None elsewhere.
    """

    kind: CrossKind
    severity: Severity
    officer_id: str
    day: date
    span: Interval
    punches: tuple[Punch, ...] = ()
    because: Because | None = None


def check_day(facts: DayFacts) -> list[CrossFinding]:
    """Say what of one day does not go together, by time."""
    stamps, doubled = _once(sorted(facts.punches, key=lambda punch: (punch.at, punch.device, punch.direction)))
    good = [punch for punch in stamps if punch.device not in facts.doubtful_devices]
    found = [*_doubts(facts, stamps), *_doubled(facts, doubled), *_order(facts, good)]
    for punch, direction in zip(good, directions_of(good), strict=True):
        contradiction = None
        if direction is Direction.IN:
            contradiction = _came(facts, punch)
        elif direction is Direction.OUT:
            contradiction = _went(facts, punch)
        if contradiction is not None:
            found.append(contradiction)
    found += _unstamped(facts)
    found += [_note(CrossKind.TWO_AT_ONE_DESK, facts, span) for span in union(facts.together, timedelta())]
    return sorted(found, key=lambda finding: (finding.span, finding.kind))


def directions_of(punches: Sequence[Punch]) -> list[Direction]:
    """Say which way each stamp means: what the clock says, else in and out by turns where that comes out even."""
    if not punches:
        return []
    told = [punch.direction for punch in punches]
    if any(direction is not Direction.UNKNOWN for direction in told):
        return told
    if len(punches) % 2 == 0:
        return [Direction.IN if n % 2 == 0 else Direction.OUT for n in range(len(punches))]
    ends = [Direction.UNKNOWN] * len(punches)
    ends[-1], ends[0] = Direction.OUT, Direction.IN
    return ends


def _came(facts: DayFacts, punch: Punch) -> CrossFinding | None:
    """Somebody stamped in: was the post empty from then, or from the shift's beginning, on?"""
    start = _begin_of_duty(facts.shifts, punch.at)
    if start is None or _is_seen(facts, punch.at - SEEN_NEAR, start):
        return None
    sights = [span.start for span in facts.present if span.end > start]
    stretch = next((e for e in _empty(facts) if e.start <= start + SHORT_HOLE and start < e.end), None)
    until = start if stretch is None else min([stretch.end, *sights])
    span = _stretch(start, until)
    if span is None or not _is_long_enough(facts, span):
        return None
    return _contradiction(CrossKind.IN_WITHOUT_PRESENCE, facts, span, punch, Direction.IN)


def _went(facts: DayFacts, punch: Punch) -> CrossFinding | None:
    """Somebody stamped out: had the post been empty up to then, or to the shift's end?"""
    end = _end_of_duty(facts.shifts, punch.at)
    if end is None or _is_seen(facts, end, punch.at + SEEN_NEAR):
        return None
    sights = [span.end for span in facts.present if span.start < end]
    stretch = next((e for e in _empty(facts) if e.start < end and end - SHORT_HOLE <= e.end), None)
    since = end if stretch is None else max([stretch.start, *sights])
    span = _stretch(since, end)
    if span is None or not _is_long_enough(facts, span):
        return None
    return _contradiction(CrossKind.OUT_WITHOUT_PRESENCE, facts, span, punch, Direction.OUT)


def _begin_of_duty(shifts: Iterable[Interval], at: datetime) -> datetime | None:
    for shift in shifts:
        if shift.start - NEAR_SHIFT <= at < shift.end:
            return max(shift.start, at)
    return None


def _end_of_duty(shifts: Sequence[Interval], at: datetime) -> datetime | None:
    for shift in reversed(shifts):
        if shift.start < at <= shift.end + NEAR_SHIFT:
            return min(shift.end, at)
    return None


def _empty(facts: DayFacts) -> list[Interval]:
    """Return stretches in which nobody was seen at the post, short holes of no data among them."""
    return union(facts.empty, SHORT_HOLE)


def _stretch(start: datetime, end: datetime) -> Interval | None:
    return Interval(start, end) if start < end else None


def _is_long_enough(facts: DayFacts, span: Interval) -> bool:
    """Tell whether the post was seen empty for long enough within a stretch; holes do not count."""
    seen_empty = intersect([span], facts.empty)
    return sum((part.length for part in seen_empty), timedelta()) >= EMPTY_FOR


def _is_seen(facts: DayFacts, start: datetime, end: datetime) -> bool:
    return any(span.start < end and span.end > start for span in facts.present)


def _contradiction(
    kind: CrossKind, facts: DayFacts, span: Interval, punch: Punch, direction: Direction
) -> CrossFinding:
    because = None
    if any(abs(read.at - punch.at) <= READ_NEAR and read.direction in (direction, Direction.UNKNOWN)
           for read in facts.reads):  # fmt: skip
        because = Because.BADGE_READ
    elif intersect([span], union(facts.elsewhere, timedelta())):
        because = Because.MAYBE_ELSEWHERE
    severity = Severity.QUESTION if because is None else Severity.NOTE
    return CrossFinding(kind, severity, facts.officer_id, facts.day, span, (punch,), because)


def _unstamped(facts: DayFacts) -> list[CrossFinding]:
    """They were at the post and did not stamp at all."""
    if facts.punches or not facts.stamps_usually:
        return []
    at_post = intersect(union(facts.present, timedelta()), union(facts.shifts, timedelta()))
    if sum((span.length for span in at_post), timedelta()) < WORTH_A_NOTE:
        return []
    return [_note(CrossKind.PRESENCE_WITHOUT_PUNCH, facts, Interval(at_post[0].start, at_post[-1].end))]


def _once(punches: Sequence[Punch]) -> tuple[list[Punch], list[tuple[Punch, Punch]]]:
    """Take stamps that follow one another within a minute for one; both directions at once are two."""
    kept: list[Punch] = []
    doubled = []
    for punch in punches:
        if kept and punch.at - kept[-1].at <= SAME_STAMP and punch.direction is kept[-1].direction:
            doubled.append((kept[-1], punch))
        else:
            kept.append(punch)
    return kept, doubled


def _doubled(facts: DayFacts, doubled: Iterable[tuple[Punch, Punch]]) -> list[CrossFinding]:
    """Note stamps that were made twice."""
    return [
        _note(CrossKind.STAMPED_TWICE, facts, _from(first.at, second.at), (first, second)) for first, second in doubled
    ]


def _order(facts: DayFacts, punches: Sequence[Punch]) -> list[CrossFinding]:
    """Note in after in, out after out, and out before any in."""
    known = [punch for punch in punches if punch.direction is not Direction.UNKNOWN]
    found = [
        _note(CrossKind.STAMPS_OUT_OF_ORDER, facts, _from(before.at, after.at), (before, after))
        for before, after in pairwise(known)
        if before.direction is after.direction
    ]
    if known and known[0].direction is Direction.OUT:
        found.append(_note(CrossKind.STAMPS_OUT_OF_ORDER, facts, _from(known[0].at, known[0].at), (known[0],)))
    return found


def _doubts(facts: DayFacts, punches: Iterable[Punch]) -> list[CrossFinding]:
    return [
        _note(CrossKind.CLOCK_IN_DOUBT, facts, _from(punch.at, punch.at), (punch,))
        for punch in punches
        if punch.device in facts.doubtful_devices
    ]


def _from(start: datetime, end: datetime) -> Interval:
    """A stamp has no length; an interval needs some."""
    return Interval(start, max(end, start + timedelta(seconds=1)))


def _note(kind: CrossKind, facts: DayFacts, span: Interval, punches: tuple[Punch, ...] = ()) -> CrossFinding:
    return CrossFinding(kind, Severity.NOTE, facts.officer_id, facts.day, span, punches)
