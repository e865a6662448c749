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

from vision.capture.packets import PacketRing, PacketTap, to_image
from vision.errors import SourceNotFound, SourceUnreadable
from vision.types import CameraId, Fault, Frame, Gap, GapReason, RunId

JUMP_MAX = timedelta(seconds=10)
"""A recording that skips more than this lost something; cameras that record on motion skip less per event."""

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
    """

    path: Path
    sha256: str
    recorded_at: datetime
    duration: timedelta
    frames: int
    first_s: Fraction
    jumps: tuple[timedelta, ...]
    size_px: tuple[int, int]


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
        times = _packet_times(container, path)
        stated = _stated_duration(container)
        size_px = (stream.codec_context.width, stream.codec_context.height)
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


def _packet_times(container: InputContainer, path: Path) -> list[Fraction]:
    """Return the presentation times of all packets, seconds, sorted; refuse missing and reversed ones."""
    times: list[Fraction] = []
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
    except av.error.FFmpegError as error:
        raise SourceUnreadable(
            str(path), f"is damaged or cut short at picture {len(times)} ({error.strerror})"
        ) from None
    if not times:
        raise SourceUnreadable(str(path), "holds no pictures")
    return sorted(times)


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
        self.ring = PacketRing()
        self._recording = recording
        self.starts_at = recorded_at or recording.recorded_at
        self._closed = False

    def items(self) -> Iterator[Frame | Gap]:
        """Yield the frames, and a gap where the timestamps skip. Raises `SourceUnreadable` where it is broken."""
        with closing(_open(self._recording.path)) as container:
            yield from self._decode(container)

    def take_faults(self) -> list[Fault]:
        """Return nothing: a recording is timed by its own timestamps, with no other clock to hold against them."""
        return []

    def close(self) -> None:
        """End `items` at the next frame."""
        self._closed = True

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
                    yield Frame(self.camera_id, self.run_id, index, at, to_image(picture))
                    last = at
                    index += 1
        except av.error.FFmpegError as error:
            raise SourceUnreadable(
                str(self._recording.path), f"cannot be decoded at picture {index} ({error.strerror})"
            ) from None

    def _moment(self, seconds: Fraction) -> datetime:
        return self.starts_at + timedelta(seconds=float(seconds))
