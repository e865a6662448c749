"""What a tracker is: detections in, the same detections with track numbers out."""

from __future__ import annotations

from typing import Protocol

from vision.types import Detections, Gap, Tracks


class Tracker(Protocol):
    """Follows persons through one run of one camera.

    All implementations pass `tests/contracts/test_trackers.py`.
    """

    def update(self, detections: Detections) -> Tracks:
        """Take the detections of the next frame; times must not decrease."""
        ...

    def interrupt(self, gap: Gap) -> None:
        """Nothing was seen for a while: what cannot be bridged is forgotten; numbers are not used again."""
        ...
