"""Pictures decoded by groups are the very pictures of plain decoding, in whatever order they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stories import CAMERA, write_clip
from vision.capture.file import FileSource, probe
from vision.capture.groups import Group, GroupDecoder, GroupedPixels, grouped
from vision.capture.pictures import to_image
from vision.errors import CaptureError, SourceUnreadable
from vision.types import Frame, Image

FRAMES = 60


@pytest.fixture(scope="module", params=["no b-frames", "b-frames"])
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = {"g": "12", "bf": "2" if request.param == "b-frames" else "0", "sc_threshold": "0"}
    return write_clip(tmp_path_factory.mktemp("groups") / "clip.mp4", frames=FRAMES, options=options)


@pytest.fixture(scope="module")
def plain(clip: Path) -> list[Image]:
    with av.open(str(clip)) as container:
        return [to_image(picture) for picture in container.decode(video=0)]


def broken(reason: str) -> CaptureError:
    return SourceUnreadable("clip", reason)


@contextmanager
def pixels_of(clip: Path) -> Iterator[list[GroupedPixels]]:
    with closing(av.open(str(clip))) as container:
        stream = container.streams.video[0]
        decoder = GroupDecoder(stream.codec_context, broken)
        yield [
            GroupedPixels(decoder, group, pts)
            for group in grouped(container.demux(stream))
            for pts in sorted(packet.pts for packet in group.packets if packet.pts is not None)
        ]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(0, FRAMES - 1), min_size=1, max_size=20))
def test_any_picture_at_any_time_is_the_one_of_plain_decoding(clip: Path, plain: list[Image], asked: list[int]) -> None:
    with pixels_of(clip) as pixels:
        assert FRAMES == len(pixels)
        for i in asked:
            assert np.array_equal(plain[i], pixels[i].bgr()), i


def test_one_picture_a_group_is_all_that_is_decoded_for_one_picture_a_group(clip: Path) -> None:
    with closing(av.open(str(clip))) as container:
        stream = container.streams.video[0]
        groups = list(grouped(container.demux(stream)))
        assert [12] * 5 == [len(group.packets) for group in groups]
        decoder = GroupDecoder(stream.codec_context, broken)
        fed = []
        for group in groups:
            decoder.picture(group, group.packets[0].pts or 0)
            fed.append(decoder._fed)
        # a decoder that may have to reorder holds pictures back for a few packets
        assert max(fed) <= 5


def test_a_recording_of_short_closed_groups_is_decoded_so_and_others_are_not(clip: Path, tmp_path: Path) -> None:
    assert probe(clip).has_groups
    long = write_clip(tmp_path / "long.mp4", frames=150, options={"g": "500", "sc_threshold": "0"})
    open_groups = write_clip(
        tmp_path / "open.mp4",
        frames=FRAMES,
        options={"g": "12", "bf": "2", "x264-params": "open-gop=1:bframes=2:b-adapt=0"},
    )
    assert not probe(long).has_groups
    assert not probe(open_groups).has_groups


def test_frames_of_a_recording_are_those_of_plain_decoding(clip: Path, plain: list[Image]) -> None:
    frames = [item for item in FileSource(CAMERA, probe(clip)).items() if isinstance(item, Frame)]
    assert list(range(FRAMES)) == [frame.index for frame in frames]
    for i in (0, 1, 30, 59, 12):
        assert np.array_equal(plain[i], frames[i].image), i


def test_a_decoder_that_was_flushed_by_others_begins_anew(clip: Path, plain: list[Image]) -> None:
    with closing(av.open(str(clip))) as container:
        stream = container.streams.video[0]
        decoder = GroupDecoder(stream.codec_context, broken)
        pixels = [
            GroupedPixels(decoder, group, pts)
            for group in grouped(container.demux(stream))
            for pts in sorted(packet.pts for packet in group.packets if packet.pts is not None)
        ]
        assert np.array_equal(plain[3], pixels[3].bgr())
        stream.codec_context.flush_buffers()
        assert np.array_equal(plain[9], pixels[9].bgr())


def test_a_picture_that_cannot_be_decoded_is_told(clip: Path) -> None:
    with closing(av.open(str(clip))) as container:
        stream = container.streams.video[0]
        group = next(grouped(container.demux(stream)))
        spoiled: av.Packet = av.Packet(b"\x00\x00\x00\x08" + b"\xff" * 8)
        spoiled.pts, spoiled.time_base = 10**6, group.packets[0].time_base
        decoder = GroupDecoder(stream.codec_context, broken)
        with pytest.raises(SourceUnreadable, match="clip"):
            decoder.picture(Group([*group.packets[:2], spoiled]), 10**6)
        # and the pictures before it are still there
        assert (240, 320) == GroupedPixels(decoder, group, group.packets[0].pts or 0).luma(5000).shape
