"""Tell a stream whose picture stands still from a quiet room.

An encoder that is fed one picture for ever still makes its pictures flicker, at each key frame and while its rate
control settles; an encoder that is fed a quiet room skips what changes little, and sends the same picture for
seconds. What sets them apart lies further back: the frozen one returns to exactly the same pictures after each key
frame, while the sensor's noise makes every key frame of a living camera a little different. So a picture counts as
still when one of at least `TWIN_AGE` ago cannot be told from it, and nothing in between was far from either.

Measured on two rooms, encoded as H.264 at seven settings (key frames every 1 to 25 s, 80 kbit/s to constant
quality) and MPEG-4, at 320 px: a frozen source differs from its twin in 0.000 of the pixels, a living one with the
weak noise of 1 level in at least 0.014. At 80 kbit/s, where the encoder never settles, a frozen source differs in
0.01 and is not recognised.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

import cv2
import numpy as np

from vision.types import Image

TWIN_AGE = timedelta(seconds=10)
"""As long as the 10 s between key frames that FFmpeg and most cameras use at most."""

KEPT = timedelta(seconds=22)
"""Twins are sought among pictures up to this old, so that each place in the rhythm of key frames is met again."""

TWIN_LEVELS = 1
"""Pixels that differ by no more count as equal: rounding of the decoder and of scaling."""

TWIN_SHARE = 0.0004
"""Share of pixels that may differ: 23 of 320 x 180."""

FEW_ROWS = 8
"""Every so many rows are compared first."""

BETWEEN_LEVELS = 1.0
"""Mean difference to any picture in between, 0..255: a clip that is played in a loop is not still."""


class Stillness:
    """Remembers the pictures of the last seconds: 320 px wide, at two a second, 2.5 MB."""

    def __init__(self) -> None:
        self._kept: deque[tuple[datetime, Image]] = deque()

    def measure(self, luma: Image, at: datetime) -> timedelta:
        """Return how old a picture is that this one cannot be told from; zero where there is none.

        Args:
            luma: uint8 (H, W), a small picture.
            at: Its time, later than all before.
        """
        while self._kept and at - self._kept[0][0] > KEPT:
            self._kept.popleft()
        if self._kept and self._kept[0][1].shape != luma.shape:
            self._kept.clear()
        still = self._still_for(luma, at)
        self._kept.append((at, luma))
        return still

    def forget(self) -> None:
        """Forget all: the stream was interrupted."""
        self._kept.clear()

    def _still_for(self, luma: Image, at: datetime) -> timedelta:
        for moment, other in reversed(self._kept):
            if cv2.norm(luma, other, cv2.NORM_L1) > BETWEEN_LEVELS * luma.size:
                return timedelta()
            if at - moment >= TWIN_AGE and _are_twins(luma, other):
                return at - moment
        return timedelta()


def _are_twins(luma: Image, other: Image) -> bool:
    most = TWIN_SHARE * luma.size
    # most pictures differ by far more in a few rows alone
    few = np.count_nonzero(cv2.absdiff(luma[::FEW_ROWS], other[::FEW_ROWS]) > TWIN_LEVELS)
    return bool(few <= most and np.count_nonzero(cv2.absdiff(luma, other) > TWIN_LEVELS) <= most)
