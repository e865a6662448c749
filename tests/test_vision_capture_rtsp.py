"""A live camera: real streams from a real server, lost, restored and refused."""

from __future__ import annotations

import threading
import time
from itertools import islice, pairwise
from pathlib import Path

import pytest

from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.stories import CAMERA, RUN, s, write_clip
from vision.capture.rtsp import LiveParams, RtspSource
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
    return RtspSource(CAMERA, RUN, address, clock=SystemClock(), params=LiveParams(silence_max=s(2), **params))  # type: ignore[arg-type]


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
        server.kill()
        server.wait()
    time.sleep(4)
    with rtsp_server(long_clip, port):
        before = len(items)
        wait_for(lambda: len(items) > before + 10)
        source.close()
        reader.join(10)
    (gap,) = [item for item in items if isinstance(item, Gap)]
    assert GapReason.STREAM_LOST is gap.reason
    assert 3 < (gap.end - gap.start).total_seconds() < 20
    times = [item.captured_at for item in items if isinstance(item, Frame)]
    assert sorted(times) == times


def test_a_slow_reader_loses_the_oldest_and_they_are_counted(long_clip: Path) -> None:
    port = free_port()
    with rtsp_server(long_clip, port):
        source = source_at(port, waiting_frames_max=3)
        seen = []
        for item in source.items():
            assert isinstance(item, Frame)
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


def wait_for(condition: object, timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
