"""Pixels of one picture: as an array, as a decoder gives them, or with areas blacked out."""

from __future__ import annotations

from collections.abc import Sequence

import av
import cv2
import numpy as np

from calibration.scene import Area
from vision.types import Image, Pixels, check_array

LUMA_FIRST = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21"})
"""Layouts whose first plane is the brightness, one byte a pixel."""

FULL_RANGE = 2
"""FFmpeg's AVCOL_RANGE_JPEG: brightness runs from 0 to 255, and not from 16 to 235."""

WHOLE_FROM = 4
"""Pictures that become this much smaller, or more, are scaled by a whole number."""

STRETCH = np.clip(np.round((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)

MARGIN_PX = 2
"""A mask is drawn this much larger: 4:2:0 colour is shared by 2 x 2 pixels, so an edge would show what lies behind."""


class BgrPixels:
    """Pixels that are there as an array."""

    def __init__(self, image: Image) -> None:
        """Take uint8 (H, W, 3) BGR, which becomes read-only. Raises `InvalidFact`."""
        check_array("BgrPixels", image, (None, None, 3), np.uint8)
        self._image = image

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._image.shape[1], self._image.shape[0]

    def bgr(self) -> Image:
        """Return the array."""
        return self._image

    def luma(self, width_px: int) -> Image:
        """Return the brightness, uint8 (h, w)."""
        return np.asarray(cv2.cvtColor(_narrowed(self._image, width_px), cv2.COLOR_BGR2GRAY), dtype=np.uint8)


class DecodedPixels:
    """Pixels as a decoder gives them; colours are converted once, when somebody asks."""

    def __init__(self, picture: av.VideoFrame) -> None:
        self._picture = picture
        self._image: Image | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._picture.width, self._picture.height

    def bgr(self) -> Image:
        """Return uint8 (H, W, 3) BGR, read-only."""
        if self._image is None:
            image = to_image(self._picture)
            image.setflags(write=False)
            self._image = image
        return self._image

    def luma(self, width_px: int) -> Image:
        """Return the brightness, uint8 (h, w), without converting colours where the layout allows."""
        picture = self._picture
        if picture.format.name not in LUMA_FIRST:
            return BgrPixels(self.bgr()).luma(width_px)
        plane = picture.planes[0]
        rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
        small = _narrowed(rows[: picture.height, : picture.width], width_px)
        is_full = picture.color_range == FULL_RANGE or picture.format.name.startswith("yuvj")
        return small.copy() if is_full else np.asarray(cv2.LUT(small, STRETCH), dtype=np.uint8)


class MaskedPixels:
    """Pixels that are black in some areas, whoever looks at them."""

    def __init__(self, pixels: Pixels, areas: Sequence[Area]) -> None:
        """Black out areas, which are in fractions of the picture."""
        self._pixels = pixels
        self._areas = areas
        self._image: Image | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._pixels.size_px

    def bgr(self) -> Image:
        """Return uint8 (H, W, 3) BGR, read-only."""
        if self._image is None:
            image = black_out(self._pixels.bgr(), self._areas)
            image.setflags(write=False)
            self._image = image
        return self._image

    def luma(self, width_px: int) -> Image:
        """Return the brightness, uint8 (h, w)."""
        small = self._pixels.luma(width_px)
        _paint(small, self._areas, (0,))
        return small


def to_image(picture: av.VideoFrame) -> Image:
    """Convert a decoded picture to (H, W, 3) uint8 BGR."""
    return np.asarray(picture.to_ndarray(format="bgr24"), dtype=np.uint8)


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


def _narrowed(image: Image, width_px: int) -> Image:
    height, width = image.shape[:2]
    if width <= width_px:
        return image
    size_px = (width_px, max(1, round(height * width_px / width)))
    times = -(-width // width_px)
    if times >= WHOLE_FROM and height >= times:
        # areas of whole pixels are summed five times as fast; what is left over at the edges is cut off
        size_px = (width // times, height // times)
        image = image[: size_px[1] * times, : size_px[0] * times]
    return np.asarray(cv2.resize(image, size_px, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _paint(plane: Image, areas: Sequence[Area], colour: tuple[int, ...]) -> None:
    height, width = plane.shape[:2]
    for area in areas:
        corners = np.round(np.asarray(area.points) * (width, height)).astype(np.int32)
        cv2.fillPoly(plane, [corners], colour)
        cv2.polylines(plane, [corners], isClosed=True, color=colour, thickness=2 * MARGIN_PX + 1)
