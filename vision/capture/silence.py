"""Since when has a camera shown nothing? Whatever its link, or the computer's clock, does meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from vision.clock import Clock

PAUSE_SHARE = 0.7
"""Pictures that come after a pause of so much of the silence allowed may be what was left in a link that has died:
the last picture of an MPEG-TS comes out when reading it ends, five seconds late."""

GOES_ON_FOR_S = 1.0
"""A camera that is back goes on; what was left in a dead link comes at once, and nothing after it."""


class Silence:
    """Knows when a camera last showed something. Written by the thread that reads, asked by any other.

    How long it lasts is measured by a steady clock; when it began is told by the one that can be set.
    """

    def __init__(self, clock: Clock, after: timedelta, steady_s: Callable[[], float] = time.monotonic) -> None:
        """A camera without a good picture for longer than ``after`` is silent; ``steady_s`` is never set back."""
        self._clock = clock
        self._after_s = after.total_seconds()
        self._steady_s = steady_s
        self._last: tuple[float, datetime] | None = None
        self._tried: tuple[float, float] | None = None
        """First and latest of the pictures after a pause, while they have not gone on for long enough."""

    def note_asked(self) -> None:
        """The camera is asked for pictures: its silence is counted from here."""
        self._last, self._tried = (self._steady_s(), self._clock.now()), None

    def note_picture(self) -> None:
        """A good picture came."""
        now_s = self._steady_s()
        if self._last is None or (self._tried is None and now_s - self._last[0] <= PAUSE_SHARE * self._after_s):
            self.note_asked()
            return
        if self._tried is None or now_s - self._tried[1] > self._after_s:
            self._tried = now_s, now_s
            return
        first_s, _ = self._tried
        if now_s - first_s >= GOES_ON_FOR_S:
            self.note_asked()
        else:
            self._tried = first_s, now_s

    @property
    def since(self) -> datetime | None:
        """When the last good picture came, where that is too long ago; None where all is well, or nobody asked yet."""
        last = self._last
        if last is None or self._steady_s() - last[0] <= self._after_s:
            return None
        return min(last[1], self._clock.now())
