"""Events: the queue, one event, and its verdicts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.api.auth import SignedIn, Work, WorkNow, require_csrf_header, require_reviewer
from service.api.problems import NoFlag, RequestReused
from service.api.reasons import check_reason
from service.api.schemas import EventDetailShape, EventPageShape, EventShape, ReviewRequest, ReviewShape
from service.api.seen import note_event_seen, note_rule, note_search
from service.api.selection import Day, Selection, State, is_flag, main_zone
from service.db.records import EventRecord, ReviewRecord, SessionRecord, Verdict
from service.evidence.journal import Fact, RowKind
from service.evidence.offline.journal_rows import sum_of
from service.judging.trust import refresh_rule, trust_of

router = APIRouter(tags=["events"])


@router.get("/events")
def list_events(
    work: WorkNow,
    session: SignedIn,
    *,
    rule: Annotated[str | None, Query(description="One rule; without it all rules that flag.")] = None,
    camera: Annotated[str | None, Query(description="One camera, by id.")] = None,
    state: Annotated[State, Query(description="Waiting for a verdict, decided, or all.")] = State.OPEN,
    day: Annotated[Day | None, Query(description="One day in the site's time zone.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> EventPageShape:
    """List events, newest first."""
    wanted = Selection(rule, camera, state, day).to_filter(main_zone(work.sites.sites()))
    found = work.events.find(wanted, limit=limit, offset=offset)
    note_search(work, session, Selection(rule, camera, state, day), shown=len(found))
    return EventPageShape(
        total=work.events.count(wanted), limit=limit, offset=offset, items=[EventShape.of(event) for event in found]
    )


@router.get("/events/{event_id}")
def read_event(event_id: str, work: WorkNow, session: SignedIn) -> EventDetailShape:
    """Read one event with its trace, evidence and verdicts. That it was read is noted in the journal."""
    event = work.events.get(event_id)
    note_event_seen(work, session, event_id)
    return EventDetailShape.with_all(event, work.evidence.of(event_id), work.events.reviews_of(event_id))


@router.post("/events/{event_id}/reviews", status_code=201)
def add_review(
    event_id: str,
    wanted: ReviewRequest,
    response: Response,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_header)],
) -> ReviewShape:
    """Store a verdict. The same `request_id` again answers 200 with what was stored, and stores nothing."""
    stored, is_new = store_review(work, session, event_id, wanted)
    response.status_code = 201 if is_new else 200
    return ReviewShape.of(stored)


def store_review(work: Work, session: SessionRecord, event_id: str, wanted: ReviewRequest) -> tuple[ReviewRecord, bool]:
    """Store a verdict once; return it and whether it is new.

    Raises:
        Forbidden: The account only reads.
        NotFound: There is no such event.
        NoFlag: The event is a visit at a desk.
        ReasonUnfit: The reason does not go with the verdict.
        RequestReused: The request id stands for another verdict.
    """
    require_reviewer(session)
    event = work.events.get(event_id)
    if not is_flag(event):
        raise NoFlag
    check_reason(wanted.reason, event=event, verdict=wanted.verdict)
    reviewer_id = session.user.user_id
    before = work.events.review_of_request(reviewer_id, wanted.request_id)
    if before is None:
        work.events.add_review(
            event_id,
            reviewer_id=reviewer_id,
            verdict=wanted.verdict,
            reason=wanted.reason,
            note=wanted.note.strip(),
            at=work.now(),
            request_id=wanted.request_id,
        )
        work.note(RowKind.VERDICT_GIVEN, _told(session, wanted), subject=event_id)
        _refresh_trust(work, event)
    stored = work.events.review_of_request(reviewer_id, wanted.request_id)
    if stored is None or _content(stored) != (event_id, wanted.verdict, wanted.reason, wanted.note.strip()):
        raise RequestReused
    return stored, before is None


def _told(session: SessionRecord, wanted: ReviewRequest) -> dict[str, Fact]:
    return {
        "user": session.user.user_id,
        "verdict": str(wanted.verdict),
        "reason": wanted.reason,
        "note_sha256": sum_of(wanted.note.strip().encode()),
    }


def _refresh_trust(work: Work, event: EventRecord) -> None:
    """Let the verdict count: the camera's threshold may move, its rule may be suspended or trusted again."""
    site = work.sites.site_of_camera(event.camera_id)
    trust = None if site is None else trust_of(site.judging, event.rule_id)
    if trust is not None:
        state = refresh_rule(work.calibration, event.camera_id, trust, now=work.now())
        if state is not None:
            note_rule(work, state)


def _content(review: ReviewRecord) -> tuple[str, Verdict, str, str]:
    return review.event_id, review.verdict, review.reason, review.note
