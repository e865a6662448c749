"""A source whose pictures are blacked out where nobody may look, before anything else sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from calibration.scene import Area
from vision.capture.packets import PacketRing
from vision.capture.pictures import MaskedPixels
from vision.capture.source import Source
from vision.types import CameraId, Fault, Frame, Gap, RunId


class MaskedSource:
    """Passes a source on with its masks painted black.

    The ring still holds what the camera sent, in memory alone: whoever cuts evidence from it paints the same areas.
    """

    def __init__(self, source: Source, areas: Sequence[Area]) -> None:
        self._source = source
        self._areas = tuple(areas)

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
        """The latest compressed packets, not masked."""
        return self._source.ring

    @property
    def dropped_frames(self) -> int:
        """Frames that a slow reader lost so far."""
        return self._source.dropped_frames

    @property
    def silent_since(self) -> datetime | None:
        """When the last good picture came, where that is too long ago."""
        return self._source.silent_since

    def items(self) -> Iterator[Frame | Gap]:
        """Yield gaps as they are and frames blacked out. Raises `CaptureError`."""
        for item in self._source.items():
            if isinstance(item, Gap):
                yield item
                continue
            detail = None if item.detail is None else MaskedPixels(item.detail, self._areas)
            yield replace(item, pixels=MaskedPixels(item.pixels, self._areas), detail=detail)

    def take_faults(self) -> list[Fault]:
        """Return what opened or ended with the source's own clock since this was last asked."""
        return self._source.take_faults()

    def close(self) -> None:
        """Let go of the camera."""
        self._source.close()
