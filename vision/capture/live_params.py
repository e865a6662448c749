"""How to reach a live camera, and how long to wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class LiveParams:
    """How to reach a camera.

    Attributes:
        transport: ``tcp`` or ``udp``.
        silence_max: Without a packet for this long the link is lost; without a whole picture the camera is silent.
        waiting_frames_max: Frames kept for a slow reader; the oldest are dropped beyond that, and counted.
        input_format: FFmpeg's input format where the address does not tell it (``v4l2`` for a USB camera).
        back_off: Pause before the first try to reach a lost camera again, and the longest that it is doubled up to.
    """

    transport: str = "tcp"
    silence_max: timedelta = timedelta(seconds=5)
    waiting_frames_max: int = 20
    input_format: str | None = None
    back_off: tuple[timedelta, timedelta] = (timedelta(milliseconds=500), timedelta(seconds=10))
