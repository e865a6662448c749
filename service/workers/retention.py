"""Delete what may no longer be kept, make room when the disk fills, and say so in time. Locked evidence never goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from service.db.away import DATABASE_AWAY
from service.db.custody import CustodyRepository, Place, Tombstone
from service.db.pen import Pen
from service.db.session import Database
from service.errors import EvidenceHeld, EvidenceUnreachable, ServiceError, StoreUnwritable
from service.evidence.journal import Fact, RowKind
from service.evidence.locks import Locksmith
from service.evidence.retention import Deletable, EvidenceFacts, RetentionTable, due, early, free_up
from service.evidence.store import EvidenceStore
from service.workers.room import RoomWatch
from vision.clock import Clock

log = structlog.get_logger(__name__)

PASS_EVERY = timedelta(hours=1)
LOOKS_EVERY = timedelta(seconds=15)
EVENTS_AT_ONCE = 20
"""So many are deleted in one transaction: whoever writes the journal waits for it."""
NO_SITE = RetentionTable()

Choice = Callable[[EvidenceFacts, RetentionTable], list[Deletable]]
"""What may go of one event: itself, or nothing."""
TRIES_AGAIN_AFTER = timedelta(minutes=10)
"""Where all was deleted that may go early and the disk is still short, nothing changes by looking for more at once."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass deleted."""

    events: int = 0
    size_bytes: int = 0

    def plus(self, chosen: Iterable[Deletable]) -> Pass:
        """Return the pass with more deleted."""
        gone = list(chosen)
        return Pass(self.events + len(gone), self.size_bytes + sum(each.size_bytes for each in gone))


@dataclass(frozen=True, slots=True)
class _Choosing:
    choose: Choice
    tables: dict[str, RetentionTable]
    wanted_bytes: int | None

    def of(self, known: Iterable[EvidenceFacts]) -> list[Deletable]:
        """Choose among some events; asked twice, it says the same unless they changed."""
        found = [each for facts in known for each in self.choose(facts, self.tables.get(facts.site_id, NO_SITE))]
        return free_up(
            found, sum(each.size_bytes for each in found) if self.wanted_bytes is None else self.wanted_bytes
        )


