"""Open a live stream, and say in our own words why it cannot be opened."""

from __future__ import annotations

from datetime import timedelta

import av
from av.container import InputContainer

from vision.errors import SourceLost, SourceRefused
from vision.types import CameraId

UDP_OPTIONS = {"max_delay": "500000", "buffer_size": "2097152", "reorder_queue_size": "1000"}
"""Wait half a second for a packet that was overtaken by others, and let a key frame's burst queue up, bytes."""


PROBING = {"analyzeduration": "2000000"}
"""An MPEG-TS is looked at for so long before its first picture comes, microseconds; FFmpeg's own 5 s are a silence."""


def open_stream(
    camera_id: CameraId, address: str, *, transport: str, silence_max: timedelta, input_format: str | None = None
) -> InputContainer:
    """Open a camera's stream; whoever calls closes it.

    Args:
        transport: ``tcp`` or ``udp``, for RTSP.
        silence_max: How long to wait for an answer, and later for each packet.
        input_format: FFmpeg's input format where the address does not tell it.

    Raises:
        SourceRefused: The camera does not accept the user name or password.
        SourceLost: It does not answer, or sends no video.
    """
    try:
        container = _open(address, transport, input_format, silence_max.total_seconds())
    except (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError):
        raise SourceRefused(camera_id) from None
    except av.error.FFmpegError as error:
        raise SourceLost(camera_id, error.strerror or type(error).__name__) from None
    if not container.streams.video:
        container.close()
        raise SourceLost(camera_id, "the stream holds no video")
    return container


def _open(address: str, transport: str, input_format: str | None, timeout_s: float) -> InputContainer:
    if address.startswith("rtsp"):
        options = {"rtsp_transport": transport, **(UDP_OPTIONS if transport == "udp" else {})}
        return _open_with(address, options, input_format, timeout_s)
    container = _open_with(address, PROBING, input_format, timeout_s)
    if container.format.name != "mpjpeg":
        return container
    # pictures in an HTTP answer have no times of their own, and FFmpeg would make up 25 of them a second
    container.close()
    return _open_with(address, {**PROBING, "use_wallclock_as_timestamps": "1"}, input_format, timeout_s)


def _open_with(address: str, options: dict[str, str], input_format: str | None, timeout_s: float) -> InputContainer:
    # a garbled title must not be an error of its own
    return av.open(address, format=input_format, options=options, timeout=timeout_s, metadata_errors="replace")
