"""Corrections of attendance and closed periods: rows are only ever added."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.attendance.facts import (
    Correction,
    CorrectionKind,
    LeaveKind,
    Period,
)
from service.attendance.intervals import Interval
from service.db.attendance_tables import (
    CorrectionRow,
    DecisionRow,
    DeliveryRow,
    PeriodRow,
)
from service.db.reached import by_officer, by_site
from service.errors import NotFound, Refused
from service.rights import EVERYTHING, Reach


@dataclass(frozen=True, slots=True)
class CorrectionAsked:
    """A correction as it is asked for; see `service.attendance.facts.Correction`.

    Attributes:
        request_id: The same request of the same user again changes nothing.
    """

    officer_id: str
    day: date
    kind: CorrectionKind
    span: Interval
    leave_kind: LeaveKind | None
    reason: str
    document: str
    document_key: str
    observed: str
    asked_by: int
    asked_for: str
    asked_at: datetime
    request_id: str
    adjusts_period: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to another system that was not taken yet.

    Attributes:
        body: JSON.
        attempts: How often it was tried in vain; ``last_error`` says why the last time.
    """

    delivery_id: int
    kind: str
    body: str
    created_at: datetime
    attempts: int
    next_at: datetime
    last_error: str


class CorrectionRepository:
    """Corrections and periods within one transaction, as far as somebody's reach goes.

    A closed period holds the figures of a whole site: to who sees only a unit or one officer there are none.
    """

    def __init__(self, session: Session, reach: Reach = EVERYTHING) -> None:
        self._session = session
        self._reach = reach

    def whole(self) -> CorrectionRepository:
        """Return the same without limits: that a month is closed concerns everybody's day."""
        return CorrectionRepository(self._session)

    def ask_correction(self, asked: CorrectionAsked) -> Correction:
        """Store a correction that waits for somebody else's decision; the same request again changes nothing."""
        row = CorrectionRow(
            officer_id=asked.officer_id,
            day=asked.day,
            kind=asked.kind,
            start=asked.span.start,
            end=asked.span.end,
            leave_kind=asked.leave_kind,
            reason=asked.reason,
            document=asked.document,
            document_key=asked.document_key,
            observed=asked.observed,
            asked_by=asked.asked_by,
            asked_for=asked.asked_for,
            asked_at=asked.asked_at,
            request_id=asked.request_id,
            adjusts_period=asked.adjusts_period,
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:  # sent twice: a retry after a lost answer
            same = select(CorrectionRow).where(
                CorrectionRow.asked_by == asked.asked_by, CorrectionRow.request_id == asked.request_id
            )
            row = self._session.scalars(same).one()
        return self.correction(row.correction_id)

    def decide_correction(self, correction_id: int, *, by: int, at: datetime, approved: bool, note: str) -> Correction:
        """Approve or refuse a correction, once.

        Raises:
            NotFound: There is no such correction.
            Refused: It was decided before, or who decides is who asked.
        """
        asked = self.correction(correction_id)
        if asked.approved is not None:
            raise Refused(f"correction {correction_id} was decided before; ask for another one to change it again")
        if asked.asked_by == by:
            raise Refused(f"correction {correction_id} must be decided by somebody other than who asked for it")
        try:
            with self._session.begin_nested():
                self._session.add(
                    DecisionRow(correction_id=correction_id, approved=approved, decided_by=by, decided_at=at, note=note)
                )
        except IntegrityError:  # two decided at the same moment: the first one stands
            raise Refused(f"correction {correction_id} was decided before") from None
        return self.correction(correction_id)

    def correction(self, correction_id: int) -> Correction:
        """Return one correction; raises `NotFound`."""
        found = self._session.execute(
            select(CorrectionRow, DecisionRow)
            .join(DecisionRow, DecisionRow.correction_id == CorrectionRow.correction_id, isouter=True)
            .where(CorrectionRow.correction_id == correction_id, *by_officer(self._reach, CorrectionRow.officer_id))
        ).one_or_none()
        if found is None:
            raise NotFound(f"no correction {correction_id}")
        return _correction(found[0], found[1])

    def corrections(self, officer_ids: Sequence[str] | None, first: date, last: date) -> list[Correction]:
        """Return the corrections of these days, decided or not, oldest first; None: of everybody."""
        query = (
            select(CorrectionRow, DecisionRow)
            .join(DecisionRow, DecisionRow.correction_id == CorrectionRow.correction_id, isouter=True)
            .where(CorrectionRow.day >= first, CorrectionRow.day <= last)
            .where(*by_officer(self._reach, CorrectionRow.officer_id))
            .order_by(CorrectionRow.correction_id)
        )
        if officer_ids is not None:
            query = query.where(CorrectionRow.officer_id.in_(officer_ids))
        return [_correction(row, decision) for row, decision in self._session.execute(query)]

    def close_period(self, site_id: str, first: date, last: date, *, content: str, by: int, at: datetime) -> Period:
        """Seal the figures of some days. Raises `Refused` where one of these days is in a closed period."""
        overlapping = self.periods([site_id], first, last)
        if overlapping:
            closed = overlapping[0]
            raise Refused(f"{closed.first} to {closed.last} was closed before; later changes are adjustments")
        row = PeriodRow(
            site_id=site_id,
            first=first,
            last=last,
            closed_by=by,
            closed_at=at,
            sha256=hashlib.sha256(content.encode()).hexdigest(),
            content=content,
        )
        self._session.add(row)
        self._session.flush()
        return _period(row)

    def periods(self, site_ids: Sequence[str] | None, first: date, last: date) -> list[Period]:
        """Return the closed periods that overlap these days, oldest first; None: of all sites."""
        query = select(PeriodRow).where(PeriodRow.first <= last, PeriodRow.last >= first, *self._periods_within())
        if site_ids is not None:
            query = query.where(PeriodRow.site_id.in_(site_ids))
        return [_period(row) for row in self._session.scalars(query.order_by(PeriodRow.period_id))]

    def period(self, period_id: int) -> Period:
        """Return one closed period; raises `NotFound`."""
        query = select(PeriodRow).where(PeriodRow.period_id == period_id, *self._periods_within())
        row = self._session.scalars(query).one_or_none()
        if row is None:
            raise NotFound(f"no closed period {period_id}")
        return _period(row)

    def _periods_within(self) -> list[ColumnElement[bool]]:
        return [false()] if self._reach.is_narrow else by_site(self._reach, PeriodRow.site_id)

    def queue_delivery(self, kind: str, body: str, *, at: datetime) -> int:
        """Store a message to another system, to be sent at once. Returns its number."""
        row = DeliveryRow(kind=kind, body=body, created_at=at, attempts=0, next_at=at, last_error="")
        self._session.add(row)
        self._session.flush()
        return row.delivery_id

    def due_deliveries(self, at: datetime) -> list[Delivery]:
        """Return the messages that are to be sent now, oldest first."""
        query = select(DeliveryRow).where(DeliveryRow.delivered_at.is_(None), DeliveryRow.next_at <= at)
        return [
            Delivery(row.delivery_id, row.kind, row.body, row.created_at, row.attempts, row.next_at, row.last_error)
            for row in self._session.scalars(query.order_by(DeliveryRow.delivery_id))
        ]

    def note_delivered(self, delivery_id: int, *, at: datetime) -> None:
        """The message was taken. Raises `NotFound`."""
        row = self._delivery(delivery_id)
        row.attempts, row.delivered_at, row.last_error = row.attempts + 1, at, ""

    def note_failed(self, delivery_id: int, *, error: str, next_at: datetime) -> None:
        """The message was not taken; it is sent again at ``next_at``. Raises `NotFound`."""
        row = self._delivery(delivery_id)
        row.attempts, row.next_at, row.last_error = row.attempts + 1, next_at, error

    def _delivery(self, delivery_id: int) -> DeliveryRow:
        row = self._session.get(DeliveryRow, delivery_id)
        if row is None:
            raise NotFound(f"no delivery {delivery_id}")
        return row


def _correction(row: CorrectionRow, decision: DecisionRow | None) -> Correction:
    return Correction(
        correction_id=row.correction_id,
        officer_id=row.officer_id,
        day=row.day,
        kind=CorrectionKind(row.kind),
        span=Interval(row.start, row.end),
        leave_kind=None if row.leave_kind is None else LeaveKind(row.leave_kind),
        reason=row.reason,
        document=row.document,
        document_key=row.document_key,
        observed=row.observed,
        asked_by=row.asked_by,
        asked_for=row.asked_for,
        asked_at=row.asked_at,
        approved=None if decision is None else decision.approved,
        decided_by=None if decision is None else decision.decided_by,
        decided_at=None if decision is None else decision.decided_at,
        decision_note="" if decision is None else decision.note,
        adjusts_period=row.adjusts_period,
    )


def _period(row: PeriodRow) -> Period:
    return Period(
        row.period_id, row.site_id, row.first, row.last, row.closed_by, row.closed_at, row.sha256, row.content
    )
