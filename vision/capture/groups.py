"""Decode only the pictures that somebody asks for: a group of pictures is begun at its key frame when one is wanted.

Most pictures of a quiet room are never looked at. A picture can only be decoded together with those before it back to
the key frame of its group, so groups of which nothing is wanted are skipped whole, and of the others what comes after
the last wanted picture.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import av
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from vision.capture.pictures import DecodedPixels
from vision.errors import CaptureError
from vision.types import Image

VideoPacket: TypeAlias = "av.Packet[VideoStream]"


@dataclass(slots=True, eq=False)
class Group:
    """The packets from one key frame to before the next, in the order of decoding."""

    packets: list[VideoPacket] = field(default_factory=list)


def grouped(packets: Iterator[VideoPacket]) -> Iterator[Group]:
    """Gather packets into groups; what comes before the first key frame cannot be decoded and makes one too."""
    group = Group()
    for packet in packets:
        if packet.size == 0 or packet.pts is None:
            continue
        if packet.is_keyframe and group.packets:
            yield group
            group = Group()
        group.packets.append(packet)
    if group.packets:
        yield group


class GroupDecoder:
    """Decodes the pictures of groups. Cheap where they are asked for in the order of time, right in any order.

    Attributes:
        packets_decoded: How many packets were given to the decoder so far.
    """

    def __init__(self, context: VideoCodecContext, broken: Callable[[str], CaptureError]) -> None:
        """Take a decoder that nobody else uses.

        Args:
            broken: Makes the error that is raised where a picture cannot be decoded.
        """
        self._context = context
        self._broken = broken
        self.packets_decoded = 0
        self._lock = threading.Lock()
        self._group: Group | None = None
        self._fed = 0
        self._is_drained = False
        self._ready: dict[int, av.VideoFrame] = {}

    def picture(self, group: Group, pts: int) -> av.VideoFrame:
        """Return the picture of a group with this time. Raises the error that ``broken`` makes."""
        with self._lock:
            # a group of a live stream grows: what the decoder was drained of before is not all that there is now
            if group is not self._group or self._is_past(pts) or (self._is_drained and pts not in self._ready):
                self._begin(group)
            is_begun_anew = self._fed == 0
            reason = self._decode_to(group, pts)
            if reason and not is_begun_anew:
                # a source that has ended flushes its decoder, and what came before is then forgotten
                self._begin(group)
                reason = self._decode_to(group, pts)
            if reason:
                self._group = None
                raise self._broken(reason)
            for earlier in [moment for moment in self._ready if moment < pts]:
                del self._ready[earlier]
            return self._ready[pts]

    def _decode_to(self, group: Group, pts: int) -> str:
        """Decode up to a picture; return why that cannot be done, empty where it can."""
        try:
            while pts not in self._ready and not self._is_drained:
                self._feed(group)
        except av.error.FFmpegError as error:
            return error.strerror or type(error).__name__
        return "" if pts in self._ready else "a picture is missing"

    def _is_past(self, pts: int) -> bool:
        """Whether a picture was let go of: what is kept, or comes next, is later."""
        return bool(self._ready) and pts < min(self._ready)

    def _begin(self, group: Group) -> None:
        self._context.flush_buffers()
        self._group, self._fed, self._is_drained, self._ready = group, 0, False, {}

    def _feed(self, group: Group) -> None:
        """Decode one more packet, or, after the last, what the decoder still holds."""
        is_over = self._fed == len(group.packets)
        pictures = self._context.decode(None if is_over else group.packets[self._fed])
        self._fed += 1
        self.packets_decoded += not is_over
        self._is_drained = is_over
        self._ready |= {picture.pts: picture for picture in pictures if picture.pts is not None}


class GroupedPixels:
    """Pixels that are decoded when somebody asks. They know their group, and can be asked for at any time."""

    def __init__(
        self, decoder: GroupDecoder, group: Group, pts: int, *, size_px: tuple[int, int] | None = None
    ) -> None:
        """Take what is decoded when somebody asks; where ``size_px`` is known it can be told without decoding."""
        self._decoder = decoder
        self._group = group
        self._pts = pts
        self._size_px = size_px
        self._decoded: DecodedPixels | None = None

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels. Raises `CaptureError` where it cannot be decoded, as all of this does."""
        return self._size_px or self._pixels().size_px

    def bgr(self) -> Image:
        """Return uint8 (H, W, 3) BGR, read-only."""
        return self._pixels().bgr()

    def luma(self, width_px: int) -> Image:
        """Return the brightness, uint8 (h, w)."""
        return self._pixels().luma(width_px)

    def _pixels(self) -> DecodedPixels:
        if self._decoded is None:
            self._decoded = DecodedPixels(self._decoder.picture(self._group, self._pts))
        return self._decoded
