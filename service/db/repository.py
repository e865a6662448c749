"""Events and their verdicts: stored once however often they are delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from service.db.records import EventRecord, Queue, ReviewRecord, TraceItem, Verdict
from service.db.tables import CameraRow, EventRow, OfficerRow, PlaceRow, RandomCheckRow, ReviewRow, UserRow
from service.db.visits import PRESENCE_RULE, VisitRepository
from service.errors import NotFound
from vision.types import Event


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; None means any.

    Attributes:
        since, until: The event started in [since, until); where ``overlapping``, it lasted into that time.
        verdicts: Latest verdict is one of these; an empty tuple means not reviewed yet.
        queued: Only what an inspector is asked about: flags of these rules, and what was drawn at random to be
            checked about one of them. What was held back is left out.
    """

    rules: tuple[str, ...] | None = None
    camera_id: str | None = None
    run_id: str | None = None
    place_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    overlapping: bool = False
    verdicts: tuple[Verdict, ...] | None = None
    queued: bool = False


@dataclass(frozen=True, slots=True)
class Upserted:
    """What storing an event changed.

    Attributes:
        is_new: It was not known before; has_ended: its end was not.
        scene_version: Number of the scene that it was judged by, as stored.
    """

    is_new: bool
    has_ended: bool
    scene_version: int | None


