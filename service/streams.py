"""Where a live camera's stream is, and how it is reached."""

from __future__ import annotations

from pathlib import Path

from service.site import resolve_source
from service.site_tables import CameraTable
from vision.capture.live_params import LiveParams


def stream_of(camera: CameraTable, site_path: Path) -> tuple[str, LiveParams]:
    """Return where a live camera's stream is; a bare number is a USB camera. Raises `SiteInvalid`."""
    address = resolve_source(camera, site_path)
    if address.isdigit():
        return f"/dev/video{address}", LiveParams(input_format="v4l2")
    return address, LiveParams(transport=camera.transport)
