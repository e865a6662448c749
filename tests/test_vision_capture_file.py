"""Recordings: good ones give every frame at its own time, bad ones say what is wrong with them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import av
import pytest

from tests.stories import CAMERA, START, at, write_clip
from vision.capture.file import FileSource, probe
from vision.errors import CaptureError, SourceNotFound, SourceUnreadable
from vision.types import Frame, Gap


def frames_of(path: Path, **kwargs: bool) -> list[Frame | Gap]:
    return list(FileSource(CAMERA, probe(path), recorded_at=START, **kwargs).items())


def test_every_frame_at_its_own_time(clip: Path) -> None:
    frames = frames_of(clip)
    assert 50 == len(frames)
    assert [at(i / 10) for i in range(50)] == [f.captured_at for f in frames if isinstance(f, Frame)]


def test_frames_in_display_order_with_b_frames(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "b.mp4", options={"bf": "3", "g": "30"})
    frames = frames_of(path)
    assert [at(i / 10) for i in range(50)] == [f.captured_at for f in frames if isinstance(f, Frame)]


def test_the_run_is_named_by_the_content(clip: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    assert FileSource(CAMERA, probe(clip)).run_id == FileSource(CAMERA, probe(copy)).run_id


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match=r"nothing\.mp4: no such file"):
        probe(tmp_path / "nothing.mp4")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="is a folder"):
        probe(tmp_path)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(SourceUnreadable, match="0 bytes"):
        probe(path)


@pytest.mark.parametrize("content", [b"not a video, just words " * 50, b"\x00" * 5000, b"%PDF-1.7" + b"x" * 3000])
def test_no_video(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "words.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceUnreadable, match="not a video"):
        probe(path)


def test_sound_only(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        stream.layout = "mono"
        import numpy as np

        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), dtype=np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(SourceUnreadable, match="no video stream"):
        probe(path)


def test_a_video_without_pictures(tmp_path: Path) -> None:
    path = tmp_path / "none.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        container.start_encoding()
    with pytest.raises(SourceUnreadable):
        probe(path)


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("fast_start", [False, True])
def test_a_truncated_video(clip: Path, tmp_path: Path, keep: float, fast_start: bool) -> None:
    content = clip.read_bytes()
    if fast_start:
        moved = tmp_path / "moved.mp4"
        with av.open(str(clip)) as source, av.open(str(moved), "w", options={"movflags": "+faststart"}) as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    target.mux(packet)
        content = moved.read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(SourceUnreadable, match=r"cut short|damaged|not a video|no pictures"):
        probe(path)


def test_a_truncated_transport_of_matroska(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mkv").read_bytes()
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CaptureError):
        list(FileSource(CAMERA, probe(path)).items())


def test_no_timestamps(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "raw.h264", container_format="h264")
    with pytest.raises(SourceUnreadable, match="timestamp"):
        probe(path)


def test_timestamps_that_jump_are_refused_unless_allowed(tmp_path: Path) -> None:
    ticks = [*range(25), *range(1025, 1050)]
    path = write_clip(tmp_path / "jump.mp4", ticks=ticks)
    with pytest.raises(SourceUnreadable, match=r"jump by more than 10 s at 2\.4 s"):
        frames_of(path)
    items = frames_of(path, allow_jumps=True)
    (gap,) = [item for item in items if isinstance(item, Gap)]
    assert timedelta(seconds=100.1) == gap.end - gap.start
    assert 50 == len(items) - 1


def test_nothing_is_dropped_however_slow_the_reader(clip: Path) -> None:
    source = FileSource(CAMERA, probe(clip))
    assert list(range(50)) == [item.index for item in source.items() if isinstance(item, Frame)]


def test_closing_ends_it(clip: Path) -> None:
    source = FileSource(CAMERA, probe(clip))
    seen = 0
    for _ in source.items():
        seen += 1
        if seen == 5:
            source.close()
    assert 5 == seen
