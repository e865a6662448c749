"""Import leave, cover or stamps from a file: every row is checked before anything is stored."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from service.api.attendance_asked import KEEPS
from service.api.auth import WorkNow, require_csrf_field
from service.api.problems import Missing
from service.api.selection import main_zone
from service.attendance.imported import Importable
from service.attendance.importing import import_context, store_facts
from service.db.records import SessionRecord
from service.web import attendance_labels
from service.web.pages import render

router = APIRouter()
log = structlog.get_logger(__name__)
FAULTS_SHOWN = 200
UNPROCESSABLE = 422


@router.post("/attendance/{what}/import", dependencies=KEEPS)
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
    reader = work.context.readers.get(what)
    if reader is None:
        raise Missing
    sites, at = work.sites.sites(), work.now()
    context = import_context(work.sites, work.attendance, sites, zone=main_zone(sites), now=at)
    checked = reader(file.filename or "", file.file.read(), context)
    is_stored = bool(checked.good) and (not checked.faults or bool(only_good))
    if is_stored:
        store_facts(work.attendance, checked.good, by=session.user.user_id, at=at)
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
