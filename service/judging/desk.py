"""Store what a camera reports and decide, in the same transaction, which of it an inspector is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service.db.calibration import CalibrationRepository
from service.db.records import Queue
from service.db.repository import EventFilter, EventRepository, Upserted
from service.judging.policy import CHECKED_AT_VISITS, NOTED_RULES, QueuePolicy, is_visit_end
from vision.rules.rulebook import PRESENCE
from vision.types import Event


def store_judged(
    events: Sequence[Event],
    repository: EventRepository,
    calibration: CalibrationRepository,
    *,
    policy: QueuePolicy | None,
    scene_version: int | None,
) -> list[tuple[Event, Upserted]]:
    """Store events of one camera that opened or closed; without a policy every flag is shown.

    Returns:
        What storing each of them changed.
    """
    stored = [
        (event, repository.upsert(event, scene_version=scene_version, queue=Queue.NOTED))
        for event in events
        if event.rule_id in NOTED_RULES
    ]
    events = [event for event in events if event.rule_id not in NOTED_RULES]
    if policy is None:
        return stored + [(event, repository.upsert(event, scene_version=scene_version)) for event in events]
    cameras = {event.subject.camera_id for event in events}
    states = {camera: {state.rule_id: state for state in calibration.latest_rule_states(camera)} for camera in cameras}
    for event in events:
        if event.rule_id == PRESENCE:
            stored.append((event, repository.upsert(event, scene_version=scene_version)))
            continue
        decision = policy.decide(event, states[event.subject.camera_id], event.ended_at or event.peak_at)
        stored.append((event, repository.upsert(event, scene_version=scene_version, queue=decision.queue)))
        if decision.check is not None:
            calibration.add_random_check(decision.check)
    # flags end with the visit and may come in the same delivery: they are stored first
    for visit in filter(is_visit_end, events):
        check = policy.check_visit(visit, _flags_in(visit, repository))
        if check is not None:
            calibration.add_random_check(check)
    return stored


def _flags_in(visit: Event, repository: EventRepository) -> list[tuple[str, datetime, datetime | None]]:
    wanted = EventFilter(
        rules=CHECKED_AT_VISITS,
        camera_id=visit.subject.camera_id,
        place_id=visit.subject.place_id,
        since=visit.started_at,
        until=visit.ended_at,
        overlapping=True,
    )
    return [(flag.rule_id, flag.started_at, flag.ended_at) for flag in repository.find(wanted)]
