"""Continuous recording: segments of what the camera sent, playable whatever happens, deleted in time."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db.journal import JournalRepository
from service.db.session import Database
from service.evidence.disk import DiskState, DiskWatch
from service.evidence.journal import RowKind, facts_of
from service.evidence.levels import Level
from service.recording.beside import note_recording, recorded_beside
from service.recording.continuous import SWEEPS_EVERY, Segments, Sweeper
from service.recording.folder import delete_older, segment_path, segments_in
from service.recording.placing import LASTS, PAUSE_MOST, Place, Written, place
from service.recording.segment import FRAGMENT_US
from service.site_tables import CameraTable, RecordingTable
from service.workers.kept_source import KeptSource
from service.workers.pulse import Pulse
from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.pens import pen_in
from tests.small_disk import small_disk
from tests.stories import CAMERA, RUN, START, at, s, write_clip
from vision.capture.packets import Codec, PacketRing, PacketTap, StoredPacket
from vision.capture.rtsp import RtspSource
from vision.clock import SystemClock

RATE_FPS = 2
LASTS_S = 400
GROUP_S = 5


class HandClock:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> object:
        return self.moment


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "long.mp4"
    return write_clip(path, frames=RATE_FPS * LASTS_S, rate_fps=RATE_FPS, options={"bf": "2", "g": str(2 * GROUP_S)})


def camera_of(*, continuous: bool = True) -> CameraTable:
    recording = RecordingTable(continuous=continuous)
    return CameraTable(id=CAMERA, name="Camera", source="rtsp://camera/main", recording=recording)


def sent(clip: Path, ring: PacketRing) -> Iterator[float]:
    """Put a clip's packets into a ring, one after the other; yields the time of each."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        tap = PacketTap(stream)
        for packet in container.demux(stream):
            if packet.pts is not None and packet.dts is not None and packet.time_base is not None:
                seconds = float(packet.pts * packet.time_base)
                ring.append(packet, at(seconds), tap)
                yield seconds


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return len(list(container.decode(video=0)))


def test_segments_hold_every_picture_once_and_are_decodable_by_themselves(tmp_path: Path, clip: Path) -> None:
    ring = PacketRing(s(90))
    task = Segments(ring, tmp_path / CAMERA, DiskWatch(), free_least=0.0)
    for seconds in sent(clip, ring):
        if seconds % 30 == 0:
            task.turn()
    task.turn()
    task.finish()
    found = segments_in(tmp_path / CAMERA)
    assert [0, LASTS.total_seconds()] == [round((one.started_at - START).total_seconds()) for one in found]
    assert [RATE_FPS * 300, RATE_FPS * (LASTS_S - 300)] == [frames_in(one.path) for one in found]


def test_what_a_killed_process_leaves_is_playable(tmp_path: Path, clip: Path) -> None:
    ring = PacketRing()
    task = Segments(ring, tmp_path / CAMERA, DiskWatch(), free_least=0.0)
    for seconds in sent(clip, ring):
        if seconds >= 60:
            break
    task.turn()
    (segment,) = segments_in(tmp_path / CAMERA)
    left = shutil.copy(segment.path, tmp_path / "left.mp4")  # what is on the disk while the file is still open
    assert frames_in(left) >= RATE_FPS * (60 - GROUP_S - FRAGMENT_US / 1e6)
    task.finish()


def test_recording_goes_without_first_when_the_disk_fills_and_comes_back(tmp_path: Path, clip: Path) -> None:
    ring, disk = PacketRing(), DiskWatch()
    task = Segments(ring, tmp_path / CAMERA, disk, free_least=0.0)
    for seconds in sent(clip, ring):
        level = Level.VERY_TIGHT if 50 <= seconds < 100 else Level.ENOUGH
        disk.note(DiskState(level))
        task.turn()
        if seconds > 150:
            break
    task.finish()
    first, second = segments_in(tmp_path / CAMERA)
    assert 0 == round((first.started_at - START).total_seconds())
    assert 100 <= (second.started_at - START).total_seconds() <= 100 + GROUP_S
    assert frames_in(first.path) <= RATE_FPS * 50
    assert frames_in(second.path) > RATE_FPS * 40


def test_its_own_disk_counts_where_evidence_lies_elsewhere(tmp_path: Path, clip: Path) -> None:
    ring = PacketRing()
    task = Segments(ring, tmp_path / CAMERA, DiskWatch(), free_least=1.01)
    for _ in sent(clip, ring):
        pass
    task.turn()
    assert [] == segments_in(tmp_path / CAMERA)


def test_a_full_disk_ends_a_segment_and_nothing_else(tmp_path: Path, clip: Path) -> None:
    with small_disk("tmpfs", tmp_path) as mounted:
        ring, disk = PacketRing(), DiskWatch()
        disk.note(DiskState())
        task = Segments(ring, mounted / CAMERA, disk, free_least=0.0)
        (mounted / "filler").write_bytes(os.urandom(8 * 1024 * 1024 - 64 * 1024))
        for seconds in sent(clip, ring):
            if seconds % 10 == 0:
                task.turn()
        assert not disk.may_record()
        task.finish()
        (segment,) = segments_in(mounted / CAMERA)
        assert 0 < frames_in(segment.path) < RATE_FPS * LASTS_S


