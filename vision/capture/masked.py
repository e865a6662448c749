"""A source whose pictures are blacked out where nobody may look, before anything else sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from calibration.scene import Area
from vision.capture.packets import PacketRing
from vision.capture.source import Source
from vision.types import CameraId, Fault, Frame, Gap, Image, RunId

MARGIN_PX = 2
"""A mask is drawn this much larger: 4:2:0 colour is shared by 2 x 2 pixels, so an edge would show what lies behind."""


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

    def items(self) -> Iterator[Frame | Gap]:
        """Yield gaps as they are and frames blacked out. Raises `CaptureError`."""
        for item in self._source.items():
            if isinstance(item, Gap):
                yield item
                continue
            image = black_out(item.image, self._areas)
            yield Frame(item.camera_id, item.run_id, item.index, item.captured_at, image)

    def take_faults(self) -> list[Fault]:
        """Return what opened or ended with the source's own clock since this was last asked."""
        return self._source.take_faults()

    def close(self) -> None:
        """Let go of the camera."""
        self._source.close()


def black_out(image: Image, areas: Sequence[Area]) -> Image:
    """Return a picture that is black in some areas; the one handed in stays as it was.

    Args:
        image: uint8 (H, W, 3) BGR.
        areas: In fractions of the picture.
    """
    if not areas:
        return image
    painted = image.copy()
    _paint(painted, areas, (0, 0, 0))
    return painted


def black_out_planes(planes: Image, areas: Sequence[Area]) -> Image:
    """The same for a picture as decoders give it, without turning its colours forth and back.

    Args:
        planes: uint8 (H * 3 / 2, W) of an even W and H: brightness, then two colours of half the sides (4:2:0).
    """
    painted = planes.copy()
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    _paint(painted[:height], areas, (0,))
    for colour in painted[height:].reshape(2, height // 2, width // 2):
        _paint(colour, areas, (128,))
    return painted


def _paint(plane: Image, areas: Sequence[Area], colour: tuple[int, ...]) -> None:
    height, width = plane.shape[:2]
    for area in areas:
        corners = np.round(np.asarray(area.points) * (width, height)).astype(np.int32)
        cv2.fillPoly(plane, [corners], colour)
        cv2.polylines(plane, [corners], isClosed=True, color=colour, thickness=2 * MARGIN_PX + 1)
