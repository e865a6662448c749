"""A ring of compressed packets: evidence is cut from what the camera sent, not encoded again."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import islice
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class Codec:
    """What a player must know before the first packet; the rest stands in the key frames themselves.

    Attributes:
        rate_fps: Nominal frame rate.
        pix_fmt: Layout of raw pictures, which say nothing of it themselves; empty for all other codecs.
    """

    name: str
    width_px: int
    height_px: int
    rate_fps: Fraction
    pix_fmt: str = ""


class PacketTap:
    """Makes the packets of one opened stream self-contained: each key frame carries its parameter sets.

    Files keep H.264 and H.265 parameter sets apart from the packets, cameras send them in the stream
    description: a clip cut from the middle would lose them.
    """

    def __init__(self, stream: VideoStream) -> None:
        context = stream.codec_context
        self.codec = Codec(
            name=context.name,
            width_px=context.width,
            height_px=context.height,
            rate_fps=Fraction(stream.average_rate or stream.guessed_rate or 25),
            pix_fmt=(context.pix_fmt or "") if context.name == "rawvideo" else "",
        )
        extradata = bytes(context.extradata or b"")
        is_length_prefixed = extradata[:1] == b"\x01"
        if self.codec.name in ("h264", "hevc") and is_length_prefixed:
            self._filter: BitStreamFilterContext | None = BitStreamFilterContext(
                f"{self.codec.name}_mp4toannexb", in_stream=stream
            )
        elif extradata:
            self._filter = BitStreamFilterContext("dump_extra=freq=keyframe", in_stream=stream)
        else:
            self._filter = None

    def fits(self, stream: VideoStream) -> bool:
        """Tell whether the stream's pictures still have the size that they had."""
        context = stream.codec_context
        return (context.width, context.height) == (self.codec.width_px, self.codec.height_px)

    def split(self, packet: av.Packet[VideoStream]) -> list[av.Packet[VideoStream]]:
        """Return self-contained copies of a packet; the packet itself stays as it was."""
        if packet.pts is None or packet.size == 0:
            return []
        copy: av.Packet[Any] = av.Packet(bytes(packet))
        copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
        copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
        if self._filter is None:
            return [copy]
        return list(self._filter.filter(copy))


@dataclass(frozen=True, slots=True)
class StoredPacket:
    """One compressed packet.

    Attributes:
        at: When its picture was captured, aware UTC.
        pts, dts: Presentation and decoding time, in units of ``time_base`` seconds.
    """

    at: datetime
    data: bytes
    pts: int
    dts: int
    duration: int
    time_base: Fraction
    is_keyframe: bool
    codec: Codec


STEP_MOST = timedelta(seconds=1)
"""A longer pause between two packets is an outage and counts as this much of the ring."""


class PacketRing:
    """Keeps the latest packets, bounded by time and by bytes. Written by one thread, cut by another."""

    def __init__(self, keep: timedelta = timedelta(seconds=90), *, limit_bytes: int = 64 * 1024 * 1024) -> None:
        self._keep = keep
        self._limit_bytes = limit_bytes
        self._packets: deque[StoredPacket] = deque()
        self._steps: deque[timedelta] = deque()
        self._span = timedelta()
        self._size_bytes = 0
        self._appended = 0
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes held."""
        return self._size_bytes

    @property
    def boxes_px(self) -> tuple[int, int] | None:
        """Width and height of the picture that boxes are told in; None where that is the packets' own."""
        return None

    @property
    def appended(self) -> int:
        """How many packets were stored so far, also those that are gone."""
        return self._appended

    def append(self, packet: av.Packet[VideoStream], at: datetime, tap: PacketTap) -> None:
        """Store one packet; the oldest go when the ring is full."""
        if packet.pts is None or packet.time_base is None:
            return
        for piece in tap.split(packet):
            pts = packet.pts if piece.pts is None else piece.pts
            self._store(
                StoredPacket(
                    at=at,
                    data=bytes(piece),
                    pts=pts,
                    dts=pts if piece.dts is None else piece.dts,
                    duration=piece.duration or 0,
                    time_base=packet.time_base,
                    is_keyframe=packet.is_keyframe,
                    codec=tap.codec,
                )
            )

    def _store(self, stored: StoredPacket) -> None:
        with self._lock:
            # an outage does not count: what came before it is still wanted once the camera is back
            step = min(stored.at - self._packets[-1].at, STEP_MOST) if self._packets else timedelta()
            self._packets.append(stored)
            self._steps.append(step)
            self._span += step
            self._size_bytes += len(stored.data)
            self._appended += 1
            while self._packets and (self._size_bytes > self._limit_bytes or self._span > self._keep):
                self._size_bytes -= len(self._packets.popleft().data)
                self._span -= self._steps.popleft()

    def since(self, appended: int) -> tuple[int, Sequence[StoredPacket]]:
        """Return `appended` as it is now, and the packets stored since it was as given, as far as they are held."""
        with self._lock:
            first = len(self._packets) - min(self._appended - appended, len(self._packets))
            return self._appended, list(islice(self._packets, first, None))

    def cut(self, start: datetime, end: datetime) -> Sequence[StoredPacket]:
        """Return the packets from the key frame at or before ``start`` to ``end``, in decoding order.

        Packets of one codec only: a camera that came back with another picture size starts another clip. What
        the ring no longer holds is missing at the front; the clip then starts at the first key frame held.
        """
        with self._lock:
            held = list(self._packets)
        first = None
        for i, packet in enumerate(held):
            if packet.is_keyframe and (first is None or packet.at <= start):
                first = i
            if packet.at > start and first is not None:
                break
        if first is None or held[first].at > end:
            return ()
        codec = held[first].codec
        chosen: list[StoredPacket] = []
        for packet in held[first:]:
            if packet.at > end or packet.codec != codec or (chosen and packet.dts <= chosen[-1].dts):
                break
            chosen.append(packet)
        return chosen
