"""What a camera reports reaches the queue as the trust in its rules allows: end to end through the recorder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.db.calibration import CalibrationRepository
from service.db.records import Queue, RuleMode, RuleState, RuleTrust
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database
from service.evidence.local import LocalStore
from service.judging.policy import QueuePolicy
from service.workers.recorder import CameraSetup, Recorder
from tests.pens import pen_in
from tests.stories import CAMERA, DESK, RUN, at
from vision.capture.packets import PacketRing
from vision.types import EndReason, Event, RuleId, Subject

FLAG = Event(
    RuleId("smoking"), Subject(CAMERA, RUN, DESK), at(10), 0.6, at(12), 0.5, "ab" * 32,
    ended_at=at(20), end_reason=EndReason.CEASED,
)  # fmt: skip
VISIT = replace(FLAG, rule_id=RuleId("presence"), started_at=at(0), ended_at=at(60))
STATE = RuleState(CAMERA, "smoking", at(0), RuleMode.ACTIVE, 0.8, True, 0.95, 0.91, 90, "threshold_earned")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    database.upgrade()
    yield database
    database.close()


def record(
    database: Database, tmp_path: Path, *events: Event, checks: float = 0.0
) -> list[tuple[str, Queue, str | None]]:
    """Deliver events twice, as a replay does; return what an inspector is asked about: (rule, queue, checked rule)."""
    trust = [RuleTrust(rule, 0.9, 0.7, checks) for rule in ("smoking", "badge_missing")]
    setup = CameraSetup(policy=QueuePolicy(trust))
    for _ in range(2):
        recorder = Recorder(
            database, LocalStore(tmp_path / "evidence"), PacketRing(), pen_in(tmp_path, database),
            camera_id=CAMERA, run_id=RUN, setup=setup,
        )  # fmt: skip
        recorder.note_events(events, at(70))
    rules = ("smoking", "badge_missing")
    with database.transaction() as session:
        found = EventRepository(session).find(EventFilter(rules=rules, queued=True))
    return [(event.rule_id, event.queue, event.checked_rule) for event in found]


def set_state(database: Database, state: RuleState) -> None:
    with database.transaction() as session:
        CalibrationRepository(session).add_rule_state(state)


def test_without_any_state_a_flag_is_shown(database: Database, tmp_path: Path) -> None:
    assert [("smoking", Queue.FLAG, None)] == record(database, tmp_path, FLAG)


def test_under_the_threshold_in_force_it_is_held_back_and_stays_on_record(database: Database, tmp_path: Path) -> None:
    set_state(database, STATE)
    assert [] == record(database, tmp_path, FLAG)
    with database.transaction() as session:
        (held,) = EventRepository(session).find(EventFilter())
    assert Queue.HELD is held.queue
    assert [("smoking", Queue.FLAG, None)] == record(database, tmp_path, replace(FLAG, peak_score=0.85))


def test_of_a_suspended_rule_only_what_is_drawn_is_shown(database: Database, tmp_path: Path) -> None:
    set_state(database, replace(STATE, mode=RuleMode.SUSPENDED))
    assert [] == record(database, tmp_path, FLAG)
    assert [("smoking", Queue.SUSPENDED, "smoking")] == record(database, tmp_path, FLAG, checks=1.0)


def test_a_visit_without_a_flag_is_drawn_and_one_with_a_flag_is_asked_about_the_other_rule(
    database: Database, tmp_path: Path
) -> None:
    flagged = record(database, tmp_path, FLAG, VISIT, checks=1.0)
    assert {("smoking", Queue.FLAG, None), ("presence", Queue.FLAG, "badge_missing")} == set(flagged)


def test_no_visit_is_drawn_where_nobody_wants_random_checks(database: Database, tmp_path: Path) -> None:
    assert [] == record(database, tmp_path, VISIT)
