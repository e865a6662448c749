"""What the database says of evidence: the bytes are in the store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.db.records import EvidenceKind, EvidenceRecord, GoneEvidence
from service.db.tables import EvidenceRow


class EvidenceRepository:
    """Evidence within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: EvidenceRecord) -> bool:
        """Store one object's description. The first one of its kind stays, also once it was lawfully deleted.

        Returns:
            Whether it was stored now.
        """
        if self._session.get(EvidenceRow, (record.event_id, record.kind)) is not None:
            return False
        self._session.add(
            EvidenceRow(
                event_id=record.event_id,
                kind=record.kind,
                key=record.key,
                sha256=record.sha256,
                size_bytes=record.size_bytes,
                media_type=record.media_type,
                start=record.start,
                end=record.end,
            )
        )
        self._session.flush()
        return True

    def of(self, event_id: str) -> list[EvidenceRecord]:
        """Return the objects of one event that are kept, clips first."""
        query = select(EvidenceRow).where(EvidenceRow.event_id == event_id, EvidenceRow.deleted_at.is_(None))
        return [_evidence(row) for row in self._session.scalars(query.order_by(EvidenceRow.kind))]

    def gone_of(self, event_id: str) -> list[GoneEvidence]:
        """Return what one event had and has no longer: deleted by decision, or missing."""
        is_gone = or_(EvidenceRow.deleted_at.is_not(None), EvidenceRow.missing_at.is_not(None))
        query = select(EvidenceRow).where(EvidenceRow.event_id == event_id, is_gone).order_by(EvidenceRow.kind)
        return [
            GoneEvidence(EvidenceKind(row.kind), row.deleted_at, row.deleted_basis, row.missing_at)
            for row in self._session.scalars(query)
        ]

    def known_kinds(self, event_id: str) -> frozenset[EvidenceKind]:
        """Return of which kinds one event has or had evidence, lawfully deleted ones among them."""
        query = select(EvidenceRow.kind).where(EvidenceRow.event_id == event_id)
        return frozenset(EvidenceKind(kind) for kind in self._session.scalars(query))

    def kinds_of(self, event_ids: Sequence[str]) -> dict[str, frozenset[EvidenceKind]]:
        """Return which kinds of evidence each of these events has; events without any are left out."""
        query = select(EvidenceRow.event_id, EvidenceRow.kind).where(
            EvidenceRow.event_id.in_(event_ids), EvidenceRow.deleted_at.is_(None)
        )
        kinds: dict[str, set[EvidenceKind]] = {}
        for event_id, kind in self._session.execute(query):
            kinds.setdefault(event_id, set()).add(EvidenceKind(kind))
        return {event_id: frozenset(found) for event_id, found in kinds.items()}


def _evidence(row: EvidenceRow) -> EvidenceRecord:
    return EvidenceRecord(
        event_id=row.event_id,
        kind=EvidenceKind(row.kind),
        key=row.key,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        media_type=row.media_type,
        start=row.start,
        end=row.end,
    )
