"""Where a person's head may be: a generous area, because a head left visible is worse than a shoulder covered."""

from __future__ import annotations

import numpy as np

from vision.types import FloatArray

UPRIGHT_ASPECT = 0.45
"""Width over height of a person's box up to which the person is taken to stand."""
LYING_ASPECT = 1.2
"""From here on nobody can tell at which end the head is: lying, bending, or cut off below. All of it is covered."""
UPRIGHT_SHARE = 0.4
"""Of somebody who stands: a head is an eighth to a fifth of the height; a nod or a lean carries it below a quarter."""
WIDTH_SHARE = 0.75
"""The area is at least this high, in widths of the box: boxes cut off below hold a larger head than they seem to."""
SIDE_SPARE = 0.12
TOP_SPARE = 0.1
"""Boxes lie too near by some pixels, most of all over hair and hats: in shares of the box's width and height."""
LEAST_SPARE_PX = 4.0
LEAST_SIDE_PX = 28.0
"""No area is smaller: boxes of small people are off by more than their heads are wide."""

HEAD_POINTS = 5
"""Nose, eyes and ears come first among the 17 key points."""
POINT_SCORE_MIN = 0.2
POINT_SPARE = 1.2
"""Around the points of a face lies the rest of the head: this many times the points' extent, each way."""


def head_areas_px(
    persons_px: FloatArray, size_px: tuple[int, int], keypoints_px: FloatArray | None = None
) -> FloatArray:
    """Return (N, 4) areas that hold the heads of persons, whatever they do, cut at the picture's edges.

    From the box alone: the upper part of a box that stands, the more of it the wider it is, all of it from
    `LYING_ASPECT` on. Key points only ever add to that: a pose that belongs to somebody else uncovers nobody.

    Args:
        persons_px: (N, 4) boxes, left top right bottom.
        size_px: Width and height of the picture.
        keypoints_px: (N, 17, 3): x, y, confidence; None where nobody looked for them.
    """
    if not len(persons_px):
        return np.zeros((0, 4), dtype=np.float32)
    left, top, right, bottom = persons_px.T.astype(np.float64)
    width, height = np.maximum(right - left, 1.0), np.maximum(bottom - top, 1.0)
    leaning = np.clip((width / height - UPRIGHT_ASPECT) / (LYING_ASPECT - UPRIGHT_ASPECT), 0.0, 1.0)
    share = UPRIGHT_SHARE + (1.0 - UPRIGHT_SHARE) * leaning
    depth = np.minimum(height, np.maximum(share * height, WIDTH_SHARE * width))
    aside = np.maximum(SIDE_SPARE * width, LEAST_SPARE_PX)
    above = np.maximum(TOP_SPARE * height, LEAST_SPARE_PX)
    areas = np.stack([left - aside, top - above, right + aside, top + depth + LEAST_SPARE_PX], axis=1)
    if keypoints_px is not None:
        areas = np.stack([_with_face(area, points) for area, points in zip(areas, keypoints_px, strict=True)])
    return clipped_px(_at_least(areas), size_px)


def likely_heads_px(persons_px: FloatArray) -> FloatArray:
    """Return (N, 4) boxes where heads are most of the time: to tell whether two boxes mean one head, never to cover."""
    left, top, right, bottom = persons_px.T.astype(np.float64)
    width, height = right - left, bottom - top
    depth = np.minimum(height, np.maximum(0.22 * height, 0.45 * width))
    return np.stack([left + 0.15 * width, top, right - 0.15 * width, top + depth], axis=1).astype(np.float32)


def clipped_px(areas_px: FloatArray, size_px: tuple[int, int]) -> FloatArray:
    """Cut (N, 4) areas at the picture's edges."""
    width, height = size_px
    return np.clip(areas_px, 0, (width, height, width, height)).astype(np.float32)


def _with_face(area: FloatArray, points: FloatArray) -> FloatArray:
    face = points[:HEAD_POINTS]
    seen = face[face[:, 2] >= POINT_SCORE_MIN, :2]
    if not len(seen):
        return area
    low, high = seen.min(axis=0), seen.max(axis=0)
    spare = max(POINT_SPARE * float((high - low).max()), LEAST_SIDE_PX / 2)
    return np.concatenate([np.minimum(area[:2], low - spare), np.maximum(area[2:], high + spare)])


def _at_least(areas: FloatArray) -> FloatArray:
    middle = (areas[:, :2] + areas[:, 2:]) / 2
    half = np.maximum((areas[:, 2:] - areas[:, :2]) / 2, LEAST_SIDE_PX / 2)
    return np.concatenate([middle - half, middle + half], axis=1).astype(np.float32)
