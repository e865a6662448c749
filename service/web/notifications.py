"""The page of one's account on which somebody says where they want to be told of what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from service.api.auth import Work, WorkNow, needs, require_csrf_field, rights_held
from service.api.problems import Problem
from service.api.selection import main_zone
from service.api.subscriptions import REFUSED, send_test, subscribe, subscriptions_of, unsubscribe
from service.db.records import SessionRecord
from service.notices.kinds import RIGHT_FOR, kinds_for
from service.web.notice_words import FAULT_WORDS, KIND_WORDS, ways_of
from service.web.pages import render

router = APIRouter(dependencies=[Depends(needs(*set(RIGHT_FOR.values())))])
Subscriber = Annotated[SessionRecord, Depends(needs(*set(RIGHT_FOR.values())))]
Changer = Annotated[SessionRecord, Depends(require_csrf_field)]
PAGE = "/account/notifications"
Short = Annotated[str, Form(max_length=8)]


@router.get(PAGE)
def show_notifications(request: Request, work: WorkNow, session: Subscriber) -> Response:
    """Show one's own addresses, and the form for another."""
    return _page(request, work, session)


@router.post(PAGE)
def add_address(
    request: Request,
    work: WorkNow,
    session: Changer,
    *,
    address: Annotated[str, Form(max_length=2000)] = "",
    kinds: Annotated[list[str], Form(max_length=20)] = [],  # noqa: B006  # FastAPI copies it
    quiet_from: Short = "",
    quiet_to: Short = "",
) -> Response:
    """Add an address; what is wrong with it is said on the page itself, with all that was typed."""
    asked = {"kinds": kinds, "quiet_from": quiet_from, "quiet_to": quiet_to}
    try:
        subscribe(work, session, address, kinds=kinds, quiet=(quiet_from, quiet_to))
    except REFUSED as problem:
        return _page(request, work, session, problem=problem, asked=asked | {"address": address})
    return _done("added")


@router.post(PAGE + "/{subscription_id}/test")
def try_address(subscription_id: int, work: WorkNow, session: Changer) -> Response:
    """Send a test message."""
    send_test(work, session, subscription_id)
    return _done("tested")


@router.post(PAGE + "/{subscription_id}/remove")
def remove_address(subscription_id: int, work: WorkNow, session: Changer) -> Response:
    """Remove an address."""
    unsubscribe(work, session, subscription_id)
    return _done("removed")


def _page(
    request: Request,
    work: Work,
    session: SessionRecord,
    *,
    problem: Problem | None = None,
    asked: Mapping[str, object] | None = None,
) -> Response:
    kinds, book = kinds_for(rights_held(session)), work.context.addresses
    values = {
        "kept": subscriptions_of(work, session),
        "kinds": kinds,
        "kind_words": KIND_WORDS,
        "fault_words": FAULT_WORDS,
        "zone": main_zone(work.sites.sites()),
        "ways": [] if book is None else ways_of(book.rules.schemas),
        "has_mail": book is not None and book.rules.has_mail,
        "is_on": book is not None,
        "problem": problem,
        "asked": asked or {"address": "", "kinds": list(kinds), "quiet_from": "", "quiet_to": ""},
        "done": request.query_params.get("done", ""),
    }
    return render(request, "notifications.html", session, values, status=200 if problem is None else problem.status)


def _done(what: str) -> Response:
    return RedirectResponse(f"{PAGE}?done={what}", status_code=303)
