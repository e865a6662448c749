"""The database: replay changes nothing, times keep their zone, newer and foreign databases are refused."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from service.db import attendance_tables, journal_tables  # noqa: F401
from service.db.accounts import AccountRepository
from service.db.evidence import EvidenceRepository
from service.db.records import EvidenceKind, EvidenceRecord, Role, Standing, Verdict, WaitsFor
from service.db.repository import EventFilter, EventRepository
from service.db.reviews import ReviewRepository
from service.db.session import Database
from service.db.tables import Base
from service.errors import DatabaseUnusable, NotFound, ServiceError
from tests.stories import SUBJECT, at, observation, s
from tests.verdicts import judge
from vision.types import Answer, EndReason, Event, Question, RuleId

OPEN = Event(
    RuleId("smoking"), SUBJECT, at(0), 0.8, at(1), 0.5, "ab" * 32, (1.0, 2.0, 3.0, 4.0),
    trace=(observation(0, Answer.YES), observation(1, Answer.UNKNOWN)),
)  # fmt: skip
CLOSED = replace(OPEN, ended_at=at(9), end_reason=EndReason.CEASED, peak_score=0.9)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    database.upgrade()
    yield database
    database.close()


def test_the_migrations_make_the_tables(database: Database, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'congvu.db'}")
    with engine.connect() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()


def test_delivered_twice_is_stored_once(database: Database) -> None:
    for event in (OPEN, CLOSED, OPEN, CLOSED):
        with database.transaction() as session:
            EventRepository(session).upsert(event)
    with database.transaction() as session:
        (found,) = EventRepository(session).find(EventFilter())
    assert (at(0), at(9), "ceased", 0.9) == (found.started_at, found.ended_at, found.end_reason, found.peak_score)
    assert ["yes", "unknown"] == [item.answer for item in found.trace]
    assert (1.0, 2.0, 3.0, 4.0) == found.box_px


def test_a_trace_keeps_what_was_asked_and_older_ones_are_still_read(database: Database, tmp_path: Path) -> None:
    puffed = replace(OPEN, trace=(*OPEN.trace, observation(2, Answer.YES, Question.HAND_AT_MOUTH)))
    with database.transaction() as session:
        EventRepository(session).upsert(puffed)
        kept = EventRepository(session).get(str(puffed.event_id)).trace
    assert ["presence", "presence", "hand_at_mouth"] == [item.question for item in kept]
    with sqlite3.connect(tmp_path / "congvu.db") as raw:
        raw.execute("UPDATE events SET trace = ?", (json.dumps([[at(0).isoformat(), "yes", 0.9, None]]),))
    raw.close()
    with database.transaction() as session:
        (older,) = EventRepository(session).get(str(puffed.event_id)).trace
    assert ("yes", None) == (older.answer, older.question)


def test_a_failed_task_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            EventRepository(session).upsert(OPEN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.transaction() as session:
        assert 0 == EventRepository(session).count(EventFilter())


def test_filters(database: Database) -> None:
    other = replace(OPEN, rule_id=RuleId("left_post"), started_at=at(100), peak_at=at(100))
    with database.transaction() as session:
        repository = EventRepository(session)
        repository.upsert(OPEN)
        repository.upsert(other)
        assert ["left_post", "smoking"] == [e.rule_id for e in repository.find(EventFilter())]
        assert ["smoking"] == [e.rule_id for e in repository.find(EventFilter(rules=("smoking",)))]
        assert ["left_post"] == [e.rule_id for e in repository.find(EventFilter(since=at(50)))]
        assert 0 == repository.count(EventFilter(camera_id="elsewhere"))
        assert ["smoking"] == [e.rule_id for e in repository.find(EventFilter(), limit=1, offset=1)]


def test_verdicts_are_added_and_of_one_person_the_latest_counts(database: Database) -> None:
    event_id = str(OPEN.event_id)
    with database.transaction() as session:
        EventRepository(session).upsert(OPEN)
        user = AccountRepository(session).add_user(
            "an", display_name="An", role=Role.INSPECTOR, password_hash=None, at=at(0)
        )
        standings = [
            judge(session, event_id, verdict, by=user.user_id, at=at(i), request_id=str(i))
            for i, verdict in enumerate((Verdict.BREACH, Verdict.CANNOT_TELL))
        ]
        assert [Standing.SECOND, Standing.CANNOT_TELL] == standings
        # the same request again changes nothing, whatever it says
        assert Standing.CANNOT_TELL is judge(
            session, event_id, Verdict.BREACH, by=user.user_id, at=at(5), request_id="1"
        )
    with database.transaction() as session:
        repository = EventRepository(session)
        given = [review.verdict for review in ReviewRepository(session).of(event_id)]
        assert [Verdict.BREACH, Verdict.CANNOT_TELL] == given
        (found,) = repository.find(EventFilter(standings=(Standing.CANNOT_TELL,)))
        assert Standing.CANNOT_TELL is found.standing
        assert [] == repository.find(EventFilter(waits_for=WaitsFor.LOOK))
        with pytest.raises(NotFound):
            ReviewRepository(session).hold("no")


def test_evidence_again_changes_nothing(database: Database) -> None:
    record = EvidenceRecord(str(OPEN.event_id), EvidenceKind.CLIP, "k", "0" * 64, 5, "video/mp4", at(0), at(9))
    for _ in range(2):
        with database.transaction() as session:
            repository = EventRepository(session)
            repository.upsert(OPEN)
            EvidenceRepository(session).add(record)
    with database.transaction() as session:
        assert [record] == EvidenceRepository(session).of(str(OPEN.event_id))


def test_a_login_is_taken_once(database: Database) -> None:
    with database.transaction() as session:
        accounts = AccountRepository(session)
        accounts.add_user("an", display_name="An", role=Role.ADMIN, password_hash=None, at=at(0))
        with pytest.raises(ServiceError, match="already a user"):
            accounts.add_user("an", display_name="B", role=Role.ADMIN, password_hash=None, at=at(0))


def test_a_link_signs_in_once_and_a_session_expires(database: Database) -> None:
    with database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.add_user("an", display_name="An", role=Role.ADMIN, password_hash=None, at=at(0))
        token = accounts.make_link(user.user_id, at=at(0), lasts=s(60))
        assert accounts.use_link("wrong", at(1)) is None
        assert user == accounts.use_link(token, at(1))
        assert accounts.use_link(token, at(2)) is None
        late = accounts.make_link(user.user_id, at=at(0), lasts=s(60))
        assert accounts.use_link(late, at(60)) is None
        cookie = accounts.open_session(user.user_id, at=at(0), lasts=s(60))
        assert accounts.find_session(cookie, at(59)) is not None
        assert accounts.find_session(cookie, at(60)) is None


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    with sqlite3.connect(path) as raw:
        raw.execute("create table alembic_version (version_num varchar(32))")
        raw.execute("insert into alembic_version values ('9999')")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseUnusable, match="newer version"):
        Database(f"sqlite:///{path}").upgrade()
    assert before == path.read_bytes()


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    with sqlite3.connect(path) as raw:
        raw.execute("create table recipes (name text)")
    raw.close()
    with pytest.raises(DatabaseUnusable, match="another program"):
        Database(f"sqlite:///{path}").upgrade()


def test_no_database_at_all(tmp_path: Path) -> None:
    path = tmp_path / "words.db"
    path.write_text("these are words " * 100)
    with pytest.raises(DatabaseUnusable, match="cannot be opened"):
        Database(f"sqlite:///{path}").upgrade()
