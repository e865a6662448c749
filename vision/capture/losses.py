"""Hear from FFmpeg that something of a stream was lost: it writes that into its log, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import av
import av.logging

TELLS_OF_LOSS = (
    "RTP: missed",
    "Frame num gap",
    "Could not find ref with POC",
    "Error constructing the frame RPS",
    "error while decoding MB",
    "eference picture missing",
    "Missing reference picture",
    "outside the valid range",
    "CABAC_MAX_BIN",
)
"""Parts of lines that mean missing packets or missing pictures. Other lines, such as those about unknown extra
information, come with every picture of some cameras. Measured with 5 % of the UDP packets lost: of H.264 pictures
`is_corrupt` names 29 of 135 that are spoiled, of H.265 pictures none of 105."""


class Losses:
    """What FFmpeg said in the thread that opened this."""

    def __init__(self, lines: list[tuple[int, str, str]]) -> None:
        self._lines = lines

    def heard(self) -> bool:
        """Tell whether anything was lost since this was last asked."""
        found = any(part in text for _, _, text in self._lines for part in TELLS_OF_LOSS)
        self._lines.clear()
        return found


@contextmanager
def listening() -> Iterator[Losses]:
    """Hear what FFmpeg says in this thread, for as long as the block runs; no line goes anywhere else.

    Lines of other threads are dropped too: they may hold a camera's address with its password.
    """
    logging.getLogger("libav").setLevel(logging.CRITICAL + 1)
    av.logging.set_skip_repeated(False)
    av.logging.set_level(av.logging.WARNING)
    with av.logging.Capture() as lines:
        yield Losses(lines)
