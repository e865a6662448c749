"""The legibility map as a picture: cool where a thing can be read, warm where it cannot, and the line between.

No words: numbers are pixels, and the picture's reader's language is the page's.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.homography import check_aspect
from calibration.legibility import Asked, LegibilityMap

Image = NDArray[np.uint8]

SHARES = (0.5, 0.75, 1.0, 1.5, 2.0)
"""Steps of the colours, in sizes needed."""

COLOURS_BGR = ((30, 45, 150), (0, 94, 213), (80, 180, 245), (235, 200, 150), (190, 125, 50), (120, 60, 10))
"""Orange to blue, after the palette of Okabe and Ito: the two sides differ for every kind of colour blindness, and in
brightness as well from step to step."""

OPACITY = 0.45


def overlay(legibility: LegibilityMap, picture: Image, asked: Asked = Asked.CARD) -> Image:
    """Draw one map over a picture as `colour_map` does, and below: the colours and the pixels at which they change.

    Raises:
        AspectDiffers: The picture is of another shape than the calibrated one.
    """
    drawn = colour_map(legibility, picture, asked)
    _legend(drawn, legibility.needs.of(asked))
    return drawn


def colour_map(legibility: LegibilityMap, picture: Image, asked: Asked = Asked.CARD) -> Image:
    """Draw one map over a picture (H, W, 3) BGR; returns a new one of the same size, without a legend.

    The thick line is "legible up to here" of what is asked; the thin dashed one that of the other thing. Where nothing
    is judged the picture stays as it is.

    Raises:
        AspectDiffers: The picture is of another shape than the calibrated one.
    """
    height, width = picture.shape[:2]
    check_aspect(legibility.pose.picture, width, height)
    sizes = _stretched(legibility.of(asked), width, height)
    needed = legibility.needs.of(asked)
    drawn = picture.copy()
    judged = np.isfinite(sizes)
    colours = np.array(COLOURS_BGR, dtype=np.uint8)[np.digitize(np.nan_to_num(sizes), [s * needed for s in SHARES])]
    blended = cv2.addWeighted(picture, 1 - OPACITY, colours, OPACITY, 0)
    drawn[judged] = blended[judged]
    other = Asked.CIGARETTE if asked is Asked.CARD else Asked.CARD
    for line in _borders(_stretched(legibility.of(other), width, height), legibility.needs.of(other)):
        _dashed(drawn, line, max(1, width // 640))
    for line in _borders(sizes, needed):
        cv2.polylines(drawn, [line], False, (0, 0, 0), max(3, width // 200), cv2.LINE_AA)
        cv2.polylines(drawn, [line], False, (255, 255, 255), max(1, width // 420), cv2.LINE_AA)
    return drawn


def _stretched(grid: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """Return the map at the picture's size, (H, W); NaN where the nearest place of the grid is not judged."""
    judged = np.isfinite(grid)
    # what is not judged must not leak into its neighbours: weigh by how much of the neighbourhood is
    filled = np.where(judged, grid, 0.0)
    size = (width, height)
    total = cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR)
    weight = cv2.resize(judged.astype(np.float64), size, interpolation=cv2.INTER_LINEAR)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(weight >= 0.5, total / weight, np.nan), dtype=np.float64)


def _borders(sizes: NDArray[np.float64], needed: float) -> list[NDArray[np.int32]]:
    """Return the lines along which the size needed is reached; the edge of what is judged is none."""
    judged = np.isfinite(sizes)
    legible = (np.nan_to_num(sizes) >= needed).astype(np.uint8)
    contours, _ = cv2.findContours(legible, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    height, width = sizes.shape
    edge = cv2.erode(judged.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0)
    lines: list[NDArray[np.int32]] = []
    for contour in contours:
        points = contour.reshape(-1, 2)
        inner = edge[points[:, 1], points[:, 0]] > 0
        # the contour is closed: begin where it leaves the inside, so that no line is cut in two
        shift = int(np.argmin(inner)) if not inner.all() else 0
        points, inner = np.roll(points, -shift, axis=0), np.roll(inner, -shift)
        changes = np.flatnonzero(np.diff(np.concatenate([[False], inner, [False]]).astype(np.int8)))
        lines += [
            np.ascontiguousarray(points[a:b], dtype=np.int32)
            for a, b in zip(changes[::2], changes[1::2], strict=True)
            if b - a > max(width, height) // 50
        ]
    return lines


def _dashed(image: Image, line: NDArray[np.int32], thickness: int) -> None:
    step = 14 * thickness
    for start in range(0, len(line) - 1, step):
        dash = line[start : start + step * 3 // 5]
        cv2.polylines(image, [dash], False, (0, 0, 0), thickness + 2, cv2.LINE_AA)
        cv2.polylines(image, [dash], False, (255, 255, 255), thickness, cv2.LINE_AA)


def _legend(image: Image, needed: float) -> None:
    """Draw the colours with the sizes in pixels at which they change, at the lower left."""
    height, width = image.shape[:2]
    unit = max(18, width // 28)
    x0, y0 = unit // 3, height - unit - unit // 3
    right = x0 + unit * len(COLOURS_BGR)
    cv2.rectangle(image, (x0 - 4, y0 - 4), (right + 4, y0 + unit + 2), (255, 255, 255), -1)
    for i, colour in enumerate(COLOURS_BGR):
        cv2.rectangle(image, (x0 + i * unit, y0), (x0 + (i + 1) * unit, y0 + unit // 2), colour, -1)
    at_border = x0 + unit * (SHARES.index(1.0) + 1)
    # neither the limit's mark nor the next number may touch a number
    cv2.line(image, (at_border, y0 - 3), (at_border, y0 + unit // 2 - 1), (0, 0, 0), max(2, width // 400))
    scale = unit / 72
    for i, share in enumerate(SHARES, start=1):
        text = f"{share * needed:.0f}" if share * needed >= 10 else f"{share * needed:.1f}".removesuffix(".0")
        (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        spot = (x0 + i * unit - wide // 2, y0 + unit - 1)
        cv2.putText(image, text, spot, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 1, cv2.LINE_AA)
