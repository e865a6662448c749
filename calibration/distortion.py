"""Carry points between the picture and what a lens without distortion would have shown.

Source: the model of OpenCV (k1, k2, p1, p2, k3), after D. C. Brown, Close-range camera calibration, 1971.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.scene import Lens, PictureShape

Points = NDArray[np.float64]
"""(N, 2)"""

ROUND_TRIP_PX = 0.1
"""Further than this from itself after there and back, a point was not found."""


def as_points(points: object) -> Points:
    """Return (N, 2) float64; raises `ValueError` for another shape."""
    array = np.asarray(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"points: wanted (N, 2), got {array.shape}")
    return array


def centre_px(lens: Lens | None, picture: PictureShape) -> NDArray[np.float64]:
    """Return the principal point in pixels; the middle of the picture where nobody measured the lens."""
    x, y = (0.5, 0.5) if lens is None else lens.centre
    return np.array([x * picture.width_px, y * picture.height_px])


def camera_matrix(lens: Lens, picture: PictureShape) -> NDArray[np.float64]:
    """Return the 3 x 3 matrix of a lens for a picture of this size, pixels."""
    focal = lens.focal * picture.width_px
    x, y = centre_px(lens, picture)
    return np.array([[focal, 0.0, x], [0.0, focal, y], [0.0, 0.0, 1.0]])


def coefficients(lens: Lens) -> NDArray[np.float64]:
    """Return k1, k2, p1, p2, k3 in OpenCV's order."""
    k1, k2, k3 = lens.radial
    return np.array([k1, k2, *lens.tangential, k3])


def undistort_px(points_px: Points, lens: Lens | None, picture: PictureShape) -> Points:
    """Move (N, 2) points to where a straight lens would show them, pixels; a None lens moves nothing.

    NaN where the lens' model shows nothing: the search for the place then ends somewhere else.
    """
    if lens is None or len(points_px) == 0:
        return points_px
    matrix = camera_matrix(lens, picture)
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-9)
    moved = cv2.undistortPoints(
        points_px.reshape(-1, 1, 2), matrix, coefficients(lens), R=np.eye(3), P=matrix, criteria=criteria
    )
    straight = np.asarray(moved, dtype=np.float64).reshape(-1, 2)
    back = distort_px(straight, lens, picture)
    is_there = np.hypot(*(back - points_px).T) < ROUND_TRIP_PX
    return np.asarray(np.where(is_there[:, None], straight, np.nan), dtype=np.float64)


def distort_px(points_px: Points, lens: Lens | None, picture: PictureShape) -> Points:
    """Move (N, 2) points of a straight lens to where this lens shows them; NaN where its model folds over."""
    if lens is None or len(points_px) == 0:
        return points_px
    focal, centre = lens.focal * picture.width_px, centre_px(lens, picture)
    x, y = ((points_px - centre) / focal).T
    k1, k2, k3 = lens.radial
    p1, p2 = lens.tangential
    r2 = x * x + y * y
    stretch = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    # beyond the radius where r * stretch stops growing, two places would share one pixel
    grows = 1 + r2 * (3 * k1 + r2 * (5 * k2 + r2 * 7 * k3)) > 0
    bent_x = x * stretch + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    bent_y = y * stretch + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    bent = np.stack([bent_x, bent_y], axis=1) * focal + centre
    return np.asarray(np.where(grows[:, None], bent, np.nan), dtype=np.float64)
