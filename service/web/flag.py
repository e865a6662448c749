"""One flag: what was seen, how sure the system is, and the verdict."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from service.api.asked import asked_of, asker_of, selection_of
from service.api.auth import Work, WorkNow, has_right, needs, require_csrf_field, require_session
from service.api.blind import as_shown, shown_reviews
from service.api.problems import Invalid
from service.api.queue import judges_for, next_free
from service.api.reasons import NO_REASON_WORDS, OTHER, OTHER_REASON_WORDS, UNSTATED, reasons_for
from service.api.schemas import ReviewRequest
from service.api.seen import note_event_fetched, note_event_seen
from service.api.selection import Selection, is_flag, main_zone
from service.api.verdicts import store_review
from service.db.records import EventRecord, SessionRecord, Verdict
from service.rights import Right
from service.web import labels
from service.web.flag_looks import drawn_looks
from service.web.flag_parts import SAME_MAX, Exhibits, asked_by, exhibits_of, precision_here, same_track
from service.web.flags import WAITING, zones_of
from service.web.pages import query_string, render
from service.web.timelines import trace_spells, trace_timeline

router = APIRouter(dependencies=[Depends(needs(Right.SEE_FLAGS))])
Seer = Annotated[SessionRecord, Depends(require_session)]


@router.get("/flags/{event_id}")
def show_flag(
    event_id: str,
    request: Request,
    work: WorkNow,
    session: Seer,
    *,
    x_ahead: Annotated[str, Header(max_length=1)] = "",
) -> Response:
    """Show one flag. A page that fetches it ahead says so; once it shows it, it tells that too."""
    stored = work.events.get(event_id)
    event = as_shown(stored, session)
    (note_event_fetched if x_ahead else note_event_seen)(work, session, event_id)
    evidence = work.evidence.of(event_id)
    is_check = event.checked_rule is not None
    exhibits = exhibits_of(evidence, with_drawing=not is_check)
    return render(
        request,
        "flag.html",
        session,
        {
            "event": event,
            "is_flag": is_flag(event),
            "is_check": is_check,
            "zone": zones_of(work).get(event.camera_id, main_zone(work.sites.sites())),
            "evidence": evidence,
            "gone": work.evidence.gone_of(event_id),
            "is_locked": any(lock.is_in_force for lock in work.custody.locks_of(event_id)),
            "exhibits": exhibits,
            **_explained(work, event, exhibits),
            **_verdict_form(work, session, event),
            **_around(work, session, event, selection_of(request.query_params)),
            "hearing": work.cases.of_event(event_id) if has_right(session, Right.SEE_CASES) else None,
            "asked_of_me": asked_by(work, session, stored),
            "reviews": shown_reviews(work, session, stored),
            "read_at": work.now(),
        },
    )


def _explained(work: Work, event: EventRecord, exhibits: Exhibits) -> dict[str, object]:
    """Return what the system answered and how often it is right; of a random check nothing.

    It would lead the eye, and a recall so estimated would flatter the system.
    """
    words = labels.rule_words(event.asked_rule)
    if event.checked_rule is not None:
        return {"words": words, "trace": None, "spells": [], "looks": "", "precision": None}
    zone = zones_of(work).get(event.camera_id, main_zone(work.sites.sites()))
    trace = trace_timeline(event, words.supports, zone)
    return {
        "words": words,
        "trace": trace,
        "spells": [] if trace is None else [*trace_spells(trace.bars), *trace.hands],
        "looks": drawn_looks(event, words.supports) if exhibits.clips else "",
        "precision": precision_here(work, event),
    }


def _verdict_form(work: Work, session: SessionRecord, event: EventRecord) -> dict[str, object]:
    is_check, is_leader = event.checked_rule is not None, has_right(session, Right.SETTLE)
    return {
        "verdict_words": labels.CHECK_VERDICT_WORDS if is_check else labels.VERDICT_WORDS,
        "verdict_hints": labels.CHECK_VERDICT_HINTS if is_check else labels.VERDICT_HINTS,
        "verdicts": list(Verdict),
        "reasons": {verdict: reasons_for(event, verdict) for verdict in Verdict},
        "unstated": (UNSTATED, NO_REASON_WORDS),
        "other": (OTHER, OTHER_REASON_WORDS),
        "request_id": str(uuid.uuid4()),
        "same": same_track(work, session, event) if has_right(session, Right.JUDGE) else [],
        "inspectors": judges_for(work, event) if is_leader else {},
        "given_to": work.reviews.assigned([event.event_id]).get(event.event_id),
    }


def _around(work: Work, session: SessionRecord, event: EventRecord, selection: Selection) -> dict[str, object]:
    """Return where to go from here, and who else is here."""
    asker = asker_of(work, session)
    waiting = selection.to_filter(main_zone(work.sites.sites()), asker, is_free=selection.state in WAITING)
    before, after = work.events.neighbours(event, waiting)
    claim = work.reviews.claims_on([event.event_id], asker.now).get(event.event_id)
    return {
        "asked": asked_of(selection),
        "before": before,
        "after": after,
        "next_url": _next_url(work, session, event, selection),
        "taken_by": "" if claim is None or claim.user_id == asker.user_id else claim.user_name,
    }


def sent_verdict(
    *,
    verdict: Annotated[str, Form(max_length=32)] = "",
    reason: Annotated[str, Form(max_length=64)] = UNSTATED,
    note: Annotated[str, Form(max_length=4000)] = "",
    request_id: Annotated[str, Form(max_length=60)] = "",
) -> ReviewRequest:
    """Read the plain form."""
    try:
        return ReviewRequest(verdict=verdict, reason=reason, note=note, request_id=request_id)  # type: ignore[arg-type]
    except ValidationError as error:
        raise Invalid(tuple(str(found["loc"][0]) for found in error.errors())) from None


@router.post("/flags/{event_id}/verdict", dependencies=[Depends(needs(Right.JUDGE))])
def give_verdict(
    event_id: str,
    request: Request,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_field)],
    wanted: Annotated[ReviewRequest, Depends(sent_verdict)],
    also: Annotated[tuple[str, ...], Form(max_length=SAME_MAX)] = (),
) -> Response:
    """Store a verdict from the plain form, for browsers without scripts, and go to the next flag."""
    store_review(work, session, event_id, wanted)
    for number, other in enumerate(also, start=1):
        store_review(work, session, other, wanted.model_copy(update={"request_id": f"{wanted.request_id}-{number}"}))
    selection = selection_of(request.query_params)
    return RedirectResponse(_next_url(work, session, work.events.get(event_id), selection), status_code=303)


def _next_url(work: Work, session: SessionRecord, event: EventRecord, selection: Selection) -> str:
    """Return where to go after a verdict: the next flag that waits and is free, else the queue."""
    found = next_free(work, session, event, selection, skipped=frozenset({event.event_id}))
    asked = asked_of(selection)
    if selection.state not in WAITING:
        asked.pop("state", None)
    return f"/flags/{found}{query_string(asked)}" if found else "/flags" + query_string({**asked, "decided": 1})
