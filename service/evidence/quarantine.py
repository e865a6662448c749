"""What was set aside in the evidence store, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from service.db.evidence import EvidenceRepository
from service.db.owned import OwnedRepository
from service.db.pen import Pen
from service.db.records import EvidenceRecord
from service.db.session import Database
from service.errors import EvidenceMissing, Refused
from service.evidence.journal import RowKind
from service.evidence.keys import QUARANTINE, place_before
from service.evidence.reconcile import sum_in
from service.evidence.store import EvidenceStore
from service.stills import still_key

log = structlog.get_logger(__name__)


class Recovered(StrEnum):
    """On whose word an object came back."""

    OWNED = "owned"
    """The database counts on it, with this sum."""
    ADOPTED = "adopted"
    """The journal says that it was stored as evidence of a known event, with this sum: it is counted on again."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One object in quarantine.

    Attributes:
        key: Where it is; ``before``: where it was.
        reason: Why it was set aside, as the folder says.
        modified_at: When it was stored.
    """

    key: str
    before: str
    reason: str
    size_bytes: int
    modified_at: datetime


def set_aside(store: EvidenceStore) -> Iterator[SetAside]:
    """Go through what is in quarantine, sorted by key. Raises `EvidenceUnreachable`."""
    for each in store.stored(QUARANTINE):
        reason = each.key.split("/")[1].partition(".")[0]
        yield SetAside(each.key, place_before(each.key), reason, each.size_bytes, each.modified_at)


class Recoverer:
    """Brings objects back from quarantine, each on the word of the database or of the journal."""

    def __init__(self, database: Database, store: EvidenceStore, pen: Pen) -> None:
        self._database = database
        self._store = store
        self._pen = pen

    def recover(self, key: str, *, user_id: int | None = None) -> Recovered:
        """Put one object back to where it was. The object first: a row must never count on what is not there.

        Args:
            key: Its key in quarantine.
            user_id: Who asked; None on the command line.

        Raises:
            EvidenceMissing: It is not in quarantine.
            EvidenceExists: Its place was taken meanwhile; both stay.
            Refused: Nobody says that it is evidence; it stays where it is.
        """
        before = place_before(key)
        sha256 = sum_in(self._store, key)
        if sha256 is None:
            raise EvidenceMissing(f"evidence {key} is not in the store")
        record = self._vouched(before, sha256)
        with self._moved_back(key, before), self._database.transaction() as session:
            owners = OwnedRepository(session)
            if record is not None and owners.may_adopt(record):
                EvidenceRepository(session).add(record)
            owned = owners.object_of(before)
            if owned is not None and owned.is_missing:
                owners.note_missing(owned, at=None)
            facts = {"key": before, "sha256": sha256, "quarantine": key, "user": user_id}
            subject = "" if owned is None else owned.event_id
            self._pen.note(session, RowKind.RECOVERED, facts, subject=subject)
        outcome = Recovered.OWNED if record is None else Recovered.ADOPTED
        log.info("evidence recovered", key=before, on_word_of=outcome)
        return outcome

    @contextmanager
    def _moved_back(self, key: str, before: str) -> Iterator[None]:
        """Put an object back; set it aside again where the block cannot tell the journal of it."""
        self._store.restore(key)
        try:
            yield
        except BaseException:
            self._store.set_aside(before, key.split("/")[1].partition(".")[0])
            raise

    def _vouched(self, before: str, sha256: str) -> EvidenceRecord | None:
        """Return the record to adopt; None where the database counts on it already. Raises `Refused`."""
        with self._database.transaction() as session:
            owners = OwnedRepository(session)
            owned = owners.object_of(before)
            if owned is not None and owned.sha256 == sha256:
                return None
            if owned is not None:
                raise Refused(
                    f"{before}: the database counts on bytes with sha256 {owned.sha256}, these have {sha256}. "
                    "They stay in quarantine"
                )
            if before in {still_key(camera_id) for camera_id in owners.camera_ids()}:
                return None
            record = owners.stored_as(_event_of(before), sha256)
            if record is None or record.key != before or not owners.may_adopt(record):
                raise Refused(
                    f"{before}: neither the database nor the journal says that bytes with sha256 {sha256} are evidence "
                    "of an event, or they were deleted by decision. They stay in quarantine: look at them there"
                )
        return record


def _event_of(key: str) -> str:
    """Evidence lies in a folder that is named after its event."""
    parts = key.split("/")
    return parts[-2] if len(parts) > 1 else ""
