"""Has anything changed between two small pictures? Light that changes evenly and a decoder's noise do not count."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vision.types import Box, Image

GLANCE_PX = 160
"""Width of the pictures that are compared: 8 x 8 pixels of a 1280 x 720 picture become one."""


@dataclass(frozen=True, slots=True)
class MotionMarks:
    """What counts as a change.

    Two marks: something small of clear contrast (a hand, somebody far away), and something large of little contrast
    (a grey coat before a grey wall).

    Attributes:
        clear_levels: Difference of brightness, 0..255, that is clear.
        clear_pixels: So many small pixels must differ clearly.
        faint_levels: Difference that is faint, yet above what an encoder leaves of noise.
        faint_pixels: So many small pixels must differ faintly.
    """

    clear_levels: int = 12
    clear_pixels: int = 4
    faint_levels: int = 6
    faint_pixels: int = 40


def differs(now: Image, then: Image, marks: MotionMarks) -> bool:
    """Tell whether two small pictures show different things.

    Args:
        now, then: uint8 (h, w) brightness. Pictures of other sides always differ.
    """
    if now.shape != then.shape:
        return True
    return _counts(cv2.absdiff(now, then), marks) and _counts(_evened(now, then), marks)


def where_differs(now: Image, then: Image, marks: MotionMarks) -> Box | None:
    """Return an area outside which two small pictures show the same; None where they show the same everywhere.

    Args:
        now, then: uint8 (h, w) brightness. Pictures of other sides differ everywhere.

    Returns:
        Left, top, right, bottom, in fractions of the picture.
    """
    if now.shape != then.shape:
        return 0.0, 0.0, 1.0, 1.0
    difference = _evened(now, then)
    faint = np.asarray(difference >= marks.faint_levels, dtype=np.uint8)
    count, spot_of, spots, _ = cv2.connectedComponentsWithStats(faint, connectivity=8)
    clear = np.bincount(spot_of[difference >= marks.clear_levels], minlength=count)
    order = 1 + np.argsort(spots[1:, cv2.CC_STAT_AREA], kind="stable")
    # the smallest spots are left out, as long as all of those together would not count as a change
    counts = (np.cumsum(clear[order]) >= marks.clear_pixels) | (
        np.cumsum(spots[order, cv2.CC_STAT_AREA]) >= marks.faint_pixels
    )
    kept = spots[order[counts]]
    if len(kept) == 0:
        return None
    height, width = now.shape
    left, top = kept[:, cv2.CC_STAT_LEFT], kept[:, cv2.CC_STAT_TOP]
    right, bottom = left + kept[:, cv2.CC_STAT_WIDTH], top + kept[:, cv2.CC_STAT_HEIGHT]
    return (
        float(left.min() / width),
        float(top.min() / height),
        float(right.max() / width),
        float(bottom.max() / height),
    )


def differs_in(box_px: Box, size_px: tuple[int, int], now: Image, then: Image, marks: MotionMarks) -> bool:
    """The same for one part of the picture.

    Args:
        box_px: In pixels of a picture of ``size_px`` (width, height).
    """
    if now.shape != then.shape:
        return True
    height, width = now.shape
    x1, x2 = (int(v * width / size_px[0]) for v in (box_px[0], box_px[2]))
    y1, y2 = (int(v * height / size_px[1]) for v in (box_px[1], box_px[3]))
    part = np.s_[max(y1, 0) : max(y2, y1) + 1, max(x1, 0) : max(x2, x1) + 1]
    if now[part].size == 0:
        return False
    return differs(np.ascontiguousarray(now[part]), np.ascontiguousarray(then[part]), marks)


def _evened(now: Image, then: Image) -> Image:
    """Return how much two pictures differ once one is made as bright, as a whole, as the other."""
    # brighter or darker as a whole: a cloud, the camera's exposure. What is left after that is what moved. The median,
    # since somebody dark who comes close changes the mean of a picture of which all else is as before
    shift = float(np.median(now.astype(np.int16) - then))
    if abs(shift) >= 1.0:
        then = np.asarray(cv2.add(then, shift) if shift > 0 else cv2.subtract(then, -shift), dtype=np.uint8)
    return np.asarray(cv2.absdiff(then, now), dtype=np.uint8)


def _counts(difference: Image, marks: MotionMarks) -> bool:
    clear = int(np.count_nonzero(difference >= marks.clear_levels))
    return clear >= marks.clear_pixels or int(np.count_nonzero(difference >= marks.faint_levels)) >= marks.faint_pixels
