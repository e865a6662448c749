"""Clips and pictures from the packet ring: the camera's own packets, not encoded again."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from service.evidence.cutter import annotate, grab, remux, to_jpeg
from tests.stories import CAMERA, START, at, picture, s, write_clip
from vision.capture.file import FileSource, probe
from vision.capture.packets import PacketRing
from vision.capture.pictures import to_image
from vision.types import Frame


def filled(path: Path, keep: timedelta = timedelta(seconds=90), limit_bytes: int = 10**8) -> PacketRing:
    source = FileSource(CAMERA, probe(path), recorded_at=START)
    source.ring = PacketRing(keep, limit_bytes=limit_bytes)
    for _ in source.items():
        pass
    return source.ring


def decoded(content: bytes) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(content)) as container:
        return list(container.decode(video=0))


@pytest.mark.parametrize("options", [{}, {"bf": "2"}])
def test_a_clip_starts_at_the_key_frame_before(tmp_path: Path, options: dict[str, str]) -> None:
    ring = filled(write_clip(tmp_path / "c.mp4", options=options))
    packets = ring.cut(at(1.5), at(3.0))
    assert at(1.0) == packets[0].at
    pictures = decoded(remux(packets))
    assert 0.0 == float(pictures[0].time or 0)
    assert 20 <= len(pictures) <= 21


def test_a_clip_shows_what_the_camera_sent(clip: Path) -> None:
    frames = [f for f in FileSource(CAMERA, probe(clip), recorded_at=START).items() if isinstance(f, Frame)]
    pictures = decoded(remux(filled(clip).cut(at(2.0), at(2.9))))
    for frame, shown in zip(frames[20:30], pictures, strict=True):
        assert np.array_equal(frame.image, to_image(shown))


@pytest.mark.parametrize(("codec", "pix_fmt"), [("rawvideo", "yuyv422"), ("mjpeg", "yuvj420p"), ("mpeg4", "yuv420p")])
def test_what_browsers_do_not_play_is_encoded(tmp_path: Path, codec: str, pix_fmt: str) -> None:
    path = write_clip(tmp_path / "usb.nut", codec=codec, pix_fmt=pix_fmt)
    packets = filled(path).cut(at(1), at(3))
    pictures = decoded(remux(packets))
    assert 20 <= len(pictures) <= 32
    assert 0.0 == float(pictures[0].time or 0)
    grabbed = grab(packets, at(2.5))
    assert grabbed is not None
    assert np.abs(grabbed.astype(int) - picture(25).astype(int)).mean() < 4.0
    assert remux(packets) == remux(packets)


def test_an_outage_does_not_empty_the_ring(clip: Path) -> None:
    """The evidence of what happened before the camera was unplugged is still there once it is back."""
    before = FileSource(CAMERA, probe(clip), recorded_at=START)
    for _ in before.items():
        pass
    ring = before.ring
    after = FileSource(CAMERA, probe(clip), recorded_at=START + timedelta(hours=2))
    after.ring = ring
    for _ in after.items():
        pass
    assert at(1) == ring.cut(at(1), at(3))[0].at


def test_the_same_packets_give_the_same_bytes(clip: Path) -> None:
    packets = filled(clip).cut(at(1), at(3))
    assert remux(packets) == remux(packets)


def test_a_clip_is_made_for_browsers(clip: Path) -> None:
    content = remux(filled(clip).cut(at(1), at(3)))
    with av.open(io.BytesIO(content)) as container:
        assert "h264" == container.streams.video[0].codec_context.name
    assert content.index(b"moov") < content.index(b"mdat")  # plays before it is whole


def test_a_picture_of_a_moment(clip: Path) -> None:
    grabbed = grab(filled(clip).cut(at(1), at(4)), at(2.5))
    assert grabbed is not None
    difference = np.abs(grabbed.astype(int) - picture(25).astype(int)).mean()
    assert difference < 3.0  # H.264 at its default quality changes a plain picture by less
    wrong = np.abs(grabbed.astype(int) - picture(35).astype(int)).mean()
    assert wrong > difference


def test_drawing_leaves_the_picture_alone() -> None:
    image = picture(0)
    before = image.copy()
    marked = annotate(image, (10, 10, 100, 100))
    assert np.array_equal(before, image)
    assert not np.array_equal(before, marked)
    assert to_jpeg(marked).startswith(b"\xff\xd8")


def test_the_ring_is_bounded_by_time_and_bytes(clip: Path) -> None:
    short = filled(clip, keep=s(2))
    assert short.cut(at(0), at(5))[0].at >= at(2.9)
    small = filled(clip, limit_bytes=5000)
    assert small.size_bytes <= 5000


def test_what_the_ring_no_longer_holds_gives_nothing(clip: Path) -> None:
    assert () == filled(clip, keep=s(1)).cut(at(0), at(1))
    assert () == PacketRing().cut(at(0), at(1))
