"""Which cameras work, those with trouble first."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.api.auth import WorkNow
from service.api.camera_states import Watcher, camera_states
from service.db.records import RuleMode
from service.web.pages import render

router = APIRouter()


@router.get("/cameras")
def show_cameras(request: Request, work: WorkNow, session: Watcher) -> Response:
    """Show all cameras."""
    suspended: dict[str, list[str]] = {}
    for state in work.calibration.latest_rule_states():
        if state.mode is RuleMode.SUSPENDED:
            suspended.setdefault(state.camera_id, []).append(state.rule_id)
    return render(request, "cameras.html", session, {"states": camera_states(work), "suspended": suspended})
