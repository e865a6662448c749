"""The latest packets of a stream that is not decoded, ready to be: from the last two key frames on."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import av
from av.video.stream import VideoStream

from vision.capture.groups import Group, GroupDecoder, GroupedPixels
from vision.types import Pixels

GROUPS_MOST = 2
LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(slots=True, eq=False)
class _Held:
    """One group with the moments of its pictures."""

    group: Group = field(default_factory=Group)
    pictures: list[tuple[datetime, int]] = field(default_factory=list)
    size_bytes: int = 0


class RecentGroups:
    """Keeps the packets of the last two groups of pictures, bounded in bytes. Written by one thread, asked by another.

    A picture that was asked for once keeps its own group as long as it is held itself.
    """

    def __init__(self, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._held: deque[_Held] = deque()
        self._decoder: GroupDecoder | None = None
        self._size_px = (0, 0)
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes held."""
        with self._lock:
            return sum(held.size_bytes for held in self._held)

    def begin(self, decoder: GroupDecoder, size_px: tuple[int, int]) -> None:
        """A new link, or pictures of another size: what comes from now on is decoded with ``decoder``."""
        with self._lock:
            self._held.clear()
            self._decoder, self._size_px = decoder, size_px

    def note_loss(self) -> None:
        """Something was lost: nothing is whole before the next key frame."""
        with self._lock:
            self._held.clear()

    def append(self, packet: av.Packet[VideoStream], at: datetime) -> None:
        """Take the next packet, in the order of decoding; those before the first key frame are of no use."""
        if packet.pts is None:
            return
        with self._lock:
            if packet.is_keyframe:
                self._held.append(_Held())
            if not self._held:
                return
            latest = self._held[-1]
            latest.group.packets.append(packet)
            latest.pictures.append((at, packet.pts))
            latest.size_bytes += packet.size
            # a group that is too large by itself is given up: it cannot be decoded without its beginning
            while len(self._held) > GROUPS_MOST or sum(h.size_bytes for h in self._held) > self._limit_bytes:
                self._held.popleft()

    def nearest(self, at: datetime, within: timedelta) -> Pixels | None:
        """Return the picture that was taken nearest to a moment, not decoded yet; None where none is near enough."""
        with self._lock:
            known = [(abs(moment - at), pts, held.group) for held in self._held for moment, pts in held.pictures]
            if not known or self._decoder is None:
                return None
            apart, pts, group = min(known, key=lambda one: one[0])
            return GroupedPixels(self._decoder, group, pts, size_px=self._size_px) if apart <= within else None
