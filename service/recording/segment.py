"""One segment: packets as the camera sent them, in an MP4 that plays as far as it was written, whatever happens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import av

from vision.capture.packets import StoredPacket

FRAGMENT_US = 2_000_000
"""What a power cut may take: a fragment that is not whole is not played."""

OPTIONS = {
    # the description of the codec comes with the first packet, so it cannot be written before that
    "movflags": "+frag_keyframe+delay_moov+default_base_moof",
    "frag_duration": str(FRAGMENT_US),
    "flush_packets": "1",
}


class SegmentWriter:
    """Writes one file. Packets are not encoded again."""

    def __init__(self, path: Path, first: StoredPacket) -> None:
        """Open the file for packets like this one, a key frame, and write that. Raises `OSError`, as all here does."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        self._container = av.open(str(path), "w", format="mp4", options=OPTIONS)
        codec = first.codec
        self._stream = self._container.add_mux_stream(
            codec.name, rate=codec.rate_fps, width=codec.width_px, height=codec.height_px
        )
        self._stream.time_base = first.time_base
        self._zero = first.dts
        self._nominal = max(1, round(1 / (codec.rate_fps * first.time_base)))
        self.write(first)

    def write(self, stored: StoredPacket) -> None:
        """Write the next packet."""
        packet: av.Packet[Any] = av.Packet(stored.data)
        packet.stream = self._stream
        packet.time_base = stored.time_base
        packet.pts, packet.dts = stored.pts - self._zero, stored.dts - self._zero
        packet.duration = stored.duration or self._nominal
        packet.is_keyframe = stored.is_keyframe
        self._container.mux(packet)

    def close(self) -> None:
        """Write what is left, and close the file."""
        self._container.close()


def free_share(folder: Path) -> float:
    """Return the share of the folder's disk that is free for us, 0..1. Raises `OSError`."""
    disk = os.statvfs(folder)
    return disk.f_bavail / max(disk.f_blocks, 1)
