"""What the queue's pages send as plain forms: filters that are kept, and flags that are given to somebody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from service.api.asked import cleaned
from service.api.auth import WorkNow, needs, require_csrf_field
from service.api.problems import Invalid
from service.api.queue import assign
from service.api.schemas import RowId
from service.db.records import SessionRecord
from service.rights import Right

router = APIRouter()
Sender = Annotated[SessionRecord, Depends(require_csrf_field)]


@router.post("/filters", dependencies=[Depends(needs(Right.SEE_FLAGS))])
def keep_filter(
    work: WorkNow,
    session: Sender,
    *,
    name: Annotated[str, Form(max_length=60)] = "",
    query: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Keep the filters in force under a name."""
    if not name.strip():
        raise Invalid(("name",))
    kept = work.reviews.keep_filter(session.user.user_id, name.strip(), cleaned(query), work.now())
    return RedirectResponse(f"/flags?{kept.query}", status_code=303)


@router.post("/filters/{filter_id}/delete", dependencies=[Depends(needs(Right.SEE_FLAGS))])
def drop_filter(
    filter_id: RowId, work: WorkNow, session: Sender, *, query: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    """Forget kept filters and stay where one was."""
    work.reviews.drop_filter(session.user.user_id, filter_id)
    return RedirectResponse(f"/flags?{cleaned(query)}", status_code=303)


@router.post("/flags/{event_id}/assignment", dependencies=[Depends(needs(Right.SETTLE))])
def assign_flag(
    event_id: str,
    request: Request,
    work: WorkNow,
    session: Sender,
    *,
    user_id: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Give a flag to an inspector, or back to everybody where none is chosen."""
    if user_id and not (user_id.isascii() and user_id.isdecimal()):
        raise Invalid(("user_id",))
    assign(work, session, event_id, int(user_id) if user_id else None)
    asked = cleaned(request.url.query)
    return RedirectResponse(f"/flags/{event_id}" + (f"?{asked}" if asked else ""), status_code=303)
