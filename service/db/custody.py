"""Locks on evidence, what retention has to know of it, and the tombstones of what was deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, not_, or_, select, tuple_, update
from sqlalchemy.orm import Session

from service.db.hearing_tables import CaseRow
from service.db.journal_tables import EvidenceLockRow, RedactedCopyRow
from service.db.records import KeptRule, Queue, Standing
from service.db.tables import CameraRow, EventRow, EvidenceRow, RandomCheckRow, ReviewRow, SiteRow
from service.errors import NotFound, Refused
from service.evidence.retention import EvidenceFacts, RetentionTable
from service.hearing.outcomes import VERDICTS
from service.hearing.stages import Outcome, Stage
from service.review.standing import decided

IDS_AT_ONCE = 500
Place = tuple[datetime, str, str]
"""Where a page ends: start, event and kind of its last object."""
_PLACE = (EvidenceRow.start, EvidenceRow.event_id, EvidenceRow.kind)
_STANDS = CaseRow.stage != Stage.WITHDRAWN


@dataclass(frozen=True, slots=True)
class LockRecord:
    """Somebody's wish that an event's evidence is kept.

    Attributes:
        placed_by, released_by: Ids of users; None where the system did it, or it is still in force.
    """

    lock_id: int
    event_id: str
    reason: str
    placed_by: int | None
    placed_at: datetime
    released_by: int | None
    released_at: datetime | None
    release_reason: str

    @property
    def is_in_force(self) -> bool:
        """Whether it still keeps the evidence."""
        return self.released_at is None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One object that was deleted by decision: its row stays, its bytes are to go.

    Attributes:
        kind: As the evidence row has it; a redacted copy's kind has its mode behind it.
    """

    event_id: str
    kind: str
    key: str
    sha256: str
    size_bytes: int


