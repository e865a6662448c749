"""A camera whose picture is the time of day, as bright and dark blocks; run with the system's Python.

Two of these, of different sizes, are two streams of one camera: what each shows can be compared.

Usage: python3 wall_clock_camera.py PORT WIDTH HEIGHT
"""

from __future__ import annotations

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

BLOCKS = 16
"""Bits of the time in milliseconds, the highest first, each a block of the picture's whole height."""
EVERY_MS = 100


def picture(width_px: int, height_px: int) -> bytes:
    """Draw the present moment, as a 4:2:0 picture."""
    now_ms = GLib.get_real_time() // 1000 % 2**BLOCKS
    row = b"".join(
        (b"\xe0" if now_ms >> (BLOCKS - 1 - block) & 1 else b"\x20") * (width_px // BLOCKS) for block in range(BLOCKS)
    )
    return row * height_px + b"\x80" * (width_px * height_px // 2)


def begin(media: GstRtspServer.RTSPMedia, width_px: int, height_px: int) -> None:
    """Push a picture now and then until nobody watches any more."""
    source = media.get_element().get_by_name_recurse_up("camera")

    def push() -> bool:
        buffer = Gst.Buffer.new_wrapped(picture(width_px, height_px))
        return source.emit("push-buffer", buffer) == Gst.FlowReturn.OK

    GLib.timeout_add(EVERY_MS, push)


def main(port: str, width: str, height: str) -> None:
    """Serve rtsp://127.0.0.1:PORT/main until killed."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        "( appsrc name=camera is-live=true do-timestamp=true format=time "
        f"caps=video/x-raw,format=I420,width={width},height={height},framerate={1000 // EVERY_MS}/1 "
        "! openh264enc gop-size=20 bitrate=1000000 ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
    )
    factory.connect("media-configure", lambda _, media: begin(media, int(width), int(height)))
    server.get_mount_points().add_factory("/main", factory)
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
