"""A camera that cannot be reached, or refuses us, is an alarm from the first try until it sends pictures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service.api.auth import work_in
from service.api.camera_states import Condition, camera_state
from service.api.context import WebContext
from service.db.calibration import CalibrationRepository
from service.db.records import FaultRecord
from service.settings import Settings
from service.site import load_site
from service.wiring import Parts, open_parts, pen_of, register_site
from service.workers.away import AwayLog
from service.workers.camera import CameraThread
from tests.stories import at
from tests.test_service_site import GOOD
from vision.errors import SourceLost, SourceRefused
from vision.types import CameraId, FaultKind

DOOR = CameraId("door")


class Clock:
    """Shows what it is told."""

    def __init__(self) -> None:
        self.moment = at(0)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    site_path = tmp_path / "site.toml"
    site_path.write_text(GOOD, encoding="utf-8")
    parts = open_parts(Settings(data_dir=tmp_path / "data"))
    register_site(parts, load_site(site_path))
    yield parts
    parts.database.close()


def open_faults(parts: Parts) -> list[FaultRecord]:
    with parts.database.transaction() as session:
        return CalibrationRepository(session).open_faults()


def thread_of(parts: Parts, error: Exception, clock: Clock) -> CameraThread:
    def make() -> Any:
        raise error

    return CameraThread(DOOR, make, away=AwayLog(parts.database, clock, DOOR))


def wait_for_alarm(parts: Parts) -> list[FaultRecord]:
    for _ in range(3000):
        found = open_faults(parts)
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("no alarm within a minute")


def test_told_again_and_again_it_is_one_fault_and_it_ends(parts: Parts) -> None:
    clock = Clock()
    away = AwayLog(parts.database, clock, DOOR)
    for seconds in (0, 10, 20):
        clock.moment = at(seconds)
        away.note_away("stream lost")
    assert [(DOOR, FaultKind.AWAY, at(0))] == [(f.camera_id, f.kind, f.started_at) for f in open_faults(parts)]
    clock.moment = at(30)
    away.note_back()
    away.note_back()
    assert [] == open_faults(parts)
    with parts.database.transaction() as session:
        (fault,) = CalibrationRepository(session).faults([DOOR], at(0), at(60))
    assert (at(0), at(30), "stream lost") == (fault.started_at, fault.ended_at, fault.detail)


def test_a_silence_is_an_alarm_since_its_last_picture_and_is_asked_for_at_the_last_moment(parts: Parts) -> None:
    clock = Clock()
    clock.moment = at(60)
    away = AwayLog(parts.database, clock, DOOR)
    away.note_silence(lambda: None)
    assert [] == open_faults(parts)
    away.note_silence(lambda: at(54))
    away.note_silence(lambda: at(54))
    assert [at(54)] == [fault.started_at for fault in open_faults(parts)]
    away.note_back()
    assert [] == open_faults(parts)


def test_what_a_killed_process_left_open_goes_on(parts: Parts) -> None:
    clock = Clock()
    AwayLog(parts.database, clock, DOOR).note_away("stream lost")
    clock.moment = at(100)
    again = AwayLog(parts.database, clock, DOOR)
    again.note_away("stream lost")
    assert [at(0)] == [fault.started_at for fault in open_faults(parts)]
    again.note_back()
    assert [] == open_faults(parts)


def test_a_camera_that_never_answered_is_an_alarm_on_its_page(parts: Parts) -> None:
    clock = Clock()
    AwayLog(parts.database, clock, DOOR).note_away("stream lost")
    with work_in(WebContext(parts.database, parts.store, parts.clock, pen_of(parts))) as work:
        state = camera_state(work, DOOR)
        assert 1 == work.calibration.alarm_count(work.now())
    assert (Condition.SILENT, at(0), True) == (state.condition, state.since, state.is_blind)


def test_a_camera_away_at_the_very_start_is_told_and_no_longer_once_nobody_tries(parts: Parts) -> None:
    thread = thread_of(parts, SourceLost(DOOR, "timed out"), Clock())
    thread.start()
    (fault,) = wait_for_alarm(parts)
    assert "timed out" in fault.detail
    thread.stop()
    thread.join(60)
    assert [] == open_faults(parts)


@pytest.mark.expects_errors
def test_a_camera_that_refuses_us_stays_an_alarm_while_the_service_runs(parts: Parts) -> None:
    thread = thread_of(parts, SourceRefused(DOOR), Clock())
    thread.start()
    thread.join(60)
    assert "refused the user name or password" in wait_for_alarm(parts)[0].detail
    thread.stop()
    assert [] == open_faults(parts)
