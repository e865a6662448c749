"""Start real servers for tests, and stop them."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest
import uvicorn
from fastapi import FastAPI

from service.commands import PagesServer

SYSTEM_PYTHON = "/usr/bin/python3"
RTSP_SERVER = Path(__file__).with_name("rtsp_server.py")


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class HasPages(Protocol):
    """A world with an application."""

    @property
    def app(self) -> FastAPI: ...


@contextmanager
def serving(world: HasPages) -> Iterator[str]:
    """Serve the world's application on a free port; yields its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = PagesServer(uvicorn.Config(world.app, log_level="warning", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.05)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)


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
def rtsp_server(path: Path, port: int, *credentials: str, codec: str = "h264") -> Iterator[subprocess.Popen[str]]:
    """Serve a recording at rtsp://127.0.0.1:PORT/main; ``codec`` is one of `PAYLOADS` in the server's file."""
    server = subprocess.Popen(
        [SYSTEM_PYTHON, str(RTSP_SERVER), str(path), str(port), codec, *credentials], stdout=subprocess.PIPE, text=True
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
