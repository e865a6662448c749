"""Hearings and their steps: rows of steps are only ever added, and each is stored once however often it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, false, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.db.hearing_tables import CaseAttachmentRow, CaseRow, CaseStepRow
from service.db.records import EventRecord, SiteRecord
from service.db.repository import EventRepository
from service.db.sites import SiteRepository
from service.errors import NotFound, Refused
from service.hearing.cases import Attachment, CaseFilter, CaseRecord, NewAttachment, NewCase, StepRecord, steps_in
from service.hearing.stages import CONCLUSIONS, TURNS, Outcome, Stage, Step, StepKind, Turn, situation_of
from service.rights import EVERYTHING, Reach

FINAL = (Stage.APPEALABLE, Stage.CLOSED)
"""Stages in which a unit head learns of a breach that was upheld: never while an appeal is being decided."""


class CaseRepository:
    """Hearings within one transaction, as far as somebody's reach goes: what lies outside does not exist here."""

    def __init__(self, session: Session, reach: Reach = EVERYTHING) -> None:
        self._session = session
        self._reach = reach

    def _reached(self) -> list[ColumnElement[bool]]:
        """Return what narrows a query on hearings."""
        if self._reach.is_nobody:
            return [false()]
        conditions: list[ColumnElement[bool]] = []
        if self._reach.agency is not None:
            conditions.append(CaseRow.agency == self._reach.agency)
        if self._reach.officer_id is not None:
            conditions.append(CaseRow.officer_id == self._reach.officer_id)
        if self._reach.unit is not None:
            conditions.append(CaseRow.unit == self._reach.unit)
            conditions.append(CaseRow.outcome == Outcome.UPHELD)
            conditions.append(CaseRow.stage.in_(FINAL))
        return conditions

    def open(self, new: NewCase) -> CaseRecord:
        """Open a hearing with its notice.

        Raises:
            Refused: There is a hearing about the event already.
        """
        row = CaseRow(
            case_id=str(uuid.uuid4()),
            event_id=new.event_id,
            officer_id=new.officer_id,
            person_name=new.person_name,
            agency=new.agency,
            unit=new.unit,
            rule_id=new.rule_id,
            stage=Stage.RESPONDING,
            opened_by=new.opened_by,
            opened_at=new.opened_at,
            due_at=new.due_at,
            outcome=None,
            concluded_by=None,
            concluded_at=None,
            token_hash=new.token_hash,
            pin_hash=new.pin_hash,
            pin_failures=0,
            pin_locked_until=None,
            email=new.email,
            language=new.language,
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            raise Refused(f"a hearing about event {new.event_id} was opened before") from None
        notice = Step(StepKind.NOTICE, new.opened_at, new.opened_by, due_at=new.due_at)
        self.add_step(row.case_id, notice, text=new.text, request_id=new.request_id)
        return _case(row)

    def get(self, case_id: str) -> CaseRecord:
        """Return one hearing; raises `NotFound`."""
        row = self._session.scalar(select(CaseRow).where(CaseRow.case_id == case_id, *self._reached()))
        if row is None:
            raise NotFound(f"no hearing {case_id}")
        return _case(row)

    def flag_of(self, case: CaseRecord) -> EventRecord:
        """Return what a hearing is about: whoever reaches the hearing may know, though they see no flags."""
        return EventRepository(self._session).get(case.event_id)

    def flags_of(self, cases: Sequence[CaseRecord]) -> dict[str, EventRecord]:
        """Return what hearings are about, by hearing; see `flag_of`."""
        events = EventRepository(self._session).of_ids([case.event_id for case in cases])
        return {case.case_id: events[case.event_id] for case in cases if case.event_id in events}

    def site_of(self, case: CaseRecord) -> SiteRecord | None:
        """Return where it happened; None where that is not known."""
        return SiteRepository(self._session).site_of_camera(self.flag_of(case).camera_id)

    def of_event(self, event_id: str) -> CaseRecord | None:
        """Return the hearing about an event; None where there is none that stands."""
        standing = and_(CaseRow.event_id == event_id, CaseRow.stage != Stage.WITHDRAWN)
        row = self._session.scalar(select(CaseRow).where(standing, *self._reached()))
        return None if row is None else _case(row)

    def of_events(self, event_ids: Sequence[str]) -> dict[str, CaseRecord]:
        """Return the hearings that stand about these events."""
        standing = and_(CaseRow.event_id.in_(event_ids), CaseRow.stage != Stage.WITHDRAWN)
        rows = self._session.scalars(select(CaseRow).where(standing, *self._reached()))
        return {row.event_id: _case(row) for row in rows}

    def find(self, wanted: CaseFilter, *, limit: int, offset: int = 0) -> list[CaseRecord]:
        """Return hearings: first those that wait for the reader's side, the most overdue first, and those that are over
        last."""
        first, then = Turn.INSPECTION, Turn.PERSON
        if self._reach.officer_id is not None:
            first, then = then, first
        turn = case((CaseRow.stage.in_(_stages(first)), 0), (CaseRow.stage.in_(_stages(then)), 1), else_=2)
        query = select(CaseRow).where(*self._reached(), *_conditions(wanted))
        ordered = query.order_by(turn, CaseRow.due_at, CaseRow.opened_at.desc(), CaseRow.case_id)
        return [_case(row) for row in self._session.scalars(ordered.limit(limit).offset(offset))]

    def count(self, wanted: CaseFilter) -> int:
        """Count hearings."""
        query = select(func.count()).select_from(CaseRow).where(*self._reached(), *_conditions(wanted))
        return self._session.scalar(query) or 0

    def lapsed(self, now: datetime, *, limit: int = 500) -> list[str]:
        """Return hearings in which the person's time has passed since they were last looked at."""
        asked = and_(CaseRow.stage.in_(_stages(Turn.PERSON)), CaseRow.due_at <= now, *self._reached())
        return list(self._session.scalars(select(CaseRow.case_id).where(asked).order_by(CaseRow.due_at).limit(limit)))

    def hold(self, case_id: str) -> None:
        """Keep others from doing a step until this transaction ends; raises `NotFound`."""
        held = update(CaseRow).where(CaseRow.case_id == case_id).values(stage=CaseRow.stage)
        if self._session.execute(held).rowcount == 0:  # type: ignore[attr-defined]
            raise NotFound(f"no hearing {case_id}")

    def add_step(
        self, case_id: str, step: Step, *, text: str, request_id: str, attachments: Iterable[NewAttachment] = ()
    ) -> StepRecord:
        """Append a step, once; where the hearing stands then is stored with it.

        Whether the step may be done is asked elsewhere; call `hold` before. The same request again changes nothing.
        """
        known = self.step_of(case_id, request_id)
        if known is not None:
            return known
        row = CaseStepRow(
            case_id=case_id,
            kind=step.kind,
            at=step.at,
            user_id=step.user_id,
            outcome=step.outcome,
            due_at=step.due_at,
            is_complete=step.is_complete,
            text=text,
            request_id=request_id,
        )
        self._session.add(row)
        self._session.flush()
        for new in attachments:
            self._session.add(
                CaseAttachmentRow(
                    step_id=row.step_id,
                    name=new.name,
                    key=new.key,
                    sha256=new.sha256,
                    size_bytes=new.size_bytes,
                    media_type=new.media_type,
                )
            )
        self._session.flush()
        self._settle(case_id, step)
        stored = self.step_of(case_id, request_id)
        assert stored is not None
        return stored

    def _settle(self, case_id: str, step: Step) -> None:
        found = situation_of(steps_in(self.steps_of(case_id)))
        values: dict[str, object] = {"stage": found.stage, "due_at": found.due_at, "outcome": found.outcome}
        if step.kind in CONCLUSIONS:
            values |= {"concluded_by": step.user_id, "concluded_at": step.at}
        self._session.execute(
            update(CaseRow).where(CaseRow.case_id == case_id).values(values),
            execution_options={"synchronize_session": "fetch"},
        )

    def step_of(self, case_id: str, request_id: str) -> StepRecord | None:
        """Return the step that a request stands for; None where it was not done."""
        return next((step for step in self.steps_of(case_id) if step.request_id == request_id), None)

    def steps_of(self, case_id: str) -> list[StepRecord]:
        """Return every step of a hearing, oldest first."""
        rows = self._session.scalars(
            select(CaseStepRow).where(CaseStepRow.case_id == case_id).order_by(CaseStepRow.step_id)
        ).all()
        files: dict[int, list[Attachment]] = {}
        handed_in = select(CaseAttachmentRow).where(CaseAttachmentRow.step_id.in_([row.step_id for row in rows]))
        for row in self._session.scalars(handed_in.order_by(CaseAttachmentRow.attachment_id)):
            files.setdefault(row.step_id, []).append(_attachment(row))
        return [_step(row, files.get(row.step_id, ())) for row in rows]

    def attachment(self, case_id: str, attachment_id: int) -> Attachment:
        """Return a file that was handed in with a step of this very hearing; raises `NotFound`."""
        query = (
            select(CaseAttachmentRow)
            .join(CaseStepRow, CaseStepRow.step_id == CaseAttachmentRow.step_id)
            .where(CaseStepRow.case_id == case_id, CaseAttachmentRow.attachment_id == attachment_id)
        )
        row = self._session.scalar(query)
        if row is None:
            raise NotFound(f"hearing {case_id} has no attachment {attachment_id}")
        return _attachment(row)


def _stages(turn: Turn) -> list[Stage]:
    return [stage for stage, whose in TURNS.items() if whose is turn]


def _conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.turn is not None:
        conditions.append(CaseRow.stage.in_(_stages(wanted.turn)))
    if wanted.stage is not None:
        conditions.append(CaseRow.stage == wanted.stage)
    if wanted.late_at is not None:
        conditions.append(and_(CaseRow.stage.in_(_stages(Turn.INSPECTION)), CaseRow.due_at <= wanted.late_at))
    return conditions


def _case(row: CaseRow) -> CaseRecord:
    return CaseRecord(
        case_id=row.case_id,
        event_id=row.event_id,
        officer_id=row.officer_id,
        person_name=row.person_name,
        agency=row.agency,
        unit=row.unit,
        rule_id=row.rule_id,
        stage=Stage(row.stage),
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        due_at=row.due_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        concluded_at=row.concluded_at,
        email=row.email,
        language=row.language,
    )


def _step(row: CaseStepRow, attachments: Sequence[Attachment]) -> StepRecord:
    return StepRecord(
        step_id=row.step_id,
        kind=StepKind(row.kind),
        at=row.at,
        user_id=row.user_id,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        due_at=row.due_at,
        is_complete=row.is_complete,
        text=row.text,
        request_id=row.request_id,
        attachments=tuple(attachments),
    )


def _attachment(row: CaseAttachmentRow) -> Attachment:
    return Attachment(row.attachment_id, row.name, row.key, row.sha256, row.size_bytes, row.media_type)
