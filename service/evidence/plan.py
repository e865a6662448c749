"""Which clips an event needs, and when they can be cut. Pure, timed by the stream: a replay plans the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.db.records import EvidenceKind
from vision.rules.rulebook import CITIZENS_WAITING
from vision.types import Event

BEFORE = timedelta(seconds=5)
AFTER = timedelta(seconds=5)
LONG = timedelta(seconds=30)
"""An event still open after this long gets a clip of its beginning at once, and one of its end later."""
ENDING = timedelta(seconds=10)
"""How much of a long event its closing clip shows."""
UNPICTURED = frozenset({CITIZENS_WAITING})
"""Citizens are counted on, not recorded: of these events no clip and no picture is kept."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One clip to make: from ``start`` to ``end``, once the stream has come to ``due_at``."""

    event: Event
    kind: EvidenceKind
    start: datetime
    end: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """State: what waits for the stream to come so far.

    Attributes:
        started: Events whose beginning has been cut.
    """

    waiting: tuple[Cut, ...] = ()
    started: frozenset[str] = frozenset()


def plan_event(plan: Plan, event: Event, noticed_at: datetime) -> Plan:
    """Take in an event that opened or closed; ``noticed_at`` is the time of the frame that told."""
    if event.rule_id in UNPICTURED:
        return plan
    event_id = str(event.event_id)
    others = tuple(cut for cut in plan.waiting if cut.event.event_id != event.event_id)
    if event.ended_at is None:
        end = event.started_at + LONG
        # noticed long after the start: show the moment at which it became a flag
        start = event.started_at - BEFORE
        if noticed_at > end:
            start, end = noticed_at - LONG, noticed_at + AFTER
        cut = Cut(event, EvidenceKind.CLIP_START, start, end, end)
        return replace(plan, waiting=(*others, cut))
    end = event.ended_at + AFTER
    if event_id in plan.started:
        start = max(event.ended_at - ENDING, event.started_at - BEFORE)
        cut = Cut(event, EvidenceKind.CLIP_END, start, end, end)
    else:
        cut = Cut(event, EvidenceKind.CLIP, event.started_at - BEFORE, end, end)
    return Plan((*others, cut), plan.started - {event_id})


def take_due(plan: Plan, at: datetime) -> tuple[Plan, tuple[Cut, ...]]:
    """Split off the cuts that the stream has passed."""
    return _take(plan, [cut for cut in plan.waiting if at >= cut.due_at])


def take_all(plan: Plan) -> tuple[Plan, tuple[Cut, ...]]:
    """Split off everything: the stream is over or was interrupted, nothing more will come."""
    return _take(plan, [cut for cut in plan.waiting if cut.event.ended_at is not None])


def _take(plan: Plan, due: Iterable[Cut]) -> tuple[Plan, tuple[Cut, ...]]:
    taken = tuple(due)
    started = {str(cut.event.event_id) for cut in taken if cut.kind is EvidenceKind.CLIP_START}
    rest = tuple(cut for cut in plan.waiting if cut not in taken)
    return Plan(rest, plan.started | started), taken
