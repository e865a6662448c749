"""What a camera can be trusted with: scenes drawn, reference pictures, faults, and the trust in each rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from service.db.account_tables import UserRow
from service.db.hearing_tables import CaseRow
from service.db.reached import by_camera
from service.db.records import (
    FaultRecord,
    JudgedFlag,
    Part,
    Queue,
    RandomCheck,
    ReferenceRecord,
    RuleMode,
    RuleState,
    SceneVersion,
    Standing,
    Verdict,
)
from service.db.tables import (
    EventRow,
    FaultRow,
    RandomCheckRow,
    ReferenceRow,
    ReviewRow,
    RuleStateRow,
    RunRow,
    SceneVersionRow,
)
from service.errors import NotFound
from service.hearing.outcomes import VERDICTS
from service.hearing.stages import Outcome
from service.rights import EVERYTHING, Reach

SILENT_AFTER = timedelta(minutes=1)
"""How old the last picture of a watched camera may be; a run stores its progress every 10 s, a stall is no alarm."""


class CalibrationRepository:
    """Calibration within one transaction, of cameras as far as somebody's reach goes."""

    def __init__(self, session: Session, reach: Reach = EVERYTHING) -> None:
        self._session = session
        self._reach = reach

    def store_scene(
        self, camera_id: str, *, scene: str, sha256: str, at: datetime, saved_by: int | None = None, note: str = ""
    ) -> int:
        """Store a scene as a new version, unless it is the one in force. Returns the number in force.

        Args:
            scene: JSON of the scene's tables; ``sha256`` is its sum.
        """
        latest = self._latest_scene(camera_id)
        if latest is not None and latest.sha256 == sha256:
            return latest.number
        number = 1 if latest is None else latest.number + 1
        self._session.add(
            SceneVersionRow(
                camera_id=camera_id,
                number=number,
                sha256=sha256,
                scene=json.loads(scene),
                saved_at=at,
                saved_by=saved_by,
                note=note,
            )
        )
        self._session.flush()
        return number

    def _latest_scene(self, camera_id: str) -> SceneVersionRow | None:
        query = select(SceneVersionRow).where(SceneVersionRow.camera_id == camera_id)
        return self._session.scalars(query.order_by(SceneVersionRow.number.desc()).limit(1)).first()

    def scenes(self, camera_id: str) -> list[SceneVersion]:
        """Return every version of a camera's scene, the one in force first."""
        return [_scene(row, name) for row, name in self._session.execute(self._scene_query(camera_id))]

    def scene(self, camera_id: str, number: int) -> SceneVersion:
        """Return one version; raises `NotFound`."""
        found = self._session.execute(self._scene_query(camera_id).where(SceneVersionRow.number == number)).first()
        if found is None:
            raise NotFound(f"camera {camera_id} has no scene {number}")
        return _scene(found[0], found[1])

    def _scene_query(self, camera_id: str) -> Select[*tuple[Any, ...]]:
        return (
            select(SceneVersionRow, UserRow.display_name)
            .join(UserRow, UserRow.user_id == SceneVersionRow.saved_by, isouter=True)
            .where(SceneVersionRow.camera_id == camera_id, *by_camera(self._reach, SceneVersionRow.camera_id))
            .order_by(SceneVersionRow.number.desc())
        )

    def add_reference(
        self, camera_id: str, *, key: str, sha256: str, taken_at: datetime, confirmed_by: int | None = None
    ) -> int:
        """Make a picture the one that the camera's view is compared with. Returns its number."""
        latest = self._session.scalar(select(func.max(ReferenceRow.number)).where(ReferenceRow.camera_id == camera_id))
        number = (latest or 0) + 1
        self._session.add(
            ReferenceRow(
                camera_id=camera_id,
                number=number,
                key=key,
                sha256=sha256,
                taken_at=taken_at,
                confirmed_by=confirmed_by,
            )
        )
        self._session.flush()
        return number

    def reference(self, camera_id: str) -> ReferenceRecord | None:
        """Return the reference picture in force; None where there is none yet."""
        query = (
            select(ReferenceRow, UserRow.display_name)
            .join(UserRow, UserRow.user_id == ReferenceRow.confirmed_by, isouter=True)
            .where(ReferenceRow.camera_id == camera_id, *by_camera(self._reach, ReferenceRow.camera_id))
            .order_by(ReferenceRow.number.desc())
            .limit(1)
        )
        found = self._session.execute(query).first()
        if found is None:
            return None
        row, name = found
        return ReferenceRecord(row.camera_id, row.number, row.key, row.sha256, row.taken_at, name)

    def store_fault(self, fault: FaultRecord) -> None:
        """Store a fault that began or ended. An end once stored is never taken back."""
        row = self._session.get(FaultRow, (fault.camera_id, fault.run_id, fault.kind, fault.started_at))
        if row is None:
            self._session.add(FaultRow(**asdict(fault)))
        elif row.ended_at is None or fault.ended_at is not None:
            row.ended_at, row.detail = fault.ended_at, fault.detail
        self._session.flush()

    def faults(
        self, camera_ids: Sequence[str] | None, since: datetime, until: datetime, *, limit: int = 10_000
    ) -> list[FaultRecord]:
        """Return the faults that overlap [since, until), the latest first; None: of all cameras."""
        query = (
            select(FaultRow)
            .where(FaultRow.started_at < until, or_(FaultRow.ended_at.is_(None), FaultRow.ended_at >= since))
            .where(*by_camera(self._reach, FaultRow.camera_id))
        )
        if camera_ids is not None:
            query = query.where(FaultRow.camera_id.in_(camera_ids))
        return [_fault(row) for row in self._session.scalars(query.order_by(FaultRow.started_at.desc()).limit(limit))]

    def open_faults(self) -> list[FaultRecord]:
        """Return the faults that go on, of all cameras."""
        query = select(FaultRow).where(FaultRow.ended_at.is_(None), *by_camera(self._reach, FaultRow.camera_id))
        return [_fault(row) for row in self._session.scalars(query.order_by(FaultRow.started_at))]

    def silent_cameras(self, now: datetime) -> dict[str, datetime]:
        """Return the cameras that are being watched and send nothing, with the time of their last frame."""
        return {row[0]: row[1] for row in self._session.execute(_silent(now - SILENT_AFTER, self._reach))}

    def alarm_count(self, now: datetime) -> int:
        """Count the faults that go on and the cameras that send nothing, in one query."""
        goes_on = (FaultRow.ended_at.is_(None), *by_camera(self._reach, FaultRow.camera_id))
        faults = select(func.count()).select_from(FaultRow).where(*goes_on).scalar_subquery()
        silent = select(func.count()).select_from(_silent(now - SILENT_AFTER, self._reach).subquery()).scalar_subquery()
        return self._session.scalar(select(faults + silent)) or 0

    def add_rule_state(self, state: RuleState) -> None:
        """Append a state; it is in force from now on."""
        self._session.add(RuleStateRow(**{**asdict(state), "mode": str(state.mode)}))
        self._session.flush()

    def latest_rule_states(self, camera_id: str | None = None) -> list[RuleState]:
        """Return the state in force of every rule that has one, of one camera or of all."""
        newest = select(func.max(RuleStateRow.state_id)).group_by(RuleStateRow.camera_id, RuleStateRow.rule_id)
        query = select(RuleStateRow).where(RuleStateRow.state_id.in_(newest))
        query = query.where(*by_camera(self._reach, RuleStateRow.camera_id))
        if camera_id is not None:
            query = query.where(RuleStateRow.camera_id == camera_id)
        ordered = query.order_by(RuleStateRow.camera_id, RuleStateRow.rule_id)
        return [_rule_state(row) for row in self._session.scalars(ordered)]

    def rule_history(self, camera_id: str, rule_id: str) -> list[RuleState]:
        """Return every state of one rule on one camera, oldest first."""
        query = select(RuleStateRow).where(RuleStateRow.camera_id == camera_id, RuleStateRow.rule_id == rule_id)
        query = query.where(*by_camera(self._reach, RuleStateRow.camera_id))
        return [_rule_state(row) for row in self._session.scalars(query.order_by(RuleStateRow.state_id))]

    def add_random_check(self, check: RandomCheck) -> None:
        """Store that something was drawn; the same one again changes nothing."""
        self._session.merge(RandomCheckRow(**asdict(check)))
        self._session.flush()
        event = self._session.get(EventRow, check.event_id)
        if event is not None and event.asked_rule is None:
            event.asked_rule = check.rule_id
            self._session.flush()

    def judged_flags(
        self, camera_id: str | None, rule_id: str, *, since: datetime | None = None, is_shown: bool = False
    ) -> list[JudgedFlag]:
        """Return the events of a rule that have a verdict, by time: flags, and drawn ones that were held back.

        Args:
            is_shown: For the eyes of people: without those that wait for a second look, which must not be told apart.
        """
        query = self._judged().where(EventRow.rule_id == rule_id, *_told(is_shown=is_shown))
        return self._judged_flags(query, camera_id, since)

    def random_checks(self, camera_id: str | None, rule_id: str, *, is_shown: bool = False) -> list[JudgedFlag]:
        """Return what was drawn at random about a rule and has a verdict, by time: held-back events and visits."""
        query = self._judged().where(RandomCheckRow.rule_id == rule_id, *_told(is_shown=is_shown))
        return self._judged_flags(query, camera_id, None)

    def flag_count(self, camera_id: str, rule_id: str) -> int:
        """Count the flags of a rule that were shown, with a verdict or without."""
        query = select(func.count()).select_from(EventRow)
        shown = EventRow.queue == Queue.FLAG
        return (
            self._session.scalar(query.where(EventRow.camera_id == camera_id, EventRow.rule_id == rule_id, shown)) or 0
        )

    def drawn_counts(self, camera_id: str, rule_id: str) -> dict[float, int]:
        """Count what was drawn at random about a rule, with a verdict or without, by the probability of being drawn.

        What has become a flag since is left out.
        """
        became_flag = and_(EventRow.rule_id == rule_id, EventRow.queue == Queue.FLAG)
        query = (
            select(RandomCheckRow.probability, func.count())
            .join(EventRow, EventRow.event_id == RandomCheckRow.event_id)
            .where(EventRow.camera_id == camera_id, RandomCheckRow.rule_id == rule_id, not_(became_flag))
            .group_by(RandomCheckRow.probability)
        )
        counts: dict[float, int] = {}
        for probability, count in self._session.execute(query):
            counts[probability] = count
        return counts

    def _judged(self) -> Select[*tuple[Any, ...]]:
        return (
            # columns, not rows: an event's trace is kilobytes, and a page asks for thousands of events
            select(
                EventRow.event_id,
                EventRow.camera_id,
                EventRow.peak_score,
                EventRow.started_at,
                EventRow.queue,
                ReviewRow.reviewer_id,
                ReviewRow.verdict,
                ReviewRow.at,
                ReviewRow.part,
                RandomCheckRow.probability,
            )
            .select_from(EventRow)
            .join(ReviewRow, and_(ReviewRow.event_id == EventRow.event_id, ReviewRow.withdrawn_at.is_(None)))
            .join(RandomCheckRow, RandomCheckRow.event_id == EventRow.event_id, isouter=True)
            .order_by(EventRow.started_at, EventRow.event_id, ReviewRow.review_id)
        )

    def _judged_flags(
        self, query: Select[*tuple[Any, ...]], camera_id: str | None, since: datetime | None
    ) -> list[JudgedFlag]:
        conditions = by_camera(self._reach, EventRow.camera_id)
        if camera_id is not None:
            conditions.append(EventRow.camera_id == camera_id)
        if since is not None:
            conditions.append(EventRow.started_at >= since)
        verdicts: dict[str, list[tuple[int, Verdict, datetime]]] = {}
        events: dict[str, tuple[str, float, datetime, str, float | None]] = {}
        found = self._session.execute(query.where(and_(True, *conditions)))
        for event_id, camera, score, at, queue, reviewer_id, verdict, judged_at, part, probability in found:
            events[event_id] = (camera, score, at, queue, probability)
            given = verdicts.setdefault(event_id, [])
            if part == Part.RULING:
                given.clear()  # it decides what two saw differently
            given.append((reviewer_id, Verdict(verdict), judged_at))
        # where the person was heard, what was concluded stands in place of the verdicts
        verdicts |= {event_id: [heard] for event_id, heard in self._heard(conditions).items()}
        return [
            JudgedFlag(event_id, camera, score, at, tuple(verdicts[event_id]), Queue(queue), probability)
            for event_id, (camera, score, at, queue, probability) in events.items()
        ]

    def _heard(self, conditions: list[ColumnElement[bool]]) -> dict[str, tuple[int, Verdict, datetime]]:
        query = (
            select(CaseRow.event_id, CaseRow.concluded_by, CaseRow.outcome, CaseRow.concluded_at)
            .join(EventRow, EventRow.event_id == CaseRow.event_id)
            .where(CaseRow.outcome.is_not(None), *conditions)
        )
        found: dict[str, tuple[int, Verdict, datetime]] = {}
        for event_id, by, outcome, at in self._session.execute(query):
            assert by is not None and outcome is not None and at is not None  # they are stored together
            found[event_id] = (by, VERDICTS[Outcome(outcome)], at)
        return found


