"""One flag: what was seen, how sure the system is, and the verdict."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from service.api.auth import Work, WorkNow, needs, require_csrf_field, require_session
from service.api.blind import as_shown, shown_reviews
from service.api.problems import Invalid
from service.api.reasons import NO_REASON_WORDS, OTHER, OTHER_REASON_WORDS, UNSTATED, reasons_for
from service.api.schemas import ReviewRequest
from service.api.seen import note_event_seen
from service.api.selection import Selection, State, is_flag, main_zone
from service.api.verdicts import store_review
from service.db.records import EventRecord, EvidenceKind, EvidenceRecord, SessionRecord, Verdict
from service.rights import Right
from service.web import labels
from service.web.flags import asked_of, asker_of, selection_of, zones_of
from service.web.pages import query_string, render
from service.web.timelines import trace_spells, trace_timeline

router = APIRouter(dependencies=[Depends(needs(Right.SEE_FLAGS))])
Seer = Annotated[SessionRecord, Depends(require_session)]
CLIPS = (EvidenceKind.CLIP, EvidenceKind.CLIP_START, EvidenceKind.CLIP_END)


@dataclass(frozen=True, slots=True)
class Exhibits:
    """The evidence of one flag, by what it is."""

    clips: tuple[EvidenceRecord, ...]
    snapshot: EvidenceRecord | None
    drawing: EvidenceRecord | None


@router.get("/flags/{event_id}")
def show_flag(event_id: str, request: Request, work: WorkNow, session: Seer) -> Response:
    """Show one flag."""
    event = as_shown(work.events.get(event_id), session)
    fallback = main_zone(work.sites.sites())
    zone = zones_of(work).get(event.camera_id, fallback)
    selection = selection_of(request.query_params)
    before, after = work.events.neighbours(event, selection.to_filter(fallback, asker_of(work, session)))
    evidence = work.evidence.of(event_id)
    note_event_seen(work, session, event_id)
    words = labels.rule_words(event.asked_rule)
    is_check = event.checked_rule is not None
    # what the system answered would lead the eye, and a recall so estimated would flatter it
    trace = None if is_check else trace_timeline(event, words.supports, zone)
    return render(
        request,
        "flag.html",
        session,
        {
            "event": event,
            "is_flag": is_flag(event),
            "is_check": is_check,
            "verdict_words": labels.CHECK_VERDICT_WORDS if is_check else labels.VERDICT_WORDS,
            "verdict_hints": labels.CHECK_VERDICT_HINTS if is_check else labels.VERDICT_HINTS,
            "zone": zone,
            "words": words,
            "evidence": evidence,
            "gone": work.evidence.gone_of(event_id),
            "is_locked": any(lock.is_in_force for lock in work.custody.locks_of(event_id)),
            "exhibits": _exhibits(evidence, with_drawing=not is_check),
            "trace": trace,
            "spells": [] if trace is None else [*trace_spells(trace.bars), *trace.hands],
            "reviews": shown_reviews(work, session, event),
            "asked": asked_of(selection),
            "before": before,
            "after": after,
            "next_url": _next_url(work, session, event, selection),
            "verdicts": list(Verdict),
            "reasons": {verdict: reasons_for(event, verdict) for verdict in Verdict},
            "unstated": (UNSTATED, NO_REASON_WORDS),
            "other": (OTHER, OTHER_REASON_WORDS),
            "request_id": str(uuid.uuid4()),
        },
    )


@router.post("/flags/{event_id}/verdict")
def give_verdict(
    event_id: str,
    request: Request,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_field)],
    *,
    verdict: Annotated[str, Form(max_length=32)] = "",
    reason: Annotated[str, Form(max_length=64)] = UNSTATED,
    note: Annotated[str, Form(max_length=4000)] = "",
    request_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Store a verdict from the plain form, for browsers without scripts, and go to the next flag."""
    try:
        wanted = ReviewRequest.model_validate(
            {"verdict": verdict, "reason": reason, "note": note, "request_id": request_id}
        )
    except ValidationError as error:
        raise Invalid(tuple(str(found["loc"][0]) for found in error.errors())) from None
    store_review(work, session, event_id, wanted)
    selection = selection_of(request.query_params)
    return RedirectResponse(_next_url(work, session, work.events.get(event_id), selection), status_code=303)


def _next_url(work: Work, session: SessionRecord, event: EventRecord, selection: Selection) -> str:
    """Return where to go after a verdict: the next flag that waits and is free, from here on, else from the top."""
    wanted = selection if selection.state in (State.MINE, State.DISPUTED) else replace(selection, state=State.OPEN)
    zone = main_zone(work.sites.sites())
    before, after = work.events.neighbours(event, wanted.to_filter(zone, asker_of(work, session), is_free=True))
    asked = asked_of(wanted)
    if after or before:
        return f"/flags/{after or before}{query_string(asked)}"
    return "/flags" + query_string({**asked, "decided": 1})


def _exhibits(evidence: list[EvidenceRecord], *, with_drawing: bool) -> Exhibits:
    by_kind = {record.kind: record for record in evidence}
    return Exhibits(
        clips=tuple(by_kind[kind] for kind in CLIPS if kind in by_kind),
        snapshot=by_kind.get(EvidenceKind.SNAPSHOT),
        drawing=by_kind.get(EvidenceKind.SNAPSHOT_ANNOTATED) if with_drawing else None,
    )
