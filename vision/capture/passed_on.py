"""What a source that passes another one on does by itself: everything but its items."""

from __future__ import annotations

from datetime import datetime

from vision.capture.packets import PacketRing
from vision.capture.source import Source
from vision.types import CameraId, Fault, RunId


class PassedOn:
    """Passes a source on; whoever changes what comes of it gives its own ``items``, and what else differs."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def camera_id(self) -> CameraId:
        """The camera that the frames are of."""
        return self._source.camera_id

    @property
    def run_id(self) -> RunId:
        """This working of the source."""
        return self._source.run_id

    @property
    def ring(self) -> PacketRing:
        """The latest compressed packets."""
        return self._source.ring

    @property
    def dropped_frames(self) -> int:
        """Frames that a slow reader lost so far."""
        return self._source.dropped_frames

    @property
    def silent_since(self) -> datetime | None:
        """When the last good picture came, where that is too long ago."""
        return self._source.silent_since

    def take_faults(self) -> list[Fault]:
        """Return what opened or ended with the source's own clock since this was last asked."""
        return self._source.take_faults()

    def close(self) -> None:
        """Let go of the camera; ``items`` then ends."""
        self._source.close()
