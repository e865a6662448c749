"""One camera: does it work, what did it go through, and how far can it be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from service.api.auth import Work, WorkNow, has_right, needs, require_csrf_field
from service.api.camera_states import CameraState, Condition, Watcher, camera_state
from service.api.problems import NoteMissing
from service.api.rule_trust import set_by_hand, trust_cards
from service.api.scenes import differs_from, may_draw, scene_now
from service.api.selection import FLAG_RULES
from service.db.records import RuleMode, SessionRecord
from service.errors import NotFound
from service.rights import Right
from service.stills import confirm_reference, latest_still
from service.web.health_timeline import History, Span, Trouble, history_of, troubles_of
from service.web.legibility import closer_m, legibility_of
from service.web.outlines import draw_scene, scene_of_version
from service.web.pages import query_string, render

router = APIRouter()
PAGE_SIZE = 12


@dataclass(frozen=True, slots=True)
class TroublePage:
    """Some of the troubles of the span."""

    troubles: tuple[Trouble, ...]
    page: int
    pages: int
    total: int


@router.get("/cameras/{camera_id}")
def show_camera(camera_id: str, request: Request, work: WorkNow, session: Watcher) -> Response:
    """Show one camera."""
    state = camera_state(work, camera_id)
    versions = work.calibration.scenes(camera_id)
    latest = versions[0] if versions else None
    scene = scene_of_version(latest)
    span = _span_of(request.query_params)
    history = _history(work, state, span)
    reference = work.calibration.reference(camera_id)
    still = latest_still(work.context.store, camera_id)
    return render(
        request,
        "camera.html",
        session,
        {
            "state": state,
            "camera": state.camera,
            "now": work.now(),
            "versions": versions,
            "differs": differs_from(scene_now(work, state.camera), latest),
            "scene": scene,
            "drawing": draw_scene(scene),
            "has_still": still is not None,
            "legibility": legibility_of(scene, still),
            "closer_m": closer_m,
            "reference": reference,
            "reference_number": 0 if reference is None else reference.number,
            "history": history,
            "troubles": _page_of(history, request.query_params),
            "span": span,
            "spans": list(Span),
            "cards": trust_cards(work, camera_id),
            "may_confirm": has_right(session, Right.TEND_CAMERAS),
            "may_draw": may_draw(session),
            "may_set_rules": has_right(session, Right.SET_RULES),
            "done": request.query_params.get("done", ""),
        },
    )


@router.post("/cameras/{camera_id}/view", dependencies=[Depends(needs(Right.TEND_CAMERAS))])
def confirm_view(
    camera_id: str,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_field)],
    *,
    reference: Annotated[int, Form(ge=0)],
) -> Response:
    """Take the latest still as the right view. Sent twice, or by two people at once, it counts once."""
    camera_state(work, camera_id)
    current = work.calibration.reference(camera_id)
    if reference == (0 if current is None else current.number):
        confirm_reference(work.context.store, work.calibration, camera_id, at=work.now(), user_id=session.user.user_id)
    return RedirectResponse(f"/cameras/{camera_id}" + query_string({"done": "view"}), status_code=303)


@router.post("/cameras/{camera_id}/rules/{rule_id}", dependencies=[Depends(needs(Right.SET_RULES))])
def set_rule(
    camera_id: str,
    rule_id: str,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_field)],
    *,
    mode: Annotated[RuleMode, Form()],
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Suspend a rule on a camera by hand, or lift its suspension. What is so already stays as it is."""
    camera_state(work, camera_id)
    if rule_id not in FLAG_RULES:
        raise NotFound(f"no rule {rule_id}")
    if not note.strip():
        raise NoteMissing
    set_by_hand(work, camera_id, rule_id, mode=mode, user_id=session.user.user_id, note=note.strip())
    return RedirectResponse(f"/cameras/{camera_id}" + query_string({"done": mode}) + "#rules", status_code=303)


def _span_of(query: QueryParams) -> Span:
    span = query.get("span")
    return Span(span) if span in set(Span) else Span.DAY


def _history(work: Work, state: CameraState, span: Span) -> History:
    """Return the span up to now; where the camera has been away for longer than that, up to its last picture."""
    camera_id = state.camera.camera_id
    until = _end_of(state, work.now(), span)
    since = until - span.length
    faults = work.calibration.faults([camera_id], since, until)
    gaps = work.sites.gaps([camera_id], since, until, place_id="")
    runs = work.sites.runs([camera_id], since, until)
    return history_of(runs, troubles_of(faults, gaps), until=until, span=span, zone=state.zone)


def _end_of(state: CameraState, now: datetime, span: Span) -> datetime:
    last = state.camera.last_at
    is_away = state.condition in (Condition.IDLE, Condition.SILENT)
    return last if is_away and last is not None and last < now - span.length else now


def _page_of(history: History, query: QueryParams) -> TroublePage:
    text = query.get("page", "1")
    total = len(history.troubles)
    pages = max(1, -(-total // PAGE_SIZE))
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    page = min(max(wanted, 1), pages)
    return TroublePage(history.troubles[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], page, pages, total)
