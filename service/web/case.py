"""One hearing: its steps, what the reader may do next, and the page that opens one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from service.api.answers import let_in
from service.api.auth import Work, WorkNow, needs, require_csrf_field
from service.api.case_reading import read_case, sees_all, shown_attachment, shown_steps
from service.api.case_shapes import CaseRequest, StepRequest
from service.api.cases import link_of
from service.api.hearing_parties import actor_of, is_person, refuse_concerned
from service.api.hearing_problems import NotConfirmed
from service.api.hearings import (
    Opening,
    WantedStep,
    change_door,
    do_step,
    open_case,
    steps_open_to,
    zone_of,
)
from service.api.problems import Forbidden, Invalid
from service.api.schemas import RowId
from service.db.records import EventRecord, OfficerRecord, SessionRecord, Standing
from service.hearing.cases import Attachment, CaseRecord, steps_in
from service.hearing.credentials import Credentials, is_pin
from service.hearing.stages import Outcome, StepKind, may_change_door
from service.rights import Right
from service.web import case_labels, labels
from service.web.case_paper import notice_pdf, number_pdf, send_news, send_notice
from service.web.pages import render

router = APIRouter()
Seer = Annotated[SessionRecord, Depends(needs(Right.SEE_CASES))]
Hearer = Annotated[SessionRecord, Depends(needs(Right.HEAR))]
FormSender = Annotated[SessionRecord, Depends(require_csrf_field)]
ACTS = (StepKind.CONCLUSION, StepKind.APPEAL_CONCLUSION, StepKind.EXTENSION, StepKind.WITHDRAWN)
SOMEBODY_ELSE = "-"
"""In the choice of officers: whoever is named in the field beside it."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Whom a hearing may be about: those of the desk first, for they are meant most often."""

    of_desk: tuple[OfficerRecord, ...]
    others: tuple[OfficerRecord, ...]


