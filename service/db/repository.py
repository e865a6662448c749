"""Events and their verdicts: stored once however often they are delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select
from sqlalchemy.orm import Session

from service.db.records import FLAG_RULES, EventRecord, Queue, Standing, TraceItem, WaitsFor
from service.db.review_tables import AssignmentRow, ClaimRow
from service.db.tables import CameraRow, EventRow, OfficerRow, PlaceRow, ReviewRow, SiteRow
from service.db.visits import PRESENCE_RULE, VisitRepository
from service.errors import NotFound
from service.rights import EVERYTHING, Reach
from vision.types import Event, Observation


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; None means any.

    Attributes:
        since, until: The event started in [since, until); where ``overlapping``, it lasted into that time.
        queued: Only what an inspector is asked about: flags of these rules, and what was drawn at random to be
            checked about one of them. What was held back is left out.
        waits_for, standings: Whom it waits for; what its verdicts come to.
        unseen_by: Not yet judged by this user.
        free_for: Not in the hands of anybody but this user, at this moment.
        assigned_to: Given to this user.
        agency: Of a camera of this agency.
        score_min: At least so strong.
    """

    rules: tuple[str, ...] | None = None
    camera_id: str | None = None
    run_id: str | None = None
    place_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    overlapping: bool = False
    queued: bool = False
    waits_for: WaitsFor | None = None
    standings: tuple[Standing, ...] | None = None
    unseen_by: int | None = None
    free_for: tuple[int, datetime] | None = None
    assigned_to: int | None = None
    agency: str | None = None
    score_min: float | None = None


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
    """Events within one transaction, as far as somebody's reach goes: what lies outside does not exist here."""

    def __init__(self, session: Session, reach: Reach = EVERYTHING) -> None:
        self._session = session
        self._reach = reach

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
        row.trace = [_traced(observation) for observation in event.trace]
        if queue is Queue.FLAG:
            row.queue = queue
            if event.rule_id in FLAG_RULES:
                row.asked_rule = event.rule_id
        self._session.flush()
        if event.rule_id == PRESENCE_RULE and event.ended_at is not None:
            VisitRepository(self._session).keep(
                row.camera_id, row.place_id, started_at=event.started_at, ended_at=event.ended_at
            )
        return Upserted(is_new, was_open and event.ended_at is not None, row.scene_version)

    def get(self, event_id: str) -> EventRecord:
        """Return one event; raises `NotFound`."""
        found = self._records(self._query().where(EventRow.event_id == event_id, *_reached(self._reach)))
        if not found:
            raise NotFound(f"no event {event_id}")
        return found[0]

    def find(
        self, wanted: EventFilter, *, limit: int = 200, offset: int = 0, newest_first: bool = True
    ) -> list[EventRecord]:
        """Return matching events by start."""
        order = EventRow.started_at.desc() if newest_first else EventRow.started_at.asc()
        query = self._query().where(*self._within(wanted)).order_by(order, EventRow.event_id)
        return self._records(query.limit(limit).offset(offset))

    def count(self, wanted: EventFilter, *, at_most: int | None = None) -> int:
        """Count matching events; counting ends at ``at_most``."""
        ids = select(EventRow.event_id).where(*self._within(wanted))
        if at_most is not None:
            ids = ids.limit(at_most)
        return self._session.scalar(select(func.count()).select_from(ids.subquery())) or 0

    def _within(self, wanted: EventFilter) -> list[ColumnElement[bool]]:
        return [*_conditions(wanted), *_reached(self._reach)]

    def neighbours(self, event: EventRecord, wanted: EventFilter) -> tuple[str | None, str | None]:
        """Return the ids before and after an event among the matching ones, newest first."""
        at, event_id = EventRow.started_at, EventRow.event_id
        before = or_(at > event.started_at, and_(at == event.started_at, event_id < event.event_id))
        after = or_(at < event.started_at, and_(at == event.started_at, event_id > event.event_id))
        matching = self._query().with_only_columns(event_id).where(*self._within(wanted))
        return (
            self._session.scalar(matching.where(before).order_by(at.asc(), event_id.desc()).limit(1)),
            self._session.scalar(matching.where(after).order_by(at.desc(), event_id.asc()).limit(1)),
        )

    def _query(self) -> Select[Any]:
        return (
            select(EventRow, CameraRow.name, PlaceRow.name, PlaceRow.officers)
            .select_from(EventRow)
            .join(CameraRow, CameraRow.camera_id == EventRow.camera_id, isouter=True)
            .join(
                PlaceRow,
                and_(PlaceRow.camera_id == EventRow.camera_id, PlaceRow.place_id == EventRow.place_id),
                isouter=True,
            )
        )

    def _records(self, query: Select[Any]) -> list[EventRecord]:
        rows = self._session.execute(query).all()
        officer_ids = {officer for row in rows for officer in (row[3] or [])}
        names: dict[str, str] = {}
        if officer_ids:
            officers = self._session.scalars(select(OfficerRow).where(OfficerRow.officer_id.in_(officer_ids)))
            names = {officer.officer_id: officer.name for officer in officers}
        return [_event(row, names) for row in rows]


