"""A camera that is not fit to judge by: its faults are kept, and nobody is called absent under them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from calibration.scene import Area, Desk, Scene
from service.attendance.day_table import AttendanceDay
from service.attendance.gathering import gather
from service.attendance.people import Asked
from service.db.backlog import Backlog
from service.db.calibration import CalibrationRepository
from service.db.records import EventRecord, FaultRecord, GapRecord, OfficerRecord, PlaceRecord, SiteRecord
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.evidence.local import LocalStore
from service.reporting import open_sources
from service.site_hours import HoursTable
from service.workers.camera import watch
from service.workers.faults import FaultLog
from service.workers.recorder import Recorder
from tests.pens import pen_in
from tests.stories import CAMERA, RUN, START, at, s, seconds_of
from tests.test_vision_pipeline import Persons
from vision.capture.packets import PacketRing
from vision.capture.pictures import BgrPixels
from vision.clock import SystemClock
from vision.health.monitor import HealthMonitor
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import LEFT_POST, PRESENCE, Rule, Rulebook
from vision.rules.sustained import SustainedParams
from vision.types import (
    Answer,
    CameraId,
    Detections,
    Fault,
    FaultKind,
    Frame,
    Gap,
    Image,
    Question,
    RunId,
)

Spoil = Callable[[float, Image], Image]


def room() -> Image:
    """A room with texture everywhere."""
    coarse = np.random.default_rng(3).integers(40, 220, (27, 48, 3)).astype(np.uint8)
    return np.ascontiguousarray(np.kron(coarse, np.ones((8, 8, 1), dtype=np.uint8)))


@dataclass
class Played:
    """A source of one picture a second of a room, spoiled by a story."""

    lasts_s: float
    spoil: Spoil
    faults: list[Fault] = field(default_factory=list)
    camera_id: CameraId = CAMERA
    run_id: RunId = RUN
    dropped_frames: int = 0
    ring: PacketRing = field(default_factory=PacketRing)

    def items(self) -> Iterator[Frame | Gap]:
        rng, base = np.random.default_rng(5), room()
        for i in range(int(self.lasts_s)):
            noise = rng.integers(-4, 5, base.shape, dtype=np.int16)
            image = np.clip(base + noise, 0, 255).astype(np.uint8)
            yield Frame(CAMERA, RUN, i, at(i), BgrPixels(self.spoil(i, image)))

    def take_faults(self) -> list[Fault]:
        taken, self.faults = self.faults, []
        return taken

    def close(self) -> None:
        pass


@dataclass
class Leaves(Persons):
    """Somebody is at the desk until a moment, and nobody after it."""

    until_s: float = 0.0

    def detect(self, frames: list[Frame]) -> list[Detections]:  # type: ignore[override]
        is_there = (seconds_of(frames[0].captured_at) or 0.0) < self.until_s
        return Persons(self.boxes if is_there else []).detect(frames)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    made.upgrade()
    with made.transaction() as session:
        SiteRepository(session).register(
            SITE,
            cameras=[(CAMERA, "Camera")],
            officers=[OfficerRecord("an", "An", "unit")],
            places=[PlaceRecord(CAMERA, "desk", "Desk", "desk", ("an",))],
        )
    yield made
    made.close()


HOURS = HoursTable(intervals=("00:30-00:32",), days=("mon",), grace_minutes=0, left_post_minutes=10 / 60)
SITE = SiteRecord(
    "site", "Site", "Agency", "UTC", "", "", ("00:30-00:32",), (0,), 0, hours_json=HOURS.model_dump_json(by_alias=True)
)
"""START is a Monday, 00:30 UTC: the shift is the two minutes of the story."""


def play(database: Database, folder: Path, spoil: Spoil, *, until_s: float = 20.0, lasts_s: float = 120.0) -> None:
    """Watch a camera whose officer leaves the desk at ``until_s``."""
    persons = Leaves([(20, 20, 60, 100)], until_s=until_s)
    presence = SustainedParams(s(2), s(2), s(10))
    away = SustainedParams(s(25), s(2), s(10))
    rules = [
        Rule(PRESENCE, Question.PRESENCE, Answer.YES, presence),
        Rule(LEFT_POST, Question.PRESENCE, Answer.NO, away, after_visit=True),
    ]
    pipeline = Pipeline(
        Scene(CAMERA, (Desk("desk", "Desk", Area.rectangle(0, 0, 0.5, 0.9), ("an",)),)),
        detector=persons,
        tracker=persons,
        looker=None,
        rulebook=Rulebook(rules),
        judgement=Judgement(),
        health=HealthMonitor(CAMERA, RUN),
    )
    source = Played(lasts_s, spoil)
    pen = pen_in(folder, database)
    recorder = Recorder(database, LocalStore(folder), source.ring, pen, camera_id=CAMERA, run_id=RUN)
    watch(source, pipeline, recorder)


def stored(database: Database) -> tuple[list[FaultRecord], list[GapRecord], AttendanceDay, list[EventRecord]]:
    """The faults, the gaps of the whole camera, the officer's day, and the times that the post was left."""
    since, until = START - timedelta(days=1), START + timedelta(days=1)
    with database.transaction() as session:
        sites, events = SiteRepository(session), EventRepository(session)
        faults = CalibrationRepository(session).faults(None, since, until)
        gaps = [gap for gap in sites.gaps([CAMERA], since, until) if gap.place_id == ""]
        left = [event for event in events.find(EventFilter()) if event.rule_id == LEFT_POST]
    with open_sources(database) as sources:
        report = gather(sources, Asked(START.date(), START.date()), made_at=START + timedelta(days=1))
    return faults, gaps, report.table.day(0, ZoneInfo("UTC")), left


