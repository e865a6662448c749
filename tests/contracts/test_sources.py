"""What every source does. A new source adds itself to ``SOURCES``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice, pairwise
from pathlib import Path

import pytest

from calibration.scene import Area
from service.workers.kept_source import KeptSource
from service.workers.pulse import Pulse
from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.stories import CAMERA, RUN, write_clip
from tests.two_streams import paired
from vision.capture.file import FileSource, probe
from vision.capture.masked import MaskedSource
from vision.capture.rtsp import LiveParams, RtspSource
from vision.capture.source import Source
from vision.clock import SystemClock
from vision.types import Frame


@contextmanager
def from_file(clip: Path) -> Iterator[Source]:
    yield FileSource(CAMERA, probe(clip))


@contextmanager
def from_rtsp(clip: Path) -> Iterator[Source]:
    need_rtsp_server()
    port = free_port()
    with rtsp_server(clip, port):
        # a link begins with a burst, of which a busy computer may drop something
        params = LiveParams(waiting_frames_max=300)
        yield RtspSource(CAMERA, RUN, f"rtsp://127.0.0.1:{port}/main", clock=SystemClock(), params=params)


@contextmanager
def from_process(clip: Path) -> Iterator[Source]:
    with from_rtsp(clip) as source:
        assert isinstance(source, RtspSource)
        yield KeptSource(source, Pulse())


@contextmanager
def from_masked(clip: Path) -> Iterator[Source]:
    yield MaskedSource(FileSource(CAMERA, probe(clip)), [Area.rectangle(0.5, 0, 1, 1)])


@contextmanager
def from_pair(clip: Path) -> Iterator[Source]:
    need_rtsp_server()
    port, main_port = free_port(), free_port()
    with rtsp_server(clip, port), rtsp_server(clip, main_port):
        yield paired(port, main_port, [])[0]


SOURCES: dict[str, Callable[[Path], AbstractContextManager[Source]]] = {
    "file": from_file,
    "rtsp": from_rtsp,
    "process": from_process,
    "masked": from_masked,
    "paired": from_pair,
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("sources") / "clip.mp4", frames=300)


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, clip: Path) -> Iterator[Source]:
    with SOURCES[request.param](clip) as made:
        yield made
        made.close()


def test_frames_in_order_of_time_all_of_one_run(source: Source) -> None:
    frames = [item for item in islice(source.items(), 25) if isinstance(item, Frame)]
    assert 25 == len(frames)
    assert list(range(25)) == [frame.index for frame in frames]
    assert all(a.captured_at < b.captured_at for a, b in pairwise(frames))
    assert {(source.camera_id, source.run_id)} == {(frame.camera_id, frame.run_id) for frame in frames}


def test_pictures_are_whole_and_cannot_be_drawn_on(source: Source) -> None:
    frame = next(item for item in source.items() if isinstance(item, Frame))
    assert (240, 320, 3) == frame.image.shape
    with pytest.raises(ValueError, match="read-only"):
        frame.image[0, 0] = 0


def test_the_ring_holds_what_was_seen(source: Source) -> None:
    frames = [item for item in islice(source.items(), 30) if isinstance(item, Frame)]
    packets = source.ring.cut(frames[12].captured_at, frames[25].captured_at)
    assert packets[0].is_keyframe
    assert packets[0].at <= frames[12].captured_at
    assert packets[-1].at <= frames[25].captured_at


def test_closing_ends_it(source: Source) -> None:
    seen = 0
    for _ in source.items():
        seen += 1
        if seen == 5:
            source.close()
        assert seen < 60
    assert seen >= 5
