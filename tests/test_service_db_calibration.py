"""What the database keeps of scenes, references, faults, trust in rules and random checks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from service.db.accounts import AccountRepository
from service.db.calibration import CalibrationRepository
from service.db.records import FaultRecord, Queue, RandomCheck, Role, RuleMode, RuleState, Verdict
from service.db.repository import EventFilter, EventRepository
from service.db.session import MIGRATIONS, Database
from service.errors import NotFound
from tests.stories import SUBJECT, at
from tests.verdicts import judge
from vision.types import EndReason, Event, RuleId

FLAG = Event(RuleId("smoking"), SUBJECT, at(0), 0.8, at(1), 0.5, "ab" * 32, ended_at=at(9), end_reason=EndReason.CEASED)
VISIT = replace(FLAG, rule_id=RuleId("presence"))
STATE = RuleState("camera", "smoking", at(0), RuleMode.ACTIVE, 0.7, True, 0.95, 0.91, 120, "verdicts")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    database.upgrade()
    yield database
    database.close()


def flags(database: Database, *rules: str) -> list[str]:
    with database.transaction() as session:
        found = EventRepository(session).find(EventFilter(rules=rules or ("smoking",), queued=True))
    return [event.event_id for event in found]


def test_a_scene_gets_a_number_only_when_it_changed(database: Database) -> None:
    with database.transaction() as session:
        repository = CalibrationRepository(session)
        numbers = [
            repository.store_scene("camera", scene="{}", sha256=sha256, at=at(i))
            for i, sha256 in enumerate(("a", "a", "b", "b", "a"))
        ]
        assert [1, 1, 2, 2, 3] == numbers
        assert 1 == repository.store_scene("other", scene="{}", sha256="a", at=at(9))
        assert [3, 2, 1] == [version.number for version in repository.scenes("camera")]
        assert "b" == repository.scene("camera", 2).sha256
        with pytest.raises(NotFound, match="no scene 9"):
            repository.scene("camera", 9)


def test_the_latest_reference_counts(database: Database) -> None:
    with database.transaction() as session:
        repository = CalibrationRepository(session)
        assert repository.reference("camera") is None
        for number, key in enumerate(("k1", "k2"), start=1):
            assert number == repository.add_reference("camera", key=key, sha256="s", taken_at=at(number))
        found = repository.reference("camera")
    assert found is not None
    assert ("k2", None) == (found.key, found.confirmed_by)


def test_a_fault_told_twice_is_one_and_its_end_is_never_taken_back(database: Database) -> None:
    begun = FaultRecord("camera", "run", "frozen", at(0), None)
    ended = replace(begun, ended_at=at(30), detail="still for 30 s")
    for fault in (begun, begun, ended, begun):
        with database.transaction() as session:
            CalibrationRepository(session).store_fault(fault)
    with database.transaction() as session:
        repository = CalibrationRepository(session)
        assert [ended] == repository.faults(["camera"], at(10), at(20))
        assert [] == repository.faults(["camera"], at(31), at(40))
        assert [] == repository.faults(["other"], at(0), at(20))
        assert [] == repository.open_faults()
        repository.store_fault(replace(begun, kind="dark"))
        assert ["dark"] == [fault.kind for fault in repository.open_faults()]


def test_the_latest_state_of_each_rule_is_in_force(database: Database) -> None:
    states = [STATE, replace(STATE, mode=RuleMode.SUSPENDED, at=at(5)), replace(STATE, rule_id="left_post")]
    states.append(replace(STATE, camera_id="other"))
    with database.transaction() as session:
        repository = CalibrationRepository(session)
        for state in states:
            repository.add_rule_state(state)
        assert states[2:0:-1] == repository.latest_rule_states("camera")
        assert 3 == len(repository.latest_rule_states())
        assert states[:2] == repository.rule_history("camera", "smoking")


def test_what_is_held_back_is_no_flag_unless_it_was_drawn(database: Database) -> None:
    with database.transaction() as session:
        EventRepository(session).upsert(FLAG, queue=Queue.HELD)
    assert [] == flags(database)
    with database.transaction() as session:
        CalibrationRepository(session).add_random_check(RandomCheck(str(FLAG.event_id), "smoking", 0.1, at(9)))
    assert [str(FLAG.event_id)] == flags(database)


def test_a_visit_is_asked_about_only_where_it_was_drawn_and_by_the_rule_it_was_drawn_for(database: Database) -> None:
    with database.transaction() as session:
        EventRepository(session).upsert(VISIT)
    assert [] == flags(database)
    with database.transaction() as session:
        CalibrationRepository(session).add_random_check(RandomCheck(str(VISIT.event_id), "smoking", 0.1, at(9)))
    assert [] == flags(database, "badge_missing")
    assert [str(VISIT.event_id)] == flags(database, "smoking")
    with database.transaction() as session:
        assert "smoking" == EventRepository(session).get(str(VISIT.event_id)).checked_rule


def test_once_shown_as_a_flag_it_stays_one(database: Database) -> None:
    for queue in (Queue.HELD, Queue.FLAG, Queue.HELD):
        with database.transaction() as session:
            EventRepository(session).upsert(FLAG, queue=queue)
    assert [str(FLAG.event_id)] == flags(database)


def test_judged_flags_hold_every_verdict_and_random_checks_their_probability(database: Database) -> None:
    with database.transaction() as session:
        events, accounts = EventRepository(session), AccountRepository(session)
        reviewer = accounts.add_user("an", display_name="An", role=Role.INSPECTOR, password_hash=None, at=at(0))
        events.upsert(FLAG)
        events.upsert(VISIT)
        CalibrationRepository(session).add_random_check(RandomCheck(str(VISIT.event_id), "smoking", 0.1, at(9)))
        for event, verdict, request_id in (
            (FLAG, Verdict.BREACH, "request-1"),
            (FLAG, Verdict.NO_BREACH, "request-2"),
            (VISIT, Verdict.NO_BREACH, "request-3"),
        ):
            judge(session, str(event.event_id), verdict, by=reviewer.user_id, at=at(20), request_id=request_id)
    with database.transaction() as session:
        repository = CalibrationRepository(session)
        (flag,) = repository.judged_flags("camera", "smoking")
        (check,) = repository.random_checks("camera", "smoking")
        assert [] == repository.judged_flags("camera", "smoking", since=at(1))
    assert [Verdict.BREACH, Verdict.NO_BREACH] == [verdict for _, verdict, _ in flag.verdicts]
    assert (0.8, None) == (flag.score, flag.probability)
    assert (str(VISIT.event_id), 0.1) == (check.event_id, check.probability)


def test_events_of_the_first_schema_are_flags_after_the_migration(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with sqlite3.connect(path) as raw:
        raw.execute(
            "insert into events (event_id, rule_id, camera_id, run_id, place_id, started_at, peak_score, peak_at, "
            "threshold, model_sha256, trace) values ('old', 'smoking', 'c', 'r', 'p', '2026-11-23 00:30:00', 0.8, "
            "'2026-11-23 00:30:01', 0.5, 'ab', '[]')"
        )
    raw.close()
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    assert ["old"] == flags(database)
    with database.transaction() as session:
        found = EventRepository(session).get("old")
    assert (None, Queue.FLAG, None) == (found.scene_version, found.queue, found.checked_rule)
    database.close()
