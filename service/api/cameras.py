"""Cameras: how each one is, what it went through, and how far each rule is trusted on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from service.api.auth import WorkNow
from service.api.camera_shapes import CameraDetailShape, CameraShape, FaultShape, RuleTrustShape
from service.api.camera_states import Watcher, camera_state, camera_states
from service.api.moments import Moment
from service.api.problems import Invalid
from service.api.rule_trust import trust_cards
from service.db.records import RuleMode

router = APIRouter(tags=["cameras"])

FAULTS_SINCE = timedelta(days=1)
LONGEST = timedelta(days=366)


@router.get("/cameras")
def list_cameras(work: WorkNow, _session: Watcher) -> list[CameraShape]:
    """List all cameras and how each one is, those with trouble first."""
    return [CameraShape.of(state) for state in camera_states(work)]


@router.get("/cameras/{camera_id}")
def read_camera(camera_id: str, work: WorkNow, _session: Watcher) -> CameraDetailShape:
    """Read one camera."""
    shape = CameraShape.of(camera_state(work, camera_id))
    scenes, reference = work.calibration.scenes(camera_id), work.calibration.reference(camera_id)
    states = work.calibration.latest_rule_states(camera_id)
    return CameraDetailShape(
        **{name: getattr(shape, name) for name in CameraShape.model_fields},
        scene_version=scenes[0].number if scenes else None,
        scene_saved_at=scenes[0].saved_at if scenes else None,
        reference_taken_at=None if reference is None else reference.taken_at,
        suspended_rules=[state.rule_id for state in states if state.mode is RuleMode.SUSPENDED],
    )


@router.get("/cameras/{camera_id}/faults")
def list_faults(
    camera_id: str,
    work: WorkNow,
    _session: Watcher,
    *,
    since: Annotated[Moment | None, Query(description="With its zone; without it a day before `until`.")] = None,
    until: Annotated[Moment | None, Query(description="With its zone; without it now.")] = None,
) -> list[FaultShape]:
    """List the faults that overlap a stretch of at most a year, the latest first."""
    camera_state(work, camera_id)
    end = until or work.now()
    start = since or end - FAULTS_SINCE
    if start >= end:
        raise Invalid(("since: wanted before until",))
    if end - start > LONGEST:
        raise Invalid((f"since: wanted at most {LONGEST.days} days before until",))
    return [FaultShape.of(fault) for fault in work.calibration.faults([camera_id], start, end)]


@router.get("/cameras/{camera_id}/rules")
def list_rules(camera_id: str, work: WorkNow, _session: Watcher) -> list[RuleTrustShape]:
    """List how far each rule is trusted on this camera, suspended ones first."""
    camera_state(work, camera_id)
    return [RuleTrustShape.of(card) for card in trust_cards(work, camera_id)]
