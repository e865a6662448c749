"""What a source is: an iterator of frames and gaps, with a ring of the packets they came from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

from vision.capture.packets import PacketRing
from vision.types import CameraId, Fault, Frame, Gap, RunId


class Source(Protocol):
    """One camera or recording. All implementations pass `tests/contracts/test_sources.py`.

    "No more frames" is three facts: the end of a recording ends the iterator, a lost link becomes a `Gap`
    in the stream, and a broken file raises.
    """

    @property
    def camera_id(self) -> CameraId:
        """The camera that the frames are of."""
        ...

    @property
    def run_id(self) -> RunId:
        """This working of the source; part of every event's name."""
        ...

    @property
    def ring(self) -> PacketRing:
        """The latest compressed packets, for evidence."""
        ...

    @property
    def dropped_frames(self) -> int:
        """Frames that a slow reader lost so far; a recording loses none."""
        ...

    @property
    def silent_since(self) -> datetime | None:
        """When the last good picture came, where that is too long ago; None where all is well, and of a recording."""
        ...

    def items(self) -> Iterator[Frame | Gap]:
        """Yield frames and gaps in the order of time. Raises `CaptureError`."""
        ...

    def take_faults(self) -> list[Fault]:
        """Return what opened or ended with the source's own clock since this was last asked."""
        ...

    def close(self) -> None:
        """Let go of the camera; `items` then ends."""
        ...


class LiveSource(Source, Protocol):
    """A source that goes on until it is closed."""

    @property
    def turns(self) -> int:
        """What the reader has done so far: while this rises, it does not hang."""
        ...

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far the camera's own clock is ahead of the frames' times; None where it does not report it."""
        ...
