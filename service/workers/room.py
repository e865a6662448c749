"""Look at the room on the disk, and tell when it gets short or is enough again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from service.db.away import DATABASE_AWAY
from service.db.custody import CustodyRepository
from service.db.journal import JournalRepository
from service.db.pen import Pen
from service.db.session import Database
from service.evidence.disk import DiskState, DiskWatch
from service.evidence.journal import Fact, RowKind, facts_of
from service.evidence.levels import MARKS, Level, Marks
from service.evidence.store import EvidenceStore, Room

log = structlog.get_logger(__name__)

SUMS_EVERY = timedelta(minutes=10)
"""How often the size of what is never deleted is summed up: it asks every row of evidence that is kept."""


class RoomWatch:
    """Compares the store's room with marks; keeps `DiskWatch` up to date; tells log and journal what changed."""

    def __init__(
        self, database: Database, store: EvidenceStore, pen: Pen, *, disk: DiskWatch, marks: Marks = MARKS
    ) -> None:
        self.disk = disk
        self._database = database
        self._store = store
        self._pen = pen
        self._marks = marks
        self._told: tuple[Level, bool] | None = None
        self._warned: tuple[Level, bool] | None = None
        self._summed_at: datetime | None = None

    def look(self, now: datetime) -> int:
        """Look. Returns how many bytes must be freed, 0 where there is room. Raises `EvidenceUnreachable`."""
        room = self._store.room()
        before = self.disk.state
        if room is None:
            # a bucket has no end: a writer that was told otherwise may try again
            state = DiskState(locked_bytes=before.locked_bytes)
        else:
            level = self._marks.level_of(room, before.level)
            locked_bytes = self._locked_bytes(before, now)
            share = self._marks.locked * room.total_bytes
            state = DiskState(level, room, locked_bytes, is_locked_high=locked_bytes > share)
        self.disk.note(state)
        self._tell(state, now)
        return 0 if room is None or state.level is Level.ENOUGH else self._marks.wanted_bytes(room)

    def _locked_bytes(self, before: DiskState, now: datetime) -> int:
        if self._summed_at is not None and timedelta() <= now - self._summed_at < SUMS_EVERY:
            return before.locked_bytes
        try:
            with self._database.transaction() as session:
                found = CustodyRepository(session).kept_for_good_bytes()
        except DATABASE_AWAY:
            return before.locked_bytes
        self._summed_at = now
        return found

    def _tell(self, state: DiskState, now: datetime) -> None:
        told = (state.level, state.is_locked_high)
        if told == self._told:
            return
        if told != self._warned and (state.is_alarm or self._warned is not None):
            write = log.warning if state.is_alarm else log.info
            write("room on the disk", **_facts(state))
        self._warned = told
        try:
            with self._database.transaction() as session:
                latest = JournalRepository(session).latest(limit=1, kinds=[RowKind.DISK_ALARM])
                known = facts_of(latest[0]) if latest else None
                if not _is_same(known, state):
                    self._pen.note(session, RowKind.DISK_ALARM, _facts(state))
            self._told = told
        except DATABASE_AWAY as error:
            # on a full disk the database cannot be written either: told at a later look
            log.warning("state of the disk not in the journal yet", error=str(error))


def _is_same(known: Mapping[str, Fact] | None, state: DiskState) -> bool:
    """Another program that looks at the same disk, or this one before it was started again, may have told it."""
    if known is None:
        return not state.is_alarm
    return known.get("level") == state.level.word and known.get("locked_high") == state.is_locked_high


def _facts(state: DiskState) -> dict[str, Fact]:
    room = state.room or Room(0, 0)
    return {
        "level": state.level.word,
        "free_bytes": room.free_bytes,
        "total_bytes": room.total_bytes,
        "locked_bytes": state.locked_bytes,
        "locked_high": state.is_locked_high,
    }
