"""What was set aside in the evidence store, what is missing from it, and how full its disk is."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from service.api.auth import WorkNow, has_right, needs, require_csrf_field
from service.api.problems import NotAsThingsStand, NotVouched
from service.api.selection import main_zone
from service.db.owned import OwnedRepository
from service.db.records import SessionRecord
from service.errors import EvidenceExists, EvidenceHeld, Refused
from service.evidence.quarantine import Recoverer, set_aside
from service.rights import Right
from service.web.pages import render

router = APIRouter()

SHOWN = 200


class RecoverForm(BaseModel):
    """The object that somebody wants back."""

    key: str
    csrf_token: str = ""


@router.get("/quarantine")
def show_quarantine(
    request: Request, work: WorkNow, session: Annotated[SessionRecord, Depends(needs(Right.SEE_STORE))]
) -> Response:
    """Show what nobody owns and what is gone. Only for those who look after the evidence."""
    context = work.context
    found = list(islice(set_aside(context.store), SHOWN + 1))
    with context.database.transaction() as opened:
        owners = OwnedRepository(opened)
        missing, missing_count = owners.missing(limit=SHOWN), owners.missing_count()
    return render(
        request,
        "quarantine.html",
        session,
        {
            "found": found[:SHOWN],
            "has_more": len(found) > SHOWN,
            "missing": missing,
            "missing_count": missing_count,
            "zone": main_zone(work.sites.sites()),
            "may_recover": has_right(session, Right.TEND_STORE),
            "recovered": request.query_params.get("recovered", ""),
        },
    )


@router.post("/quarantine/recover", dependencies=[Depends(needs(Right.TEND_STORE))])
def recover(
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_field)],
    form: Annotated[RecoverForm, Form()],
) -> Response:
    """Put one object back, on the word of the database or of the journal."""
    context = work.context
    try:
        outcome = Recoverer(context.database, context.store, context.pen).recover(
            form.key, user_id=session.user.user_id
        )
    except Refused:
        raise NotVouched from None
    except (EvidenceExists, EvidenceHeld) as error:
        raise NotAsThingsStand(str(error)) from None
    return RedirectResponse(f"/quarantine?recovered={outcome}", status_code=303)
