"""Lock an event's evidence: in the database, which decides, and in the store, a second net below it."""

from __future__ import annotations

from datetime import datetime

import structlog

from service.db.custody import CustodyRepository, LockRecord
from service.db.pen import Pen
from service.db.session import Database
from service.errors import EvidenceMissing, EvidenceUnreachable, StoreUnwritable
from service.evidence.journal import Facts, RowKind
from service.evidence.offline.journal_rows import sum_of
from service.evidence.store import EvidenceStore

log = structlog.get_logger(__name__)


class Locksmith:
    """Places and releases locks. What the store could not hold or release at once, `hold_all` does later."""

    def __init__(self, database: Database, store: EvidenceStore, pen: Pen) -> None:
        self._database = database
        self._store = store
        self._pen = pen
        self._done: dict[str, bool] = {}

    def place(self, event_id: str, *, reason: str, user_id: int | None, at: datetime) -> LockRecord:
        """Lock. Raises `NotFound`, and `Refused` where all evidence was deleted before."""
        with self._database.transaction() as session:
            custody = CustodyRepository(session)
            lock = custody.lock(event_id, reason=reason, placed_by=user_id, at=at)
            self._pen.note(session, RowKind.LOCKED, _told(lock.lock_id, user_id, reason), subject=event_id)
            keys = custody.keys_of(event_id)
        self._set(keys, is_held=True)
        return lock

    def release(self, lock_id: int, *, reason: str, user_id: int | None, at: datetime) -> LockRecord:
        """Release one lock; the store lets go with the last. Raises `NotFound`, `Refused`."""
        with self._database.transaction() as session:
            custody = CustodyRepository(session)
            lock = custody.release(lock_id, reason=reason, released_by=user_id, at=at)
            self._pen.note(session, RowKind.UNLOCKED, _told(lock_id, user_id, reason), subject=lock.event_id)
            is_free = not any(other.is_in_force for other in custody.locks_of(lock.event_id))
            keys = custody.keys_of(lock.event_id)
        if is_free:
            self._set(keys, is_held=False)
            self._done.clear()  # somebody may have locked it again meanwhile: the next look sets all holds anew
        return lock

    def locks_of(self, event_id: str) -> list[LockRecord]:
        """Return all locks on an event, the oldest first."""
        with self._database.transaction() as session:
            return CustodyRepository(session).locks_of(event_id)

    def hold_all(self) -> None:
        """Bring the store's holds in line with the locks: evidence that came later, a crash in between."""
        with self._database.transaction() as session:
            custody = CustodyRepository(session)
            wanted = {key: state for event, state in custody.lock_states().items() for key in custody.keys_of(event)}
        for key, is_held in wanted.items():
            if self._done.get(key) is not is_held:
                self._set([key], is_held=is_held)

    def _set(self, keys: list[str], *, is_held: bool) -> None:
        for key in keys:
            try:
                if is_held:
                    self._store.hold(key)
                else:
                    self._store.release(key)
                self._done[key] = is_held
            except (EvidenceMissing, EvidenceUnreachable, StoreUnwritable) as error:
                # the lock is in force all the same: whoever deletes asks the database first
                log.warning("hold not set in the store", key=key, hold=is_held, error=str(error))


def _told(lock_id: int, user_id: int | None, reason: str) -> Facts:
    return {"lock": lock_id, "user": user_id, "reason_sha256": sum_of(reason.encode())}