class EventRepository:
    """Events within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def upsert(self, event: Event, *, scene_version: int | None = None, queue: Queue = Queue.FLAG) -> Upserted:
        """Store an event, or bring the stored one up to date. An end once stored is never taken back.

        Args:
            scene_version: Number of the camera's scene that it was judged by.
            queue: Whether an inspector is to see it. Once it has been shown as a flag it stays one.
        """
        event_id = str(event.event_id)
        row = self._session.get(EventRow, event_id)
        is_new, was_open = row is None, row is None or row.ended_at is None
        if row is None:
            row = EventRow(event_id=event_id, scene_version=scene_version, queue=queue)
            self._session.add(row)
        elif row.ended_at is not None and event.ended_at is None:
            return Upserted(is_new=False, has_ended=False, scene_version=row.scene_version)
        row.rule_id = event.rule_id
        row.camera_id = event.subject.camera_id
        row.run_id = event.subject.run_id
        row.place_id = event.subject.place_id
        row.track_number = event.subject.track_number
        row.started_at = event.started_at
        row.ended_at = event.ended_at
        row.end_reason = event.end_reason
        row.peak_score = event.peak_score
        row.peak_at = event.peak_at
        row.threshold = event.threshold
        row.model_sha256 = event.model_sha256
        row.box_px = None if event.box_px is None else list(event.box_px)
        row.trace = [[o.at.isoformat(), o.answer, round(o.score, 4), o.why, o.question] for o in event.trace]
        if queue is Queue.FLAG:
            row.queue = queue
        self._session.flush()
        if event.rule_id == PRESENCE_RULE and event.ended_at is not None:
            VisitRepository(self._session).keep(
                row.camera_id, row.place_id, started_at=event.started_at, ended_at=event.ended_at
            )
        return Upserted(is_new, was_open and event.ended_at is not None, row.scene_version)

    def get(self, event_id: str) -> EventRecord:
        """Return one event; raises `NotFound`."""
        found = self._records(self._query().where(EventRow.event_id == event_id))
        if not found:
            raise NotFound(f"no event {event_id}")
        return found[0]

    def find(
        self, wanted: EventFilter, *, limit: int = 200, offset: int = 0, newest_first: bool = True
    ) -> list[EventRecord]:
        """Return matching events by start."""
        order = EventRow.started_at.desc() if newest_first else EventRow.started_at.asc()
        query = self._query().where(*_conditions(wanted)).order_by(order, EventRow.event_id)
        return self._records(query.limit(limit).offset(offset))

    def count(self, wanted: EventFilter) -> int:
        """Count matching events."""
        ids = self._query().where(*_conditions(wanted)).subquery()
        return self._session.scalar(select(func.count()).select_from(ids)) or 0

    def neighbours(self, event: EventRecord, wanted: EventFilter) -> tuple[str | None, str | None]:
        """Return the ids before and after an event among the matching ones, newest first."""
        at, event_id = EventRow.started_at, EventRow.event_id
        before = or_(at > event.started_at, and_(at == event.started_at, event_id < event.event_id))
        after = or_(at < event.started_at, and_(at == event.started_at, event_id > event.event_id))
        matching = self._query().with_only_columns(event_id).where(*_conditions(wanted))
        return (
            self._session.scalar(matching.where(before).order_by(at.asc(), event_id.desc()).limit(1)),
            self._session.scalar(matching.where(after).order_by(at.desc(), event_id.asc()).limit(1)),
        )

    def add_review(
        self,
        event_id: str,
        *,
        reviewer_id: int,
        verdict: Verdict,
        reason: str,
        note: str,
        at: datetime,
        request_id: str,
    ) -> None:
        """Append a verdict. The same ``request_id`` of the same reviewer again changes nothing.

        Raises:
            NotFound: There is no such event.
        """
        if self._session.get(EventRow, event_id) is None:
            raise NotFound(f"no event {event_id}")
        try:
            with self._session.begin_nested():
                self._session.add(
                    ReviewRow(
                        event_id=event_id,
                        reviewer_id=reviewer_id,
                        verdict=verdict,
                        reason=reason,
                        note=note,
                        at=at,
                        request_id=request_id,
                    )
                )
        except IntegrityError:
            return  # sent twice: a retry after a lost answer

    def reviews_of(self, event_id: str) -> list[ReviewRecord]:
        """Return every verdict on one event, oldest first."""
        query = (
            select(ReviewRow, UserRow.display_name)
            .join(UserRow, UserRow.user_id == ReviewRow.reviewer_id)
            .where(ReviewRow.event_id == event_id)
            .order_by(ReviewRow.review_id)
        )
        return [_review(row, name) for row, name in self._session.execute(query)]

    def review_of_request(self, reviewer_id: int, request_id: str) -> ReviewRecord | None:
        """Return the verdict that a reviewer gave with one request, if it arrived."""
        query = (
            select(ReviewRow, UserRow.display_name)
            .join(UserRow, UserRow.user_id == ReviewRow.reviewer_id)
            .where(ReviewRow.reviewer_id == reviewer_id, ReviewRow.request_id == request_id)
        )
        found = self._session.execute(query).one_or_none()
        return None if found is None else _review(found[0], found[1])

    def _query(self) -> Select[Any]:
        any_review = aliased(ReviewRow)
        latest = select(func.max(any_review.review_id)).where(any_review.event_id == EventRow.event_id)
        return (
            select(
                EventRow,
                CameraRow.name,
                PlaceRow.name,
                PlaceRow.officers,
                ReviewRow,
                UserRow.display_name,
                RandomCheckRow.rule_id,
            )
            .select_from(EventRow)
            .join(CameraRow, CameraRow.camera_id == EventRow.camera_id, isouter=True)
            .join(
                PlaceRow,
                and_(PlaceRow.camera_id == EventRow.camera_id, PlaceRow.place_id == EventRow.place_id),
                isouter=True,
            )
            .join(ReviewRow, ReviewRow.review_id == latest.correlate(EventRow).scalar_subquery(), isouter=True)
            .join(UserRow, UserRow.user_id == ReviewRow.reviewer_id, isouter=True)
            .join(RandomCheckRow, RandomCheckRow.event_id == EventRow.event_id, isouter=True)
        )

    def _records(self, query: Select[Any]) -> list[EventRecord]:
        rows = self._session.execute(query).all()
        officer_ids = {officer for row in rows for officer in (row[3] or [])}
        names: dict[str, str] = {}
        if officer_ids:
            officers = self._session.scalars(select(OfficerRow).where(OfficerRow.officer_id.in_(officer_ids)))
            names = {officer.officer_id: officer.name for officer in officers}
        return [_event(row, names) for row in rows]


def _conditions(wanted: EventFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.queued:
        asked = func.coalesce(RandomCheckRow.rule_id, EventRow.rule_id)
        conditions.append(or_(EventRow.queue == Queue.FLAG, RandomCheckRow.rule_id.is_not(None)))
        if wanted.rules is not None:
            conditions.append(asked.in_(wanted.rules))
    elif wanted.rules is not None:
        conditions.append(EventRow.rule_id.in_(wanted.rules))
    if wanted.camera_id is not None:
        conditions.append(EventRow.camera_id == wanted.camera_id)
    if wanted.run_id is not None:
        conditions.append(EventRow.run_id == wanted.run_id)
    if wanted.place_id is not None:
        conditions.append(EventRow.place_id == wanted.place_id)
    if wanted.since is not None and wanted.overlapping:
        conditions.append(or_(EventRow.ended_at.is_(None), EventRow.ended_at > wanted.since))
    elif wanted.since is not None:
        conditions.append(EventRow.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(EventRow.started_at < wanted.until)
    if wanted.verdicts is not None:
        conditions.append(ReviewRow.verdict.in_(wanted.verdicts) if wanted.verdicts else ReviewRow.verdict.is_(None))
    return conditions


def _event(row: Any, names: dict[str, str]) -> EventRecord:
    event, camera_name, place_name, officers, review, reviewer_name, checked_rule = row
    box = event.box_px
    return EventRecord(
        event_id=event.event_id,
        rule_id=event.rule_id,
        camera_id=event.camera_id,
        camera_name=camera_name or event.camera_id,
        run_id=event.run_id,
        place_id=event.place_id,
        place_name=place_name or event.place_id,
        officers=tuple(names.get(officer, officer) for officer in (officers or [])),
        track_number=event.track_number,
        started_at=event.started_at,
        ended_at=event.ended_at,
        end_reason=event.end_reason,
        peak_score=event.peak_score,
        peak_at=event.peak_at,
        threshold=event.threshold,
        model_sha256=event.model_sha256,
        box_px=None if box is None else (box[0], box[1], box[2], box[3]),
        trace=tuple(
            # older events end at the reason
            TraceItem(datetime.fromisoformat(at), answer, score, why, *question)
            for at, answer, score, why, *question in event.trace
        ),
        review=None if review is None else _review(review, reviewer_name),
        scene_version=event.scene_version,
        queue=Queue(event.queue),
        checked_rule=checked_rule,
    )


def _review(row: ReviewRow, name: str) -> ReviewRecord:
    return ReviewRecord(row.event_id, row.reviewer_id, name, Verdict(row.verdict), row.reason, row.note, row.at)
