"""Where the pieces of a timeline are drawn, in percent of its width. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from service.attendance.intervals import Interval, intersect, subtract, union
from service.db.records import EventRecord, TraceItem

HAND_AT_MOUTH = "hand_at_mouth"
LOOK_HOLDS = timedelta(seconds=3)
"""An answer is drawn until the next one, but no longer than this: nobody looked in between."""
NARROWEST = 0.3
"""Percent of the width: shorter pieces would not be seen."""
TICK_STEPS = tuple(timedelta(seconds=s) for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200))
TICKS_WANTED = 8


class DrawnDay(Protocol):
    """One officer's day as far as it is drawn; each sorted and without overlap."""

    @property
    def shifts(self) -> tuple[Interval, ...]: ...
    @property
    def present(self) -> tuple[Interval, ...]: ...
    @property
    def absent(self) -> tuple[Interval, ...]: ...
    @property
    def no_data(self) -> tuple[Interval, ...]: ...
    @property
    def leave(self) -> tuple[Interval, ...]: ...


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece.

    Attributes:
        kind: What it stands for; a class of the style sheet.
        why: Why unknown, for answers.
    """

    kind: str
    x: float
    width: float
    start: datetime
    end: datetime
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis."""

    x: float
    at: datetime
    is_main: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawn stretch of time.

    Attributes:
        hands: When a hand was near the mouth for as long as a puff lasts: a cue beside the answers.
    """

    start: datetime
    end: datetime
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    hands: tuple[Bar, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Tell whether a good part of the end has no pieces: long events keep only their first answers."""
        return bool(self.bars) and self.end - self.bars[-1].end > 2 * LOOK_HOLDS


def position(at: datetime, start: datetime, end: datetime) -> float:
    """Return where a moment lies between two others, 0..100."""
    share = (at - start) / (end - start)
    return round(min(max(share, 0.0), 1.0) * 100, 3)


def trace_timeline(event: EventRecord, supports: str, zone: ZoneInfo) -> Timeline | None:
    """Draw the answers that an event rests on; None where there are none.

    Args:
        supports: The answer that speaks for the flag.
    """
    if not event.trace:
        return None
    last = event.trace[-1].at
    start = min(event.started_at, event.trace[0].at)
    end = max(event.ended_at or last, last, start + timedelta(seconds=1))
    bars = []
    looks = [item for item in event.trace if item.question != HAND_AT_MOUTH]
    hands = [item for item in event.trace if item.question == HAND_AT_MOUTH]
    for item, until in zip(looks, _holds(looks, end), strict=True):
        kind = "unknown" if item.answer == "unknown" else "for" if item.answer == supports else "against"
        bars.append(_bar(kind, Interval(item.at, until), start, end, item.why))
    raises = [Interval(up.at, down.at) for up, down in pairwise(hands) if up.answer == "yes"]
    return Timeline(
        start,
        end,
        tuple(bars),
        tuple(_ticks(start, end, zone)),
        tuple(_bar("hand", interval, start, end) for interval in raises),
    )


def trace_spells(bars: Sequence[Bar]) -> list[Bar]:
    """Join neighbouring pieces that say the same, to be read aloud."""
    spells: list[Bar] = []
    for bar in bars:
        same = spells and (spells[-1].kind, spells[-1].why) == (bar.kind, bar.why) and bar.start <= spells[-1].end
        if same:
            before = spells[-1]
            spells[-1] = Bar(before.kind, before.x, bar.x + bar.width - before.x, before.start, bar.end, bar.why)
        else:
            spells.append(bar)
    return spells


def day_window(days: Iterable[DrawnDay]) -> tuple[datetime, datetime] | None:
    """Return the stretch that all rows of a day are drawn over: shifts and visits with a margin."""
    known = [i for day in days for i in (*day.shifts, *day.present)]
    if not known:
        return None
    margin = timedelta(minutes=30)
    return min(i.start for i in known) - margin, max(i.end for i in known) + margin


def day_timeline(day: DrawnDay, window: tuple[datetime, datetime], zone: ZoneInfo) -> Timeline:
    """Draw one officer's day. Empty desk, leave and no data are never drawn alike: in leave nobody was looked for."""
    start, end = window
    shifts = union(day.shifts, timedelta())
    leave, listed = list(day.leave), list(day.absent)
    seen_empty = subtract(subtract(subtract(shifts, list(day.present)), list(day.no_data)), leave)
    present = intersect(list(day.present), [Interval(start, end)])
    pieces = [
        *(("shift", i) for i in shifts),
        *(("leave", i) for i in leave),
        *(("no_data", i) for i in day.no_data),
        *(("short", i) for i in subtract(seen_empty, listed)),
        *(("absent", i) for i in listed),
        *(("present-outside", i) for i in subtract(present, shifts)),
        *(("present", i) for i in intersect(present, shifts)),
    ]
    bars = tuple(_bar(kind, interval, start, end) for kind, interval in pieces)
    return Timeline(start, end, bars, tuple(_ticks(start, end, zone)))


def _holds(trace: Sequence[TraceItem], end: datetime) -> list[datetime]:
    following = [*(item.at for item in trace[1:]), end]
    shortest = timedelta(milliseconds=200)
    return [max(min(nxt, item.at + LOOK_HOLDS), item.at + shortest) for item, nxt in zip(trace, following, strict=True)]


def _bar(kind: str, interval: Interval, start: datetime, end: datetime, why: str | None = None) -> Bar:
    x = position(interval.start, start, end)
    width = max(position(interval.end, start, end) - x, NARROWEST)
    return Bar(kind, min(x, 100 - NARROWEST), round(width, 3), interval.start, interval.end, why)


def _ticks(start: datetime, end: datetime, zone: ZoneInfo) -> list[Tick]:
    """Mark round times of the day; every other one is a main one, kept on narrow screens."""
    step = next((s for s in TICK_STEPS if (end - start) / s <= TICKS_WANTED * 1.6), TICK_STEPS[-1])
    midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    number = -((midnight - start) // step)
    ticks = []
    while (at := midnight + step * number) <= end:
        ticks.append(Tick(position(at, start, end), at, number % 2 == 0))
        number += 1
    return ticks
