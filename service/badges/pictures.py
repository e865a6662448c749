"""QR codes and ArUco markers as drawings without loss: one square per module."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Modules = NDArray[np.bool_]
"""bool (N, N): True is black."""


def qr_modules(text: str) -> Modules:
    """Return the modules of a QR code, without its quiet zone.

    Level Q: a quarter of it may be spoilt by a scratch or a lanyard. Sixteen capitals and digits fit 21 x 21 modules.
    """
    params = cv2.QRCodeEncoder.Params()
    params.correction_level = cv2.QRCodeEncoder_CORRECT_LEVEL_Q
    params.mode = cv2.QRCodeEncoder_MODE_ALPHANUMERIC
    black = np.asarray(cv2.QRCodeEncoder.create(params).encode(text)) < 128
    rows, columns = np.flatnonzero(black.any(axis=1)), np.flatnonzero(black.any(axis=0))
    return black[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def marker_modules(number: int) -> Modules:
    """Return the modules of a marker of DICT_5X5_1000: 7 x 7 with its black border."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_1000)
    side = int(dictionary.markerSize) + 2
    return np.asarray(cv2.aruco.generateImageMarker(dictionary, number, side)) < 128


def to_svg(modules: Modules) -> str:
    """Return a drawing of modules; runs of a row are one rectangle, so that no hairlines appear between them."""
    side = len(modules)
    path = []
    for y, row in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
        path += [f"M{x0} {y}h{x1 - x0}v1h{x0 - x1}z" for x0, x1 in zip(edges[::2], edges[1::2], strict=True)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path d="{"".join(path)}" fill="#000"/></svg>'
    )
