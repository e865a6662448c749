"""Since when has a camera shown nothing? By the clock handed in, whatever its link does meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from vision.clock import Clock


class Silence:
    """Knows when the last good picture came. Written by the thread that reads, asked by any other."""

    def __init__(self, clock: Clock, after: timedelta) -> None:
        """A camera without a good picture for longer than ``after`` is silent."""
        self._clock = clock
        self._after = after
        self._last: datetime | None = None

    def note_picture(self) -> None:
        """A good picture came, or the camera is asked for one for the first time."""
        self._last = self._clock.now()

    @property
    def since(self) -> datetime | None:
        """When the last good picture came, where that is too long ago; None where all is well, or nobody asked yet."""
        last, now = self._last, self._clock.now()
        if last is None:
            return None
        if now < last:
            self._last = now  # our clock was set back: silence is counted from here
            return None
        return last if now - last > self._after else None
