"""What a camera went through: its faults and gaps, as a list and as where their bars are drawn. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from service.attendance.intervals import Interval, intersect, subtract, union
from service.db.records import FaultRecord, GapRecord, RunRecord
from service.web.timelines import NARROWEST, Bar, Tick, position
from vision.types import FaultKind

BRIDGED = timedelta(seconds=30)
"""Two runs with less than this between them are drawn as one: a restart is no news on a scale of days."""
FINEST = 600
"""Pieces that fit side by side into the drawing; what lies nearer together is drawn as one."""


class Span(StrEnum):
    """How far the history reaches back."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def length(self) -> timedelta:
        """Its length of time."""
        return {Span.DAY: timedelta(hours=24), Span.WEEK: timedelta(days=7), Span.MONTH: timedelta(days=30)}[self]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault, or one stretch without pictures.

    Attributes:
        kind: As `vision.types.FaultKind` or `vision.types.GapReason`.
        is_fault: Whether pictures came that were not to be trusted; else none came.
        end: None while it goes on.
        detail: What was measured, for faults.
    """

    kind: str
    is_fault: bool
    start: datetime
    end: datetime | None
    detail: str = ""

    def length(self, now: datetime) -> timedelta:
        """How long it lasted, or has lasted so far."""
        return (self.end or now) - self.start


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the drawing; ``kind`` names it: ``picture`` or a kind of fault."""

    kind: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A camera's last day, week or month.

    Attributes:
        troubles: The latest first.
        watched: How long it was watched.
        trusted_share: Share of the time watched in which its picture could be trusted, 0..1; None where never watched.
    """

    start: datetime
    end: datetime
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    troubles: tuple[Trouble, ...]
    watched: timedelta
    trusted_share: float | None


def troubles_of(faults: Iterable[FaultRecord], gaps: Iterable[GapRecord]) -> list[Trouble]:
    """List faults and gaps, the latest first. The gap that stands for a fault is not named twice."""
    kinds = {str(kind) for kind in FaultKind}
    found = [Trouble(fault.kind, True, fault.started_at, fault.ended_at, fault.detail) for fault in faults]
    found += [
        Trouble(gap.reason, False, gap.start, gap.end) for gap in gaps if not gap.place_id and gap.reason not in kinds
    ]
    return sorted(found, key=lambda trouble: trouble.start, reverse=True)


def history_of(
    runs: Sequence[RunRecord], troubles: Sequence[Trouble], *, until: datetime, span: Span, zone: ZoneInfo
) -> History:
    """Draw the ``span`` before ``until``."""
    window = Interval(until - span.length, until)
    ran = [Interval(run.started_at, run.last_at) for run in runs if run.started_at < run.last_at]
    watched = intersect(union(ran, BRIDGED), [window])
    stops = [(trouble, _stop(trouble, until)) for trouble in troubles]
    blind = [stop for trouble, stop in stops if trouble.kind != FaultKind.TIME_DRIFT]
    gaps = intersect(union([stop for trouble, stop in stops if not trouble.is_fault], timedelta()), watched)
    good = subtract(watched, union(blind, timedelta()))
    drawn = intersect(union(gaps, span.length / FINEST), watched)
    pieces = [("works", i) for i in subtract(watched, drawn)] + [("gap", i) for i in drawn]
    lanes = [Lane("picture", tuple(_bar(kind, interval, window) for kind, interval in pieces))]
    for kind in FaultKind:
        own = [stop for trouble, stop in stops if trouble.is_fault and trouble.kind == kind]
        shown = intersect(union(own, span.length / FINEST), [window])
        bars = tuple(_bar("fault", interval, window) for interval in shown)
        if bars:
            lanes.append(Lane(kind, bars))
    whole = _total(watched)
    return History(
        start=window.start,
        end=window.end,
        lanes=tuple(lanes),
        ticks=tuple(_ticks(window, span, zone)),
        troubles=tuple(troubles),
        watched=whole,
        trusted_share=_total(good) / whole if whole else None,
    )


def _stop(trouble: Trouble, until: datetime) -> Interval:
    """Return when it was; one that lasted no time at all still gets a second."""
    return Interval(trouble.start, max(trouble.end or until, trouble.start + timedelta(seconds=1)))


def _total(intervals: Sequence[Interval]) -> timedelta:
    return sum((interval.length for interval in intervals), timedelta())


def _bar(kind: str, interval: Interval, window: Interval) -> Bar:
    x = position(interval.start, window.start, window.end)
    width = max(position(interval.end, window.start, window.end) - x, NARROWEST)
    return Bar(kind, min(x, 100 - NARROWEST), round(width, 3), interval.start, interval.end)


def _ticks(window: Interval, span: Span, zone: ZoneInfo) -> list[Tick]:
    """Mark every third hour of a day, each day of a week, every fifth day of a month; every other one is a main one."""
    step = {Span.DAY: timedelta(hours=3), Span.WEEK: timedelta(days=1), Span.MONTH: timedelta(days=5)}[span]
    midnight = window.start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks, number = [], 0
    while (at := midnight + step * number) <= window.end:
        if at >= window.start:
            ticks.append(Tick(position(at, window.start, window.end), at, number % 2 == 0))
        number += 1
    return ticks