class CustodyRepository:
    """Custody of evidence within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, event_id: str, *, reason: str, placed_by: int | None, at: datetime) -> LockRecord:
        """Let an event's evidence be kept until the lock is released. An event may have many locks.

        Raises:
            NotFound: There is no such event.
            Refused: All its evidence has been deleted.
        """
        if self._session.get(EventRow, event_id) is None:
            raise NotFound(f"no event {event_id}")
        row = EvidenceLockRow(event_id=event_id, reason=reason, placed_by=placed_by, placed_at=at)
        self._session.add(row)
        self._session.flush()  # from here on, whoever deletes waits for us, or we have waited for him
        gone = list(
            self._session.scalars(select(EvidenceRow.deleted_at).where(EvidenceRow.event_id == event_id).distinct())
        )
        if gone and None not in gone:
            raise Refused(f"the evidence of event {event_id} was deleted at {gone[0]}: there is nothing left to lock")
        return _lock(row)

    def release(self, lock_id: int, *, reason: str, released_by: int | None, at: datetime) -> LockRecord:
        """End a lock; others on the same event stay. Raises `NotFound`, `Refused` where it was released before."""
        row = self._session.get(EvidenceLockRow, lock_id)
        if row is None:
            raise NotFound(f"no lock {lock_id}")
        if row.released_at is not None:
            raise Refused(f"lock {lock_id} was released at {row.released_at}")
        row.released_by, row.released_at, row.release_reason = released_by, at, reason
        self._session.flush()
        return _lock(row)

    def locks_of(self, event_id: str) -> list[LockRecord]:
        """Return every lock of an event, released ones too, oldest first."""
        query = select(EvidenceLockRow).where(EvidenceLockRow.event_id == event_id)
        return [_lock(row) for row in self._session.scalars(query.order_by(EvidenceLockRow.lock_id))]

    def retention_tables(self) -> dict[str, RetentionTable]:
        """Return what each site says of its evidence."""
        return {
            site_id: RetentionTable(KeptRule(*line) for line in lines)
            for site_id, lines in self._session.execute(select(SiteRow.site_id, SiteRow.retention))
        }

    def kept(
        self, *, after: Place | None = None, before: datetime | None = None, at_once: int = IDS_AT_ONCE
    ) -> tuple[list[str], Place | None]:
        """Return events whose evidence is there, those of the oldest objects first, and where to go on from.

        An event comes up once for each of its objects at most.

        Args:
            after: Where the page before this one ended; None for the first.
            before: Only objects that began before that.

        Returns:
            Ids, and None where this was the last page.
        """
        query = select(*_PLACE).where(EvidenceRow.deleted_at.is_(None)).order_by(*_PLACE).limit(at_once)
        if before is not None:
            query = query.where(EvidenceRow.start < before)
        if after is not None:
            bound = [literal(value, column.type) for value, column in zip(after, _PLACE, strict=True)]
            query = query.where(tuple_(*_PLACE) > tuple_(*bound))
        found = self._session.execute(query).all()
        last = (found[-1][0], found[-1][1], found[-1][2]) if len(found) == at_once else None
        return list(dict.fromkeys(row.event_id for row in found)), last

    def claim(self, event_ids: Sequence[str]) -> None:
        """Let nobody lock, judge or delete these events until this transaction ends; who was first is waited for.

        A verdict and a lock name their event, so a row lock on the event keeps them out. SQLite has no such locks:
        there, the first statement that writes keeps out every other writer.
        """
        ids = sorted(event_ids)
        query = select(EventRow.event_id).where(EventRow.event_id.in_(ids)).order_by(EventRow.event_id)
        self._session.execute(query.with_for_update()).all()
        self._session.execute(
            update(EvidenceRow).where(EvidenceRow.event_id.in_(ids)).values(deleted_basis=EvidenceRow.deleted_basis)
        )

    def facts_of(self, event_ids: Sequence[str]) -> list[EvidenceFacts]:
        """Return what retention has to know of events; those without evidence that is there are left out."""
        sizes = (
            select(
                EvidenceRow.event_id,
                func.min(EvidenceRow.start).label("first_at"),
                func.sum(EvidenceRow.size_bytes).label("size_bytes"),
            )
            .where(EvidenceRow.event_id.in_(event_ids), EvidenceRow.deleted_at.is_(None))
            .group_by(EvidenceRow.event_id)
            .subquery()
        )
        judged = (
            select(ReviewRow.event_id, func.max(ReviewRow.at).label("judged_at"))
            .where(ReviewRow.event_id.in_(event_ids), ReviewRow.withdrawn_at.is_(None))
            .group_by(ReviewRow.event_id)
            .subquery()
        )
        query = (
            select(
                EventRow.event_id,
                EventRow.rule_id,
                EventRow.ended_at,
                EventRow.queue,
                CameraRow.site_id,
                sizes.c.first_at,
                sizes.c.size_bytes,
                RandomCheckRow.rule_id.label("checked_rule"),
                EventRow.standing,
                judged.c.judged_at,
                _is_locked().label("is_locked"),
                CaseRow.stage.label("hearing"),
                CaseRow.outcome,
                CaseRow.concluded_at,
            )
            .join(sizes, sizes.c.event_id == EventRow.event_id)
            .join(CameraRow, CameraRow.camera_id == EventRow.camera_id, isouter=True)
            .join(RandomCheckRow, RandomCheckRow.event_id == EventRow.event_id, isouter=True)
            .join(judged, judged.c.event_id == EventRow.event_id, isouter=True)
            .join(CaseRow, and_(CaseRow.event_id == EventRow.event_id, _STANDS), isouter=True)
        )
        return [_facts(row) for row in self._session.execute(query)]

    def bury(self, event_id: str, *, at: datetime, basis: str) -> list[Tombstone]:
        """Write the tombstones of all that is there of an event's evidence. The bytes are removed after the commit."""
        query = select(EvidenceRow).where(EvidenceRow.event_id == event_id, EvidenceRow.deleted_at.is_(None))
        rows = self._session.scalars(query.order_by(EvidenceRow.kind)).all()
        for row in rows:
            row.deleted_at, row.deleted_basis = at, basis
        # a copy of what may no longer be kept may no longer be kept
        copies = self._session.scalars(
            select(RedactedCopyRow).where(RedactedCopyRow.event_id == event_id, RedactedCopyRow.deleted_at.is_(None))
        ).all()
        for copy in copies:
            copy.deleted_at = at
        self._session.flush()
        return [*map(_tombstone, rows), *map(_tombstone_of_copy, copies)]

    def unerased(self, *, limit: int = IDS_AT_ONCE) -> list[Tombstone]:
        """Return tombstones whose bytes have not been removed yet."""
        rows = self._session.scalars(
            select(EvidenceRow)
            .where(EvidenceRow.deleted_at.is_not(None), EvidenceRow.erased_at.is_(None))
            .order_by(EvidenceRow.event_id, EvidenceRow.kind)
            .limit(limit)
        ).all()
        copies = self._session.scalars(
            select(RedactedCopyRow)
            .where(RedactedCopyRow.deleted_at.is_not(None), RedactedCopyRow.erased_at.is_(None))
            .order_by(RedactedCopyRow.copy_id)
            .limit(limit)
        ).all()
        return [*map(_tombstone, rows), *map(_tombstone_of_copy, copies)]

    def note_erased(self, keys: Sequence[str], *, at: datetime) -> None:
        """Note that the bytes under these keys are gone."""
        for table in (EvidenceRow, RedactedCopyRow):
            self._session.execute(
                update(table).where(table.key.in_(keys), table.deleted_at.is_not(None)).values(erased_at=at)
            )

    def keys_of(self, event_id: str) -> list[str]:
        """Return the keys of all that is there of an event: what a lock on it holds in the store."""
        evidence = select(EvidenceRow.key).where(EvidenceRow.event_id == event_id, EvidenceRow.deleted_at.is_(None))
        return list(self._session.scalars(evidence.order_by(EvidenceRow.key)))

    def lock_states(self) -> dict[str, bool]:
        """Return every event that was ever locked, and whether a lock on it is in force."""
        in_force = func.count() - func.count(EvidenceLockRow.released_at)
        query = select(EvidenceLockRow.event_id, in_force).group_by(EvidenceLockRow.event_id)
        return {event_id: number > 0 for event_id, number in self._session.execute(query)}

    def kept_for_good_bytes(self) -> int:
        """Return the size of what is never deleted as things stand: locked, or confirmed by a verdict."""
        query = (
            select(func.coalesce(func.sum(EvidenceRow.size_bytes), 0))
            .join(EventRow, EventRow.event_id == EvidenceRow.event_id)
            .join(CaseRow, and_(CaseRow.event_id == EventRow.event_id, _STANDS), isouter=True)
            .where(
                EvidenceRow.deleted_at.is_(None),
                or_(_is_locked(), and_(EventRow.standing == Standing.BREACH, not_(_is_cleared()))),
            )
        )
        return int(self._session.scalar(query) or 0)


