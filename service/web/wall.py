"""The wall: a small picture of every camera, and in words beside it how each one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from service.api.auth import WorkNow
from service.api.camera_states import Condition, Watcher
from service.api.etags import is_known
from service.api.problems import Missing
from service.api.scenes import find_camera
from service.api.seen import note_camera_seen
from service.api.wall import WallCamera, note_wall, room_of, wall_of
from service.stills import latest_still
from service.web.pages import environment, render
from service.web.words import language_of

router = APIRouter()
ALARMS = "alarms"
"""Filter: only cameras with an alarm; else a condition, or none."""


@router.get("/wall")
def show_wall(request: Request, work: WorkNow, session: Watcher) -> Response:
    """Show the cameras that match, alarms first. That all of them are seen is one row of the journal."""
    cameras, query = wall_of(work), request.query_params
    shown = [camera for camera in cameras if _matches(camera, query)]
    note_wall(work, session, room_of(request), _ids(shown))
    return render(
        request,
        "wall.html",
        session,
        {
            "cameras": shown,
            "all_count": len(cameras),
            "alarm_count": sum(camera.is_alarm for camera in shown),
            "agencies": sorted({camera.agency for camera in cameras}),
            "agency": query.get("agency", ""),
            "health": query.get("health", ""),
            "conditions": [ALARMS, *Condition],
            "now": work.now(),
        },
    )


@router.get("/wall/now")
def show_now(request: Request, work: WorkNow, session: Watcher) -> Response:
    """Send what the wall says of each camera that matches, to a page that stays open."""
    cameras = [camera for camera in wall_of(work) if _matches(camera, request.query_params)]
    note_wall(work, session, room_of(request), _ids(cameras))
    words = environment(language_of(request)).get_template("wall_words.html")
    return JSONResponse(
        {
            "cameras": [
                {
                    "camera_id": camera.state.camera.camera_id,
                    "condition": str(camera.state.condition),
                    "is_alarm": camera.is_alarm,
                    "html": words.render({"camera": camera, "now": work.now()}),
                }
                for camera in cameras
            ]
        }
    )


@router.get("/wall/{camera_id}/still.jpg")
def show_small_still(
    camera_id: str,
    request: Request,
    work: WorkNow,
    session: Watcher,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Send the latest picture of a camera in the wall's size, unless the reader has it; no browser may keep it."""
    find_camera(work, camera_id)
    still, room = latest_still(work.context.store, camera_id), room_of(request)
    if still is None:
        raise Missing
    etag, small = room.pictures.small(camera_id, still)
    headers = {"ETag": etag, "Cache-Control": "no-store"}
    if is_known(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    if not room.looks.is_told(session.session_id, camera_id, work.now()):
        note_camera_seen(work, session, camera_id, small)
    return Response(small, media_type="image/jpeg", headers=headers)


def _matches(camera: WallCamera, query: QueryParams) -> bool:
    agency, health = query.get("agency", ""), query.get("health", "")
    is_of_agency = not agency or camera.agency == agency
    return is_of_agency and (not health or (camera.is_alarm if health == ALARMS else camera.state.condition == health))


def _ids(cameras: list[WallCamera]) -> frozenset[str]:
    return frozenset(camera.state.camera.camera_id for camera in cameras)
