"""What it takes to cut a clip from the packets that a camera sent, beside encoding it again."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import av

from service.benches.pipeline import in_turns
from service.errors import ServiceError
from service.evidence.cutter import remux
from vision.capture.packets import PacketRing, PacketTap, StoredPacket

JSON_SCHEMA = 1
LASTS = timedelta(seconds=20)
FROM = timedelta(seconds=10)
START = datetime(2026, 1, 1, tzinfo=UTC)
CUTS_AT_ONCE = 20
"""One cut is too short for the clock of processes."""


def measure_clip(video: Path, *, rounds: int, told: Callable[[str], None]) -> dict[str, Any]:
    """Measure; returns JSON values. Raises `ServiceError` where the recording is too short."""
    ring = _ring_of(video)
    packets = ring.cut(START + FROM, START + FROM + LASTS)
    lasts_s = (packets[-1].at - packets[0].at).total_seconds() if packets else 0.0
    if lasts_s < LASTS.total_seconds() * 0.9:
        raise ServiceError(f"{video}: wanted a recording of at least {(FROM + LASTS).total_seconds():g} s")
    runners = {"cut": lambda: _cut(ring), "encode": lambda: _encode(packets)}
    taken = in_turns(runners, rounds=rounds, told=told)
    cut_ms, encode_ms = (median(taken[name]) * 1000 for name in ("cut", "encode"))
    return {
        "schema": JSON_SCHEMA,
        "video": video.name,
        "cores": os.cpu_count(),
        "clip_s": round(lasts_s, 1),
        "cut_cpu_ms": round(cut_ms, 2),
        "encode_cpu_ms": round(encode_ms, 1),
        "ratio": round(cut_ms / encode_ms, 5),
        "all_cut_cpu_ms": [round(s * 1000, 2) for s in taken["cut"]],
        "all_encode_cpu_ms": [round(s * 1000, 1) for s in taken["encode"]],
    }


def _ring_of(video: Path) -> PacketRing:
    """Return a ring that holds a recording's packets, as it would a camera's."""
    ring = PacketRing()
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        tap, first = PacketTap(stream), None
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                at = packet.pts * packet.time_base
                first = at if first is None else first
                if at - first > (FROM + LASTS).total_seconds():
                    break
                ring.append(packet, START + timedelta(seconds=float(at - first)), tap)
    return ring


def _cut(ring: PacketRing) -> float:
    """Return the computing seconds of one cut, as the service makes it."""
    began_s = time.process_time()
    for _ in range(CUTS_AT_ONCE):
        remux(ring.cut(START + FROM, START + FROM + LASTS))
    return (time.process_time() - began_s) / CUTS_AT_ONCE


def _encode(packets: Sequence[StoredPacket]) -> float:
    """Return the computing seconds of decoding the same pictures and encoding them with x264's preset veryfast."""
    clip = io.BytesIO(remux(packets))
    began_s = time.process_time()
    with av.open(clip, "r") as source, av.open(io.BytesIO(), "w", format="mp4") as target:
        stream = source.streams.video[0]
        out = target.add_stream("libx264", rate=Fraction(stream.average_rate or 10))
        out.width, out.height, out.pix_fmt = stream.codec_context.width, stream.codec_context.height, "yuv420p"
        out.options = {"preset": "veryfast"}
        for picture in source.decode(stream):
            picture.pict_type = av.video.frame.PictureType.NONE
            target.mux(out.encode(picture))
        target.mux(out.encode(None))
    return time.process_time() - began_s
