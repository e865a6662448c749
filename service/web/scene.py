"""The scene editor: what is drawn on one camera's picture, and its versions."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from service.api.auth import Work, WorkNow
from service.api.camera_states import Watcher
from service.api.problems import Missing
from service.api.scenes import VERSION_MOST, Locked, differs_from, find_camera, may_draw, scene_now
from service.api.seen import note_camera_seen
from service.api.selection import FALLBACK_ZONE
from service.db.records import CameraRecord
from service.stills import latest_still
from service.web.pages import render
from service.web.scene_words import KIND_HINTS, KIND_WORDS, LOCKED_WORDS, editor_words
from service.web.words import language_of, translations

router = APIRouter()
log = structlog.get_logger(__name__)

Version = Annotated[int | None, Query(ge=1, le=VERSION_MOST)]


@router.get("/cameras/{camera_id}/scene")
def show_scene(
    camera_id: str,
    request: Request,
    work: WorkNow,
    session: Watcher,
    *,
    version: Annotated[Version, Query(description="Show an old version, without drawing.")] = None,
    bring_back: Annotated[Version, Query(alias="from", description="Begin with an old version as a draft.")] = None,
) -> Response:
    """Show what is drawn on a camera's picture, to whoever may draw with the tools for it."""
    camera = find_camera(work, camera_id)
    shown = None if version is None else work.calibration.scene(camera_id, version)
    if bring_back is not None:
        work.calibration.scene(camera_id, bring_back)
    now, versions = scene_now(work, camera), work.calibration.scenes(camera_id)
    locked = now.locked or (None if may_draw(session) else Locked.ROLE)
    log.info("scene opened", login=session.user.login, camera_id=camera_id, version=version)
    speak = translations(language_of(request)).gettext
    return render(
        request,
        "scene.html",
        session,
        {
            "camera": camera,
            "zone": _zone_of(work, camera),
            "versions": versions,
            "differs": shown is None and differs_from(now, next(iter(versions), None)),
            "shown": shown,
            "bring_back": bring_back,
            "locked": locked,
            "locked_words": LOCKED_WORDS,
            "kinds": KIND_WORDS,
            "kind_hints": KIND_HINTS,
            "words": {key: speak(message) for key, message in editor_words().items()},
        },
    )


@router.get("/cameras/{camera_id}/still.jpg")
def show_still(camera_id: str, work: WorkNow, session: Watcher) -> Response:
    """Send the latest picture of a camera; what privacy masks cover is black in it."""
    find_camera(work, camera_id)
    jpeg = latest_still(work.context.store, camera_id)
    if jpeg is None:
        raise Missing
    note_camera_seen(work, session, camera_id, jpeg)
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _zone_of(work: Work, camera: CameraRecord) -> ZoneInfo:
    zones = [ZoneInfo(site.timezone) for site in work.sites.sites() if site.site_id == camera.site_id]
    return zones[0] if zones else FALLBACK_ZONE
