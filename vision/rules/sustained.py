"""Turn a flickering answer into one stretch of time with a start and an end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vision.types import Answer, EndReason


@dataclass(frozen=True, slots=True)
class SustainedParams:
    """When a stretch counts.

    Attributes:
        open_after: It must have been so for this long.
        close_after: It must have stopped for this long.
        hold_unknown: For this long nothing may be known before the stretch ends at its last evidence.
    """

    open_after: timedelta
    close_after: timedelta
    hold_unknown: timedelta


@dataclass(frozen=True, slots=True)
class Stretch:
    """State of one stretch.

    Attributes:
        since: First yes of the present stretch; None while there is none.
        last_yes: The latest evidence.
        denied_since: First no after ``last_yes``; None while nothing speaks against it.
        last_known: The latest yes or no.
        is_open: Whether it has lasted long enough.
    """

    since: datetime | None = None
    last_yes: datetime | None = None
    denied_since: datetime | None = None
    last_known: datetime | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A stretch has lasted long enough; it began at ``started_at``."""

    started_at: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """A stretch is over; its last evidence was at ``ended_at``."""

    started_at: datetime
    ended_at: datetime
    reason: EndReason


Transition = Opened | Closed | None
NOTHING = Stretch()


def step(state: Stretch, at: datetime, answer: Answer, params: SustainedParams) -> tuple[Stretch, Transition]:
    """Advance by one answer. Pure; times must not decrease.

    A stretch begins at its first yes and ends at its last yes, never at the moment at which it was noticed.
    Unknown answers neither feed a stretch nor end it, until ``hold_unknown`` has passed without any evidence.
    """
    if answer is Answer.YES:
        return _affirm(state, at, params)
    if answer is Answer.NO:
        return _deny(state, at, params)
    return expire(state, at, params)


def expire(state: Stretch, at: datetime, params: SustainedParams) -> tuple[Stretch, Transition]:
    """Let time pass without an answer."""
    if state.since is None or state.last_known is None or at - state.last_known <= params.hold_unknown:
        return state, None
    return close(state, EndReason.LOST_SIGHT)


def close(state: Stretch, reason: EndReason) -> tuple[Stretch, Transition]:
    """End the stretch at its last evidence, whatever the reason."""
    if not state.is_open or state.since is None or state.last_yes is None:
        return NOTHING, None
    return NOTHING, Closed(state.since, state.last_yes, reason)


def _affirm(state: Stretch, at: datetime, params: SustainedParams) -> tuple[Stretch, Transition]:
    state, transition = expire(state, at, params)
    if transition is not None:
        return Stretch(since=at, last_yes=at, last_known=at), transition
    since = state.since or at
    opens = not state.is_open and at - since >= params.open_after
    new = Stretch(since=since, last_yes=at, last_known=at, is_open=state.is_open or opens)
    return new, Opened(since) if opens else None


def _deny(state: Stretch, at: datetime, params: SustainedParams) -> tuple[Stretch, Transition]:
    if state.since is None:
        return state, None
    denied_since = state.denied_since or at
    if at - denied_since >= params.close_after:
        return close(state, EndReason.CEASED)
    return replace(state, denied_since=denied_since, last_known=at), None
