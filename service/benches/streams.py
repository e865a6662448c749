"""Cameras made of recordings: a real RTSP server that plays clips, one after the other, without an end in sight."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from vision.errors import BackendMissing

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("rtsp_server.py")
CHECK = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"


class Streams:
    """Streams that are being served.

    Attributes:
        port: Where.
    """

    def __init__(self, port: int, server: subprocess.Popen[str]) -> None:
        self.port = port
        self._server = server
        self._plays: dict[str, list[float]] = {}
        self._listener = threading.Thread(target=self._listen, name="streams", daemon=True)
        self._listener.start()

    def address(self, name: str) -> str:
        """Return where a stream is played."""
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    def plays(self, name: str) -> tuple[float, ...]:
        """Return when somebody began to read a stream, from the beginning of its recording, seconds of `monotonic`."""
        return tuple(self._plays.get(name, ()))

    def join(self) -> None:
        """Wait for the last word of a server that has ended."""
        self._listener.join(10)

    def _listen(self) -> None:
        assert self._server.stdout is not None
        for line in self._server.stdout:
            name, at_s = line.split()
            self._plays[name] = [*self._plays.get(name, ()), float(at_s)]


def need_streams() -> None:
    """Raise `BackendMissing` where GStreamer's RTSP server is not installed."""
    try:
        is_there = subprocess.run([SYSTEM_PYTHON, "-c", CHECK], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        is_there = False
    if not is_there:
        raise BackendMissing(
            f"cameras are played by GStreamer's RTSP server, and {SYSTEM_PYTHON} has none: "
            "apt install gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad python3-gi"
        )


@contextmanager
def streaming(recordings: Mapping[str, Path]) -> Iterator[Streams]:
    """Play recordings by name as long as the block runs. Raises `BackendMissing`."""
    need_streams()
    port = free_port()
    command = [SYSTEM_PYTHON, str(SERVER), str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdin is not None and server.stdout is not None
            print(json.dumps({name: str(path) for name, path in recordings.items()}), file=server.stdin, flush=True)
            if server.stdout.readline().strip() != "ready":
                raise BackendMissing("GStreamer's RTSP server did not start")
            streams = Streams(port, server)
            try:
                yield streams
            finally:
                server.kill()
                streams.join()
        finally:
            server.kill()


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
