"""A real RTSP server (GStreamer's) that streams a recording over and over; run with the system's Python.

Usage: python3 rtsp_server.py FILE PORT CODEC [USER PASSWORD]
"""

from __future__ import annotations

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

PAYLOADS = {
    "h264": "qtdemux ! h264parse ! rtph264pay",
    "h265": "qtdemux ! h265parse ! rtph265pay",
    "mjpeg": "qtdemux ! jpegparse ! rtpjpegpay",
    # the picture's size may change in the middle of an MPEG-TS: what it is then stands in the stream itself
    "changing": "tsdemux ! h264parse ! rtph264pay config-interval=-1",
}


def main(path: str, port: str, codec: str, user: str = "", password: str = "") -> None:
    """Serve rtsp://127.0.0.1:PORT/main until killed."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    number = 26 if codec == "mjpeg" else 96
    factory.set_launch(f'( filesrc location="{path}" ! {PAYLOADS[codec]} name=pay0 pt={number} )')
    if user:
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "user")
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("user", GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
        permissions.add_permission_for_role("user", GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory("/main", factory)
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