def _is_locked() -> ColumnElement[bool]:
    return exists().where(EvidenceLockRow.event_id == EventRow.event_id, EvidenceLockRow.released_at.is_(None))


def _is_cleared() -> ColumnElement[bool]:
    """Whether a hearing is over and found no breach."""
    cleared = and_(CaseRow.stage == Stage.CLOSED, CaseRow.outcome != Outcome.UPHELD)
    return func.coalesce(cleared, false())


def _facts(row: Any) -> EvidenceFacts:
    is_over = row.hearing == Stage.CLOSED
    return EvidenceFacts(
        event_id=row.event_id,
        site_id=row.site_id or "",
        rule_id=row.rule_id,
        first_at=row.first_at,
        ended_at=row.ended_at,
        queue=Queue(row.queue),
        size_bytes=int(row.size_bytes),
        checked_rule=row.checked_rule,
        verdict=VERDICTS[Outcome(row.outcome)] if is_over else decided(Standing(row.standing)),
        judged_at=row.concluded_at if is_over else row.judged_at,
        is_locked=bool(row.is_locked),
        is_appealed=row.hearing is not None and not is_over,
    )


def _lock(row: EvidenceLockRow) -> LockRecord:
    return LockRecord(
        lock_id=row.lock_id,
        event_id=row.event_id,
        reason=row.reason,
        placed_by=row.placed_by,
        placed_at=row.placed_at,
        released_by=row.released_by,
        released_at=row.released_at,
        release_reason=row.release_reason or "",
    )


def _tombstone(row: EvidenceRow) -> Tombstone:
    return Tombstone(row.event_id, row.kind, row.key, row.sha256, row.size_bytes)


def _tombstone_of_copy(row: RedactedCopyRow) -> Tombstone:
    return Tombstone(row.event_id, f"{row.kind}.{row.mode}", row.key, row.sha256, row.size_bytes)
