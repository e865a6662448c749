"""Cover areas of a picture so that nobody can undo it: coarse blocks, then a blur; or one flat box."""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import FloatArray, Image

Rectangle = tuple[int, int, int, int]
"""left, top, right, bottom in whole pixels."""


class Cover(StrEnum):
    """What is put over a head."""

    BLUR = "blur"
    """Blocks and a blur over them: the scene stays readable. What is left of a head is at most 6 by 6 mean colours."""
    BOX = "box"
    """One flat grey: nothing at all is left."""


BLOCKS_MOST = 4
"""Blocks across the shorter side of an area, less those that rounding adds. An area is wider than the head in it, so
across a head lie fewer: 6 at the very most, where the area is no wider than the head."""
BLOCK_LEAST_PX = 8
"""An area of a very small head gets as few blocks as this leaves."""
BLUR_SHARE = 0.5
"""Standard deviation of the blur, in sides of a block: takes away the edges, by which eyes guess a face."""
GREY_LUMA, NO_COLOUR = 96, 128


def painted_planes(planes: Image, areas_px: FloatArray, cover: Cover) -> Image:
    """Return a copy of a picture, as decoders give it, with its areas covered; the one handed in stays as it was.

    Args:
        planes: uint8 (H * 3 / 2, W) of an even W and H: brightness, then two colours of half the sides (4:2:0).
        areas_px: (K, 4) in pixels of the picture.
        cover: What is put over them.
    """
    painted = planes.copy()
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    colours = painted[height:].reshape(2, height // 2, width // 2)
    for area in areas_px:
        block_px = block_of(area)
        outline = _outline(area, (width, height))
        half: Rectangle = tuple((v + 1) // 2 for v in outline)  # type: ignore[assignment]
        if cover is Cover.BOX:
            _fill(painted[:height], outline, GREY_LUMA)
            for colour in colours:
                _fill(colour, half, NO_COLOUR)
        else:
            _blur(painted[:height], outline, block_px)
            for colour in colours:
                _blur(colour, half, block_px // 2)
    return painted


def painted_image(image: Image, areas_px: FloatArray, cover: Cover) -> Image:
    """The same for a picture of (H, W, 3) uint8 BGR, of any size."""
    painted = image.copy()
    for area in areas_px:
        block_px = block_of(area)
        outline = _outline(area, (image.shape[1], image.shape[0]))
        if cover is Cover.BOX:
            _fill(painted, outline, GREY_LUMA)
        else:
            _blur(painted, outline, block_px)
    return painted


def block_of(area_px: FloatArray) -> int:
    """Side of the blocks over an area, even pixels. Steps of about a quarter, so that a still head keeps its blocks."""
    wanted = max(float(min(area_px[2] - area_px[0], area_px[3] - area_px[1])) / BLOCKS_MOST, BLOCK_LEAST_PX)
    step = 2 ** max(1, int(np.log2(wanted)) - 2)
    return int(np.ceil(wanted / step) * step)


def _outline(area_px: FloatArray, size_px: tuple[int, int]) -> Rectangle:
    """The area in whole pixels, widened to even ones: colour is shared by 2 x 2 of them."""
    low = np.floor(np.asarray(area_px[:2], dtype=np.float64) / 2).astype(int) * 2
    high = np.ceil(np.asarray(area_px[2:], dtype=np.float64) / 2).astype(int) * 2
    left, top = (max(int(v), 0) for v in low)
    return left, top, min(int(high[0]), size_px[0]), min(int(high[1]), size_px[1])


def _fill(plane: NDArray[np.uint8], outline: Rectangle, value: int) -> None:
    left, top, right, bottom = outline
    plane[top:bottom, left:right] = value


def _blur(plane: NDArray[np.uint8], outline: Rectangle, block_px: int) -> None:
    """Blur inside an outline, in blocks of a grid that stands still in the picture.

    A grid that moved with the area would give another mean of the same pixels in every frame, and many such means
    give the pixels back.
    """
    left, top, right, bottom = outline
    if right <= left or bottom <= top:
        return
    x0, y0 = left // block_px * block_px, top // block_px * block_px
    columns, rows = -(-(right - x0) // block_px), -(-(bottom - y0) // block_px)
    inside = plane[y0 : y0 + rows * block_px, x0 : x0 + columns * block_px]
    below, beside = rows * block_px - inside.shape[0], columns * block_px - inside.shape[1]
    # the last blocks at the picture's edge are filled up with the edge's own pixels
    whole = cv2.copyMakeBorder(inside, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    means = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    # blurred while it is small: the same as blurring the blocks, in a hundredth of the time
    means = cv2.GaussianBlur(means, (3, 3), BLUR_SHARE, borderType=cv2.BORDER_REPLICATE)
    soft = cv2.resize(means, (columns * block_px, rows * block_px), interpolation=cv2.INTER_LINEAR)
    plane[top:bottom, left:right] = soft[top - y0 : bottom - y0, left - x0 : right - x0]
