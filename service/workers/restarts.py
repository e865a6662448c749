"""When a process is started, started again, or killed because nothing is heard of it. Pure: times are handed in.

Times are seconds of a clock that nobody sets (`time.monotonic`): a computer whose time is corrected must not
take all its processes for hung.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Phase(StrEnum):
    """What one process is doing."""

    WAITING = "waiting"
    """It is not there, and is to be started when its time has come."""
    RUNNING = "running"
    GIVEN_UP = "given_up"
    """It is not there, and starting it again is of no use."""


class Due(StrEnum):
    """What is to be done with a process now."""

    START = "start"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what, seconds.

    Attributes:
        first_s: Before the first new start.
        most_s: Before any: each pause is twice the one before.
        good_after_s: After so long a time of signs of life the pauses begin anew.
        silent_most_s: Without a sign of life for longer, a process hangs.
    """

    first_s: float = 1.0
    most_s: float = 30.0
    good_after_s: float = 60.0
    silent_most_s: float = 60.0


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How it stands with one process.

    Attributes:
        since_s: When it was started; for one that waits, when it is to be started.
        heard_s: The latest sign of life; its start counts as one.
        ended: How many times in a row it ended without having worked well.
    """

    phase: Phase
    since_s: float
    heard_s: float
    ended: int = 0


def to_be_started(now_s: float) -> Upkeep:
    """Return the upkeep of a process that was never there: it is to be started at once."""
    return Upkeep(Phase.WAITING, now_s, now_s)


def note_started(upkeep: Upkeep, now_s: float) -> Upkeep:
    """It was started."""
    return replace(upkeep, phase=Phase.RUNNING, since_s=now_s, heard_s=now_s)


def note_heard(upkeep: Upkeep, now_s: float) -> Upkeep:
    """It gave a sign of life."""
    return replace(upkeep, heard_s=now_s) if upkeep.phase is Phase.RUNNING else upkeep


def note_ended(upkeep: Upkeep, now_s: float, *, jitter: float, patience: Patience = PATIENCE) -> Upkeep:
    """It ended and was not asked to: it is started again after a pause.

    Args:
        jitter: What the pause is multiplied by, about 1, so that many that fell together do not start together.
    """
    worked_s = upkeep.heard_s - upkeep.since_s
    ended = 1 if worked_s >= patience.good_after_s else upkeep.ended + 1
    # 2.0 ** 1024 overflows, and a camera may fall for months
    pause_s = min(patience.first_s * 2.0 ** min(ended - 1, 30), patience.most_s) * jitter
    return Upkeep(Phase.WAITING, now_s + pause_s, now_s, ended)


def note_given_up(upkeep: Upkeep) -> Upkeep:
    """It ended, and starting it again is of no use."""
    return replace(upkeep, phase=Phase.GIVEN_UP)


def due(upkeep: Upkeep, now_s: float, patience: Patience = PATIENCE) -> Due | None:
    """Return what is to be done now, if anything."""
    if upkeep.phase is Phase.WAITING and now_s >= upkeep.since_s:
        return Due.START
    if is_silent(upkeep, now_s, patience.silent_most_s):
        return Due.KILL
    return None


def is_silent(upkeep: Upkeep, now_s: float, longer_than_s: float) -> bool:
    """Tell whether it should be heard of and has not been for so long."""
    return upkeep.phase is Phase.RUNNING and now_s - upkeep.heard_s > longer_than_s
