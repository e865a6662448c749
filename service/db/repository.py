"""Events and their verdicts: stored once however often they are delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, inspect, select
from sqlalchemy.orm import Session, defer

from service.db.finding import COUNTED_AT_MOST, FEW, Beyond, Mark, counted, gathered, in_order, matching, walked
from service.db.finding import EventFilter as EventFilter
from service.db.reached import by_camera
from service.db.records import FLAG_RULES, EventRecord, Queue, Standing, TraceItem
from service.db.tables import CameraRow, EventRow, OfficerRow, PlaceRow
from service.db.visits import PRESENCE_RULE, VisitRepository
from service.errors import NotFound
from service.rights import EVERYTHING, Reach
from vision.types import Event, Observation


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
        found = self._records(
            self._query().where(EventRow.event_id == event_id, *by_camera(self._reach, EventRow.camera_id))
        )
        if not found:
            raise NotFound(f"no event {event_id}")
        return found[0]

    def of_ids(self, event_ids: Sequence[str]) -> dict[str, EventRecord]:
        """Return those of the events that there are."""
        found = self._records(self._query().where(EventRow.event_id.in_(event_ids)))
        return {event.event_id: event for event in found}

    def find(
        self, wanted: EventFilter, *, limit: int = 200, offset: int = 0, newest_first: bool = True
    ) -> list[EventRecord]:
        """Return matching events by start, with their traces."""
        query = self._query().where(*matching(wanted, self._reach))
        return self._records(in_order(query, newest_first=newest_first).limit(limit).offset(offset))

    def page(
        self, wanted: EventFilter, *, of: int, limit: int, offset: int = 0, behind: Mark | None = None
    ) -> list[EventRecord]:
        """Return some of the matching events, newest first, without their traces.

        Args:
            of: How many match, as `count` tells it: few are gathered and sorted, many gone through in order of time.
            behind: Only what comes after it. However deep it lies, it is found at once; an offset is counted off.
        """
        beyond = None if behind is None else Beyond(behind, is_newer=False)
        found = (gathered if of < COUNTED_AT_MOST else walked)(wanted, self._reach, beyond)
        ids = list(self._session.scalars(found.limit(limit).offset(offset)))
        query = self._query().where(EventRow.event_id.in_(ids)).options(defer(EventRow.trace))
        place = {event_id: n for n, event_id in enumerate(ids)}
        return sorted(self._records(query), key=lambda event: place[event.event_id])

    def count(self, wanted: EventFilter, *, at_most: int | None = None) -> int:
        """Count matching events; counting ends at ``at_most``."""
        return self._session.scalar(counted(wanted, self._reach, at_most=at_most)) or 0

    def neighbours(self, event: EventRecord, wanted: EventFilter) -> tuple[str | None, str | None]:
        """Return the ids before and after an event among the matching ones, newest first."""
        mark = Mark(event.started_at, event.event_id)
        newer, older = Beyond(mark, is_newer=True), Beyond(mark, is_newer=False)
        if self.count(wanted, at_most=FEW) < FEW:
            before = list(self._session.scalars(gathered(wanted, self._reach, newer)))[-1:]
            after = gathered(wanted, self._reach, older)
        else:
            nearest = in_order(walked(wanted, self._reach, newer), newest_first=False)
            before = list(self._session.scalars(nearest.limit(1)))
            after = walked(wanted, self._reach, older)
        return before[0] if before else None, self._session.scalar(after.limit(1))

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
        trace=() if "trace" in inspect(event).unloaded else tuple(map(_trace_item, event.trace)),
        standing=Standing(event.standing),
        scene_version=event.scene_version,
        queue=Queue(event.queue),
        checked_rule=None if _is_flagged(event) else event.asked_rule,
        officer_ids=tuple(officers or []),
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
