"""A camera with two real streams for tests, and what their pictures show."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.e2e.servers import SYSTEM_PYTHON
from tests.stories import CAMERA, RUN, s
from vision.capture.live_params import LiveParams
from vision.capture.main_stream import MainStream
from vision.capture.paired import PairedRing, PairedSource
from vision.capture.rtsp import RtspSource
from vision.clock import SystemClock
from vision.types import Image

BLOCKS = 16
SUB_PX, MAIN_PX = (640, 368), (1280, 720)
"""Of slightly different shapes, as real cameras have."""

WALL_CLOCK_CAMERA = Path(__file__).with_name("e2e") / "wall_clock_camera.py"


@contextmanager
def wall_clock_stream(port: int, size_px: tuple[int, int]) -> Iterator[subprocess.Popen[str]]:
    """Serve pictures of the time of day at rtsp://127.0.0.1:PORT/main."""
    command = [SYSTEM_PYTHON, str(WALL_CLOCK_CAMERA), str(port), *map(str, size_px)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert "ready" == server.stdout.readline().strip()
        yield server
    finally:
        server.kill()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()


def shown_ms(image: Image) -> int:
    """Read the time of day that a picture shows, milliseconds, modulo 65536."""
    height, width = image.shape[:2]
    side = width // BLOCKS
    row = image[height // 4 : 3 * height // 4, :, 1]
    bits = [row[:, block * side + side // 4 : (block + 1) * side - side // 4].mean() > 128 for block in range(BLOCKS)]
    return int("".join("1" if bit else "0" for bit in bits), 2)


def apart(first: Image, second: Image) -> timedelta:
    """How much later the second picture was taken than the first."""
    ms = (shown_ms(second) - shown_ms(first)) % 2**BLOCKS
    return timedelta(milliseconds=ms - 2**BLOCKS if ms >= 2 ** (BLOCKS - 1) else ms)


def paired(sub_port: int, main_port: int, told: list[str]) -> tuple[PairedSource, MainStream]:
    """Return the source of a camera with two streams; what it tells is gathered."""
    params, clock = LiveParams(waiting_frames_max=60, back_off=(s(0.3), s(1))), SystemClock()
    sub = RtspSource(CAMERA, RUN, f"rtsp://127.0.0.1:{sub_port}/main", clock=clock, params=params)
    main = MainStream(
        CAMERA, f"rtsp://127.0.0.1:{main_port}/main", clock=clock, params=params, ring=PairedRing(sub.ring),
        tell=told.append,
    )  # fmt: skip
    return PairedSource(sub, main, told.append), main
