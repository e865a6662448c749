"""A real disk that is full, met at every step of storing: nothing dies, nothing is lost unsaid, and all goes on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.backlog import Backlog
from service.db.evidence import EvidenceRepository
from service.db.journal import JournalRepository
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database
from service.evidence.disk import DiskWatch
from service.evidence.journal import RowKind
from service.evidence.levels import Level, Marks
from service.evidence.local import LocalStore
from service.evidence.locks import Locksmith
from service.evidence.offline.journal_file import JournalCheck
from service.evidence.reconcile import Reconciler
from service.workers.recorder import CameraSetup, Recorder
from service.workers.retention import RetentionKeeper
from service.workers.room import RoomWatch
from tests.pens import pen_in
from tests.small_disk import FILE_SYSTEMS, small_disk
from tests.stories import at, write_clip
from tests.web_world import SettableClock
from vision.capture.file import FileSource, probe
from vision.types import CameraId, EndReason, Event, PlaceId, RuleId, RunId, Subject

CAMERA, RUN = CameraId("cam"), RunId("run")
STEPS_BYTES = range(0, 160_000, 8_000)
"""How much is left free, step by step: the end is met in the clip, in a picture, in a row and in the journal."""

MARKS = Marks(tight=0.3, very_tight=0.2, full=0.1)
"""Of 8 MiB: what is left for the database when the disk counts as full must be more than its write-ahead log takes."""


@dataclass
class Watched:
    """One camera whose packets are in memory, on a data folder that may be full."""

    folder: Path
    clip: Path
    clock: SettableClock = field(default_factory=lambda: SettableClock(at(100)))

    def __post_init__(self) -> None:
        self.database = Database(f"sqlite:///{self.folder / 'congvu.db'}")
        self.database.upgrade()
        self.store = LocalStore(self.folder / "evidence")
        self.pen = pen_in(self.folder, self.database, self.clock)
        self.backlog = Backlog(self.database, self.clock)
        self.disk = DiskWatch()
        self.room = RoomWatch(self.database, self.store, self.pen, disk=self.disk, marks=MARKS)
        self.keeper = RetentionKeeper(self.database, self.store, self.pen, self.room)
        self.recorder = self.watch()
        self.seen = 20.0

    def watch(self) -> Recorder:
        source = FileSource(CAMERA, probe(self.clip), recorded_at=at(0))
        for _ in source.items():
            pass
        setup = CameraSetup(backlog=self.backlog, disk=self.disk)
        return Recorder(self.database, self.store, source.ring, self.pen, camera_id=CAMERA, run_id=RUN, setup=setup)

    def happen(self, second: float, rule: str = "smoking") -> str:
        """An event is over and its clip is due."""
        event = Event(
            RuleId(rule), Subject(CAMERA, RUN, PlaceId("desk")), at(second), 0.9, at(second), 0.5, "ab" * 32,
            (15.0, 6.0, 28.0, 19.0), ended_at=at(second + 0.5), end_reason=EndReason.CEASED,
        )  # fmt: skip
        self.recorder.note_events([event], at(second + 0.6))
        self.go_on()
        return str(event.event_id)

    def go_on(self, seconds: float = 61) -> None:
        """The stream and the clock go on by more than any waiting time."""
        self.seen += seconds
        self.clock.at += timedelta(seconds=seconds)
        self.recorder.note_frame(at(self.seen))

    def missing_rows(self) -> int:
        with self.database.transaction() as session:
            return len(JournalRepository(session).latest(limit=1000, kinds=[RowKind.EVIDENCE_MISSING]))

    def evidence(self) -> dict[str, int]:
        """Return how many objects each event has; every one of them whole, and the journal too."""
        with self.database.transaction() as session:
            repository = EventRepository(session)
            events = [event.event_id for event in repository.find(EventFilter(), limit=1000)]
            records = {event_id: EvidenceRepository(session).of(event_id) for event_id in events}
            journal = [row for row, _ in JournalRepository(session).rows()]
        for record in (record for found in records.values() for record in found):
            with self.store.open(record.key) as file:
                assert record.sha256 == hashlib.sha256(file.read()).hexdigest()
        check = JournalCheck()
        assert [] == [fault for row in journal for fault in check.take(row)]
        return {event_id: len(found) for event_id, found in records.items()}


@contextmanager
def filled(folder: Path, left_bytes: int) -> Iterator[Path]:
    """Let a file of somebody else fill the disk but for so many bytes."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        try:
            while True:
                os.write(file.fileno(), bytes(64 * 1024))
                os.fsync(file.fileno())
        except OSError:
            pass
        try:
            while True:
                os.write(file.fileno(), bytes(512))
                os.fsync(file.fileno())
        except OSError:
            pass
        os.truncate(file.fileno(), max(0, file.seek(0, 2) - left_bytes))
        os.fsync(file.fileno())
    try:
        yield ballast
    finally:
        ballast.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", frames=200, options={"crf": "30"})


