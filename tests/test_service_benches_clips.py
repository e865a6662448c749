"""Clips that streams play: over and over without a seam, and one in which nothing happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np

from service.benches.clips import SAMPLES, encode, make_quiet, own_clips, repeat
from tests.samples import first_seconds
from tests.stories import CAMERA, RUN
from vision.capture.pictures import BgrPixels, to_image
from vision.health.monitor import HealthMonitor
from vision.types import Frame


def times_of(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [picture.time or 0.0 for picture in container.decode(video=0)]


def test_a_clip_is_repeated_without_a_seam(tmp_path: Path) -> None:
    clip = first_seconds("counter", 4, tmp_path / "clip.mp4")
    length = repeat(clip, tmp_path / "looped.mp4", timedelta(seconds=10))
    assert timedelta(seconds=4) == length
    times = times_of(tmp_path / "looped.mp4")
    assert 120 == len(times)  # three passes: two would be too short
    assert np.allclose(0.1, np.diff(times), atol=1e-3)


def test_each_pass_shows_the_same(tmp_path: Path) -> None:
    clip = first_seconds("counter", 4, tmp_path / "clip.mp4")
    repeat(clip, tmp_path / "looped.mp4", timedelta(seconds=8))
    with av.open(str(tmp_path / "looped.mp4")) as container:
        pictures = [to_image(picture) for picture in container.decode(video=0)]
    assert all(np.array_equal(first, again) for first, again in zip(pictures[:40], pictures[40:], strict=True))


def test_in_the_quiet_clip_nothing_happens_and_the_camera_is_well(tmp_path: Path) -> None:
    quiet = make_quiet(SAMPLES / "clips" / "entrance.mp4", tmp_path / "quiet.mp4")
    assert np.allclose(np.arange(600) / 10, times_of(quiet))
    monitor, faults = HealthMonitor(CAMERA, RUN), []
    start = datetime(2026, 11, 23, tzinfo=UTC)
    with av.open(str(quiet)) as container:
        for i, picture in enumerate(container.decode(video=0)):
            at = start + timedelta(seconds=i / 10)
            faults += monitor.advance(Frame(CAMERA, RUN, i, at, BgrPixels(to_image(picture))))
    assert [] == faults


def test_clips_of_any_kind_become_what_cameras_send(tmp_path: Path) -> None:
    slow = SAMPLES / "clips" / "day-counter.mp4"  # 640 x 360 px, 5 fps
    encode(first_pictures(slow, 20, tmp_path / "slow.mp4"), tmp_path / "own.mp4")
    with av.open(str(tmp_path / "own.mp4")) as container:
        sizes = {(picture.width, picture.height) for picture in container.decode(video=0)}
    assert {(1280, 720)} == sizes
    assert np.allclose(0.1, np.diff(times_of(tmp_path / "own.mp4")))


def first_pictures(path: Path, count: int, target: Path) -> Path:
    with av.open(str(path)) as source, av.open(str(target), "w") as written:
        stream = written.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if number == count:
                break
            packet.stream = stream
            written.mux(packet)
    return target


def test_a_sample_clip_keeps_its_scene_and_is_not_encoded_again(tmp_path: Path) -> None:
    office = SAMPLES / "clips" / "office.mp4"
    (clip,) = own_clips([office], tmp_path)
    assert ("office", office, "office") == (clip.name, clip.path, clip.scene)
