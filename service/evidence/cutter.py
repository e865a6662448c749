"""Make evidence from the packets that the camera sent: remuxed, not encoded again, where browsers play the codec."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from calibration.scene import Area
from vision.capture.packets import Codec, StoredPacket
from vision.capture.pictures import black_out, black_out_planes, to_image
from vision.types import Box, Image

PLAYABLE = ("h264", "hevc")
"""Codecs whose packets go into MP4 as they are. Others (USB cameras send raw pictures or MJPEG) are encoded once."""

JPEG_QUALITY = 92
MARK_BGR = (40, 40, 220)


def remux(packets: Sequence[StoredPacket], masks: Sequence[Area] = ()) -> bytes:
    """Write packets of one codec into an MP4 that browsers play; the first picture is at time 0.

    The same packets give the same bytes. Codecs that browsers do not play are encoded to H.264, and so are the
    pictures of a camera with privacy masks: what lies behind a mask must not be in the file at all.
    """
    codec = packets[0].codec
    # the muxer opens its file a second time to put the index in front, so it needs a name
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        if codec.name in PLAYABLE and not masks:
            _write(packets, codec, file.name)
        else:
            _encode(packets, codec, file.name, masks)
        return Path(file.name).read_bytes()


def _write(packets: Sequence[StoredPacket], codec: Codec, path: str) -> None:
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_mux_stream(codec.name, rate=codec.rate_fps, width=codec.width_px, height=codec.height_px)
        stream.time_base = packets[0].time_base
        first = min(packet.pts for packet in packets)
        for i, stored in enumerate(packets):
            packet: av.Packet[Any] = av.Packet(stored.data)
            packet.stream = stream
            packet.time_base = stored.time_base
            packet.pts = stored.pts - first
            packet.dts = stored.dts - first
            packet.duration = stored.duration or _duration(packets, i)
            packet.is_keyframe = stored.is_keyframe
            container.mux(packet)


def _encode(packets: Sequence[StoredPacket], codec: Codec, path: str, masks: Sequence[Area]) -> None:
    first = min(packet.pts for packet in packets)
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=codec.rate_fps)
        # H.264 with 4:2:0 colour needs even sides
        stream.width, stream.height, stream.pix_fmt = codec.width_px // 2 * 2, codec.height_px // 2 * 2, "yuv420p"
        stream.codec_context.time_base = packets[0].time_base
        # x264's macroblock tree reads memory that it never wrote: with it, the same pictures give other bytes
        # (seen with MALLOC_PERTURB_ set to different values)
        stream.options = {"crf": "18", "preset": "veryfast", "threads": "1", "x264-params": "no-mbtree=1"}
        for picture in _decode(packets):
            frame = picture.reformat(width=stream.width, height=stream.height, format="yuv420p")
            if masks:
                planes = np.asarray(frame.to_ndarray(), dtype=np.uint8)
                frame = av.VideoFrame.from_ndarray(black_out_planes(planes, masks), format="yuv420p")
            frame.pts = (picture.pts or first) - first
            frame.time_base = packets[0].time_base
            frame.pict_type = PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _decode(packets: Sequence[StoredPacket]) -> Iterator[av.VideoFrame]:
    """Decode packets, in the order of display."""
    codec = packets[0].codec
    decoder = cast(VideoCodecContext, VideoCodecContext.create(codec.name, "r"))
    if codec.pix_fmt:
        # raw pictures say neither size nor layout themselves
        decoder.width, decoder.height, decoder.pix_fmt = codec.width_px, codec.height_px, codec.pix_fmt
    for stored in packets:
        packet: av.Packet[Any] = av.Packet(stored.data)
        packet.pts, packet.dts, packet.time_base = stored.pts, stored.dts, stored.time_base
        yield from decoder.decode(packet)
    yield from decoder.decode(None)


def grab(packets: Sequence[StoredPacket], at: datetime, masks: Sequence[Area] = ()) -> Image | None:
    """Decode the picture shown at a time, black behind the masks; None where the packets do not hold it."""
    if not packets:
        return None
    wanted = max((packet.pts for packet in packets if packet.at <= at), default=packets[0].pts)
    best: av.VideoFrame | None = None
    for picture in _decode(packets):
        if picture.pts is not None and picture.pts <= wanted:
            best = picture
        elif best is not None:
            break
    return None if best is None else black_out(to_image(best), masks)


def annotate(image: Image, box_px: Box) -> Image:
    """Return a copy with the box drawn; the picture handed in stays as it was."""
    marked = image.copy()
    x1, y1, x2, y2 = (round(v) for v in box_px)
    thickness = max(2, round(min(image.shape[:2]) / 300))
    cv2.rectangle(marked, (x1, y1), (x2, y2), (255, 255, 255), thickness + 2)
    cv2.rectangle(marked, (x1, y1), (x2, y2), MARK_BGR, thickness)
    return marked


def to_jpeg(image: Image) -> bytes:
    """Encode a picture as JPEG."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(encoded).tobytes()


def _duration(packets: Sequence[StoredPacket], i: int) -> int:
    """Guess a packet's duration from its neighbours where the stream did not state it."""
    if i + 1 < len(packets):
        return max(1, packets[i + 1].dts - packets[i].dts)
    return max(1, packets[i].dts - packets[i - 1].dts) if i else 1
