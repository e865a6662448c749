"""A live camera: real streams from a real server, lost, restored and refused."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av
import pytest

from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.stories import CAMERA, RUN, START, at, write_clip
from vision.capture.rtsp import LiveParams, RtspSource
from vision.capture.stream_time import StreamTime
from vision.clock import SystemClock
from vision.errors import SourceLost, SourceRefused
from vision.types import Frame, Gap, GapReason

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_rtsp_server()
    return write_clip(tmp_path_factory.mktemp("rtsp") / "long.mp4", frames=600)


def source_at(port: int, user: str = "", **params: object) -> RtspSource:
    address = f"rtsp://{user}127.0.0.1:{port}/main"
    return RtspSource(CAMERA, RUN, address, clock=SystemClock(), params=LiveParams(**params))  # type: ignore[arg-type]


def test_frames_come_at_the_stream_s_own_pace(long_clip: Path) -> None:
    port = free_port()
    with rtsp_server(long_clip, port):
        source = source_at(port)
        frames = [item for item in islice(source.items(), 20) if isinstance(item, Frame)]
        source.close()
    steps = [(b.captured_at - a.captured_at).total_seconds() for a, b in pairwise(frames)]
    assert all(abs(step - 0.1) < 0.03 for step in steps)
    assert source.ring.size_bytes > 0


def test_a_lost_link_is_one_gap_and_then_it_goes_on(long_clip: Path) -> None:
    port = free_port()
    items: list[Frame | Gap] = []
    source = source_at(port)

    def read() -> None:
        items.extend(source.items())

    with rtsp_server(long_clip, port) as server:
        reader = threading.Thread(target=read)
        reader.start()
        wait_for(lambda: len(items) > 10)
        lost_s = time.monotonic()
        server.kill()
        server.wait()
    time.sleep(4)
    with rtsp_server(long_clip, port):
        before = len(items)
        wait_for(lambda: len(items) > before + 10)
        away_s = time.monotonic() - lost_s
        source.close()
        reader.join(10)
    (gap,) = [item for item in items if isinstance(item, Gap)]
    assert GapReason.STREAM_LOST is gap.reason
    assert 3 < (gap.end - gap.start).total_seconds() < away_s + 2
    times = [item.captured_at for item in items if isinstance(item, Frame)]
    assert sorted(times) == times


def test_a_slow_reader_loses_the_oldest_and_they_are_counted(long_clip: Path) -> None:
    port = free_port()
    with rtsp_server(long_clip, port):
        source = source_at(port, waiting_frames_max=3)
        seen = []
        for item in source.items():
            if isinstance(item, Gap):
                assert GapReason.OVERLOADED is item.reason
                continue
            seen.append(item.index)
            time.sleep(0.5)
            if len(seen) == 8:
                source.close()
                break
    assert source.dropped_frames > 0
    assert sorted(seen) == seen


def test_a_wrong_password_is_told_and_stands_in_no_message(long_clip: Path) -> None:
    port = free_port()
    with rtsp_server(long_clip, port, "inspector", "right-one"):
        with pytest.raises(SourceRefused) as caught:
            next(source_at(port, "inspector:wrong-one@").items())
        assert isinstance(next(source_at(port, "inspector:right-one@").items()), Frame)
    told = str(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)
    assert "wrong-one" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert "refused the user name or password" in told


def test_a_camera_that_is_not_there(long_clip: Path) -> None:
    with pytest.raises(SourceLost, match="camera camera: stream lost"):
        next(source_at(free_port()).items())


def test_no_line_of_ffmpeg_shows_the_password(
    long_clip: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(1)
    port = free_port()
    with rtsp_server(long_clip, port, "inspector", "right-one") as server:
        source = source_at(port, "inspector:right-one@")
        items = source.items()
        assert isinstance(next(items), Frame)
        server.kill()  # the link is lost, and tried again by a thread that listens to FFmpeg
        time.sleep(4)
        source.close()
        assert [] == [item for item in items if isinstance(item, Gap)]
    out, err = capfd.readouterr()
    assert "right-one" not in caplog.text + out + err


class HandClock:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment


def picture_at(seconds: float | None) -> av.VideoFrame:
    frame = av.VideoFrame(16, 16, "yuv420p")
    if seconds is not None:
        frame.pts, frame.time_base = round(seconds * 1000), Fraction(1, 1000)
    return frame


def test_stream_times_follow_the_stream_not_the_arrival() -> None:
    clock = HandClock()
    time_of = StreamTime(clock).of_picture
    assert at(0) == time_of(picture_at(5.0))
    clock.moment = at(0.9)  # the network was slow
    assert at(0.1) == time_of(picture_at(5.1))


def test_a_stream_clock_that_jumps_or_drifts_is_set_anew() -> None:
    clock = HandClock()
    time_of = StreamTime(clock).of_picture
    time_of(picture_at(0))
    clock.moment = at(1)
    assert at(1) == time_of(picture_at(3600))
    clock.moment = at(2)
    assert at(2) == time_of(picture_at(3601))


def test_first_pictures_without_a_time_are_passed_over_but_not_for_ever() -> None:
    times = [StreamTime(HandClock()).of_picture(picture_at(None)) for _ in range(1)]
    assert [None] == times
    timeless = StreamTime(HandClock())
    assert START == [timeless.of_picture(picture_at(None)) for _ in range(20)][-1]


def wait_for(condition: object, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