def _reached(reach: Reach) -> list[ColumnElement[bool]]:
    """Return what narrows a query to the events of cameras within reach; a unit's or an officer's has none."""
    if reach.is_nobody or reach.unit is not None or reach.officer_id is not None:
        return [false()]
    return [] if reach.agency is None else [EventRow.camera_id.in_(cameras_of(reach.agency))]


def cameras_of(agency: str) -> Select[Any]:
    """Select the ids of an agency's cameras."""
    return (
        select(CameraRow.camera_id).join(SiteRow, SiteRow.site_id == CameraRow.site_id).where(SiteRow.agency == agency)
    )


def _conditions(wanted: EventFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.queued:
        conditions.append(EventRow.asked_rule.is_not(None))
        if wanted.rules is not None and set(wanted.rules) != set(FLAG_RULES):
            conditions.append(EventRow.asked_rule.in_(wanted.rules))
    elif wanted.rules is not None:
        conditions.append(EventRow.rule_id.in_(wanted.rules))
    if wanted.camera_id is not None:
        conditions.append(EventRow.camera_id == wanted.camera_id)
    if wanted.run_id is not None:
        conditions.append(EventRow.run_id == wanted.run_id)
    if wanted.place_id is not None:
        conditions.append(EventRow.place_id == wanted.place_id)
    if wanted.agency is not None:
        conditions.append(EventRow.camera_id.in_(cameras_of(wanted.agency)))
    if wanted.score_min is not None:
        conditions.append(EventRow.peak_score >= wanted.score_min)
    return conditions + _spans(wanted) + _standings(wanted)


def _spans(wanted: EventFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None and wanted.overlapping:
        conditions.append(or_(EventRow.ended_at.is_(None), EventRow.ended_at > wanted.since))
    elif wanted.since is not None:
        conditions.append(EventRow.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(EventRow.started_at < wanted.until)
    return conditions


def _standings(wanted: EventFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.waits_for is not None:
        conditions.append(EventRow.waits_for == wanted.waits_for)
    if wanted.standings is not None:
        conditions.append(EventRow.standing.in_(wanted.standings))
    if wanted.unseen_by is not None:
        mine = and_(ReviewRow.event_id == EventRow.event_id, ReviewRow.reviewer_id == wanted.unseen_by)
        # only what one inspector has judged can have been judged by this one
        seen = exists().where(mine, ReviewRow.withdrawn_at.is_(None))
        conditions.append(or_(EventRow.standing == Standing.OPEN, not_(seen)))
    if wanted.free_for is not None:
        user_id, at = wanted.free_for
        theirs = and_(ClaimRow.event_id == EventRow.event_id, ClaimRow.user_id != user_id, ClaimRow.until > at)
        conditions.append(not_(exists().where(theirs)))
    if wanted.assigned_to is not None:
        given = select(AssignmentRow.event_id).where(AssignmentRow.user_id == wanted.assigned_to)
        conditions.append(EventRow.event_id.in_(given))
    return conditions


def _event(row: Any, names: dict[str, str]) -> EventRecord:
    event, camera_name, place_name, officers = row
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
        trace=tuple(map(_trace_item, event.trace)),
        standing=Standing(event.standing),
        scene_version=event.scene_version,
        queue=Queue(event.queue),
        checked_rule=None if _is_flagged(event) else event.asked_rule,
    )


def _is_flagged(event: EventRow) -> bool:
    return event.queue == Queue.FLAG and event.rule_id in FLAG_RULES


def _traced(observation: Observation) -> list[Any]:
    box = observation.box_px
    return [
        observation.at.isoformat(),
        observation.answer,
        round(observation.score, 4),
        observation.why,
        observation.question,
        None if box is None else [round(edge, 1) for edge in box],
    ]


def _trace_item(stored: Sequence[Any]) -> TraceItem:
    at, answer, score, why, *rest = stored  # older events end at the reason, or at the question
    question, box = (*rest, None, None)[:2]
    return TraceItem(
        datetime.fromisoformat(at),
        answer,
        score,
        why,
        question,
        None if box is None else (box[0], box[1], box[2], box[3]),
    )
