"""Faults of a camera in real streams of a real RTSP server: recognised within 30 s of it, and over by themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.faulty_stream import Spoil, write_faulty_clip
from tests.stories import CAMERA, RUN
from vision.capture.rtsp import RtspSource
from vision.clock import SystemClock
from vision.health.monitor import HealthMonitor
from vision.types import FaultKind, Frame, GapReason, Image

BEGINS_S, ENDS_S, LASTS_S = 6.0, 36.0, 47.0
Told = list[tuple[FaultKind, bool, float]]


def cover(image: Image) -> Image:
    return np.full_like(image, 110)


def shift(image: Image) -> Image:
    return np.ascontiguousarray(np.roll(image, 32, axis=1))


def darken(image: Image) -> Image:
    return (image * 0.04).astype(np.uint8)


def blur(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 5.0), dtype=np.uint8)


FAULTS: dict[FaultKind, Spoil | None] = {
    FaultKind.COVERED: cover,
    FaultKind.MOVED: shift,
    FaultKind.DARK: darken,
    FaultKind.BLURRED: blur,
    FaultKind.FROZEN: None,
}


def watch(clip: Path) -> Told:
    """Watch a stream to the end of the clip: each change told, whether it opens, and when, seconds of the stream."""
    port = free_port()
    monitor = HealthMonitor(CAMERA, RUN)
    told: Told = []
    with rtsp_server(clip, port):
        source = RtspSource(CAMERA, RUN, f"rtsp://127.0.0.1:{port}/main", clock=SystemClock())
        first = None
        for item in source.items():
            if not isinstance(item, Frame):
                if item.reason is GapReason.OVERLOADED:
                    continue  # a busy computer has left pictures out
                break  # the clip is over, and begins anew
            first = first or item.captured_at
            at_s = (item.captured_at - first).total_seconds()
            told += [(f.kind, f.ended_at is None, at_s) for f in monitor.advance(item)]
            if at_s > LASTS_S - 2:
                break
        source.close()
    return told


@pytest.mark.e2e
@pytest.mark.timeout(200)
def test_faults_in_real_streams_are_recognised_within_30_s_and_end_by_themselves(tmp_path: Path) -> None:
    need_rtsp_server()
    clips = [
        write_faulty_clip(tmp_path / f"{kind}.mp4", spoil, begins_s=BEGINS_S, ends_s=ENDS_S, lasts_s=LASTS_S)
        for kind, spoil in FAULTS.items()
    ]
    with ThreadPoolExecutor(len(clips)) as pool:
        found = dict(zip(FAULTS, pool.map(watch, clips), strict=True))
    assert {kind: [(kind, True), (kind, False)] for kind in FAULTS} == {
        kind: [(told, opens) for told, opens, _ in changes] for kind, changes in found.items()
    }
    for changes in found.values():
        (_, _, opened_s), (_, _, ended_s) = changes
        assert opened_s - BEGINS_S <= 30
        assert ended_s - ENDS_S <= 30
