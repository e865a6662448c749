"""How things stand, for those who want to be told: what waits, what goes on, what was done in hearings."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.db.calibration import CalibrationRepository
from service.db.hearing_tables import CaseRow, CaseStepRow
from service.db.records import RuleMode, WaitsFor
from service.db.tables import CameraRow, EventRow, SiteRow
from service.hearing.stages import Stage, StepKind
from service.notices.kinds import Kind, key_of
from service.notices.telling import Happening

LOOKED_BACK = timedelta(days=7)
"""What happened earlier is no news, even for somebody who subscribed before."""
_ASKED = (Stage.RESPONDING, Stage.CONCLUDING, Stage.APPEALED)
"""Stages in which the inspection has to do something once the time is over."""
_STEPS = {StepKind.RESPONSE: Kind.HEARING_RESPONSE, StepKind.APPEAL: Kind.APPEAL}


class HappeningRepository:
    """What might be told, within one transaction; it is narrowed to each subscriber's reach afterwards."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def waiting(self, before: datetime) -> dict[str, int]:
        """Count the flags that have waited for somebody since before a time, by agency."""
        query = (
            select(SiteRow.agency, func.count())
            .select_from(EventRow)
            .join(CameraRow, CameraRow.camera_id == EventRow.camera_id)
            .join(SiteRow, SiteRow.site_id == CameraRow.site_id)
            .where(EventRow.asked_rule.is_not(None), EventRow.waits_for != WaitsFor.NOBODY)
            .where(EventRow.started_at < before)
            .group_by(SiteRow.agency)
        )
        return {agency: count for agency, count in self._session.execute(query)}  # noqa: C416  # rows are no pairs

    def happenings(self, now: datetime) -> list[Happening]:
        """Return what goes on, and what was done lately."""
        return [*self._cameras(now), *self._suspensions(), *self._steps(now), *self._overdue(now)]

    def _cameras(self, now: datetime) -> list[Happening]:
        calibration, agencies = CalibrationRepository(self._session), self._agencies()
        found = [
            Happening(
                Kind.CAMERA_ALARM,
                agencies.get(fault.camera_id, ""),
                key_of(fault.camera_id, fault.kind, fault.started_at.isoformat()),
                fault.started_at,
                goes_on=True,
            )
            for fault in calibration.open_faults()
        ]
        for camera_id, at in calibration.silent_cameras(now).items():
            key = key_of(camera_id, "silent", at.isoformat())
            found.append(Happening(Kind.CAMERA_ALARM, agencies.get(camera_id, ""), key, at, goes_on=True))
        return found

    def _suspensions(self) -> list[Happening]:
        agencies = self._agencies()
        return [
            Happening(
                Kind.RULE_SUSPENDED,
                agencies.get(state.camera_id, ""),
                key_of(state.camera_id, state.rule_id, state.at.isoformat()),
                state.at,
                goes_on=True,
            )
            for state in CalibrationRepository(self._session).latest_rule_states()
            if state.mode is RuleMode.SUSPENDED
        ]

    def _steps(self, now: datetime) -> list[Happening]:
        query = (
            select(CaseStepRow.step_id, CaseStepRow.kind, CaseStepRow.at, CaseRow.agency)
            .join(CaseRow, CaseRow.case_id == CaseStepRow.case_id)
            .where(CaseStepRow.kind.in_(_STEPS), CaseStepRow.at >= now - LOOKED_BACK)
        )
        return [
            Happening(_STEPS[StepKind(kind)], agency, key_of("step", str(step_id)), at, goes_on=False)
            for step_id, kind, at, agency in self._session.execute(query)
        ]

    def _overdue(self, now: datetime) -> list[Happening]:
        is_over = and_(CaseRow.stage.in_(_ASKED), CaseRow.due_at <= now)
        query = select(CaseRow.case_id, CaseRow.due_at, CaseRow.agency)
        return [
            Happening(Kind.HEARING_DUE, agency, key_of("case", case_id, due_at.isoformat()), due_at, goes_on=True)
            for case_id, due_at, agency in self._session.execute(query.where(is_over))
            if due_at is not None
        ]

    def _agencies(self) -> dict[str, str]:
        camera_id: InstrumentedAttribute[str] = CameraRow.camera_id
        query = select(camera_id, SiteRow.agency).join(SiteRow, SiteRow.site_id == CameraRow.site_id)
        return {camera: agency for camera, agency in self._session.execute(query)}  # noqa: C416  # rows are no pairs
