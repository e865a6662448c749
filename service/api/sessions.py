"""The reader's own session."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.api.auth import SignedIn, WorkNow, end_session, may_review, require_csrf_header, rights_held
from service.api.schemas import SessionShape
from service.db.records import SessionRecord

router = APIRouter(tags=["session"])


@router.get("/session")
def read_session(session: SignedIn) -> SessionShape:
    """Tell who is signed in, what they may do, and the token that changes need."""
    return SessionShape(
        login=session.user.login,
        display_name=session.user.display_name,
        role=session.user.role,
        rights=sorted(rights_held(session)),
        agency=session.user.agency,
        may_review=may_review(session),
        csrf_token=session.csrf_token,
        expires_at=session.expires_at,
    )


@router.delete("/session", status_code=204)
def close_session(
    request: Request, work: WorkNow, _session: Annotated[SessionRecord, Depends(require_csrf_header)]
) -> Response:
    """Sign out."""
    response = Response(status_code=204)
    end_session(request, response, work)
    return response
