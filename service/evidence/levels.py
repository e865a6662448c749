"""How full the disk is, in levels that do not flicker. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from service.evidence.store import Room


class Level(IntEnum):
    """How much room is left; more is worse."""

    ENOUGH = 0
    TIGHT = 1
    """The oldest evidence that nothing holds goes before its time."""
    VERY_TIGHT = 2
    """No clips of visits and no stills any more."""
    FULL = 3
    """No evidence is stored: what is left is for the database, so that events are still recorded."""

    @property
    def word(self) -> str:
        """The level as logs, the journal and monitors say it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Marks:
    """At which share of the disk a level begins.

    Attributes:
        tight, very_tight, full: Free share of the whole, 0..1, falling.
        back: By how much more must be free before a level ends.
        locked: Share of the disk that evidence which is never deleted may take before there is an alarm.
    """

    tight: float = 0.10
    very_tight: float = 0.05
    full: float = 0.02
    back: float = 0.02
    locked: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.full < self.very_tight < self.tight < 1:
            raise ValueError(
                f"wanted 0 <= full < very_tight < tight < 1, got {self.full:g}, {self.very_tight:g}, {self.tight:g}"
            )

    def level_of(self, room: Room, before: Level = Level.ENOUGH) -> Level:
        """Return the level, given the one before it: worse at once, better only when well past the mark."""
        free = room.free_bytes / max(room.total_bytes, 1)
        worst = self._level(free)
        if worst >= before:
            return worst
        return min(before, self._level(free - self.back))

    def wanted_bytes(self, room: Room) -> int:
        """Return how much must be freed for the disk to be well past tight."""
        return max(0, round((self.tight + self.back) * room.total_bytes) - room.free_bytes)

    def _level(self, free: float) -> Level:
        if free < self.full:
            return Level.FULL
        if free < self.very_tight:
            return Level.VERY_TIGHT
        return Level.TIGHT if free < self.tight else Level.ENOUGH


MARKS = Marks()
"""Where the operator says nothing else."""
