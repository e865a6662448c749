"""The personal page: what somebody is asked to explain, the evidence with others hidden, their answer and appeal."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header, Query, Request
from starlette.responses import RedirectResponse, Response

from service.api.answers import (
    ANSWER_COOKIE,
    ANSWER_PATH,
    RESPONSE_PATH,
    Handed,
    PersonIfIn,
    PersonNow,
    PersonWork,
    let_in,
    open_door,
    read_handed,
    set_cookie,
)
from service.api.auth import WorkNow, context_of, is_same
from service.api.case_reading import withdrawal_in
from service.api.evidence import parse_range
from service.api.hearing_problems import FileUnfit, WordsMissing
from service.api.hearings import PERSON, WantedStep, do_step, settle, steps_open_to, zone_of
from service.api.opened import OpenedFile
from service.api.problems import FormExpired, Missing
from service.api.schemas import RowId
from service.db.records import EvidenceKind
from service.db.redacted import RedactedCopy
from service.evidence.journal import Fact, RowKind
from service.hearing.attachments import FILE_BYTES_MAX, FILES_MAX
from service.hearing.cases import CaseRecord
from service.hearing.copies import MODE, CopyState
from service.hearing.stages import Stage, StepKind, situation_of
from service.web import case_labels, labels
from service.web.case import send_attachment
from service.web.case_paper import NOT_A_FINDING, rights_lines
from service.web.pages import render
from service.web.words import LANGUAGE_COOKIE, language_of, translations

router = APIRouter()
FORM_COOKIE = "congvu_answer_form"
"""Nobody is let in yet, so the token of the form is held by a cookie of its own."""
MARKED = EvidenceKind.SNAPSHOT_ANNOTATED
"""Of a picture with marks no copy is made: the same without marks is there."""
_PRIVATE = {"Referrer-Policy": "no-referrer"}
"""The link must not be told to whatever is opened next."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """What the person sent and why it was not taken: nothing of it is lost to them."""

    handed: Handed
    fault: FileUnfit | WordsMissing


@router.get("/answer")
def show_answer(request: Request, person: PersonIfIn, *, link: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show the page of whoever was let in; else the form for link and number."""
    return _door(request, link) if link or person is None else _page(request, person)


