"""Start real servers for tests, and stop them."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"
RTSP_SERVER = Path(__file__).with_name("rtsp_server.py")


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def need_rtsp_server() -> None:
    """Skip the test where GStreamer's RTSP server is not installed."""
    check = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    try:
        found = subprocess.run([SYSTEM_PYTHON, "-c", check], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        found = False
    if not found:
        pytest.skip(
            "needs GStreamer's RTSP server: apt install gir1.2-gst-rtsp-server-1.0 python3-gi (make test-system)"
        )


@contextmanager
def rtsp_server(path: Path, port: int, *credentials: str) -> Iterator[subprocess.Popen[str]]:
    """Serve a recording at rtsp://127.0.0.1:PORT/main."""
    server = subprocess.Popen(
        [SYSTEM_PYTHON, str(RTSP_SERVER), str(path), str(port), *credentials], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        assert "ready" == server.stdout.readline().strip()
        yield server
    finally:
        server.kill()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()
