"""Frames of a recording, timed by its own timestamps."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from vision.capture.groups import Group, GroupDecoder, GroupedPixels, VideoPacket, grouped
from vision.capture.packets import PacketRing, PacketTap
from vision.capture.pictures import DecodedPixels
from vision.errors import SourceNotFound, SourceUnreadable
from vision.types import CameraId, Fault, Frame, Gap, GapReason, RunId

JUMP_MAX = timedelta(seconds=10)
"""A recording that skips more than this lost something; cameras that record on motion skip less per event."""

GROUP_MAX = timedelta(seconds=12)
"""Recordings whose key frames are at most so far apart are decoded by groups, as far as pictures are asked for."""

MISSING_MAX = timedelta(seconds=1)
"""A recording may state a length that is off by less than this (edit lists, the last picture's duration)."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What was found out about a file before anything of it was used.

    Attributes:
        sha256: Of the whole file; the run is named by it, so that a second analysis is an update of the first.
        recorded_at: Start of the recording: stated by the file, else when the file was last written.
        frames: Number of video packets.
        first_s: The earliest timestamp in the file, seconds: the recording's zero.
        jumps: Times from the start at which timestamps skip by more than `JUMP_MAX`.
        size_px: Width and height as the file states them; it may change in mid-file.
        has_groups: Whether each key frame begins a closed group of pictures, and none is long.
    """

    path: Path
    sha256: str
    recorded_at: datetime
    duration: timedelta
    frames: int
    first_s: Fraction
    jumps: tuple[timedelta, ...]
    size_px: tuple[int, int]
    has_groups: bool


def probe(path: Path) -> Recording:
    """Read a recording through once without decoding it, and refuse what is not whole.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: It is empty, no video, cut short, or without usable timestamps.
    """
    if not path.exists():
        raise SourceNotFound(str(path))
    if not path.is_file():
        raise SourceUnreadable(str(path), "is a folder; give one video file")
    if path.stat().st_size == 0:
        raise SourceUnreadable(str(path), "the file is empty (0 bytes)")
    with closing(_open(path)) as container:
        stream = container.streams.video[0]
        times, has_groups = _packet_times(container, path)
        stated = _stated_duration(container)
        size_px = (stream.codec_context.width, stream.codec_context.height)
        codec = stream.codec_context.name
        created = container.metadata.get("creation_time") or stream.metadata.get("creation_time")
    steps = [after - before for before, after in itertools.pairwise(times)]
    longest = timedelta(seconds=float(max(steps, default=Fraction(0))))
    if len(times) > 1 and times[-1] == times[0]:
        raise SourceUnreadable(str(path), "the pictures carry no usable timestamps (all alike)")
    duration = timedelta(seconds=float(times[-1] - times[0]))
    if stated is not None and stated - duration > MISSING_MAX + 2 * longest:
        raise SourceUnreadable(
            str(path),
            f"is cut short: it states {stated.total_seconds():.1f} s and holds "
            f"{duration.total_seconds():.1f} s. Copy it again, or repair it",
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Recording(
        path=path,
        sha256=digest,
        recorded_at=_parse_time(created) or datetime.fromtimestamp(path.stat().st_mtime, UTC),
        duration=duration,
        frames=len(times),
        first_s=times[0],
        jumps=tuple(
            timedelta(seconds=float(before - times[0]))
            for before, step in zip(times, steps, strict=False)
            if step > JUMP_MAX.total_seconds()
        ),
        size_px=size_px,
        has_groups=has_groups and codec == "h264",
    )


def _open(path: Path) -> InputContainer:
    try:
        container = av.open(str(path))
    except av.error.FFmpegError as error:
        raise SourceUnreadable(str(path), f"is not a video that can be read ({error.strerror})") from None
    if not container.streams.video:
        container.close()
        raise SourceUnreadable(str(path), "holds no video stream, or its index is cut short")
    return container


def _packet_times(container: InputContainer, path: Path) -> tuple[list[Fraction], bool]:
    """Return the presentation times of all packets, seconds, sorted, and whether they make short closed groups.

    Missing and reversed times are refused.
    """
    times: list[Fraction] = []
    key: Fraction | None = None
    has_groups = True
    last_dts: int | None = None
    try:
        for packet in container.demux(video=0):
            if packet.size == 0:
                continue
            if packet.is_corrupt:
                raise SourceUnreadable(str(path), f"is damaged or cut short at picture {len(times)}")
            if packet.pts is None or packet.time_base is None:
                raise SourceUnreadable(
                    str(path),
                    f"picture {len(times)} has no timestamp; write the recording into MP4 or MKV again",
                )
            if packet.dts is not None and last_dts is not None and packet.dts < last_dts:
                raise SourceUnreadable(
                    str(path), f"the timestamps run backwards at picture {len(times)}; they cannot be trusted"
                )
            last_dts = packet.dts if packet.dts is not None else last_dts
            times.append(packet.pts * packet.time_base)
            key = times[-1] if packet.is_keyframe else key
            # a picture shown before the key frame that came before it needs the group before
            has_groups &= key is not None and 0 <= times[-1] - key <= GROUP_MAX.total_seconds()
    except av.error.FFmpegError as error:
        raise SourceUnreadable(
            str(path), f"is damaged or cut short at picture {len(times)} ({error.strerror})"
        ) from None
    if not times:
        raise SourceUnreadable(str(path), "holds no pictures")
    return sorted(times), has_groups


def _stated_duration(container: InputContainer) -> timedelta | None:
    stream = container.streams.video[0]
    if stream.duration is None or stream.time_base is None:
        # Matroska states the length of the whole only; elsewhere FFmpeg guesses it from the bit rate
        is_stated = "matroska" in container.format.name and container.duration is not None
        return timedelta(microseconds=container.duration or 0) if is_stated else None
    return timedelta(seconds=float(stream.duration * stream.time_base))


def _parse_time(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if moment is None or moment.year < 2000:  # cameras without a clock write the epoch of 1904 or 1970
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class FileSource:
    """Frames of one recording. Waits for whoever reads: nothing of a file is ever dropped."""

    def __init__(
        self,
        camera_id: CameraId,
        recording: Recording,
        *,
        recorded_at: datetime | None = None,
        allow_jumps: bool = False,
    ) -> None:
        if recording.jumps and not allow_jumps:
            raise SourceUnreadable(
                str(recording.path),
                f"the timestamps jump by more than {JUMP_MAX.total_seconds():.0f} s at "
                f"{recording.jumps[0].total_seconds():.1f} s. If the camera really paused there, allow gaps",
            )
        self.camera_id = camera_id
        self.run_id = RunId(recording.sha256[:16])
        self.dropped_frames = 0
        self.silent_since: datetime | None = None  # a recording that stalls is a disk that stalls
        self.ring = PacketRing()
        self._recording = recording
        self.starts_at = recorded_at or recording.recorded_at
        self._closed = False

    def items(self) -> Iterator[Frame | Gap]:
        """Yield the frames, and a gap where the timestamps skip. Raises `SourceUnreadable` where it is broken."""
        with closing(_open(self._recording.path)) as container:
            try:
                yield from self._ordered(container) if self._recording.has_groups else self._decode(container)
            finally:
                # decoders that are at work while they are closed may wait for us to take their log lines, for ever
                container.streams.video[0].codec_context.flush_buffers()

    def take_faults(self) -> list[Fault]:
        """Return nothing: a recording is timed by its own timestamps, with no other clock to hold against them."""
        return []

    def close(self) -> None:
        """End `items` at the next frame."""
        self._closed = True

    def _ordered(self, container: InputContainer) -> Iterator[Frame | Gap]:
        """Yield pictures that are decoded when somebody asks for them."""
        stream = container.streams.video[0]
        # pictures in flight in other threads would be decoded for nothing
        stream.codec_context.thread_count = 1
        tap, decoder = PacketTap(stream), GroupDecoder(stream.codec_context, self._broken)
        last: datetime | None = None
        times: Iterator[tuple[Group, int]] = (
            (group, pts)
            for group in grouped(self._kept(container.demux(stream), tap))
            for pts in sorted(packet.pts for packet in group.packets if packet.pts is not None)
        )
        for index, (group, pts) in enumerate(times):
            if self._closed:
                return
            at = self._moment(pts * Fraction(stream.time_base or 1) - self._recording.first_s)
            if last is not None and at - last > JUMP_MAX:
                yield Gap(self.camera_id, self.run_id, last, at, GapReason.TIMESTAMP_JUMP)
            yield Frame(self.camera_id, self.run_id, index, at, GroupedPixels(decoder, group, pts))
            last = at

    def _kept(self, packets: Iterator[VideoPacket], tap: PacketTap) -> Iterator[VideoPacket]:
        """Pass packets on, each kept in the ring as well."""
        try:
            for packet in packets:
                if packet.pts is not None and packet.time_base is not None:
                    at = self._moment(packet.pts * packet.time_base - self._recording.first_s)
                    self.ring.append(packet, at, tap)
                yield packet
        except av.error.FFmpegError as error:
            raise self._broken(error.strerror or type(error).__name__) from None

    def _broken(self, reason: str) -> SourceUnreadable:
        return SourceUnreadable(str(self._recording.path), f"cannot be decoded ({reason})")

    def _decode(self, container: InputContainer) -> Iterator[Frame | Gap]:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        tap = PacketTap(stream)
        origin = self._recording.first_s
        last: datetime | None = None
        index = 0
        try:
            for packet in container.demux(stream):
                if packet.pts is not None and packet.time_base is not None:
                    seconds = packet.pts * packet.time_base
                    self.ring.append(packet, self._moment(seconds - origin), tap)
                for picture in packet.decode():
                    if self._closed:
                        return
                    if picture.pts is None or picture.time_base is None:
                        raise SourceUnreadable(str(self._recording.path), f"picture {index} has no timestamp")
                    at = self._moment(picture.pts * picture.time_base - origin)
                    if last is not None and at - last > JUMP_MAX:
                        yield Gap(self.camera_id, self.run_id, last, at, GapReason.TIMESTAMP_JUMP)
                    yield Frame(self.camera_id, self.run_id, index, at, DecodedPixels(picture))
                    last = at
                    index += 1
        except av.error.FFmpegError as error:
            raise SourceUnreadable(
                str(self._recording.path), f"cannot be decoded at picture {index} ({error.strerror})"
            ) from None

    def _moment(self, seconds: Fraction) -> datetime:
        return self.starts_at + timedelta(seconds=float(seconds))
