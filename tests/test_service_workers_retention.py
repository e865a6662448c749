"""Deleting evidence: what goes, what stays, what a crash between two steps leaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.custody import CustodyRepository
from service.db.journal import JournalRepository
from service.db.journal_tables import RedactedCopyRow
from service.db.records import EvidenceKind, KeptRule, Queue, Verdict
from service.errors import EvidenceHeld, NotFound, Refused, StoreUnwritable
from service.evidence.disk import DiskWatch
from service.evidence.journal import RowKind, facts_of
from service.evidence.levels import Level, Marks
from service.evidence.local import LocalStore
from service.evidence.locks import Locksmith
from service.evidence.store import Room
from service.workers.retention import RetentionKeeper, RetentionThread
from service.workers.room import RoomWatch
from tests.databases import KINDS, empty_database
from tests.kept_world import NOW, KeptWorld


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeptWorld]:
    with empty_database(request.param, tmp_path) as database:
        yield KeptWorld(database, tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[KeptWorld]:
    with empty_database("sqlite", tmp_path) as database:
        yield KeptWorld(database, tmp_path)


def keeper_of(world: KeptWorld) -> RetentionKeeper:
    return RetentionKeeper(world.database, world.store, world.pen)


def tombstones(world: KeptWorld, event_id: str) -> list[str]:
    with world.database.transaction() as session:
        rows = JournalRepository(session).about(event_id)
    told = [facts_of(row) for row in rows if row.kind == RowKind.EVIDENCE_DELETED]
    return [str(facts["basis"]) for facts in told if facts is not None]


def test_only_what_has_had_its_time_and_is_held_by_nothing_goes(world: KeptWorld) -> None:
    goes = {
        world.add("presence", 8),
        world.add("two_at_desk", 50, queue=Queue.NOTED),
        world.add("smoking", 40, queue=Queue.HELD),
        world.add("smoking", 41, verdict=Verdict.NO_BREACH),
        world.add("smoking", 42, verdict=Verdict.CANNOT_TELL),
        world.add("presence", 43, check="smoking", verdict=Verdict.NO_BREACH),
    }
    stays = {
        world.add("presence", 6),
        world.add("presence", 44, check="smoking"),
        world.add("smoking", 400),
        world.add("smoking", 401, verdict=Verdict.BREACH),
        world.add("left_post", 402, lasts=None),
        world.add("smoking", 39, queue=Queue.HELD, verdict=Verdict.BREACH),
    }
    locked = world.add("presence", 403)
    Locksmith(world.database, world.store, world.pen).place(locked, reason="thanh tra", user_id=world.user_id, at=NOW)

    done = keeper_of(world).run_pass(NOW)

    assert len(goes) == done.events
    assert stays | {locked} == world.kept()
    assert 2 * len(stays | {locked}) == len(world.stored_keys())
    assert all(["purpose ended"] == [basis.partition(":")[0] for basis in tombstones(world, each)] for each in goes)
    assert 0 == keeper_of(world).run_pass(NOW).events


def test_a_site_may_say_how_long_itself(small: KeptWorld) -> None:
    world = small
    world.retention = (KeptRule("presence", 90, "Quyết định 12"), KeptRule("*", 2, "Quyết định 13"))
    world.register()
    long, short = world.add("presence", 60), world.add("smoking", 3, queue=Queue.HELD)
    keeper_of(world).run_pass(NOW)
    assert {long} == world.kept()
    assert ["Quyết định 13"] == tombstones(world, short)


def test_the_row_stays_when_the_bytes_go(world: KeptWorld) -> None:
    event_id = world.add("presence", 20)
    keeper_of(world).run_pass(NOW)
    assert [] == world.stored_keys()
    with world.database.transaction() as session:
        assert [] == CustodyRepository(session).unerased()
        assert [] == CustodyRepository(session).facts_of([event_id])
        with pytest.raises(Refused, match="was deleted"):
            CustodyRepository(session).lock(event_id, reason="late", placed_by=None, at=NOW)


def test_a_redacted_copy_goes_with_its_original(world: KeptWorld) -> None:
    event_id = world.add("presence", 20)
    world.store.put("redacted/copy.mp4", b"copy")
    with world.database.transaction() as session:
        session.add(
            RedactedCopyRow(
                event_id=event_id,
                kind="clip",
                mode="everyone",
                key="redacted/copy.mp4",
                sha256="",
                size_bytes=4,
                media_type="video/mp4",
                source_sha256="",
                asked_at=NOW,
                reason="",
            )
        )
    keeper_of(world).run_pass(NOW)
    assert [] == world.stored_keys()


class StopsBeforeDeleting(LocalStore):
    """A store whose process ends just before it deletes."""

    def delete(self, key: str) -> None:
        raise KeyboardInterrupt


def test_killed_between_tombstone_and_deletion_the_next_pass_removes_the_bytes(world: KeptWorld) -> None:
    event_id = world.add("presence", 20)
    killed = RetentionKeeper(world.database, StopsBeforeDeleting(world.folder / "evidence"), world.pen)
    with pytest.raises(KeyboardInterrupt):
        killed.run_pass(NOW)
    assert set() == world.kept()  # nothing points to the bytes that are still there
    assert 2 == len(world.stored_keys())
    keeper_of(world).run_pass(NOW)
    assert [] == world.stored_keys()
    assert 1 == len(tombstones(world, event_id))


def test_bytes_that_cannot_be_removed_are_tried_again(world: KeptWorld) -> None:
    class Stuck(LocalStore):
        def delete(self, key: str) -> None:
            raise StoreUnwritable("read-only")

    world.add("presence", 20)
    RetentionKeeper(world.database, Stuck(world.folder / "evidence"), world.pen).run_pass(NOW)
    assert 2 == len(world.stored_keys())
    assert 2 == keeper_of(world).erase_left(NOW)
    assert [] == world.stored_keys()


def test_a_verdict_given_at_the_last_moment_keeps_the_evidence(world: KeptWorld) -> None:
    event_id = world.add("smoking", 400, verdict=Verdict.NO_BREACH)

    class Late(RetentionKeeper):
        def _is_held(self, event_id: str) -> bool:
            world.judge(event_id, Verdict.BREACH, NOW)  # after the choice, before the claim
            return super()._is_held(event_id)

    assert 0 == Late(world.database, world.store, world.pen).run_pass(NOW).events
    assert {event_id} == world.kept()


def test_who_locks_while_it_is_being_deleted_is_told_that_it_is_gone(world: KeptWorld) -> None:
    event_id = world.add("presence", 20)
    told: list[str] = []
    claimed, asked = threading.Event(), threading.Event()

    def lock() -> None:
        claimed.wait(60)
        try:
            with world.database.transaction() as session:
                asked.set()
                CustodyRepository(session).lock(event_id, reason="late", placed_by=None, at=NOW)
        except Refused as error:
            told.append(str(error))

    other = threading.Thread(target=lock)
    other.start()
    with world.database.transaction() as session:
        custody = CustodyRepository(session)
        custody.claim([event_id])
        claimed.set()
        asked.wait(60)
        other.join(0.5)  # it waits for us
        custody.bury(event_id, at=NOW, basis="b")
    other.join(60)
    assert 1 == len(told)
    with world.database.transaction() as session:
        assert [] == CustodyRepository(session).locks_of(event_id)


def test_locks_hold_in_the_store_until_the_last_is_released(world: KeptWorld) -> None:
    event_id = world.add("presence", 20)
    locksmith = Locksmith(world.database, world.store, world.pen)
    first = locksmith.place(event_id, reason="a", user_id=world.user_id, at=NOW)
    second = locksmith.place(event_id, reason="b", user_id=None, at=NOW)
    with pytest.raises(EvidenceHeld):
        world.store.delete(world.stored_keys()[0])
    locksmith.release(first.lock_id, reason="done", user_id=world.user_id, at=NOW)
    assert [True, True] == [each.is_held for each in world.store.stored()]
    assert 0 == keeper_of(world).run_pass(NOW).events
    locksmith.release(second.lock_id, reason="done", user_id=world.user_id, at=NOW)
    assert [False, False] == [each.is_held for each in world.store.stored()]
    assert 1 == keeper_of(world).run_pass(NOW).events
    with world.database.transaction() as session:
        kinds = [row.kind for row in JournalRepository(session).about(event_id)]
    assert ["locked", "locked", "unlocked", "unlocked", "evidence_deleted"] == kinds[2:]
    with pytest.raises(Refused, match="was released"):
        locksmith.release(second.lock_id, reason="again", user_id=None, at=NOW)
    with pytest.raises(NotFound):
        locksmith.place("nobody", reason="", user_id=None, at=NOW)


def test_evidence_that_comes_after_the_lock_is_held_by_the_next_pass(world: KeptWorld) -> None:
    event_id = world.add("left_post", 20, lasts=None, kinds=(EvidenceKind.CLIP_START,))
    Locksmith(world.database, world.store, world.pen).place(event_id, reason="a", user_id=None, at=NOW)
    world.add_evidence(event_id, EvidenceKind.CLIP_END, NOW)
    keeper_of(world).run_pass(NOW)
    assert [True, True] == [each.is_held for each in world.store.stored()]


def test_what_the_store_holds_is_not_deleted_by_a_database_that_forgot_the_lock(world: KeptWorld) -> None:
    event_id = world.add("presence", 20)
    world.store.hold(world.stored_keys()[0])
    assert 0 == keeper_of(world).run_pass(NOW).events
    assert {event_id} == world.kept()


def test_many_pages_are_gone_through(small: KeptWorld) -> None:
    for minutes in range(120):
        small.add("presence", 10 + minutes / 1440, kinds=(EvidenceKind.CLIP,))
    stays = small.add("presence", 20, check="smoking")
    with small.database.transaction() as session:
        custody = CustodyRepository(session)
        ids, after = custody.kept(at_once=50)
        seen = list(ids)
        while after is not None:
            ids, after = custody.kept(after=after, at_once=50)
            seen += ids
    assert 121 == len(set(seen))
    assert 120 == keeper_of(small).run_pass(NOW).events
    assert {stays} == small.kept()


class SmallStore(LocalStore):
    """A store on a disk of a size that the test says; all that is in it counts."""

    total_bytes = 100_000
    others_bytes = 0

    def room(self) -> Room:
        used = sum(each.size_bytes for each in self.stored())
        return Room(self.total_bytes, self.total_bytes - used - self.others_bytes)


def watched(world: KeptWorld) -> tuple[RetentionKeeper, RoomWatch, SmallStore]:
    store = SmallStore(world.folder / "evidence")
    room = RoomWatch(world.database, store, world.pen, disk=DiskWatch(), marks=Marks())
    return RetentionKeeper(world.database, store, world.pen, room), room, store


def alarms(world: KeptWorld) -> list[str]:
    with world.database.transaction() as session:
        rows = JournalRepository(session).latest(limit=100, kinds=[RowKind.DISK_ALARM])
    return [str((facts_of(row) or {})["level"]) for row in reversed(rows)]


def test_when_the_disk_fills_the_oldest_goes_and_the_locked_stays(world: KeptWorld) -> None:
    locked = world.add("presence", 6.9)
    Locksmith(world.database, world.store, world.pen).place(locked, reason="a", user_id=None, at=NOW)
    flag = world.add("smoking", 6.8)
    visits = [world.add("presence", 6.5 - i / 10) for i in range(10)]
    keeper, room, store = watched(world)
    keeper.look(NOW)
    assert Level.ENOUGH is room.disk.state.level
    free = store.room().free_bytes
    store.others_bytes = free - 9_000  # 9 % are left: tight, 3 % short of where it ends
    keeper.look(NOW)
    assert Level.ENOUGH is room.disk.state.level
    kept = world.kept()
    gone = [visit for visit in visits if visit not in kept]
    assert gone and visits[: len(gone)] == gone
    assert {locked, flag} <= kept
    assert ["disk full"] == tombstones(world, gone[0])
    assert ["tight", "enough"] == alarms(world)


def test_where_nothing_may_go_recording_stops_and_an_alarm_stands(world: KeptWorld) -> None:
    flag = world.add("smoking", 100)
    keeper, room, store = watched(world)
    for share, level, may_record, may_flag in (
        (0.09, Level.TIGHT, True, True),
        (0.04, Level.VERY_TIGHT, False, True),
        (0.01, Level.FULL, False, False),
        (0.03, Level.FULL, False, False),
        (0.045, Level.VERY_TIGHT, False, True),
        (0.5, Level.ENOUGH, True, True),
    ):
        store.others_bytes = 0
        store.others_bytes = round(store.room().free_bytes - share * store.total_bytes)
        keeper.look(NOW)
        disk = room.disk
        seen = (disk.state.level, disk.may_record_optional(), disk.may_record())
        assert (level, may_record, may_flag) == seen, share
    assert {flag} == world.kept()
    assert ["tight", "very_tight", "full", "very_tight", "enough"] == alarms(world)


def test_locked_evidence_past_its_share_is_told_early(world: KeptWorld) -> None:
    world.add("smoking", 2, verdict=Verdict.BREACH, kinds=())
    keeper, room, _ = watched(world)
    keeper.look(NOW)
    assert not room.disk.state.is_alarm
    event_id = world.add("smoking", 1, verdict=Verdict.BREACH, kinds=())
    world.add_evidence(event_id, EvidenceKind.CLIP, NOW, bytes(51_000))
    keeper.look(NOW + timedelta(minutes=11))
    assert room.disk.state.is_locked_high
    assert 51_000 == room.disk.state.locked_bytes
    assert Level.ENOUGH is room.disk.state.level
    # another program that looks at the same disk does not tell it again
    watched(world)[0].look(NOW)
    assert ["enough"] == alarms(world)


def test_a_writer_that_met_the_end_of_the_disk_waits_for_a_look(world: KeptWorld) -> None:
    keeper, room, _ = watched(world)
    keeper.look(NOW)
    room.disk.note_full()
    assert not room.disk.may_record()
    keeper.look(NOW)
    assert room.disk.may_record()


def test_the_thread_deletes_and_ends_when_asked(small: KeptWorld) -> None:
    small.add("presence", 20)
    keeper, room, _ = watched(small)
    thread = RetentionThread(keeper, room, small.clock)
    thread.start()
    for _ in range(1200):
        if not small.stored_keys():
            break
        thread.join(0.05)
    thread.stop()
    thread.join(12)  # the next look would be 15 s later
    assert not thread.is_alive()
    assert [] == small.stored_keys()


@pytest.mark.expects_errors
def test_a_failure_does_not_end_the_thread(small: KeptWorld) -> None:
    failed = threading.Event()

    class Failing(RetentionKeeper):
        def run_pass(self, now: object) -> object:  # type: ignore[override]
            failed.set()
            raise RuntimeError("something")

    _, room, store = watched(small)
    thread = RetentionThread(Failing(small.database, store, small.pen, room), room, small.clock)
    thread.start()
    assert failed.wait(60)
    assert thread.is_alive()
    thread.stop()
    thread.join(5)