@pytest.fixture(params=FILE_SYSTEMS)
def watched(request: pytest.FixtureRequest, tmp_path: Path, clip: Path) -> Iterator[Watched]:
    with small_disk(request.param, tmp_path) as disk:
        made = Watched(disk / "data", clip)
        yield made
        made.database.close()


def test_the_end_of_the_disk_met_at_every_step_loses_nothing(watched: Watched) -> None:
    locked = watched.happen(0.2)
    Locksmith(watched.database, watched.store, watched.pen).place(locked, reason="r", user_id=None, at=at(0))
    happened = [locked]
    delayed_objects = delayed_writes = 0
    for i, left_bytes in enumerate(STEPS_BYTES):
        with filled(watched.folder, left_bytes):
            happened.append(watched.happen(1 + i * 0.5))
            watched.go_on()
            known = watched.evidence()
            delayed_writes += watched.backlog.waiting > 0
            delayed_objects += known.get(happened[-1], 0) < 3
            assert 3 == known[locked]
        watched.go_on()
        assert 0 == watched.backlog.waiting
        assert dict.fromkeys(happened, 3) == watched.evidence(), left_bytes
    assert delayed_objects and delayed_writes, "the end of the disk was not met: the test shows nothing"
    assert 0 == watched.missing_rows()
    found = Reconciler(watched.database, watched.store, watched.pen).run(at(10**8), with_sums=True)
    assert ((), ()) == (found.missing, found.set_aside)
    print(f"{len(happened) - 1} steps; evidence late in {delayed_objects}, rows late in {delayed_writes}")


@pytest.mark.expects_errors
def test_what_the_memory_no_longer_holds_is_said_to_be_missing(watched: Watched) -> None:
    with filled(watched.folder, 0):
        lost = watched.happen(3)
        watched.recorder.finish()  # its packets go with it
        watched.recorder = watched.watch()
    kept = watched.happen(6)
    watched.go_on()
    assert {lost: 0, kept: 3} == watched.evidence()
    assert 1 == watched.missing_rows()


def test_retention_makes_room_and_recording_goes_on_by_itself(watched: Watched) -> None:
    old = watched.happen(0.2, "presence")
    locked = watched.happen(0.8, "presence")
    Locksmith(watched.database, watched.store, watched.pen).place(locked, reason="r", user_id=None, at=at(0))
    watched.keeper.look(watched.clock.now())
    assert Level.ENOUGH is watched.disk.state.level
    with filled(watched.folder, 2_000_000):  # tight, and what may go is not enough
        watched.keeper.look(watched.clock.now())
        assert Level.TIGHT is watched.disk.state.level
        assert {old: 0, locked: 3} == watched.evidence()
    with filled(watched.folder, 500_000):
        watched.keeper.look(watched.clock.now())
        assert Level.FULL is watched.disk.state.level
        flag = watched.happen(3)
        visit = watched.happen(4, "presence")
        watched.go_on()
        assert {old: 0, locked: 3, flag: 0, visit: 0} == watched.evidence()
        assert 1 == watched.missing_rows()  # the visit: nobody will ask for it. The flag waits
    watched.keeper.look(watched.clock.now())
    watched.go_on()
    assert Level.ENOUGH is watched.disk.state.level
    assert {old: 0, locked: 3, flag: 3, visit: 0} == watched.evidence()


def test_a_visit_goes_without_a_clip_before_a_flag_does(watched: Watched) -> None:
    watched.happen(0.2)
    with filled(watched.folder, 1_300_000):
        watched.keeper.look(watched.clock.now())
        assert Level.VERY_TIGHT is watched.disk.state.level
        flag, visit = watched.happen(3), watched.happen(4, "presence")
        known = watched.evidence()
        assert (3, 0) == (known[flag], known[visit])


def test_the_room_of_the_disk_is_that_of_the_file_system(watched: Watched) -> None:
    before = watched.store.room().free_bytes
    with filled(watched.folder, 1_000_000):
        assert abs(watched.store.room().free_bytes - 1_000_000) < 100_000
    assert abs(watched.store.room().free_bytes - before) < 100_000
