"""Two streams of one camera: one is watched, the other kept sharp, and decoded only for who looks closely."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path
from statistics import median

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.scene import Area
from service.evidence.cutter import remux
from tests.e2e.servers import free_port, need_rtsp_server
from tests.stories import CAMERA, at, s, write_clip
from tests.two_streams import MAIN_PX, SUB_PX, apart, paired, wall_clock_stream
from vision.capture.file import FileSource, probe
from vision.capture.groups import GroupDecoder
from vision.capture.main_stream import NEAR
from vision.capture.masked import MaskedSource
from vision.capture.packets import PacketRing, PacketTap
from vision.capture.paired import PairedRing, is_same_view
from vision.capture.recent_groups import GROUPS_MOST, RecentGroups
from vision.capture.source import Source
from vision.errors import SourceLost
from vision.types import Frame

APART_MOST = s(0.2)
"""Measured: about 40 ms, in the first second 120 ms; a picture comes every 100 ms."""


@pytest.fixture(scope="module")
def streams() -> Iterator[tuple[int, int]]:
    need_rtsp_server()
    sub, main = free_port(), free_port()
    with wall_clock_stream(sub, SUB_PX), wall_clock_stream(main, MAIN_PX):
        yield sub, main


def detailed(source: Source, count: int) -> Iterator[Frame]:
    """Yield so many frames that have detail; the source is closed after them."""
    deadline = time.monotonic() + 60
    seen = 0
    for item in source.items():
        assert time.monotonic() < deadline, "waited too long"
        if isinstance(item, Frame) and item.detail is not None:
            seen += 1
            yield item
            if seen == count:
                source.close()


@pytest.mark.e2e
def test_detail_shows_the_same_moment_in_more_pixels(streams: tuple[int, int]) -> None:
    source, _ = paired(*streams, [])
    lags = []
    for frame in detailed(source, 25):
        assert frame.detail is not None
        assert MAIN_PX == frame.detail.size_px
        assert (720, 1280, 3) == frame.detail.bgr().shape
        assert (368, 640, 3) == frame.image.shape
        lags.append(abs(apart(frame.image, frame.detail.bgr())))
    assert median(lags) <= APART_MOST
    assert max(lags) <= NEAR + APART_MOST  # a picture of the main stream may come late


@pytest.mark.e2e
def test_the_main_stream_is_decoded_only_for_who_looks(streams: tuple[int, int]) -> None:
    source, main = paired(*streams, [])
    for number, frame in enumerate(detailed(source, 20)):
        if number < 15:
            assert 0 == main.packets_decoded
        elif number == 15:
            assert frame.detail is not None
            frame.detail.bgr()
            looked = main.packets_decoded
            assert 1 <= looked <= 20  # no more than its group up to there
        else:
            assert looked == main.packets_decoded


@pytest.mark.e2e
def test_evidence_is_cut_from_the_main_stream(streams: tuple[int, int]) -> None:
    source, _ = paired(*streams, [])
    frames = list(detailed(source, 45))
    packets = source.ring.cut(frames[25].captured_at, frames[40].captured_at)
    with av.open(io.BytesIO(remux(packets))) as clip:
        context = clip.streams.video[0].codec_context
        assert MAIN_PX == (context.width, context.height)
        assert len(packets) == len(list(clip.decode(video=0)))


@pytest.mark.e2e
def test_watching_goes_on_without_the_main_stream() -> None:
    need_rtsp_server()
    sub, main = free_port(), free_port()
    told: list[str] = []
    frames: list[Frame] = []
    with wall_clock_stream(sub, SUB_PX):
        source, _ = paired(sub, main, told)
        reader = threading.Thread(
            target=lambda: frames.extend(item for item in source.items() if isinstance(item, Frame))
        )
        reader.start()
        try:
            with wall_clock_stream(main, MAIN_PX):
                wait_for(lambda: bool(frames) and frames[-1].detail is not None)
            wait_for(lambda: frames[-1].detail is None and len(told) == 1)
            count = len(frames)
            wait_for(lambda: len(frames) > count + 30)
            packets = source.ring.cut(frames[-20].captured_at, frames[-5].captured_at)
            assert SUB_PX == (packets[0].codec.width_px, packets[0].codec.height_px)
            with wall_clock_stream(main, MAIN_PX):
                wait_for(lambda: frames[-1].detail is not None)
        finally:
            source.close()
            reader.join(20)
    assert ["main stream away", "main stream back"] == [words[: len("main stream xxxx")] for words in told[:2]]


@pytest.mark.e2e
def test_a_main_stream_that_is_no_larger_is_refused_once(streams: tuple[int, int]) -> None:
    told: list[str] = []
    source, _ = paired(streams[0], streams[0], told)
    with closing(source):
        deadline = time.monotonic() + 60
        frames = (item for item in source.items() if isinstance(item, Frame))
        for frame in frames:
            assert frame.detail is None
            if told or time.monotonic() > deadline:
                break
        assert [None] * 5 == [frame.detail for frame in islice(frames, 5)]
    (words,) = told
    assert "got 640 x 368 and 640 x 368" in words


@pytest.mark.e2e
def test_masks_hide_the_detail_too(streams: tuple[int, int]) -> None:
    source, _ = paired(*streams, [])
    (frame,) = detailed(MaskedSource(source, [Area.rectangle(0.5, 0, 1, 1)]), 1)
    assert frame.detail is not None
    assert 0 == int(frame.detail.bgr()[:, 640:].max())
    assert int(frame.detail.bgr()[:, :636].max()) > 0


@pytest.mark.parametrize(
    ("main_px", "is_same"),
    [((1280, 720), True), ((1920, 1080), True), ((640, 360), False), ((1280, 960), False), ((704, 576), False)],
)
def test_only_a_larger_picture_of_the_same_shape_is_the_same_view(main_px: tuple[int, int], is_same: bool) -> None:
    assert is_same == is_same_view((640, 360), main_px)
    assert is_same == is_same_view((640, 352), main_px)


@pytest.mark.parametrize(
    ("main_s", "sub_s", "wanted_s", "expected"),
    [
        ((0, 20), (0, 20), (5, 10), "main"),
        ((0, 3), (0, 20), (5, 10), "sub"),
        ((0, 9.5), (0, 20), (5, 10), "main"),
        ((8, 20), (0, 20), (5, 10), "sub"),
        ((0, 8), (0, 8.5), (5, 12), "main"),
        ((0, 6), (0, 8.5), (5, 12), "sub"),
        ((8, 20), (9, 20), (5, 10), "main"),
        ((0, 20), (0, 0), (5, 10), "main"),
        ((0, 0), (0, 0), (5, 10), None),
    ],
)
def test_a_clip_is_cut_from_the_stream_that_covers_it(
    tmp_path: Path,
    main_s: tuple[float, float],
    sub_s: tuple[float, float],
    wanted_s: tuple[float, float],
    expected: str | None,
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=200)
    sub = PacketRing()
    ring = PairedRing(sub)
    fill(sub, clip, *sub_s)
    fill(ring, clip, *main_s)
    packets = ring.cut(at(wanted_s[0]), at(wanted_s[1]))
    own = PacketRing()
    fill(own, clip, *main_s)
    mains = own.cut(at(wanted_s[0]), at(wanted_s[1]))
    wanted = {"main": mains, "sub": sub.cut(at(wanted_s[0]), at(wanted_s[1])), None: ()}[expected]
    assert list(wanted) == list(packets)
    assert (expected is not None) == bool(packets)


def fill(ring: PacketRing, clip: Path, start_s: float, end_s: float) -> None:
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        tap = PacketTap(stream)
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                seconds = float(packet.pts * packet.time_base)
                if start_s <= seconds < end_s:
                    ring.append(packet, at(seconds), tap)


@given(
    packets=st.lists(st.tuples(st.booleans(), st.integers(1, 400), st.booleans()), max_size=60),
    limit_bytes=st.integers(50, 1500),
)
def test_what_is_kept_can_be_decoded_and_is_bounded(packets: list[tuple[bool, int, bool]], limit_bytes: int) -> None:
    recent = RecentGroups(limit_bytes=limit_bytes)
    decoder = GroupDecoder(av.VideoCodecContext.create("h264", "r"), lambda reason: SourceLost(CAMERA, reason))
    recent.begin(decoder, MAIN_PX)
    groups: list[list[tuple[int, int]]] = []  # the oracle: (number, size) of packets, group by group
    for number, (is_key, size_bytes, is_lost) in enumerate(packets):
        if is_lost:
            recent.note_loss()
            groups = []
        recent.append(made_packet(number, size_bytes, is_key=is_key), at(number))
        if is_key:
            groups.append([])
        if groups:
            groups[-1].append((number, size_bytes))
        while len(groups) > GROUPS_MOST or total(groups) > limit_bytes:
            groups.pop(0)
        assert total(groups) == recent.size_bytes <= limit_bytes
        held = {number for group in groups for number, _ in group}
        for wanted in range(number + 1):
            assert (wanted in held) == (recent.nearest(at(wanted), s(0.4)) is not None)


def total(groups: list[list[tuple[int, int]]]) -> int:
    return sum(size for group in groups for _, size in group)


def made_packet(number: int, size_bytes: int, *, is_key: bool) -> av.Packet:
    packet: av.Packet = av.Packet(bytes(size_bytes))
    packet.pts, packet.time_base, packet.is_keyframe = number, Fraction(1, 1), is_key
    return packet


def test_the_latest_picture_of_a_group_that_grows_is_decoded_again_and_again(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=25, options={"g": "30", "bf": "2"})
    plain = [frame.image for frame in FileSource(CAMERA, probe(clip)).items() if isinstance(frame, Frame)]
    recent = RecentGroups()
    with closing(av.open(str(clip))) as container:
        stream = container.streams.video[0]
        context = av.VideoCodecContext.create("h264", "r")
        context.extradata = stream.codec_context.extradata
        recent.begin(GroupDecoder(context, lambda reason: SourceLost(CAMERA, reason)), (320, 240))
        for packet in container.demux(stream):
            if packet.pts is None or packet.time_base is None:
                continue
            moment = at(float(packet.pts * packet.time_base))
            recent.append(packet, moment)
            pixels = recent.nearest(moment, s(0))
            assert pixels is not None
            number = round(packet.pts * packet.time_base * 10)
            assert np.array_equal(plain[number], pixels.bgr()), number


def wait_for(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
