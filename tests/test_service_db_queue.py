"""The queue as it is found among many events: pages, counts and neighbours are what going through all would give."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from service.db.accounts import AccountRepository
from service.db.calibration import CalibrationRepository
from service.db.finding import COUNTED_AT_MOST, EventFilter, Mark, counted, gathered, walked
from service.db.records import FLAG_RULES, Queue, RandomCheck, Role, SiteRecord, Standing, Verdict, WaitsFor
from service.db.repository import EventRepository
from service.db.review_tables import AssignmentRow, ClaimRow
from service.db.reviews import ReviewRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.errors import NotFound
from service.rights import EVERYTHING, NOTHING, Reach
from tests.databases import KINDS, empty_database
from tests.verdicts import judge
from tests.web_world import make_event
from vision.types import CameraId, Event, RunId

BEGIN = datetime(2026, 10, 5, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=2)
CAMERAS = {"cam-1": "Sở A", "cam-2": "Sở A", "cam-3": "Sở B"}
READER, OTHER = 1, 2
DAY = BEGIN + timedelta(hours=8), BEGIN + timedelta(hours=20)

FILTERS = (
    EventFilter(queued=True),
    EventFilter(queued=True, waits_for=WaitsFor.LOOK),
    EventFilter(queued=True, waits_for=WaitsFor.LOOK, unseen_by=READER),
    EventFilter(queued=True, waits_for=WaitsFor.LOOK, unseen_by=READER, rules=("smoking",)),
    EventFilter(queued=True, waits_for=WaitsFor.LOOK, unseen_by=READER, free_for=(READER, NOW)),
    EventFilter(queued=True, waits_for=WaitsFor.LOOK, unseen_by=READER, assigned_to=READER),
    EventFilter(queued=True, waits_for=WaitsFor.LOOK, camera_id="cam-2"),
    EventFilter(queued=True, waits_for=WaitsFor.LOOK, agency="Sở B", rules=("left_post",)),
    EventFilter(queued=True, waits_for=WaitsFor.LOOK, score_min=0.8),
    EventFilter(queued=True, waits_for=WaitsFor.LOOK, score_min=0.8, rules=("left_post",), camera_id="cam-1"),
    EventFilter(queued=True, since=DAY[0], until=DAY[1]),
    EventFilter(queued=True, since=DAY[0], until=DAY[1], rules=("badge_missing",), score_min=0.6),
    EventFilter(queued=True, waits_for=WaitsFor.NOBODY),
    EventFilter(queued=True, waits_for=WaitsFor.RULING, agency="Sở A"),
    EventFilter(queued=True, standings=(Standing.BREACH,)),
    EventFilter(queued=True, standings=(Standing.NO_BREACH, Standing.CANNOT_TELL), rules=("left_post",)),
    EventFilter(queued=True, standings=(Standing.BREACH,), agency="Sở A", score_min=0.2),
    EventFilter(queued=True, rules=("left_post", "smoking"), score_min=0.5),
    EventFilter(rules=("presence",)),
    EventFilter(camera_id="cam-3", place_id="ban-1"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """One event as the test remembers it."""

    event: Event
    asked: str | None
    standing: Standing
    is_mine: bool
    holder: int | None
    assignee: int | None

    @property
    def mark(self) -> Mark:
        return Mark(self.event.started_at, str(self.event.event_id))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as opened:
        yield opened


def fill(database: Database, count: int = 150) -> list[Known]:
    """Store events drawn at random, some of them at the same moment; return them newest first."""
    chance = random.Random(8)
    with database.transaction() as session:
        for agency in sorted(set(CAMERAS.values())):
            site = SiteRecord(agency, agency, agency, "Asia/Ho_Chi_Minh", "", "", (), (), 0)
            own = [(camera, camera) for camera, of in CAMERAS.items() if of == agency]
            SiteRepository(session).register(site, cameras=own, officers=[], places=[])
        for login in ("doc", "khac", "nua"):
            AccountRepository(session).add_user(
                login, display_name=login, role=Role.INSPECTOR, password_hash=None, at=BEGIN
            )
        known = [_add(session, chance, n) for n in range(count)]
    return sorted(known, key=lambda one: (one.mark.started_at, one.mark.event_id), reverse=True)


def _add(session: Session, chance: random.Random, number: int) -> Known:
    rule = chance.choice((*FLAG_RULES, "presence"))
    at = BEGIN + timedelta(minutes=30 * chance.randrange(60))
    event = make_event(rule, at, lasts=timedelta(minutes=5), place="ban-1", score=round(chance.random(), 2))
    camera = CameraId(chance.choice(list(CAMERAS)))
    event = replace(event, subject=replace(event.subject, camera_id=camera, run_id=RunId(f"run-{number}")))
    queue = Queue.HELD if rule != "presence" and chance.random() < 0.1 else Queue.FLAG
    EventRepository(session).upsert(event, queue=queue)
    event_id, asked = str(event.event_id), rule if rule in FLAG_RULES and queue is Queue.FLAG else None
    if asked is None and chance.random() < 0.3:
        asked = chance.choice(FLAG_RULES)
        CalibrationRepository(session).add_random_check(RandomCheck(event_id, asked, 0.1, at))
    standing, is_mine, holder, assignee = Standing.OPEN, False, None, None
    if asked is not None:
        for judge_id in chance.sample((READER, OTHER, 3), chance.choice((0, 0, 1, 2))):
            standing = judge(session, event_id, chance.choice(list(Verdict)), by=judge_id, at=at)
            is_mine |= judge_id == READER
        holder, assignee = (chance.choice((None, None, READER, OTHER)) for _ in range(2))
    if holder is not None:
        session.add(ClaimRow(event_id=event_id, user_id=holder, claimed_at=at, until=NOW + timedelta(minutes=1)))
    if assignee is not None:
        session.add(AssignmentRow(event_id=event_id, user_id=assignee, assigned_by=OTHER, at=at))
    return Known(event, asked, standing, is_mine, holder, assignee)


def is_wanted(one: Known, wanted: EventFilter, reach: Reach) -> bool:
    """Say by reading, not by asking a database."""
    waiting = {Standing.OPEN: WaitsFor.LOOK, Standing.SECOND: WaitsFor.LOOK, Standing.DISPUTED: WaitsFor.RULING}
    camera, at = one.event.subject.camera_id, one.event.started_at
    rule = one.asked if wanted.queued else str(one.event.rule_id)
    checks: tuple[tuple[bool, Callable[[], bool]], ...] = (
        (wanted.queued, lambda: one.asked is not None),
        (wanted.rules is not None, lambda: rule in (wanted.rules or ())),
        (wanted.camera_id is not None, lambda: camera == wanted.camera_id),
        (wanted.place_id is not None, lambda: one.event.subject.place_id == wanted.place_id),
        (wanted.agency is not None, lambda: CAMERAS[camera] == wanted.agency),
        (reach.agency is not None, lambda: CAMERAS[camera] == reach.agency),
        (reach.is_nobody, lambda: False),
        (wanted.score_min is not None, lambda: one.event.peak_score >= (wanted.score_min or 0)),
        (wanted.since is not None, lambda: at >= (wanted.since or at)),
        (wanted.until is not None, lambda: at < (wanted.until or at)),
        (wanted.waits_for is not None, lambda: waiting.get(one.standing, WaitsFor.NOBODY) is wanted.waits_for),
        (wanted.standings is not None, lambda: one.standing in (wanted.standings or ())),
        (wanted.unseen_by is not None, lambda: not one.is_mine),
        (wanted.free_for is not None, lambda: one.holder in (None, READER)),
        (wanted.assigned_to is not None, lambda: one.assignee == READER),
    )
    return all(check() for applies, check in checks if applies)


@pytest.mark.parametrize("reach", [EVERYTHING, Reach("Sở B"), Reach("Không có"), NOTHING], ids=str)
def test_pages_counts_and_neighbours_are_what_reading_all_would_give(database: Database, reach: Reach) -> None:
    known = fill(database)
    with database.transaction() as session:
        events = EventRepository(session, reach)
        for wanted in FILTERS:
            expected = [one for one in known if is_wanted(one, wanted, reach)]
            ids = [one.mark.event_id for one in expected]
            assert len(ids) == events.count(wanted), wanted
            assert min(len(ids), 3) == events.count(wanted, at_most=3), wanted
            assert ids[2:9] == [e.event_id for e in events.find(wanted, limit=7, offset=2)], wanted
            for of in (len(ids), COUNTED_AT_MOST):  # gathered, and gone through in order of time
                found = events.page(wanted, of=of, limit=7, offset=2)
                assert ids[2:9] == [e.event_id for e in found], (wanted, of)
                assert ids == page_by_page(events, wanted, of), (wanted, of)
            for n, one in list(enumerate(expected))[:: max(1, len(expected) // 4)]:
                beside = ids[n - 1] if n else None, ids[n + 1] if n + 1 < len(ids) else None
                assert beside == events.neighbours(events.get(one.mark.event_id), wanted), (wanted, n)


def page_by_page(events: EventRepository, wanted: EventFilter, of: int) -> list[str]:
    """Read all by going on behind the last of each page."""
    ids: list[str] = []
    behind: Mark | None = None
    while found := events.page(wanted, of=of, limit=11, behind=behind):
        ids += [event.event_id for event in found]
        behind = Mark(found[-1].started_at, found[-1].event_id)
    return ids


def test_the_filters_of_these_tests_find_something(database: Database) -> None:
    known = fill(database)
    assert all(any(is_wanted(one, wanted, EVERYTHING) for one in known) for wanted in FILTERS)


def test_a_page_has_no_traces_and_one_event_has(database: Database) -> None:
    fill(database, 5)
    with database.transaction() as session:
        events = EventRepository(session)
        listed = events.page(EventFilter(), of=5, limit=5)
        assert [()] * 5 == [event.trace for event in listed]
        assert 8 == len(events.get(listed[0].event_id).trace)


def test_an_event_of_another_agency_is_not_found(database: Database) -> None:
    known = fill(database)
    foreign = next(one for one in known if CAMERAS[one.event.subject.camera_id] == "Sở A").mark.event_id
    with database.transaction() as session, pytest.raises(NotFound):
        EventRepository(session, Reach("Sở B")).get(foreign)


def test_many_are_found_one_beside_the_other_as_few_are(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    known = fill(database)
    wanted = EventFilter(queued=True)
    with database.transaction() as session:
        events = EventRepository(session)
        some = [events.get(one.mark.event_id) for one in known if one.asked][::10]
        few = [events.neighbours(event, wanted) for event in some]
        monkeypatch.setattr("service.db.repository.FEW", 0)
        assert few == [events.neighbours(event, wanted) for event in some]


def plan_of(database: Database, query: object) -> list[str]:
    """How SQLite would go about a query, without having been told anything of what is stored."""
    compiled = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    with database.transaction() as session:
        return [str(row[-1]) for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]


@pytest.mark.parametrize("wanted", [wanted for wanted in FILTERS if wanted.queued], ids=str)
@pytest.mark.parametrize("reach", [EVERYTHING, Reach("Sở B")], ids=["all", "agency"])
def test_sqlite_answers_every_question_of_the_queue_from_an_index(
    tmp_path: Path, wanted: EventFilter, reach: Reach
) -> None:
    with empty_database("sqlite", tmp_path) as database:
        of_cameras = reach.agency is not None or wanted.agency is not None or wanted.camera_id is not None
        for query in (counted(wanted, reach, at_most=10), gathered(wanted, reach).limit(5)):
            (step,) = [line for line in plan_of(database, query) if " events " in line]
            index = "sqlite_autoindex_events_1" if wanted.assigned_to else "ix_events_queue"
            assert index in step and step.startswith("SEARCH"), step
            assert not of_cameras or wanted.assigned_to or "ix_events_queue_camera" in step, step
        steps = plan_of(database, walked(wanted, reach).limit(5))
        (step,) = [line for line in steps if " events " in line]
        assert "ix_events_queue" in step or wanted.assigned_to, steps
        is_sorted = any("TEMP B-TREE FOR ORDER BY" in line for line in steps)
        assert not is_sorted or wanted.assigned_to or (wanted.standings and len(wanted.standings) > 1), steps


def test_the_queue_of_a_reader_leaves_out_only_verdicts_that_stand(database: Database) -> None:
    known = fill(database, 40)
    event_id = next(one.mark.event_id for one in known if one.asked and one.standing is Standing.OPEN)
    wanted = EventFilter(queued=True, waits_for=WaitsFor.LOOK, unseen_by=READER)

    def ids_of(events: EventRepository) -> Sequence[str]:
        return [event.event_id for event in events.page(wanted, of=0, limit=100)]

    with database.transaction() as session:
        events = EventRepository(session)
        assert event_id in ids_of(events)
        judge(session, event_id, Verdict.BREACH, by=READER, at=NOW)
        assert event_id not in ids_of(events)
        ReviewRepository(session).withdraw(event_id, READER, NOW)
        assert event_id in ids_of(events)


def test_held_events_are_not_asked_about_until_they_are_shown(database: Database) -> None:
    event = make_event("smoking", BEGIN, lasts=None, place="ban-1", score=0.4)
    with database.transaction() as session:
        events = EventRepository(session)
        events.upsert(event, queue=Queue.HELD)
        assert 0 == events.count(EventFilter(queued=True))
        events.upsert(event)
        assert 1 == events.count(EventFilter(queued=True))
        events.upsert(event, queue=Queue.HELD)
        assert 1 == events.count(EventFilter(queued=True))
