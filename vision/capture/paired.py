"""Two streams of one camera: the small one is watched, the large one is kept for evidence and for close looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import av
from av.video.stream import VideoStream

from vision.capture.main_stream import MainStream
from vision.capture.packets import PacketRing, PacketTap, StoredPacket
from vision.capture.passed_on import PassedOn
from vision.capture.source import LiveSource
from vision.types import Frame, Gap, Pixels

SHAPE_MARGIN = 0.03
"""Encoders round sides to multiples of 16: 640 x 352 is meant to be the shape of 1920 x 1080."""

LAG_MOST = timedelta(seconds=1)
"""So much of a clip's end may be missing: the main stream's packets are larger, and come later."""


class PairedRing(PacketRing):
    """Packets of the main stream; of a stretch that they do not cover, those of the sub stream are cut."""

    def __init__(self, sub: PacketRing) -> None:
        super().__init__()
        self._sub = sub
        self._boxes_px: tuple[int, int] | None = None

    @property
    def boxes_px(self) -> tuple[int, int] | None:
        """Size of the main stream's pictures, in which boxes are told also while it is away."""
        return self._boxes_px

    def append(self, packet: av.Packet[VideoStream], at: datetime, tap: PacketTap) -> None:
        """Store one packet of the main stream."""
        self._boxes_px = (tap.codec.width_px, tap.codec.height_px)
        super().append(packet, at, tap)

    def cut(self, start: datetime, end: datetime) -> Sequence[StoredPacket]:
        """Return the packets of one of the two streams, as `PacketRing.cut` does."""
        main, sub = super().cut(start, end), self._sub.cut(start, end)
        if not main or not sub:
            return main or sub
        # when the watching is to stop, neither has come to the end that is wanted
        if main[0].at <= max(start, sub[0].at) and main[-1].at >= min(end, sub[-1].at) - LAG_MOST:
            return main
        return sub if _covered(sub, start, end) > _covered(main, start, end) else main


class PairedSource(PassedOn):
    """Frames of the sub stream; each knows the main stream's picture of the same moment, where there is one.

    The main stream may be away: watching goes on without it.
    """

    def __init__(self, sub: LiveSource, main: MainStream, tell: Callable[[str], None]) -> None:
        """Put the streams together.

        Args:
            tell: Is told, once, when the streams do not belong together.
        """
        super().__init__(sub)
        self._sub = sub
        self._main = main
        self._tell = tell
        self._is_told = False
        main.clock_ahead = lambda: sub.clock_ahead

    @property
    def ring(self) -> PacketRing:
        """The latest packets of the main stream."""
        return self._main.ring

    @property
    def turns(self) -> int:
        """What the sub stream's reader has done."""
        return self._sub.turns

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far the camera's clock is ahead of the frames' times."""
        return self._sub.clock_ahead

    def items(self) -> Iterator[Frame | Gap]:
        """Yield what the sub stream brings. Raises `CaptureError`."""
        try:
            for item in self._sub.items():
                if isinstance(item, Frame):
                    self._main.start()  # not before: one link is enough to find that a camera is away
                    item = replace(item, detail=self._detail(item))
                yield item
        finally:
            self._main.close()

    def _detail(self, frame: Frame) -> Pixels | None:
        pixels = self._main.nearest(frame.captured_at)
        if pixels is None or is_same_view(frame.size_px, pixels.size_px):
            return pixels
        if not self._is_told:
            self._is_told = True
            self._tell(
                f"close looks use the stream that is watched: wanted a main stream that is larger and of the same "
                f"shape, got {_size(pixels.size_px)} and {_size(frame.size_px)}"
            )
        return None


def is_same_view(sub_px: tuple[int, int], main_px: tuple[int, int]) -> bool:
    """Tell whether boxes of one picture can be carried to the other, and gain pixels by it."""
    across, down = main_px[0] / sub_px[0], main_px[1] / sub_px[1]
    return min(across, down) > 1 and abs(across / down - 1) <= SHAPE_MARGIN


def _covered(packets: Sequence[StoredPacket], start: datetime, end: datetime) -> timedelta:
    if not packets:
        return timedelta()
    return max(min(packets[-1].at, end) - max(packets[0].at, start), timedelta())


def _size(size_px: tuple[int, int]) -> str:
    return f"{size_px[0]} x {size_px[1]}"