@router.get("/cases/new")
def show_opening(
    request: Request, work: WorkNow, session: Hearer, event: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Ask whom the hearing is about."""
    flag = work.events.get(event)
    known = work.cases.of_event(event)
    if known is not None:
        return RedirectResponse(f"/cases/{known.case_id}", status_code=303)
    if flag.standing is not Standing.BREACH:
        raise NotConfirmed
    refuse_concerned(session, flag, officer_id=None)
    site = work.sites.site_of_camera(flag.camera_id)
    return render(
        request,
        "case_new.html",
        session,
        {
            "event": flag,
            "zone": zone_of(site),
            "words": labels.rule_words(flag.asked_rule),
            "candidates": _candidates(work, flag),
            "somebody_else": SOMEBODY_ELSE,
            "may_send": bool(work.context.public_url),
            "days": work.context.hearing_times.respond_days,
            "request_id": str(uuid.uuid4()),
        },
    )


def asked_opening(
    *,
    event_id: Annotated[str, Form(max_length=64)] = "",
    officer: Annotated[str, Form(max_length=64)] = "",
    person_name: Annotated[str, Form(max_length=200)] = "",
    email: Annotated[str, Form(max_length=254)] = "",
    answer_language: Annotated[str, Form(max_length=8)] = "vi",
    text: Annotated[str, Form(max_length=20_000)] = "",
    request_id: Annotated[str, Form(max_length=64)] = "",
) -> Opening:
    """Read the form that opens a hearing. Raises `Invalid`."""
    is_named = officer not in ("", SOMEBODY_ELSE)
    try:
        wanted = CaseRequest(
            event_id=event_id,
            officer_id=officer if is_named else None,
            person_name="" if is_named else person_name,
            email=email.strip(),
            language=answer_language,
            text=text.replace("\r\n", "\n"),
            request_id=request_id,
        )
    except ValidationError as error:
        raise Invalid(tuple(str(found["loc"][0]) for found in error.errors())) from None
    return Opening(**wanted.model_dump())


@router.post("/cases/new", dependencies=[Depends(needs(Right.HEAR))])
def open_hearing(
    request: Request, work: WorkNow, session: FormSender, wanted: Annotated[Opening, Depends(asked_opening)]
) -> Response:
    """Open the hearing and show link and number, this once."""
    case, made = open_case(work, session, wanted)
    if made is None:
        return RedirectResponse(f"/cases/{case.case_id}?shown=1", status_code=303)
    if work.context.copies is not None:
        work.context.copies.ask(case.event_id, user_id=session.user.user_id)
    if case.email:
        send_notice(work, case, link_of(request, work, made.token))
    return _show_door(request, work, session, case, made)


@router.get("/cases/{case_id}")
def show_case(
    case_id: str,
    request: Request,
    work: WorkNow,
    session: Seer,
    *,
    done: Annotated[str, Query(max_length=20)] = "",
    shown: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    """Show one hearing."""
    case = read_case(work, session, case_id)
    actor = actor_of(work, session, case)
    event = work.cases.flag_of(case)
    may = steps_open_to(work, case, actor)
    gave_verdict = any(review.reviewer_id == session.user.user_id for review in work.reviews.of(case.event_id))
    return render(
        request,
        "case.html",
        session,
        {
            "words": case_labels,
            "case": case,
            "event": event,
            "zone": zone_of(work.cases.site_of(case)),
            "rule": labels.rule_words(case.rule_id),
            "steps": shown_steps(work, session, case),
            "names": work.accounts.names(),
            "sees_all": sees_all(session, case),
            "is_subject": actor.is_subject,
            "is_concerned": actor.is_concerned,
            "may_change_door": may_change_door(steps_in(work.cases.steps_of(case_id)), actor),
            "is_late": case.is_late(work.now()),
            "acts": [kind for kind in ACTS if kind in may],
            "outcomes": list(Outcome),
            "gave_verdict": gave_verdict,
            "files_at": f"/cases/{case_id}/attachments",
            "request_ids": {kind: str(uuid.uuid4()) for kind in ACTS},
            "first_day": (work.now() + timedelta(days=1)).date(),
            "done": done,
            "shown": shown,
            "read_at": work.now(),
        },
    )


@router.post("/cases/{case_id}/steps", dependencies=[Depends(needs(Right.HEAR))])
def take_step(
    case_id: str,
    work: WorkNow,
    session: FormSender,
    *,
    kind: Annotated[str, Form(max_length=24)] = "",
    text: Annotated[str, Form(max_length=20_000)] = "",
    outcome: Annotated[str, Form(max_length=24)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
    request_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Do the next step of the inspection."""
    case = work.cases.get(case_id)
    try:
        wanted = StepRequest.model_validate(
            {
                "kind": kind,
                "text": text.replace("\r\n", "\n").strip() or "\n",  # that there are none is told in plain words
                "outcome": outcome or None,
                "until": _end_of(until, work, case),
                "request_id": request_id,
            }
        )
    except ValidationError as error:
        raise Invalid(tuple(str(found["loc"][0]) for found in error.errors())) from None
    step, is_new = do_step(work, actor_of(work, session, case), case_id, WantedStep(**wanted.model_dump()))
    if is_new:
        send_news(work, case, step)
    return RedirectResponse(f"/cases/{case_id}?done={step.kind}", status_code=303)


@router.post("/cases/{case_id}/door", dependencies=[Depends(needs(Right.HEAR))])
def renew_door(case_id: str, request: Request, work: WorkNow, session: FormSender) -> Response:
    """Make another link and number, and show them this once.

    Where the link can be sent, it is not shown: nobody of the inspection holds both then.
    """
    case = work.cases.get(case_id)
    made = change_door(work, session, case)
    if not (case.email and work.context.public_url):
        return _show_door(request, work, session, case, made)
    send_notice(work, case, link_of(request, work, made.token))
    return _show_door(request, work, session, case, Credentials("", made.pin))


@router.post("/cases/{case_id}/sheet", dependencies=[Depends(needs(Right.HEAR))])
def print_sheet(
    case_id: str,
    request: Request,
    work: WorkNow,
    session: FormSender,
    *,
    sheet: Annotated[str, Form(max_length=10)] = "",
    token: Annotated[str, Form(max_length=100)] = "",
    pin: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Set a sheet as PDF. Link and number come from the page that shows them once: they are stored nowhere."""
    case, is_number = work.cases.get(case_id), sheet == "number"
    actor = actor_of(work, session, case)
    door = work.doors.door_of(case_id) if is_number else work.doors.find(token)
    if not actor.may_hear or actor.is_concerned or door is None or door.case_id != case_id:
        raise Forbidden
    if not is_pin(pin, door.pin_hash):
        raise Forbidden
    content = (
        number_pdf(case, Credentials(token, pin))
        if is_number
        else notice_pdf(work, case, link_of(request, work, token))
    )
    name = f"{'number' if is_number else 'notice'}-{case_id[:8]}.pdf"
    return Response(
        content, media_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.post("/cases/{case_id}/answer", dependencies=[Depends(needs(Right.SEE_CASES))])
def open_own(case_id: str, work: WorkNow, session: FormSender) -> Response:
    """Let somebody with an account into their own hearing without link and number."""
    case = work.cases.get(case_id)
    if not is_person(session, case):
        raise Forbidden
    response = RedirectResponse("/answer", status_code=303)
    let_in(work, response, case_id)
    return response


@router.get("/cases/{case_id}/attachments/{attachment_id}")
def read_attachment(case_id: str, attachment_id: RowId, work: WorkNow, session: Seer) -> Response:
    """Send a file that the person handed in. It came from outside: it is saved, never shown as a page of ours."""
    return send_attachment(work, shown_attachment(work, session, work.cases.get(case_id), attachment_id))


def send_attachment(work: Work, file: Attachment) -> Response:
    """Return the answer with a file that was handed in."""
    with work.context.store.open(file.key) as stored:
        content = stored.read()
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in file.name
    )
    return Response(
        content,
        media_type=file.media_type,
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
        },
    )


def _show_door(request: Request, work: Work, session: SessionRecord, case: CaseRecord, made: Credentials) -> Response:
    return render(
        request,
        "case_opened.html",
        session,
        {
            "case": case,
            "link": link_of(request, work, made.token) if made.token else "",
            "credentials": made,
            "words": case_labels,
            "zone": zone_of(work.cases.site_of(case)),
        },
    )


def _candidates(work: Work, event: EventRecord) -> Candidates:
    site = work.sites.site_of_camera(event.camera_id)
    officers = [] if site is None else work.sites.officers(site.site_id)
    desks = [] if site is None else work.sites.desks(site.site_id)
    here = {
        officer
        for desk in desks
        if (desk.camera_id, desk.place_id) == (event.camera_id, event.place_id)
        for officer in desk.officers
    }
    return Candidates(
        tuple(one for one in officers if one.officer_id in here),
        tuple(one for one in officers if one.officer_id not in here),
    )


def _end_of(day: str, work: Work, case: CaseRecord) -> datetime | None:
    try:
        wanted = date.fromisoformat(day) if day else None
    except ValueError:
        raise Invalid(("until",)) from None
    if wanted is None:
        return None
    return datetime.combine(wanted + timedelta(days=1), time(), zone_of(work.cases.site_of(case)))
