"""Who is looking at a flag: nobody else is led to it meanwhile, and nobody is locked out of it either."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from service.api.auth import WorkNow, needs, require_csrf_header
from service.api.problems import NoFlag, OwnFlag
from service.api.refusals import refuses
from service.api.schemas import Shape
from service.api.seen import note_event_seen
from service.api.selection import is_flag
from service.api.verdicts import refuse_own
from service.db.records import SessionRecord
from service.rights import Right

router = APIRouter(tags=["queue"], dependencies=[Depends(needs(Right.JUDGE))])
Judge = Annotated[SessionRecord, Depends(require_csrf_header)]
CLAIM_LASTS = timedelta(minutes=2)
"""The page renews it every minute; of one whose browser died, a flag is free again after this."""


class ClaimRequest(Shape):
    """A flag is being shown."""

    was_ahead: bool = Field(
        default=False,
        strict=True,
        description="Whether its page was fetched before it was shown; that it is shown is noted now.",
    )


class ClaimShape(Shape):
    """Who has a flag before them, and until when."""

    event_id: str
    is_mine: bool
    user_name: str
    until: datetime


@router.post("/events/{event_id}/claim", responses=refuses(NoFlag, OwnFlag))
def claim_flag(event_id: str, wanted: ClaimRequest, work: WorkNow, session: Judge) -> ClaimShape:
    """Take a flag before oneself for two minutes, or hold it longer. Where somebody else has it, say who."""
    event = work.events.get(event_id)
    if not is_flag(event):
        raise NoFlag
    refuse_own(session, event)
    claim = work.reviews.claim(event_id, session.user.user_id, at=work.now(), lasts=CLAIM_LASTS)
    if wanted.was_ahead:
        note_event_seen(work, session, event_id)
    return ClaimShape(
        event_id=event_id,
        is_mine=claim.user_id == session.user.user_id,
        user_name=claim.user_name,
        until=claim.until,
    )


@router.delete("/events/{event_id}/claim", status_code=204)
def release_flag(event_id: str, work: WorkNow, session: Judge) -> None:
    """Give a flag back unjudged; that of somebody else stays theirs."""
    work.events.get(event_id)
    work.reviews.release(event_id, session.user.user_id)
