"""ByteTrack, by the `trackers` library, behind our contract.

Source: Zhang et al., ByteTrack: Multi-Object Tracking by Associating Every Detection Box, ECCV 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from vision.types import Detections, Gap, RunId, Tracks

if TYPE_CHECKING:
    from trackers import ByteTrackTracker


@dataclass(frozen=True, slots=True)
class ByteTrackParams:
    """Settings of ByteTrack.

    Attributes:
        start_score: A new track needs a detection at least this strong.
        high_score: Detections from here on are matched first.
        lost_after: A track not seen for this long is dropped.
        rate_fps: Rate at which frames are looked at.
    """

    start_score: float = 0.4
    high_score: float = 0.35
    lost_after: timedelta = timedelta(seconds=2)
    rate_fps: float = 5.0


class ByteTrack:
    """Adapter to ``trackers.ByteTrackTracker``. Track numbers rise through the whole run, also after a gap."""

    def __init__(self, run_id: RunId, params: ByteTrackParams) -> None:
        self._run_id = run_id
        self._params = params
        self._base: datetime | None = None
        self._offset = 0
        self._highest = -1
        self._inner = self._make()

    def _make(self) -> ByteTrackTracker:
        # imported here: it brings plotting and optimisers, seconds that pages and site checks never need
        from trackers import ByteTrackTracker

        return ByteTrackTracker(
            # the library counts the buffer in frames of 30 a second
            lost_track_buffer=max(1, round(self._params.lost_after.total_seconds() * 30)),
            frame_rate=self._params.rate_fps,
            track_activation_threshold=self._params.start_score,
            high_conf_det_threshold=self._params.high_score,
            minimum_consecutive_frames=2,
        )

    def update(self, detections: Detections) -> Tracks:
        """Take the detections of the next frame."""
        if self._base is None:
            self._base = detections.captured_at
        import supervision as sv

        order = sv.Detections(
            xyxy=np.array(detections.xyxy_px, dtype=np.float32).reshape(-1, 4),
            confidence=np.array(detections.score, dtype=np.float32),
            class_id=np.arange(len(detections)),  # remembers the order, which the library may change
        )
        tracked = self._inner.update(order, timestamp=(detections.captured_at - self._base).total_seconds())
        number = np.full(len(detections), -1, dtype=np.int64)
        if len(tracked):
            found = np.asarray(tracked.tracker_id, dtype=np.int64)
            number[np.asarray(tracked.class_id)] = np.where(found >= 0, found + self._offset, -1)
            self._highest = max(self._highest, int(number.max()))
        return Tracks(self._run_id, detections, number)

    def interrupt(self, gap: Gap) -> None:
        """Forget what cannot be bridged; numbers are not used again."""
        if gap.end - gap.start > self._params.lost_after:
            self._offset = self._highest + 1
            self._base = None
            self._inner = self._make()
