"""The square around one person that the crop net sees, in training as at run time."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detection.boxes import GREY, upper_body

Image = NDArray[np.uint8]
Boxes = NDArray[np.float64]

KEPT_PART = 0.4
"""A box of which less than this part lies inside the square is not labelled."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square in pixels of the whole picture; it may reach beyond the picture."""

    left: int
    top: int
    side: int


def person_square(xyxy_px: tuple[float, float, float, float]) -> Square:
    """Head to hip of a standing person, the whole upper body of a seated one: the very square of the run time.

    Args:
        xyxy_px: Box of the person, left top right bottom.
    """
    left, top, right, _ = upper_body(xyxy_px)
    return Square(round(left), round(top), max(8, round(right - left)))


def square_around(xyxy_px: tuple[float, float, float, float], times: float) -> Square:
    """A square whose side is ``times`` the longer side of a box, around its middle."""
    x1, y1, x2, y2 = xyxy_px
    side = max(8, round(max(x2 - x1, y2 - y1) * times))
    return Square(round((x1 + x2) / 2 - side / 2), round((y1 + y2) / 2 - side / 2), side)


def nearer(square: Square, on_px: NDArray[np.float64] | None, random: np.random.Generator) -> Square:
    """A smaller square inside one: the nearer look that runtime takes where a person has pixels to spare.

    Args:
        square: The person's square.
        on_px: A point (2,) of the picture that must lie well inside; None for any place.
        random: For size (.4 to .7 of the square) and place.
    """
    side = max(8, round(square.side * random.uniform(0.4, 0.7)))
    corner = np.array([square.left, square.top], np.float64)
    room = square.side - side
    if on_px is None:
        left, top = corner + random.uniform(0, 1, 2) * room
    else:
        left, top = np.clip(on_px - side * random.uniform(0.2, 0.8, 2), corner, corner + room)
    return Square(round(left), round(top), side)


def cut(image: Image, square: Square, largest_px: int) -> Image:
    """Take a square out of a picture, grey beyond its edge, scaled down to at most ``largest_px``."""
    height, width = image.shape[:2]
    crop = np.full((square.side, square.side, 3), GREY, np.uint8)
    x1, y1 = max(0, square.left), max(0, square.top)
    x2, y2 = min(width, square.left + square.side), min(height, square.top + square.side)
    if x1 < x2 and y1 < y2:
        crop[y1 - square.top : y2 - square.top, x1 - square.left : x2 - square.left] = image[y1:y2, x1:x2]
    if square.side > largest_px:
        crop = np.asarray(cv2.resize(crop, (largest_px, largest_px), interpolation=cv2.INTER_AREA), np.uint8)
    return crop


def boxes_in(square: Square, xyxy_px: Boxes) -> tuple[Boxes, NDArray[np.bool_]]:
    """Boxes of the picture as fractions of the square.

    Args:
        square: Where the crop was cut.
        xyxy_px: (N, 4) in pixels of the picture.

    Returns:
        (N, 4) left top right bottom in 0..1, clipped, and (N,) which of them are visible enough to label.
    """
    boxes = np.asarray(xyxy_px, np.float64).reshape(-1, 4)
    moved = (boxes - np.array([square.left, square.top] * 2)) / square.side
    clipped = moved.clip(0, 1)
    whole = np.prod(moved[:, 2:] - moved[:, :2], axis=1)
    inside = np.prod(clipped[:, 2:] - clipped[:, :2], axis=1)
    return clipped, inside >= KEPT_PART * np.maximum(whole, 1e-12)
