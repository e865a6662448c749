"""The picture of a frame that shows most: its detail where there is one, and how boxes are carried to it and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vision.errors import CaptureError
from vision.types import Box, FloatArray, Frame, Image


@dataclass(frozen=True, slots=True, eq=False)
class Sharpest:
    """A picture to look closely at.

    Attributes:
        image: uint8 (H, W, 3) BGR.
        across, down: Its pixels for one of the frame.
    """

    image: Image
    across: float = 1.0
    down: float = 1.0

    def box(self, box_px: Box) -> Box:
        """Carry a box from the frame to this picture."""
        return box_px[0] * self.across, box_px[1] * self.down, box_px[2] * self.across, box_px[3] * self.down

    def to_frame(self, points_px: FloatArray) -> FloatArray:
        """Carry (N, 2) points or (N, 4) boxes of this picture back to the frame."""
        scale = np.array([self.across, self.down] * (points_px.shape[1] // 2), dtype=np.float32)
        return np.asarray(points_px / scale, dtype=np.float32)


def sharpest_of(frame: Frame) -> Sharpest:
    """Return the frame's detail, which is decoded by this; the frame itself where there is none to be had."""
    if frame.detail is None:
        return Sharpest(frame.image)
    try:
        image = frame.detail.bgr()
    except CaptureError:
        return Sharpest(frame.image)  # the larger stream is broken: the smaller one shows less, but the same
    width_px, height_px = frame.size_px
    return Sharpest(image, image.shape[1] / width_px, image.shape[0] / height_px)