def _told(*, is_shown: bool) -> list[ColumnElement[bool]]:
    return [EventRow.standing != Standing.SECOND] if is_shown else []


def _silent(before: datetime, reach: Reach) -> Select[*tuple[Any, ...]]:
    newest = select(RunRow.camera_id, func.max(RunRow.last_at).label("at")).group_by(RunRow.camera_id).subquery()
    return (
        select(RunRow.camera_id, func.max(RunRow.last_at))
        .join(newest, and_(newest.c.camera_id == RunRow.camera_id, newest.c.at == RunRow.last_at))
        .where(RunRow.finished.is_(False), RunRow.last_at < before, *by_camera(reach, RunRow.camera_id))
        .group_by(RunRow.camera_id)
    )


def _scene(row: SceneVersionRow, name: str | None) -> SceneVersion:
    scene = json.dumps(row.scene, ensure_ascii=False)
    return SceneVersion(row.camera_id, row.number, row.sha256, scene, row.saved_at, name, row.note)


def _fault(row: FaultRow) -> FaultRecord:
    return FaultRecord(row.camera_id, row.run_id, row.kind, row.started_at, row.ended_at, row.detail)


def _rule_state(row: RuleStateRow) -> RuleState:
    return RuleState(
        camera_id=row.camera_id,
        rule_id=row.rule_id,
        at=row.at,
        mode=RuleMode(row.mode),
        threshold=row.threshold,
        earned=row.earned,
        precision=row.precision,
        precision_low=row.precision_low,
        verdicts=row.verdicts,
        cause=row.cause,
        user_id=row.user_id,
        note=row.note,
    )
