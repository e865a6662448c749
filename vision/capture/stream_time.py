"""When a picture of a live stream was captured: its own timestamps, held against our clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import av
from av.video.stream import VideoStream

from vision.clock import Clock

DRIFT_MAX = timedelta(seconds=2)
"""A stream whose times go further than this from the clock has drifted or jumped, and is timed anew."""

SETTLES_FOR = timedelta(seconds=5)
UNSETTLED_MAX = timedelta(seconds=10)
"""A new link begins with pictures that had waited (2 s of them from GStreamer's server) and come in a burst. Where the
times stand after that is what drift is measured from; until then only times this far off are taken for a jump."""

LATE_FOR = timedelta(seconds=5)
"""Late times may be a slow network's, which catches up: they are believed only when it has not, after this long."""

JUMP_MIN = timedelta(seconds=1)
"""A clock that goes so far off from one picture to the next has jumped; one that drifts takes many pictures."""

TIMELESS_FRAMES_MAX = 10
"""A stream's first pictures come without timestamps until the camera's clock report (RTCP) has arrived."""


class StreamTime:
    """Maps the timestamps of one connection to UTC: the first picture that has one was captured just now.

    Attributes:
        jumped_by: How far the stream's clock went off from one picture to the latest, where that is why it was
            timed anew with the latest picture.
        is_remapped: Whether the latest picture was timed anew.
        stream_s: The latest picture's own time, seconds; None where it has none.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor: tuple[datetime, Fraction] | None = None
        self._without = 0
        self._linked_at: datetime | None = None
        self._base = timedelta()
        self._late_since: datetime | None = None
        self._ahead = timedelta()
        self._before_late = timedelta()
        self.jumped_by: timedelta | None = None
        self.is_remapped = False
        self.stream_s: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether a picture with a timestamp has come."""
        return self._anchor is not None

    def is_settled(self, now: datetime) -> bool:
        """Whether the burst that a new link begins with is over."""
        return self._linked_at is not None and now - self._linked_at >= SETTLES_FOR

    def of_picture(self, picture: av.VideoFrame | av.Packet[VideoStream]) -> datetime | None:
        """Return when a picture, decoded or not, was captured; None for the few before the camera's clock is known."""
        self.jumped_by, self.is_remapped, self.stream_s = None, False, None
        if picture.pts is None or picture.time_base is None:
            self._without += 1
            # a camera that never sends timestamps is timed by arrival
            return self._clock.now() if self._without > TIMELESS_FRAMES_MAX else None
        seconds = picture.pts * picture.time_base
        self.stream_s = float(seconds)
        now = self._clock.now()
        if self._anchor is None:
            self._anchor, self._linked_at = (now, seconds), now
        elif self._is_off(self.of_seconds(seconds) - now, now):
            self._anchor = (now, seconds)
            self._late_since, self._ahead, self._base, self.is_remapped = None, timedelta(), timedelta(), True
        return self.of_seconds(seconds)

    def _is_off(self, ahead: timedelta, now: datetime) -> bool:
        """Tell whether the times are to be mapped anew: ahead at once, for no network hurries; late when it lasts."""
        before, self._ahead = self._ahead, ahead
        if not self.is_settled(now):
            self._base = max(self._base, ahead)
            is_off = abs(ahead) > UNSETTLED_MAX
            self.jumped_by = ahead - before if is_off else None
            return is_off
        ahead -= self._base
        before -= self._base
        if ahead > DRIFT_MAX:
            self.jumped_by = ahead - before if ahead - before > JUMP_MIN else None
            return True
        if ahead >= -DRIFT_MAX:
            self._late_since = None
            return False
        if self._late_since is None:
            self._late_since, self._before_late = now, before
        if now - self._late_since < LATE_FOR:
            return False
        gone = ahead - self._before_late
        self.jumped_by = gone if -gone > JUMP_MIN else None
        return True

    def of_seconds(self, seconds: Fraction) -> datetime:
        """Return the moment of a timestamp; only once `is_known`."""
        if self._anchor is None:
            raise LookupError("no picture with a timestamp has come yet")
        moment, zero = self._anchor
        return moment + timedelta(seconds=float(seconds - zero))