@router.post("/answer")
def open_answer(
    request: Request,
    work: WorkNow,
    *,
    link: Annotated[str, Form(max_length=2000)] = "",
    pin: Annotated[str, Form(max_length=64)] = "",
    form_token: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Check link and number. An unknown link, a wrong number and a pause read the same."""
    held = request.cookies.get(FORM_COOKIE, "")
    if not held or not is_same(held, form_token):
        raise FormExpired
    token = link.strip().rpartition("link=")[2]
    case_id = open_door(work, token, pin)
    if case_id is None:
        return _door(request, token, is_wrong=True)
    response = RedirectResponse(ANSWER_PATH, status_code=303)
    let_in(work, response, case_id)
    response.delete_cookie(FORM_COOKIE, path=ANSWER_PATH)
    return response


@router.post("/answer/leave")
def leave(request: Request, person: PersonNow, csrf_token: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Close the page on this computer."""
    if not is_same(person.person.csrf_token, csrf_token):
        raise FormExpired
    person.work.doors.leave(request.cookies.get(ANSWER_COOKIE, ""))
    response = RedirectResponse(ANSWER_PATH, status_code=303)
    response.delete_cookie(ANSWER_COOKIE, path=ANSWER_PATH)
    return response


@router.post("/answer/stay")
def stay(request: Request, person: PersonNow, csrf_token: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Keep the page open while somebody writes: asking for it has done that already."""
    if not is_same(person.person.csrf_token, csrf_token):
        raise FormExpired
    response = Response(status_code=204)
    set_cookie(response, person.work.context, request.cookies[ANSWER_COOKIE])
    return response


@router.post(RESPONSE_PATH)
def answer(request: Request, handed: Annotated[Handed, Depends(read_handed)], person: PersonNow) -> Response:
    """Take the person's answer, with files."""
    wanted = WantedStep(
        StepKind.RESPONSE, handed.text, handed.request_id, is_complete=handed.is_complete,
        files=handed.files,
    )  # fmt: skip
    return _take(request, person, handed, wanted)


@router.post("/answer/appeal")
def appeal(request: Request, handed: Annotated[Handed, Depends(read_handed)], person: PersonNow) -> Response:
    """Take the person's appeal."""
    wanted = WantedStep(StepKind.APPEAL, handed.text, handed.request_id, files=handed.files)
    return _take(request, person, handed, wanted)


def _take(request: Request, person: PersonWork, handed: Handed, wanted: WantedStep) -> Response:
    """Do a step of the person; where its files or words are unfit, show the page again with what was written."""
    try:
        if handed.unfit is not None:
            raise handed.unfit
        do_step(person.work, PERSON, person.person.case_id, wanted)
    except (FileUnfit, WordsMissing) as fault:
        return _page(request, person, _Refused(handed, fault))
    return RedirectResponse(f"{ANSWER_PATH}?done={wanted.kind}", status_code=303)


@router.get("/answer/evidence/{kind}")
def read_copy(
    kind: str, person: PersonNow, range_header: Annotated[str | None, Header(alias="Range")] = None
) -> Response:
    """Send the redacted copy of one piece of evidence, never the original. That it was seen is in the journal."""
    work, case = person.work, person.work.cases.get(person.person.case_id)
    copy = next((copy for copy in _copies(person, case) if copy.kind == kind), None)
    if copy is None:
        raise Missing
    file = work.context.store.open(copy.key)
    try:
        part = parse_range(range_header, copy.size_bytes)
    except BaseException:
        file.close()
        raise
    first, last = part or (0, copy.size_bytes - 1)
    facts: dict[str, Fact] = {
        "user": "person", "case": case.case_id, "kind": f"{copy.kind}.{copy.mode}", "sha256": copy.sha256,
        "part": "whole" if part is None else f"{first}-{last}",
    }  # fmt: skip
    work.note_look(RowKind.EVIDENCE_VIEWED, facts, subject=case.event_id)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(last - first + 1), "Content-Disposition": "inline"}
    if part is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{copy.size_bytes}"
    return OpenedFile(
        file,
        first,
        last,
        status_code=200 if part is None else 206,
        headers=headers,
        media_type=copy.media_type,
    )


@router.get("/answer/attachments/{attachment_id}")
def read_own_attachment(attachment_id: RowId, person: PersonNow) -> Response:
    """Send a file back to the person who handed it in."""
    case = person.work.cases.get(person.person.case_id)
    if case.stage is Stage.WITHDRAWN:
        raise Missing
    return send_attachment(person.work, person.work.cases.attachment(case.case_id, attachment_id))


def _door(request: Request, link: str, *, is_wrong: bool = False) -> Response:
    token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    values = {"link": link, "is_wrong": is_wrong, "form_token": token}
    response = render(request, "answer_door.html", None, values, status=401 if is_wrong else 200)
    secure = context_of(request).secure_cookies
    response.set_cookie(FORM_COOKIE, token, path=ANSWER_PATH, httponly=True, samesite="strict", secure=secure)
    response.headers.update(_PRIVATE)
    return response


def _page(request: Request, person: PersonWork, refused: _Refused | None = None) -> Response:
    work, case_id = person.work, person.person.case_id
    settle(work, case_id)
    case = work.cases.get(case_id)
    work.note_look(RowKind.CASE_VIEWED, {"user": "person", "case": case_id}, subject=case.event_id)
    steps, site = work.cases.steps_of(case_id), work.cases.site_of(case)
    speak = translations(language_of(request)).gettext
    copies = _copies(person, case)
    response = render(
        request,
        "answer.html",
        None,
        {
            "words": case_labels,
            "case": case,
            "event": work.cases.flag_of(case),
            "zone": zone_of(site),
            "rule": labels.rule_words(case.rule_id),
            "site": site,
            "steps": withdrawal_in(steps) if case.stage is Stage.WITHDRAWN else steps,
            "names": work.accounts.names(),
            "situation": situation_of([step.step for step in steps]),
            "may": steps_open_to(work, case, PERSON),
            "copies": copies,
            "copy_state": _ask_for_copies(person, case, copies),
            "states": CopyState,
            "rights_lines": rights_lines(work, case, site, speak),
            "not_a_finding": NOT_A_FINDING,
            "answer_token": person.person.csrf_token,
            "request_id": str(uuid.uuid4()),
            "files_at": "/answer/attachments",
            "files_max": FILES_MAX,
            "file_mb_max": FILE_BYTES_MAX // 1_000_000,
            "done": request.query_params.get("done", ""),
            "fault": None if refused is None else refused.fault,
            "written": None if refused is None else refused.handed,
        },
        status=200 if refused is None else refused.fault.status,
    )
    set_cookie(response, work.context, request.cookies[ANSWER_COOKIE])
    if refused is None and LANGUAGE_COOKIE not in request.cookies and case.language != language_of(request):
        return RedirectResponse(f"/language/{case.language}?next={ANSWER_PATH}", status_code=303)
    response.headers.update(_PRIVATE)
    return response


def _copies(person: PersonWork, case: CaseRecord) -> list[RedactedCopy]:
    if case.stage is Stage.WITHDRAWN:
        return []  # it may not have been this person
    return [copy for copy in person.work.redacted.copies_of(case.event_id) if copy.mode == MODE]


def _ask_for_copies(person: PersonWork, case: CaseRecord, copies: Sequence[RedactedCopy]) -> CopyState | None:
    """Have made what is missing of the copies; None where nothing is, or nobody makes any."""
    if case.stage is Stage.WITHDRAWN:
        return None
    originals = {record.kind for record in person.work.evidence.of(case.event_id)} - {MARKED}
    maker = person.work.context.copies
    if maker is None or originals <= {copy.kind for copy in copies}:
        return None
    return maker.ask(case.event_id, user_id=case.opened_by)
