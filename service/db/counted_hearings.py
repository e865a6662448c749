"""Hearings counted for the figures."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select
from sqlalchemy.orm import Session

from service.db.hearing_tables import CaseRow, CaseStepRow
from service.db.tables import EventRow
from service.hearing.stages import Outcome, StepKind
from service.rights import Reach
from service.statistics.hearings import Hearing
from service.statistics.rows import Scope


def hearings_of(session: Session, scope: Scope, reach: Reach) -> list[Hearing]:
    """Return the hearings about events of a scope within reach: of the agency's people, wherever they were seen."""
    about: list[ColumnElement[bool]] = [EventRow.started_at >= scope.since, EventRow.started_at < scope.until]
    for agency in (reach.agency, scope.agency):
        if agency is not None:
            about.append(CaseRow.agency == agency)
    if scope.camera_id is not None:
        about.append(EventRow.camera_id == scope.camera_id)
    if scope.rule is not None:
        about.append(CaseRow.rule_id == scope.rule)
    if reach.is_nobody or reach.is_narrow:
        about.append(false())
    query = select(CaseRow, EventRow.started_at).join(EventRow, EventRow.event_id == CaseRow.event_id)
    rows = session.execute(query.where(*about).order_by(EventRow.started_at, CaseRow.case_id)).all()
    within = select(CaseRow.case_id).join(EventRow, EventRow.event_id == CaseRow.event_id).where(*about)
    steps = _steps(session, within)
    return [
        Hearing(
            case_id=row.case_id,
            event_id=row.event_id,
            person=row.officer_id or row.person_name,
            name=row.person_name,
            agency=row.agency,
            unit=row.unit,
            rule=row.rule_id,
            at=at,
            steps=tuple(steps[row.case_id]),
        )
        for row, at in rows
    ]


def _steps(session: Session, within: Select[Any]) -> dict[str, list[tuple[StepKind, Outcome | None]]]:
    query = select(CaseStepRow.case_id, CaseStepRow.kind, CaseStepRow.outcome)
    query = query.where(CaseStepRow.case_id.in_(within)).order_by(CaseStepRow.step_id)
    found: dict[str, list[tuple[StepKind, Outcome | None]]] = defaultdict(list)
    for case_id, kind, outcome in session.execute(query):
        found[case_id].append((StepKind(kind), None if outcome is None else Outcome(outcome)))
    return found
