"""How the disk is, for all who write on it: one keeper looks, recorders and pages ask."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import timedelta

from service.evidence.levels import Level
from service.evidence.store import Room


@dataclass(frozen=True, slots=True)
class DiskState:
    """What was seen at the latest look.

    Attributes:
        room: None where the store has no end that could be measured, or nobody has looked yet.
        locked_bytes: Size of evidence that is never deleted as things stand.
        is_locked_high: Whether that is more than its share of the disk.
    """

    level: Level = Level.ENOUGH
    room: Room | None = None
    locked_bytes: int = 0
    is_locked_high: bool = False

    @property
    def is_alarm(self) -> bool:
        """Whether somebody has to make room."""
        return self.level > Level.ENOUGH or self.is_locked_high

    @property
    def locked_share(self) -> float:
        """Share of the disk that evidence takes which is never deleted, 0..1."""
        return 0.0 if self.room is None else self.locked_bytes / max(self.room.total_bytes, 1)

    @property
    def free_share(self) -> float:
        """Share of the disk that is free, 0..1."""
        return 1.0 if self.room is None else self.room.free_bytes / max(self.room.total_bytes, 1)


class DiskWatch:
    """The state of the disk, shared between threads."""

    def __init__(self, state: DiskState | None = None) -> None:
        self._state = state or DiskState()
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._is_watched = False

    @property
    def state(self) -> DiskState:
        """What was seen at the latest look."""
        return self._state

    def note(self, state: DiskState) -> None:
        """Take in what was seen."""
        with self._lock:
            self._state = state
            self._is_watched = True

    def note_full(self) -> None:
        """A writer met the end of the disk: nothing more is tried before somebody has looked, if anybody ever does."""
        with self._lock:
            if self._is_watched:
                self._state = replace(self._state, level=Level.FULL)
        self._asked.set()

    def ask(self) -> None:
        """Let whoever waits look at once."""
        self._asked.set()

    def wait(self, at_most: timedelta) -> None:
        """Wait until somebody asks for a look."""
        self._asked.wait(at_most.total_seconds())
        self._asked.clear()

    def may_record(self) -> bool:
        """Tell whether evidence of flags is to be stored now."""
        return self._state.level < Level.FULL

    def may_record_optional(self) -> bool:
        """Tell whether stills, and clips of events that accuse nobody, are to be stored now: they go without first."""
        return self._state.level < Level.VERY_TIGHT
