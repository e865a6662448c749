"""Tell whether a camera's work goes on: a decoder or a net that hangs must not look like a quiet hour."""

from __future__ import annotations

from collections.abc import Callable


class Pulse:
    """Counts turns of the loop that takes pictures and, while that waits for one, of the reader that brings them.

    A camera that is switched off brings no pictures, but its reader tries again and again: that is a turn too.
    Written by the loop's thread, asked by another.

    Attributes:
        has_worked: Whether a picture has come at all.
    """

    def __init__(self) -> None:
        self.has_worked = False
        self._turns = 0
        self._reader_turns: Callable[[], int] | None = None
        self._known: tuple[int, int] = (-1, 0)

    @property
    def is_waiting(self) -> bool:
        """Whether the loop waits for a reader: then nothing is being looked at or written."""
        return self._reader_turns is not None

    def beat(self) -> None:
        """The loop turned, and is busy from now on."""
        self._turns += 1
        self._reader_turns = None

    def wait_for(self, reader_turns: Callable[[], int]) -> None:
        """The loop turned, and waits for a reader from now on, whose turns this counts."""
        self._turns += 1
        self._reader_turns = reader_turns

    def take(self) -> bool:
        """Tell whether anything turned since this was last asked."""
        reader_turns = self._reader_turns
        seen = (self._turns, 0 if reader_turns is None else reader_turns())
        has_turned, self._known = seen != self._known, seen
        return has_turned
