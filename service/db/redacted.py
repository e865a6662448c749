"""Redacted copies in the database: what was made of which object, in which mode, for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.journal_tables import RedactedCopyRow
from service.db.records import EvidenceKind


@dataclass(frozen=True, slots=True)
class RedactedCopy:
    """A copy of one evidence object on which people are hidden.

    Attributes:
        mode: Who stayed visible; see `service.redaction.modes.Mode`.
        source_sha256: Sum of the object that it was made from.
        asked_by: None on the command line.
    """

    event_id: str
    kind: EvidenceKind
    mode: str
    key: str
    sha256: str
    size_bytes: int
    media_type: str
    source_sha256: str
    asked_by: int | None
    asked_at: datetime
    reason: str


class RedactedRepository:
    """Redacted copies within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, copy: RedactedCopy) -> bool:
        """Store a copy's description; the first of its kind and mode stays. Returns whether it was stored now."""
        if self.find(copy.event_id, copy.kind, copy.mode) is not None:
            return False
        self._session.add(
            RedactedCopyRow(
                event_id=copy.event_id,
                kind=copy.kind,
                mode=copy.mode,
                key=copy.key,
                sha256=copy.sha256,
                size_bytes=copy.size_bytes,
                media_type=copy.media_type,
                source_sha256=copy.source_sha256,
                asked_by=copy.asked_by,
                asked_at=copy.asked_at,
                reason=copy.reason,
            )
        )
        self._session.flush()
        return True

    def find(self, event_id: str, kind: EvidenceKind, mode: str) -> RedactedCopy | None:
        """Return one copy; None where it was never made."""
        return next((copy for copy in self.copies_of(event_id) if (copy.kind, copy.mode) == (kind, mode)), None)

    def copies_of(self, event_id: str) -> list[RedactedCopy]:
        """Return the copies of one event that are kept."""
        query = select(RedactedCopyRow).where(
            RedactedCopyRow.event_id == event_id, RedactedCopyRow.deleted_at.is_(None)
        )
        rows = self._session.scalars(query.order_by(RedactedCopyRow.kind, RedactedCopyRow.mode))
        return [_copy(row) for row in rows]


def _copy(row: RedactedCopyRow) -> RedactedCopy:
    return RedactedCopy(
        event_id=row.event_id,
        kind=EvidenceKind(row.kind),
        mode=row.mode,
        key=row.key,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        media_type=row.media_type,
        source_sha256=row.source_sha256,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        reason=row.reason,
    )
