"""One's own tokens: made for a program, shown once, revoked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from service.api.auth import WorkNow, require_csrf_field, require_person
from service.api.problems import Invalid
from service.api.schemas import RowId
from service.api.tokens import make_token, revoke_token
from service.db.records import SessionRecord
from service.rights import Right
from service.web.account import account_page

router = APIRouter(dependencies=[Depends(require_person)])
Owner = Annotated[SessionRecord, Depends(require_csrf_field)]


@router.post("/account/tokens")
def add_token(
    request: Request,
    work: WorkNow,
    session: Owner,
    *,
    name: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[int, Form()] = 90,
    scopes: Annotated[list[Right] | None, Form()] = None,
) -> Response:
    """Make a token and show its secret, this once."""
    try:
        _made, secret = make_token(work, session, name, scopes=scopes or [], days=days)
    except Invalid as invalid:
        entered: dict[str, object] = {"name": name, "days": days, "scopes": scopes or []}
        return account_page(request, work, session, faults={"token": invalid.faults[0]}, entered=entered)
    return account_page(request, work, session, secret=secret)


@router.post("/account/tokens/{token_id}/revoke")
def end_token(token_id: RowId, work: WorkNow, session: Owner) -> Response:
    """End a token, at once."""
    revoke_token(work, session, token_id)
    return RedirectResponse("/account?done=token", status_code=303)
