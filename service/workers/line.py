"""What the supervisor and its processes say to each other, over a pipe whose other end ends with its process."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    """One word from a process up to its supervisor, or down."""

    TURNS = "turns"
    """Up: its work goes on. Told every second while it does."""
    WORKS = "works"
    """Up: it has done what it is for at least once."""
    DISK_FULL = "disk_full"
    """Up: somebody should look at the disk."""
    STOP = "stop"
    """Down: finish and end."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Up, as the last thing a process says: why starting it again is of no use. Never holds a stream's address."""

    reason: str


GIVEN_UP = 3
"""Exit code of a process that has said `GivenUp`."""
