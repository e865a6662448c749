"""A camera whose clock jumps while its picture goes on, over a real connection: told, survived, over by itself."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import av
import pytest

from tests.stories import CAMERA, RUN, picture
from vision.capture.rtsp import RtspSource
from vision.clock import SystemClock
from vision.types import Fault, FaultKind, Frame, Gap, GapReason

RATE_FPS = 10
JUMP_S = 3600
JUMPS_AT_S = 8.0


class Line:
    """What the muxer writes to: a connection that the other side may close."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, content: bytes) -> int:
        self._connection.sendall(content)
        return len(content)


@contextmanager
def jumping_camera() -> Iterator[str]:
    """Serve MPEG-TS in real time to one reader; after a while the timestamps go on an hour later."""
    server = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection, av.open(Line(connection), "w", format="mpegts") as container:
            stream = container.add_stream("libx264", rate=RATE_FPS)
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
            stream.options = {"g": "10", "preset": "ultrafast", "tune": "zerolatency", "threads": "1"}
            begun = time.monotonic()
            for i in range(100_000):
                if is_over.wait(max(0.0, begun + i / RATE_FPS - time.monotonic())):
                    return
                jumped = JUMP_S * RATE_FPS if i / RATE_FPS >= JUMPS_AT_S else 0
                frame = av.VideoFrame.from_ndarray(picture(i), format="bgr24")
                frame.pts, frame.time_base = i + jumped, Fraction(1, RATE_FPS)
                try:
                    container.mux(stream.encode(frame))
                except OSError:
                    return  # the reader has gone

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
    finally:
        is_over.set()
        thread.join(10)
        server.close()


@pytest.mark.e2e
@pytest.mark.timeout(200)
def test_a_clock_that_jumps_is_told_within_30_s_and_the_fault_ends_by_itself() -> None:
    told: list[tuple[Fault, float]] = []
    gaps: list[Gap] = []
    frames: list[tuple[Frame, float]] = []
    with jumping_camera() as address:
        source = RtspSource(CAMERA, RUN, address, clock=SystemClock())
        begun = time.monotonic()
        for item in source.items():
            since_s = time.monotonic() - begun
            told += [(fault, since_s) for fault in source.take_faults()]
            if isinstance(item, Gap):
                gaps.append(item)
            else:
                frames.append((item, since_s))
            if since_s > 100 or any(fault.ended_at is not None for fault, _ in told):
                break
        source.close()
    (opened, opened_s), (ended, ended_s) = told
    assert (FaultKind.TIME_DRIFT, None) == (opened.kind, opened.ended_at)
    assert 0 <= opened_s - JUMPS_AT_S <= 30
    assert ended.ended_at is not None
    assert ended_s - opened_s <= 50  # steady for 20 s, and what a busy computer takes
    assert [GapReason.TIMESTAMP_JUMP] == [gap.reason for gap in gaps]
    # nobody was away for an hour: the pictures are timed by when they came
    assert (gaps[0].end - gaps[0].start).total_seconds() < 30
    (first, came_s), (last, _) = frames[0], frames[-1]
    assert (last.captured_at - first.captured_at).total_seconds() == pytest.approx(ended_s - came_s, abs=6)