class RetentionKeeper:
    """Deletes in two steps: tombstone and journal row in one transaction, then the bytes.

    A crash between the two leaves bytes that nothing points to any more; the next pass removes them.
    """

    def __init__(self, database: Database, store: EvidenceStore, pen: Pen, room: RoomWatch | None = None) -> None:
        self._database = database
        self._store = store
        self._pen = pen
        self._room = room
        self._locksmith = Locksmith(database, store, pen)
        self._tried_at: datetime | None = None

    def run_pass(self, now: datetime) -> Pass:
        """Delete what has had its time; bring holds in line with locks. Returns what was deleted."""
        self.erase_left(now)
        self._locksmith.hold_all()
        tables = self._tables()
        shortest = min((table.shortest for table in tables.values()), default=NO_SITE.shortest)
        done = self._go_through(
            lambda known, table: due([known], table, now), now, before=now - min(shortest, NO_SITE.shortest)
        )
        if done.events:
            log.info("evidence deleted, its time is over", events=done.events, size_bytes=done.size_bytes)
        return done

    def make_room(self, wanted_bytes: int, now: datetime) -> Pass:
        """Delete the oldest evidence that nothing holds, before its time, until so much is free. Returns what went."""
        self.erase_left(now)
        done = self._go_through(lambda known, table: early([known], table), now, wanted_bytes=wanted_bytes)
        log.warning("evidence deleted before its time, the disk fills", events=done.events, size_bytes=done.size_bytes)
        return done

    def look(self, now: datetime) -> None:
        """Look at the room on the disk, tell when it changed, and make some where it is short."""
        if self._room is None:
            return
        wanted_bytes = self._room.look(now)
        if wanted_bytes == 0 or (self._tried_at is not None and now - self._tried_at < TRIES_AGAIN_AFTER):
            return
        done = self.make_room(wanted_bytes, now)
        self._tried_at = now if done.size_bytes < wanted_bytes else None
        self._room.look(now)

    def erase_left(self, now: datetime) -> int:
        """Remove the bytes of what was deleted in the database but is still in the store. Returns how many went."""
        with self._database.transaction() as session:
            left = CustodyRepository(session).unerased()
        return self._erase(left, now)

    def _tables(self) -> dict[str, RetentionTable]:
        with self._database.transaction() as session:
            return CustodyRepository(session).retention_tables()

    def _go_through(
        self, choose: Choice, now: datetime, *, before: datetime | None = None, wanted_bytes: int | None = None
    ) -> Pass:
        done, after, tables = Pass(), None, self._tables()
        while True:
            ids, after = self._page(after, before)
            for i in range(0, len(ids), EVENTS_AT_ONCE):
                left = None if wanted_bytes is None else wanted_bytes - done.size_bytes
                if left is not None and left <= 0:
                    return done
                some = ids[i : i + EVENTS_AT_ONCE]
                done = done.plus(self._delete(some, _Choosing(choose, tables, left), now))
            if after is None:
                return done

    def _page(self, after: Place | None, before: datetime | None) -> tuple[list[str], Place | None]:
        with self._database.transaction() as session:
            return CustodyRepository(session).kept(after=after, before=before)

    def _delete(self, ids: Sequence[str], choosing: _Choosing, now: datetime) -> list[Deletable]:
        with self._database.transaction() as session:
            known = CustodyRepository(session).facts_of(ids)
        wanted = [each.event_id for each in choosing.of(known) if not self._is_held(each.event_id)]
        if not wanted:
            return []
        tombstones: list[Tombstone] = []
        with self._database.transaction() as session:
            custody = CustodyRepository(session)
            custody.claim(wanted)
            # a verdict or a lock may have come since
            chosen = choosing.of(custody.facts_of(wanted))
            for each in chosen:
                buried = custody.bury(each.event_id, at=now, basis=each.basis)
                facts: dict[str, Fact] = {"basis": each.basis, "objects": [_told(stone) for stone in buried]}
                self._pen.note(session, RowKind.EVIDENCE_DELETED, facts, subject=each.event_id)
                tombstones += buried
        self._erase(tombstones, now)
        return chosen

    def _is_held(self, event_id: str) -> bool:
        """What the store holds though no lock is known was locked by a database that knew more than this one."""
        with self._database.transaction() as session:
            keys = set(CustodyRepository(session).keys_of(event_id))
        folders = {key.rpartition("/")[0] for key in keys}
        there = [each for folder in folders for each in self._store.stored(folder)]
        held = [each.key for each in there if each.is_held and each.key in keys]
        if held:
            log.warning("not deleted: held in the store, though no lock is known", event_id=event_id, keys=held)
        return bool(held)

    def _erase(self, tombstones: Sequence[Tombstone], now: datetime) -> int:
        erased = []
        for stone in tombstones:
            try:
                self._store.delete(stone.key)
                erased.append(stone.key)
            except (EvidenceHeld, EvidenceUnreachable, StoreUnwritable) as error:
                log.warning("bytes of deleted evidence not removed yet", key=stone.key, error=str(error))
        if erased:
            with self._database.transaction() as session:
                CustodyRepository(session).note_erased(erased, at=now)
        return len(erased)


class RetentionThread(threading.Thread):
    """Looks at the room often, and deletes what is due now and then, until stopped. No failure ends it."""

    def __init__(
        self, keeper: RetentionKeeper, room: RoomWatch, clock: Clock, *, every: timedelta = PASS_EVERY
    ) -> None:
        super().__init__(name="retention", daemon=True)
        self._keeper = keeper
        self._room = room
        self._clock = clock
        self._every = every
        self._passed_at: datetime | None = None
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look, delete, wait, and again."""
        while not self._stopped.is_set():
            now = self._clock.now()
            self._try(self._keeper.look, now)
            # a clock that was set back must not end it
            if self._passed_at is None or not timedelta() <= now - self._passed_at < self._every:
                self._passed_at = now
                self._try(self._keeper.run_pass, now)
            self._room.disk.wait(LOOKS_EVERY)

    def stop(self) -> None:
        """Ask it to end after the events that it is deleting."""
        self._stopped.set()
        self._room.disk.ask()

    def _try(self, work: Callable[[datetime], object], now: datetime) -> None:
        try:
            work(now)
        except (ServiceError, *DATABASE_AWAY) as error:
            log.warning("retention waits", error=str(error))
        except Exception as error:
            log.error("retention failed, trying again", error=repr(error))


def _told(stone: Tombstone) -> Fact:
    return {"kind": stone.kind, "key": stone.key, "sha256": stone.sha256, "size_bytes": stone.size_bytes}
