"""Watch a live stream for a few seconds and measure it: what it sends, how often, and what it costs to decode."""

from __future__ import annotations

import struct
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from vision.capture.opening import open_stream
from vision.capture.rtsp import LiveParams
from vision.clock import Clock
from vision.errors import SourceLost
from vision.types import CameraId

_PRODUCED_AT = struct.Struct("=qi")
"""FFmpeg's AVProducerReferenceTime: microseconds since 1970, flags. It comes from the camera's clock reports (RTCP)."""


@dataclass(frozen=True, slots=True)
class StreamTrial:
    """What a stream was like while it was watched.

    Attributes:
        watched: By the stream's own times where it has them, else by ours.
        key_frame_gap: The longest stretch without a key frame, the ends included: at least so far apart they are.
        timeless: Packets without a timestamp after the first that had one; all of them where none had.
        broken: Packets that could not be decoded.
        decode_share: Share of one core that decoding takes, at this frame rate.
        clock_off: How far the camera's clock is ahead of ours; None where the stream does not say.
    """

    codec: str
    size_px: tuple[int, int]
    watched: timedelta
    packets: int
    rate_fps: float
    key_frame_gap: timedelta
    rate_kbps: float
    timeless: int
    broken: int
    decode_share: float
    clock_off: timedelta | None


@dataclass(slots=True)
class _Tally:
    """Figures while the stream is being watched; times in seconds of the stream, or of ours where it has none."""

    times_s: list[float] = field(default_factory=list)
    arrived_s: list[float] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)
    size_bytes: int = 0
    timeless: int = 0
    has_times: bool = False
    broken: int = 0
    decode_s: float = 0.0
    offs_s: list[float] = field(default_factory=list)


def try_stream(camera_id: CameraId, address: str, *, params: LiveParams, clock: Clock, watch: timedelta) -> StreamTrial:
    """Open a stream, watch it for a while and close it.

    Raises:
        SourceRefused: The camera does not accept the user name or password.
        SourceLost: It does not answer, sends no video, or stopped before anything could be measured.
    """
    container = open_stream(
        camera_id,
        address,
        transport=params.transport,
        silence_max=params.silence_max,
        input_format=params.input_format,
    )
    with closing(container):
        stream = container.streams.video[0]
        stream.thread_type = "NONE"  # decoded in this thread alone, whose time is then what decoding takes
        tally = _Tally()
        try:
            _watch(container, stream, tally, clock, watch)
        except av.error.FFmpegError as error:
            raise SourceLost(camera_id, error.strerror or type(error).__name__) from None
        context = stream.codec_context
        size_px, codec = (context.width, context.height), context.name
    if len(tally.arrived_s) < 2 or 0 in size_px:
        raise SourceLost(camera_id, "no picture came")
    return _measured(tally, codec, size_px)


def _watch(container: InputContainer, stream: VideoStream, tally: _Tally, clock: Clock, watch: timedelta) -> None:
    begins = clock.now()
    for packet in container.demux(stream):
        now = clock.now()
        if packet.size > 0:
            _note(packet, tally, now, (now - begins).total_seconds())
        if now - begins >= watch:
            return


def _note(packet: av.Packet[VideoStream], tally: _Tally, now: datetime, arrived_s: float) -> None:
    tally.size_bytes += packet.size
    tally.arrived_s.append(arrived_s)
    tally.keys.append(packet.is_keyframe)
    if packet.pts is None or packet.time_base is None:
        tally.timeless += 1
    else:
        # the first packets wait for the camera's clock report: only what is missing later is missing
        tally.timeless = tally.timeless if tally.has_times else 0
        tally.has_times = True
        tally.times_s.append(float(packet.pts * packet.time_base))
    if packet.has_sidedata("prft"):
        microseconds, _ = _PRODUCED_AT.unpack_from(bytes(packet.get_sidedata("prft")))
        produced = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
        tally.offs_s.append((produced - now).total_seconds())
    began_s = time.thread_time()
    try:
        packet.decode()
    except av.error.InvalidDataError:
        tally.broken += 1
    tally.decode_s += time.thread_time() - began_s


def _measured(tally: _Tally, codec: str, size_px: tuple[int, int]) -> StreamTrial:
    packets = len(tally.arrived_s)
    # a new link begins with pictures that had waited: times of arrival are too short for them
    span_s = max(tally.times_s) - min(tally.times_s) if len(tally.times_s) > 1 else 0.0
    timed = len(tally.times_s)
    if span_s <= 0:
        span_s, timed = tally.arrived_s[-1] - tally.arrived_s[0], packets
    rate_fps = (timed - 1) / span_s if span_s > 0 else 0.0
    lasted_s = packets / rate_fps if rate_fps > 0 else span_s
    return StreamTrial(
        codec=codec,
        size_px=size_px,
        watched=timedelta(seconds=lasted_s),
        packets=packets,
        rate_fps=rate_fps,
        key_frame_gap=timedelta(seconds=lasted_s * longest_keyless(tally.keys) / packets),
        rate_kbps=tally.size_bytes * 8 / 1000 / lasted_s if lasted_s > 0 else 0.0,
        timeless=tally.timeless,
        broken=tally.broken,
        decode_share=tally.decode_s / lasted_s if lasted_s > 0 else 0.0,
        clock_off=timedelta(seconds=median(tally.offs_s)) if tally.offs_s else None,
    )


def longest_keyless(keys: list[bool]) -> int:
    """Return the most packets from one key frame to the next; before the first and after the last counts too."""
    marks = [0, *(i for i, is_key in enumerate(keys) if is_key), len(keys)]
    return max(later - earlier for earlier, later in pairwise(marks))
