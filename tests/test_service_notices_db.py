"""Subscriptions, messages and letters in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.db.accounts import AccountRepository
from service.db.calibration import CalibrationRepository
from service.db.happenings import HappeningRepository
from service.db.letters import LetterRepository
from service.db.live import LiveState, live_state
from service.db.notices import NewNotice, NoticeRepository
from service.db.records import FaultRecord, Role, RunRecord, SiteRecord, Standing, Verdict
from service.db.repository import EventRepository
from service.db.reviews import NewReview, ReviewRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.errors import NotFound
from service.notices.kinds import Kind
from service.rights import NOTHING, Reach
from tests.databases import KINDS, empty_database
from tests.web_world import CAMERA, RUN, make_event
from vision.types import CameraId, RunId

NOW = datetime(2025, 10, 20, 3, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
OTHER = CameraId("cam-khac")


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as database:
        with database.transaction() as session:
            AccountRepository(session).add_user(
                "minh", display_name="M", role=Role.INSPECTOR, password_hash=None, at=NOW
            )
            AccountRepository(session).add_user(
                "lan", display_name="L", role=Role.INSPECTOR, password_hash=None, at=NOW
            )
            for site_id, agency, camera in (("a", "UBND tỉnh", CAMERA), ("b", "UBND phường", OTHER)):
                site = SiteRecord(site_id, site_id, agency, "Asia/Ho_Chi_Minh", "", "", (), (0,), 5)
                SiteRepository(session).register(site, cameras=[(camera, camera)], officers=[], places=[])
        yield database


def subscribe(database: Database, user_id: int = 1) -> int:
    with database.transaction() as session:
        notices = NoticeRepository(session)
        stored = notices.subscribe(user_id, address="x", shown="…", kinds=["appeal"], quiet=("", ""), at=NOW)
        return stored.subscription_id


def add(database: Database, subscription_id: int, key: str, due_at: datetime = NOW) -> bool:
    with database.transaction() as session:
        notice = NewNotice(Kind.APPEAL, key, "title", "body")
        return NoticeRepository(session).add(subscription_id, notice, at=NOW, due_at=due_at)


def take(database: Database, at: datetime) -> list[int]:
    with database.transaction() as session:
        return [notice.notice_id for notice in NoticeRepository(session).take_due(at, lease=LEASE)]


def test_the_same_is_stored_once_even_in_the_middle_of_a_transaction(database: Database) -> None:
    one = subscribe(database)
    with database.transaction() as session:
        notices = NoticeRepository(session)
        notice = NewNotice(Kind.APPEAL, "a", "title", "body")
        assert [True, False] == [notices.add(one, notice, at=NOW, due_at=NOW) for _ in range(2)]
        assert notices.add(one, NewNotice(Kind.APPEAL, "b", "title", "body"), at=NOW, due_at=NOW)
    with database.transaction() as session:
        assert {("appeal", "a"), ("appeal", "b")} == NoticeRepository(session).known(one, ["a", "b", "c"])


def test_all_that_is_due_to_one_is_taken_at_once_and_by_one_only(database: Database) -> None:
    mine, theirs = subscribe(database), subscribe(database, 2)
    add(database, mine, "a"), add(database, theirs, "a"), add(database, mine, "b")
    add(database, mine, "later", NOW + timedelta(hours=1))
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: take(database, NOW), range(4)))
    # who finds the oldest taken by another may go away with nothing: the rest is there for the next
    taken += [take(database, NOW), take(database, NOW)]
    assert [[1, 3], [2]] == sorted(ids for ids in taken if ids)
    assert [] == take(database, NOW + LEASE - timedelta(seconds=1))
    assert 2 == len(take(database, NOW + LEASE))


def test_what_was_sent_or_given_up_is_not_taken_again_and_forgotten_in_the_end(database: Database) -> None:
    one = subscribe(database)
    for key in ("sent", "tried", "given up"):
        add(database, one, key)
    taken = take(database, NOW)
    with database.transaction() as session:
        notices = NoticeRepository(session)
        notices.note_sent(taken[:1], NOW)
        notices.note_failed(taken[1], "not_taken", next_at=NOW + timedelta(minutes=1), at=NOW)
        notices.note_failed(taken[2], "not_taken", next_at=None, at=NOW)
        tried = notices.last_tries([one])[one]
        assert (NOW, "not_taken", False) == (tried.sent_at, tried.fault, tried.is_waiting)
    assert taken[1:2] == take(database, NOW + timedelta(minutes=1))
    with database.transaction() as session:
        assert 0 == NoticeRepository(session).forget(NOW)
        assert 2 == NoticeRepository(session).forget(NOW + timedelta(seconds=1))


def test_a_subscription_is_its_owners_and_goes_with_its_messages(database: Database) -> None:
    one = subscribe(database)
    add(database, one, "a")
    with database.transaction() as session, pytest.raises(NotFound):
        NoticeRepository(session).unsubscribe(2, one)
    with database.transaction() as session:
        NoticeRepository(session).unsubscribe(1, one)
    assert [] == take(database, NOW)


def test_who_is_locked_out_listens_no_more(database: Database) -> None:
    one = subscribe(database)
    with database.transaction() as session:
        assert [one] == [each.subscription.subscription_id for each in NoticeRepository(session).listeners()]
        AccountRepository(session).disable(1, NOW)
    with database.transaction() as session:
        assert None is NoticeRepository(session).listener(one)


def test_letters_are_taken_by_one_only(database: Database) -> None:
    with database.transaction() as session:
        letters = LetterRepository(session)
        ids = [letters.add("password", to_address="a@b.vn", subject="s", body="b", at=NOW) for _ in range(3)]

    def taken(_: int) -> list[int]:
        with database.transaction() as session:
            return [letter.letter_id for letter in LetterRepository(session).take_due(NOW, lease=LEASE, limit=2)]

    with ThreadPoolExecutor(4) as pool:
        found = [letter_id for each in pool.map(taken, range(4)) for letter_id in each]
    assert len(found) == len(set(found))
    assert set(found) <= set(ids)
    assert set(ids[:2]) <= set(found)


def test_what_waits_is_counted_by_agency_and_reach_and_a_second_look_does_not_show(database: Database) -> None:
    with database.transaction() as session:
        events = EventRepository(session)
        event = make_event("left_post", NOW - timedelta(days=2), lasts=timedelta(minutes=5), place="ban-1", score=0.9)
        later = make_event("smoking", NOW - timedelta(hours=1), lasts=timedelta(minutes=5), place="ban-1", score=0.9)
        for each in (event, later):
            events.upsert(each)
    before = LiveState(2, NOW - timedelta(hours=1), 0)
    with database.transaction() as session:
        assert {"UBND tỉnh": 1} == HappeningRepository(session).waiting(NOW - timedelta(days=1))
        assert before == live_state(session, Reach("UBND tỉnh"), NOW)
        assert LiveState(0, None, 0) == live_state(session, Reach("UBND phường"), NOW)
        assert LiveState(0, None, 0) == live_state(session, NOTHING, NOW)
        given = NewReview(1, Verdict.BREACH, "absent", "", NOW, "r1")
        assert Standing.SECOND is ReviewRepository(session).add(str(event.event_id), given)
    with database.transaction() as session:
        assert before == live_state(session, Reach(), NOW), "it still waits, for somebody who is not told of the first"


def test_alarms_are_told_for_each_camera_with_its_agency(database: Database) -> None:
    silent_at = NOW - timedelta(minutes=9)
    with database.transaction() as session:
        CalibrationRepository(session).store_fault(FaultRecord(CAMERA, RUN, "moved", NOW - timedelta(hours=1), None))
        SiteRepository(session).store_run(RunRecord(OTHER, RunId("r"), silent_at, silent_at, 1, 0, finished=False))
    with database.transaction() as session:
        found = HappeningRepository(session).happenings(NOW)
        assert {("UBND tỉnh", NOW - timedelta(hours=1)), ("UBND phường", silent_at)} == {
            (e.agency, e.at) for e in found
        }
        assert {Kind.CAMERA_ALARM} == {each.kind for each in found}
        assert 2 == len({each.key for each in found})
        assert (2, 1) == (
            live_state(session, Reach(), NOW).alarms,
            live_state(session, Reach("UBND phường"), NOW).alarms,
        )
