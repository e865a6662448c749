"""Write all that a camera sends into segments, while there is room, and delete them when their time is over."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import structlog

from service.evidence.cutter import PLAYABLE
from service.evidence.disk import DiskWatch
from service.evidence.local import FULL
from service.recording.folder import delete_older, segment_path
from service.recording.placing import Place, Written, place
from service.recording.segment import SegmentWriter, free_share
from vision.capture.packets import PacketRing, StoredPacket
from vision.clock import Clock

log = structlog.get_logger(__name__)

SWEEPS_EVERY = timedelta(minutes=1)


class Segments:
    """Takes what is new in a ring of packets. The first to go without when the disk fills."""

    def __init__(self, ring: PacketRing, folder: Path, disk: DiskWatch, *, free_least: float) -> None:
        """Take the camera's folder, and the share of its own disk that must stay free: evidence may lie elsewhere."""
        self._ring = ring
        self._folder = folder
        self._disk = disk
        self._free_least = free_least
        self._seen = ring.appended
        self._writer: SegmentWriter | None = None
        self._written: Written | None = None
        self._state = ""

    def turn(self) -> None:
        """Write what came since the last turn; the segment is closed where it cannot be."""
        self._seen, packets = self._ring.since(self._seen)
        try:
            if not self._has_room():
                self._tell("paused: the disk fills")
                self.finish()
                return
            for packet in packets:
                self._write(packet)
        except OSError as error:  # FFmpeg's errors are such too
            if error.errno in FULL:
                self._disk.note_full()
            self._tell(f"paused: {error.strerror or error}")
            self._abandon()

    def finish(self) -> None:
        """Close the segment that is being written."""
        writer, self._writer, self._written = self._writer, None, None
        if writer is not None:
            writer.close()

    def _write(self, packet: StoredPacket) -> None:
        if packet.codec.name not in PLAYABLE:
            self._tell(f"impossible: wanted H.264 or H.265, the camera sends {packet.codec.name}")
            return
        where = place(self._written, packet)
        if where is not Place.SAME:
            self.finish()
        if where is Place.NEW:
            self._writer = SegmentWriter(segment_path(self._folder, packet.at), packet)
            self._written = Written(packet.at, packet)
            self._tell("on")
        elif where is Place.SAME and self._writer is not None and self._written is not None:
            self._writer.write(packet)
            self._written = Written(self._written.started_at, packet)

    def _abandon(self) -> None:
        # the disk is full: what was written before is there and plays
        with contextlib.suppress(OSError):
            self.finish()

    def _has_room(self) -> bool:
        if not self._disk.may_record_optional():
            return False
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return free_share(self._folder) >= self._free_least

    def _tell(self, state: str) -> None:
        if state != self._state:
            self._state = state
            log.info(f"continuous recording {state}", camera=self._folder.name)


class Sweeper:
    """Deletes segments when their time is over, also after recording was switched off."""

    def __init__(self, folder: Path, keep: timedelta, clock: Clock) -> None:
        self._folder = folder
        self._keep = keep
        self._clock = clock
        self._next_at = clock.now()

    def turn(self) -> None:
        """Delete now and then. Raises `OSError`."""
        now = self._clock.now()
        # a clock that was set back must not put it off
        if not self._next_at - SWEEPS_EVERY <= now < self._next_at:
            self._next_at = now + SWEEPS_EVERY
            delete_older(self._folder, self._keep, now)

    def finish(self) -> None:
        """Nothing is left to do."""