def frozen_from(start_s: float) -> Spoil:
    """A camera whose picture stands still from a moment on."""
    kept: list[Image] = []

    def spoil(seconds: float, image: Image) -> Image:
        if seconds < start_s:
            return image
        kept.append(image)
        return kept[0]

    return spoil


def covered(seconds: float, image: Image) -> Image:
    return np.full_like(image, 120) if seconds >= 20 else image


def turned(seconds: float, image: Image) -> Image:
    return np.ascontiguousarray(np.roll(image, 40, axis=1)) if seconds >= 20 else image


def healthy(_: float, image: Image) -> Image:
    return image


def test_without_a_fault_the_empty_desk_is_an_absence(database: Database, tmp_path: Path) -> None:
    play(database, tmp_path / "evidence", healthy)
    faults, gaps, day, left = stored(database)
    assert ([], []) == (faults, gaps)
    assert 1 == len(day.away)
    assert 1 == len(left)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [(covered, FaultKind.COVERED), (turned, FaultKind.MOVED), (frozen_from(20), FaultKind.FROZEN)],
    ids=["covered", "moved", "frozen"],
)
def test_under_a_fault_nobody_is_absent_and_no_flag_opens(
    database: Database, tmp_path: Path, spoil: Spoil, kind: FaultKind
) -> None:
    play(database, tmp_path / "evidence", spoil)
    faults, gaps, day, left = stored(database)
    (fault,) = faults
    assert (kind, kind) == (fault.kind, gaps[0].reason)
    assert 20 == pytest.approx(seconds_of(fault.started_at), abs=2.5)
    assert seconds_of(fault.ended_at) == 119  # with the last frame of the run
    assert (fault.started_at, fault.ended_at) == (gaps[0].start, gaps[0].end)
    assert ([], []) == (list(day.away), left)
    assert sum((i.length for i in day.no_data), s(0)) > s(95)


def test_a_fault_that_is_over_is_stored_once_with_its_end(database: Database, tmp_path: Path) -> None:
    play(database, tmp_path / "evidence", lambda t, image: covered(t, image) if t < 50 else image, until_s=120.0)
    faults, gaps, day, _ = stored(database)
    assert [(20.0, 50.0)] == [(seconds_of(f.started_at), seconds_of(f.ended_at)) for f in faults]
    assert [(20.0, 50.0)] == [(seconds_of(g.start), seconds_of(g.end)) for g in gaps]
    assert () == day.away


def test_the_gap_of_an_open_fault_grows_while_the_camera_is_watched(database: Database) -> None:
    log = FaultLog(Backlog(database, SystemClock()))
    log.note([Fault(CAMERA, RUN, FaultKind.MOVED, at(5), None, "displaced")], at(16))
    log.note_progress(at(300))
    with database.transaction() as session:
        (gap,) = SiteRepository(session).gaps([CAMERA], at(0), at(400))
    assert (5.0, 300.0) == (seconds_of(gap.start), seconds_of(gap.end))


def test_a_clock_that_drifts_blinds_nobody(database: Database) -> None:
    log = FaultLog(Backlog(database, SystemClock()))
    log.note([Fault(CAMERA, RUN, FaultKind.TIME_DRIFT, at(5), None, "fast")], at(16))
    log.finish(at(60))
    with database.transaction() as session:
        assert [] == SiteRepository(session).gaps([CAMERA], at(0), at(400))
        (fault,) = CalibrationRepository(session).faults(None, at(0), at(400))
    assert at(60) == fault.ended_at
