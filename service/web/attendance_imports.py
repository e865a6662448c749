"""Import leave, cover or stamps from a file: every row is checked before anything is stored."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from service.api.auth import Work, WorkNow, require_csrf_field, require_keeper
from service.api.problems import Missing
from service.api.selection import main_zone
from service.api.staff import staff_of
from service.attendance.facts import Cover, Leave, Punch
from service.attendance.imported import Fact, Importable, Known
from service.db.records import SessionRecord
from service.web import attendance_labels
from service.web.pages import render

router = APIRouter()
log = structlog.get_logger(__name__)
FAULTS_SHOWN = 200
UNPROCESSABLE = 422


@router.post("/attendance/{what}/import")
def import_file(
    what: Importable,
    request: Request,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_field)],
    *,
    file: UploadFile,
    only_good: Annotated[str, Form()] = "",
) -> Response:
    """Store all rows, or the good ones where that was asked for; else nothing, and say what is wrong."""
    require_keeper(session)
    reader = work.context.readers.get(what)
    if reader is None:
        raise Missing
    checked = reader(file.filename or "", file.file.read(), known_to(work))
    is_stored = bool(checked.good) and (not checked.faults or bool(only_good))
    if is_stored:
        store_facts(work, session, checked.good)
        log.info("attendance imported", login=session.user.login, what=str(what), rows=len(checked.good))
    if not checked.faults:
        address = f"/attendance/{what}?done=imported&stored={len(checked.good)}"
        return RedirectResponse(address, status_code=303)
    return render(
        request,
        "attendance_import.html",
        session,
        {
            "words": attendance_labels,
            "what": what,
            "file_name": file.filename or "",
            "good": len(checked.good),
            "faults": checked.faults[:FAULTS_SHOWN],
            "faults_total": len(checked.faults),
            "is_stored": is_stored,
        },
        status=200 if is_stored else UNPROCESSABLE,
    )


def known_to(work: Work) -> Known:
    """Return what the rows of a file may name."""
    sites = work.sites.sites()
    desks = work.sites.desks_of([site.site_id for site in sites])
    return Known(
        officers={officer_id: member.officer.name for officer_id, member in staff_of(work, sites).items()},
        desks={(desk.camera_id, desk.place_id): desk.name for desk in desks},
        zone=main_zone(sites),
    )


def store_facts(work: Work, session: SessionRecord, facts: tuple[Fact, ...]) -> None:
    """Store what was read, in the request's transaction; what is known already changes nothing."""
    by, at = session.user.user_id, work.now()
    for fact in facts:
        if isinstance(fact, Leave):
            work.attendance.add_leave(fact, by=by, at=at)
        elif isinstance(fact, Cover):
            work.attendance.add_cover(fact, by=by, at=at)
    work.attendance.add_punches([fact for fact in facts if isinstance(fact, Punch)], at=at)