def test_what_a_player_cannot_play_is_not_recorded(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", codec="mjpeg", pix_fmt="yuvj420p")
    ring = PacketRing()
    task = Segments(ring, tmp_path / CAMERA, DiskWatch(), free_least=0.0)
    for _ in sent(clip, ring):
        pass
    task.turn()
    assert [] == segments_in(tmp_path / CAMERA)


@given(
    ages_h=st.lists(st.floats(0, 100), max_size=8, unique_by=lambda hours: round(hours, 4)),
    keep_h=st.floats(1, 80),
)
def test_what_is_older_than_its_time_is_deleted_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, ages_h: list[float], keep_h: float
) -> None:
    folder = tmp_path_factory.mktemp("sweep")
    for hours in ages_h:
        path = segment_path(folder, START - timedelta(hours=hours))
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (folder / "2020-01-01").mkdir()
    (folder / "2020-01-01" / "somebody's.mp4").touch()
    gone = [hours for hours in ages_h if timedelta(hours=hours) > timedelta(hours=keep_h)]
    assert len(gone) == delete_older(folder, timedelta(hours=keep_h), START)
    kept = sorted(START - timedelta(hours=hours) for hours in ages_h if hours not in gone)
    assert kept == [segment.started_at for segment in segments_in(folder)]
    assert (folder / "2020-01-01" / "somebody's.mp4").is_file()
    assert all(any(day.iterdir()) for day in folder.iterdir())


def test_a_clock_that_is_set_back_puts_no_deletion_off(tmp_path: Path) -> None:
    clock = HandClock()
    sweeper = Sweeper(tmp_path, timedelta(hours=1), clock)  # type: ignore[arg-type]
    old = segment_path(tmp_path, START - timedelta(hours=10))
    old.parent.mkdir()
    for moment in (START, START + SWEEPS_EVERY, START - timedelta(hours=5)):
        old.touch()
        clock.moment = moment
        sweeper.turn()
        assert not old.exists()
        old.parent.mkdir(exist_ok=True)
    old.touch()
    sweeper.turn()
    assert old.exists()  # the next turn is a minute later


CODECS = [Codec("h264", 320, 240, Fraction(10)), Codec("h264", 640, 480, Fraction(10))]


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([0.1, 1.0, 5.0, 5.1, 60.0, -10.0]), st.sampled_from(CODECS)),
        max_size=60,
    ),
    st.integers(0, 10),
)
def test_packets_are_placed_as_an_oracle_does_who_sees_all(
    steps: list[tuple[bool, float, Codec]], restarted: int
) -> None:
    packets, seconds = [], 0.0
    for number, (is_key, step, codec) in enumerate(steps):
        seconds += step
        dts = number if number != restarted else -5
        packets.append(StoredPacket(at(seconds), b"", dts, dts, 1, Fraction(1, 10), is_key, codec))
    written: Written | None = None
    segments: list[list[StoredPacket]] = []
    for packet in packets:
        where = place(written, packet)
        if where is Place.NEW:
            segments.append([packet])
            written = Written(packet.at, packet)
        elif where is Place.SAME:
            assert written is not None
            segments[-1].append(packet)
            written = Written(written.started_at, packet)
        else:
            written = None
    assert oracle(packets) == segments


def oracle(packets: list[StoredPacket]) -> list[list[StoredPacket]]:
    """Cut at every break, drop what comes before the first key frame of each part, then cut what is too long."""
    parts: list[list[StoredPacket]] = []
    for before, packet in pairwise([None, *packets]):
        assert packet is not None
        is_broken = before is None or before.codec != packet.codec or packet.dts <= before.dts
        if is_broken or (before is not None and abs(packet.at - before.at) > PAUSE_MOST):
            parts.append([])
        parts[-1].append(packet)
    segments: list[list[StoredPacket]] = []
    for part in parts:
        while part and not part[0].is_keyframe:
            part.pop(0)
        while part:
            over = (i for i, p in enumerate(part) if i and p.is_keyframe and p.at - part[0].at >= LASTS)
            end = next(over, len(part))
            segments.append(part[:end])
            part = part[end:]
    return segments


def test_the_journal_knows_when_recording_was_switched_on_and_off(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    database.upgrade()
    pen = pen_in(tmp_path, database)
    on, off = camera_of(), camera_of(continuous=False)
    for camera in (off, on, on, off, off):
        note_recording(database, pen, camera)
    with database.transaction() as session:
        rows = JournalRepository(session).latest(limit=10, kinds=[RowKind.CONFIGURATION_CHANGED])
        told = [facts_of(row) for row in reversed(rows)]
    database.close()
    assert [
        {"what": "recording", "camera": CAMERA, "continuous": True, "keep_hours": "24"},
        {"what": "recording", "camera": CAMERA, "continuous": False},
    ] == told


def test_old_segments_go_also_after_recording_was_switched_off(tmp_path: Path) -> None:
    old = segment_path(tmp_path / CAMERA, SystemClock().now() - timedelta(hours=25))
    old.parent.mkdir(parents=True)
    old.touch()
    camera = camera_of(continuous=False)
    with recorded_beside(camera, PacketRing(), tmp_path, disk=DiskWatch(), free_least=0.0, clock=SystemClock()):
        wait_for(lambda: not old.exists())


@pytest.mark.e2e
def test_a_live_camera_is_recorded_for_as_long_as_it_is_watched(tmp_path: Path) -> None:
    need_rtsp_server()
    clip = write_clip(tmp_path / "clip.mp4", frames=600)
    port, frames = free_port(), 0
    with rtsp_server(clip, port):
        source = RtspSource(CAMERA, RUN, f"rtsp://127.0.0.1:{port}/main", clock=SystemClock())
        beside = recorded_beside(
            camera_of(), source.ring, tmp_path, disk=DiskWatch(), free_least=0.0, clock=SystemClock()
        )
        for _ in KeptSource(source, Pulse(), beside=beside).items():
            frames += 1
            if frames == 60:
                source.close()
    (segment,) = segments_in(tmp_path / CAMERA)
    assert 0 == os.stat(tmp_path / CAMERA).st_mode & 0o077
    assert frames_in(segment.path) >= 45  # without the group before the camera's first clock report


def wait_for(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
