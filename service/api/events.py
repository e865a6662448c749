"""Events: the queue, one event, and its verdicts."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from service.api.auth import WorkNow, needs
from service.api.blind import as_shown, shown_reviews
from service.api.problems import Invalid
from service.api.schemas import EventDetailShape, EventPageShape, EventShape
from service.api.seen import note_event_seen, note_search
from service.api.selection import Asker, Day, Selection, State, main_zone
from service.db.finding import COUNTED_AT_MOST as COUNTED_AT_MOST
from service.db.finding import Mark
from service.db.records import EventRecord, SessionRecord
from service.rights import Right

router = APIRouter(tags=["events"])
Seer = Annotated[SessionRecord, Depends(needs(Right.SEE_FLAGS))]


def asked_selection(
    *,
    rule: Annotated[str | None, Query(description="One rule; without it all rules that flag.")] = None,
    camera: Annotated[str | None, Query(description="One camera, by id.")] = None,
    agency: Annotated[str | None, Query(description="One agency, by name.", max_length=200)] = None,
    state: Annotated[State, Query(description="How the flag stands, as the reader may know it.")] = State.OPEN,
    day: Annotated[Day | None, Query(description="One day in the site's time zone, or the first of some.")] = None,
    until: Annotated[Day | None, Query(description="The last of some days.")] = None,
    score: Annotated[float | None, Query(ge=0, le=1, description="At least so strong.")] = None,
) -> Selection:
    """Read the filters."""
    return Selection(rule, camera, state, day, until, agency, score)


@router.get("/events")
def list_events(
    work: WorkNow,
    session: Seer,
    selection: Annotated[Selection, Depends(asked_selection)],
    *,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="Counted from `after`, where that is given.")] = 0,
    after: Annotated[str, Query(max_length=100, description="`next` of the list before: go on behind it.")] = "",
) -> EventPageShape:
    """List events, newest first. To read many, follow `next`: however deep, each list comes as quickly as the first."""
    zone, asker = main_zone(work.sites.sites()), Asker(session.user.user_id, work.now())
    wanted, mark = selection.to_filter(zone, asker), read_mark(after)
    total = work.events.count(wanted, at_most=COUNTED_AT_MOST + 1)
    found = work.events.page(wanted, of=total, limit=limit, offset=offset, behind=mark)
    note_search(work, session, selection, shown=len(found))
    return EventPageShape(
        total=min(total, COUNTED_AT_MOST),
        has_more=total > COUNTED_AT_MOST,
        limit=limit,
        offset=offset,
        next=mark_of(found[-1]) if len(found) == limit else None,
        items=[EventShape.of(as_shown(event, session)) for event in found],
    )


@router.get("/events/{event_id}")
def read_event(event_id: str, work: WorkNow, session: Seer) -> EventDetailShape:
    """Read one event with its trace, evidence and verdicts. That it was read is noted in the journal."""
    event = work.events.get(event_id)
    note_event_seen(work, session, event_id)
    return EventDetailShape.with_all(
        as_shown(event, session), work.evidence.of(event_id), shown_reviews(work, session, event)
    )


def mark_of(event: EventRecord) -> str:
    """Return an event's place among all, as an address holds it; what it is made of is nobody's business."""
    return urlsafe_b64encode(f"{event.started_at.isoformat()} {event.event_id}".encode()).decode().rstrip("=")


def read_mark(text: str) -> Mark | None:
    """Read `mark_of`; None where there is none. Raises `Invalid` where it is not one of ours."""
    if not text:
        return None
    try:
        moment, _, event_id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        started_at = datetime.fromisoformat(moment)
    except ValueError:
        raise Invalid(("after",)) from None
    if started_at.utcoffset() is None:
        raise Invalid(("after",))
    return Mark(started_at, event_id)
