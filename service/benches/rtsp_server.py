"""A real RTSP server (GStreamer's) with one recording per camera; run with the system's Python, which has GStreamer.

Usage: python3 rtsp_server.py PORT, with a line of JSON on stdin: {"NAME": "FILE.mp4"} for rtsp://127.0.0.1:PORT/NAME.
Prints ``ready``, then a line for each connection that begins to play: its name and the monotonic clock, seconds.
"""

from __future__ import annotations

import json
import sys
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main(port: str) -> None:
    """Serve until killed. Every connection sees the recording from its beginning."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    for name, path in json.loads(sys.stdin.readline()).items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f'( filesrc location="{path}" ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 )')
        server.get_mount_points().add_factory(f"/{name}", factory)
    server.connect("client-connected", lambda _, client: client.connect("play-request", tell))
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


def tell(_client: object, context: object) -> None:
    """Say who plays from now on."""
    name = context.uri.abspath.strip("/").partition("/")[0]  # type: ignore[attr-defined]
    print(name, time.monotonic(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
