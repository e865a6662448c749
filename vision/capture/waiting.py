"""Frames and gaps that wait for a slow reader: the oldest frames go, and what went is told."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from vision.types import Frame, Gap, GapReason

UNTOLD_MAX = timedelta(seconds=2)
"""So much time may pass between two frames of a reader that is too slow. A longer stretch is a gap: no rule may take
the two frames for neighbours."""


@dataclass(slots=True)
class _Waits:
    item: Frame | Gap
    follows_dropped: bool = False

    @property
    def starts_at(self) -> datetime:
        return self.item.start if isinstance(self.item, Gap) else self.item.captured_at

    @property
    def ends_at(self) -> datetime:
        return self.item.end if isinstance(self.item, Gap) else self.item.captured_at


class Waiting:
    """A queue that never makes its writer wait. Not safe for threads by itself.

    Attributes:
        dropped_frames: Frames dropped so far.
    """

    def __init__(self, frames_max: int) -> None:
        """Keep at most ``frames_max`` frames, at least 1; gaps are always kept."""
        self.dropped_frames = 0
        self._frames_max = max(1, frames_max)
        self._queue: deque[_Waits] = deque()
        self._frames = 0
        self._told_until: datetime | None = None

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, item: Frame | Gap) -> None:
        """Append an item; the oldest frame goes where there are too many."""
        self._queue.append(_Waits(item))
        self._frames += isinstance(item, Frame)
        if self._frames > self._frames_max:
            self._drop_oldest()

    def take(self) -> Frame | Gap:
        """Return the next item, or the gap that dropped frames left before it. Raises `IndexError` when empty."""
        first = self._queue[0]
        before = self._told_until
        if before is not None and first.follows_dropped and first.starts_at - before > UNTOLD_MAX:
            self._told_until = first.starts_at
            first.follows_dropped = False
            return Gap(first.item.camera_id, first.item.run_id, before, first.starts_at, GapReason.OVERLOADED)
        self._queue.popleft()
        self._frames -= isinstance(first.item, Frame)
        self._told_until = first.ends_at
        return first.item

    def _drop_oldest(self) -> None:
        i = next(i for i, waits in enumerate(self._queue) if isinstance(waits.item, Frame))
        del self._queue[i]
        # the newest frame is never the oldest, so something stands where it stood
        self._queue[i].follows_dropped = True
        self._frames -= 1
        self.dropped_frames += 1
