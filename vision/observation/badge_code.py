"""Read printed badge codes, QR and ArUco, in the picture of one person. One read is no proof of anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import cv2
import numpy as np

from vision.types import Image

MARKERS = 1000
"""How many different ArUco markers there are: those of DICT_5X5_1000.

Of 1,200 rendered pictures of 10 to 40 px a marker of the 4x4 dictionary was taken for another number in 4, of this one
in none; those of AprilTag's 36h11 need 1 or 2 px more.
"""
MARKER_PREFIX = "aruco:"
ENLARGE = 2.0
"""Small crops are enlarged: at 14 px a marker was then read in 35 of 40 rendered pictures instead of 23."""
ENLARGED_MOST_PX = 1600
"""Longer sides are not enlarged beyond this: such a person is near, and the codes large."""
SIDE_LEAST_PX = 16
"""Smaller crops hold nothing that could be read."""


def marker_text(number: int) -> str:
    """Return the text that an ArUco marker of this number is read as."""
    return f"{MARKER_PREFIX}{number}"


class CodeReader(Protocol):
    """Reads the codes in a picture of one person."""

    def read(self, crop: Image) -> list[str]:
        """Return the texts of the codes that are legible, uint8 (H, W, 3) BGR in."""
        ...


class OpenCvCodeReader:
    """OpenCV's readers. Not to be shared between threads."""

    def __init__(self, *, with_qr: bool = True, with_markers: bool = True) -> None:
        """Choose what is looked for: each costs time, see docs/badge-codes.md."""
        params = cv2.aruco.DetectorParameters()
        # of the longer side of the enlarged crop: a marker of 10 px on a person of 700 px
        params.minMarkerPerimeterRate = 0.02
        dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_1000)
        self._markers = cv2.aruco.ArucoDetector(dictionary, params) if with_markers else None
        self._qr = cv2.QRCodeDetector() if with_qr else None

    def read(self, crop: Image) -> list[str]:
        """Return the texts of the codes that are legible: of QR codes as printed, of markers `marker_text`."""
        if min(crop.shape[:2]) < SIDE_LEAST_PX:
            return []
        grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
        factor = min(ENLARGE, ENLARGED_MOST_PX / max(grey.shape))
        if factor > 1.0:
            grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        texts = []
        if self._markers is not None:
            _, numbers, _ = self._markers.detectMarkers(grey)
            texts += [] if numbers is None else [marker_text(int(number)) for number in np.ravel(numbers)]
        if self._qr is not None:
            text = self._read_qr(grey)
            texts += [text] if text else []
        return texts

    def _read_qr(self, grey: Image) -> str:
        assert self._qr is not None
        try:
            text, _, _ = self._qr.detectAndDecode(grey)
        except cv2.error:
            return ""  # some corners that it takes for a code cannot be straightened
        return str(text)


def reader_for(texts: Iterable[str]) -> OpenCvCodeReader:
    """Return a reader that looks only for the kinds of code that some texts are of."""
    are_markers = {text.startswith(MARKER_PREFIX) for text in texts}
    return OpenCvCodeReader(with_qr=False in are_markers, with_markers=True in are_markers)


def agreed(reads: Mapping[str, int], *, least: int) -> str | None:
    """Return the code that several reads agree on: two thirds of them, and at least ``least``; else None.

    Where a tracker has mixed up two people their codes stand side by side, and the larger half would be anybody's.
    """
    if not reads:
        return None
    code = max(sorted(reads), key=lambda known: reads[known])
    return code if reads[code] >= least and 3 * reads[code] >= 2 * sum(reads.values()) else None
