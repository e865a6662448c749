"""Signs of life: a decoder that hangs is told from a camera that is switched off."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest

from service.workers.kept_source import KeptSource
from service.workers.pulse import Pulse
from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.stories import CAMERA, RUN, at, s, write_clip
from vision.capture.rtsp import RtspSource
from vision.clock import SystemClock
from vision.errors import SourceLost
from vision.types import Frame, Gap, GapReason


def test_a_loop_that_turns_is_alive_and_one_that_does_not_is_not() -> None:
    pulse = Pulse()
    pulse.beat()
    assert pulse.take()
    assert not pulse.take()
    pulse.beat()
    assert pulse.take()


def test_a_loop_that_waits_is_alive_while_its_reader_turns() -> None:
    pulse, turns = Pulse(), [0]
    pulse.wait_for(lambda: turns[0])
    assert pulse.take()
    turns[0] += 1
    assert pulse.take()
    assert not pulse.take()


def test_a_reader_that_turns_keeps_no_loop_alive_that_hangs() -> None:
    pulse, turns = Pulse(), [0]
    pulse.wait_for(lambda: turns[0])
    pulse.beat()
    assert pulse.take()
    turns[0] += 1
    assert not pulse.take()


def source_at(port: int, pulse: Pulse, left_at: datetime | None = None) -> KeptSource:
    address = f"rtsp://127.0.0.1:{port}/main"
    return KeptSource(RtspSource(CAMERA, RUN, address, clock=SystemClock()), pulse, left_at)


@pytest.mark.e2e
def test_what_the_process_before_missed_is_a_gap_before_the_first_picture(tmp_path: Path) -> None:
    need_rtsp_server()
    clip, port, pulse = write_clip(tmp_path / "clip.mp4", frames=100), free_port(), Pulse()
    with rtsp_server(clip, port):
        source = source_at(port, pulse, at(0))
        gap, *frames = islice(source.items(), 4)
        source.close()
        later = source_at(port, pulse)
        first = next(later.items())
        later.close()
    assert isinstance(gap, Gap)
    assert isinstance(frames[0], Frame)
    assert (at(0), frames[0].captured_at, GapReason.RESTARTED) == (gap.start, gap.end, gap.reason)
    assert [Frame] * 3 == [type(frame) for frame in frames]
    assert isinstance(first, Frame)
    assert pulse.has_worked


@pytest.mark.e2e
def test_a_clock_that_was_set_back_makes_no_gap_that_ends_before_it_starts(tmp_path: Path) -> None:
    need_rtsp_server()
    clip, port = write_clip(tmp_path / "clip.mp4", frames=100), free_port()
    with rtsp_server(clip, port):
        source = source_at(port, Pulse(), SystemClock().now() + s(3600))
        assert isinstance(next(source.items()), Frame)
        source.close()


@pytest.mark.e2e
def test_a_camera_that_is_not_there_leaves_the_loop_busy_with_the_next_try() -> None:
    pulse = Pulse()
    with pytest.raises(SourceLost):
        next(source_at(free_port(), pulse).items())
    assert not pulse.is_waiting
    assert not pulse.has_worked
