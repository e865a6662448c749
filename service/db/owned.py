"""What the database says lies in the evidence store, and what was found there instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from service.db.attendance_tables import CorrectionRow
from service.db.hearing_tables import CaseAttachmentRow
from service.db.journal import JournalRepository
from service.db.journal_tables import RedactedCopyRow
from service.db.records import EvidenceRecord
from service.db.tables import CameraRow, EventRow, EvidenceRow, ReferenceRow
from service.evidence.journal import RowKind, facts_of
from service.evidence.told import evidence_from

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OwnedObject:
    """An object that the database counts on.

    Attributes:
        event_id: Whose evidence it is; empty for references, and for what was handed in at a hearing.
        kind: Which of the event's objects; empty for references.
        is_original: Whether it is evidence itself, not a redacted copy or a reference.
        is_missing: Whether it was found to be gone, or to be other bytes, at the latest look.
    """

    key: str
    sha256: str
    size_bytes: int | None
    event_id: str = ""
    kind: str = ""
    is_original: bool = False
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Ownership:
    """What the database says of some keys: ``kept`` are counted on, ``deleted`` have a tombstone."""

    kept: frozenset[str]
    deleted: frozenset[str]


class OwnedRepository:
    """What the database owns, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def owns_anything(self) -> bool:
        """Tell whether the database counts, or ever counted, on any object."""
        return any(
            self._session.scalar(select(column).limit(1)) is not None
            for column in (EvidenceRow.key, ReferenceRow.key, RedactedCopyRow.key, CameraRow.camera_id)
        )

    def ownership_of(self, keys: Sequence[str]) -> Ownership:
        """Say of each key whether an object under it is counted on, was deleted by decision, or is not known."""
        kept: set[str] = set()
        deleted: set[str] = set()
        for table in (EvidenceRow, RedactedCopyRow):
            query = select(table.key, table.deleted_at).where(table.key.in_(keys))
            for key, deleted_at in self._session.execute(query):
                (kept if deleted_at is None else deleted).add(key)
        for column in (ReferenceRow.key, CorrectionRow.document_key, CaseAttachmentRow.key):
            kept.update(self._session.scalars(select(column).where(column.in_(keys))))
        return Ownership(frozenset(kept), frozenset(deleted - kept))

    def camera_ids(self) -> list[str]:
        """Return every camera there is: the latest picture of each lies in the store, and has no row."""
        return list(self._session.scalars(select(CameraRow.camera_id)))

    def counted_on(self, *, at_once: int = ROWS_AT_ONCE) -> Iterator[list[OwnedObject]]:
        """Go through every object that is counted on, some at a time, in the order of their keys."""
        last: tuple[str, str, str] | None = None
        place = (EvidenceRow.key, EvidenceRow.event_id, EvidenceRow.kind)
        while True:
            query = select(EvidenceRow).where(EvidenceRow.deleted_at.is_(None)).order_by(*place).limit(at_once)
            if last is not None:
                query = query.where(tuple_(*place) > last)
            rows = self._session.scalars(query).all()
            if rows:
                last = (rows[-1].key, rows[-1].event_id, rows[-1].kind)
                yield [_owned(row) for row in rows]
            if len(rows) < at_once:
                break
        copies = self._session.scalars(select(RedactedCopyRow).where(RedactedCopyRow.deleted_at.is_(None))).all()
        references = self._session.scalars(select(ReferenceRow)).all()
        others = [
            OwnedObject(copy.key, copy.sha256, copy.size_bytes, copy.event_id, f"{copy.kind}.{copy.mode}")
            for copy in copies
        ]
        others += [OwnedObject(reference.key, reference.sha256, None) for reference in references]
        handed_in = self._session.scalars(select(CaseAttachmentRow)).all()
        others += [OwnedObject(file.key, file.sha256, file.size_bytes) for file in handed_in]
        yield from (others[i : i + at_once] for i in range(0, len(others), at_once))

    def note_missing(self, owned: OwnedObject, *, at: datetime | None) -> None:
        """Note that an object was found to be gone or other bytes, or with None that it is there after all."""
        self._session.execute(
            update(EvidenceRow)
            .where(EvidenceRow.event_id == owned.event_id, EvidenceRow.kind == owned.kind)
            .values(missing_at=at)
        )

    def missing(self, *, limit: int = ROWS_AT_ONCE) -> list[tuple[OwnedObject, datetime]]:
        """Return what was found to be missing, the latest find first."""
        query = select(EvidenceRow).where(EvidenceRow.missing_at.is_not(None), EvidenceRow.deleted_at.is_(None))
        rows = self._session.scalars(query.order_by(EvidenceRow.missing_at.desc()).limit(limit))
        return [(_owned(row), row.missing_at) for row in rows if row.missing_at is not None]

    def missing_count(self) -> int:
        """Count what was found to be missing."""
        query = select(func.count()).select_from(EvidenceRow)
        wanted = query.where(EvidenceRow.missing_at.is_not(None), EvidenceRow.deleted_at.is_(None))
        return self._session.scalar(wanted) or 0

    def object_of(self, key: str) -> OwnedObject | None:
        """Return what is counted on under a key; None where nothing is."""
        row = self._session.scalars(
            select(EvidenceRow).where(EvidenceRow.key == key, EvidenceRow.deleted_at.is_(None)).limit(1)
        ).first()
        if row is not None:
            return _owned(row)
        copy = self._session.scalars(
            select(RedactedCopyRow).where(RedactedCopyRow.key == key, RedactedCopyRow.deleted_at.is_(None)).limit(1)
        ).first()
        if copy is not None:
            return OwnedObject(key, copy.sha256, copy.size_bytes, copy.event_id, f"{copy.kind}.{copy.mode}")
        reference = self._session.scalars(select(ReferenceRow).where(ReferenceRow.key == key).limit(1)).first()
        if reference is not None:
            return OwnedObject(key, reference.sha256, None)
        file = self._session.scalars(select(CaseAttachmentRow).where(CaseAttachmentRow.key == key).limit(1)).first()
        return None if file is None else OwnedObject(key, file.sha256, file.size_bytes)

    def stored_as(self, event_id: str, sha256: str) -> EvidenceRecord | None:
        """Return as what the journal says an object with this sum was stored for an event; None where it does not."""
        for row in JournalRepository(self._session).about(event_id):
            facts = facts_of(row) if row.kind == RowKind.EVIDENCE_STORED else None
            if facts is not None and facts["sha256"] == sha256:
                return evidence_from(event_id, facts)
        return None

    def may_adopt(self, record: EvidenceRecord) -> bool:
        """Tell whether there is such an event, and no row, not even a tombstone, for this kind of its evidence."""
        return (
            self._session.get(EventRow, record.event_id) is not None
            and self._session.get(EvidenceRow, (record.event_id, record.kind)) is None
        )


def _owned(row: EvidenceRow) -> OwnedObject:
    return OwnedObject(
        row.key,
        row.sha256,
        row.size_bytes,
        row.event_id,
        row.kind,
        is_original=True,
        is_missing=row.missing_at is not None,
    )
