"""What a camera's own clock said when it took a picture: the one clock that all streams of a camera share."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import av
from av.video.stream import VideoStream

REFERENCE_TIME = struct.Struct("<q")
"""FFmpeg's AVProducerReferenceTime begins with microseconds since 1970."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def camera_time(packet: av.Packet[VideoStream]) -> datetime | None:
    """Return the moment by the camera's clock, which may be off by years; None where the camera does not report it.

    Source: RFC 3550, section 6.4.1: each clock report (RTCP) pairs the stream's timestamps with the sender's clock.
    """
    if not packet.has_sidedata("prft"):
        return None
    content = bytes(packet.get_sidedata("prft"))
    if len(content) < REFERENCE_TIME.size:
        return None
    (microseconds,) = REFERENCE_TIME.unpack_from(content)
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None
