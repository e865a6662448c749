"""A forgotten password: a letter with a link, the link lets a new one be chosen once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from service.api.account_changes import note_account
from service.api.auth import Work, WorkNow, context_of, work_in
from service.api.context import WebContext
from service.api.password_rules import fault_of_password
from service.api.passwords import hash_password
from service.api.problems import N_, Missing
from service.db.account_links import LinkPurpose
from service.db.records import UserRecord
from service.web.sign_in_forms import check_form, show_form
from service.web.words import translations

router = APIRouter()
LINK_LASTS = timedelta(minutes=30)
LETTERS_AN_HOUR = 3
HOUR = timedelta(hours=1)
LETTER = N_(
    "Somebody, probably you, asked for a new password for the account %(login)s in Công Vụ.\n\n"
    "Choose it here within 30 minutes; the link works once:\n%(link)s\n\n"
    "If it was not you, do nothing: your password stays as it is. Nobody of ours will ever ask you for it."
)
SUBJECT = N_("Choose a new password")


@router.get("/sign-in/forgotten")
def show_forgotten(request: Request) -> Response:
    """Ask who forgot their password."""
    _want_letters(context_of(request))
    return show_form(request, "sign_in_forgotten.html", {"is_sent": False})


@router.post("/sign-in/forgotten")
def ask_letter(
    request: Request, *, login: Annotated[str, Form(max_length=254)] = "", form_token: Annotated[str, Form()] = ""
) -> Response:
    """Promise a letter, whoever asks: the answer says nothing of who has an account.

    The letter is written once the answer is sent, so that its time says nothing either.
    """
    context = context_of(request)
    _want_letters(context)
    check_form(request, form_token)
    answer = show_form(request, "sign_in_forgotten.html", {"is_sent": True})
    answer.background = BackgroundTask(write_letter, context, login.strip())
    return answer


def write_letter(context: WebContext, asked: str) -> None:
    """Write the letter, where the account has an address and did not get three within an hour."""
    with work_in(context) as work:
        user = work.accounts.find_by_email(asked) or work.accounts.find_user(asked)
        if user is None or not user.email or user.disabled_at is not None:
            return
        work.accounts.hold_user(user.user_id)
        # a link made an hour ago ran out half an hour ago
        sent = work.accounts.links_since(user.user_id, work.now() - HOUR + LINK_LASTS, purpose=LinkPurpose.RESET)
        if sent >= LETTERS_AN_HOUR:
            return
        token = work.accounts.make_link(user.user_id, at=work.now(), lasts=LINK_LASTS, purpose=LinkPurpose.RESET)
        speak = translations(user.language).gettext
        body = speak(LETTER) % {"login": user.login, "link": f"{context.public_url}/sign-in/reset?token={token}"}
        work.letters.add("password", to_address=user.email, subject=speak(SUBJECT), body=body, at=work.now())
        note_account(work, None, user.user_id, "reset_asked")


@router.get("/sign-in/reset")
def show_reset(request: Request, work: WorkNow, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Ask for the new password; looking at a link does not use it up."""
    return _form(request, token, _owner(work, token))


@router.post("/sign-in/reset")
def reset(
    request: Request,
    work: WorkNow,
    *,
    token: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=4096)] = "",
    again: Annotated[str, Form(max_length=4096)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Store the new password; sessions and tokens end, the second factor is still asked for at the next sign-in."""
    check_form(request, form_token)
    user = _owner(work, token)
    if user is None:
        return _form(request, "", None)
    fault = fault_of_password(password, login=user.login, name=user.display_name)
    if fault is None and password != again:
        fault = N_("The two passwords are not the same.")
    if fault is not None:
        return _form(request, token, user, fault=fault)
    if work.accounts.use_link(token, work.now(), purpose=LinkPurpose.RESET) is None:
        return _form(request, "", None)
    work.accounts.set_password(user.user_id, hash_password(password), work.now())
    note_account(work, None, user.user_id, "password_reset")
    return RedirectResponse("/sign-in?notice=reset", status_code=303)


def _owner(work: Work, token: str) -> UserRecord | None:
    _want_letters(work.context)
    return work.accounts.find_link(token, work.now(), purpose=LinkPurpose.RESET)


def _form(request: Request, token: str, user: UserRecord | None, *, fault: str = "") -> Response:
    status = 410 if user is None else 422 if fault else 200
    shown: dict[str, object] = {"token": token, "fault": fault, "login": "" if user is None else user.login}
    return show_form(request, "sign_in_reset.html", shown, status=status)


def _want_letters(context: WebContext) -> None:
    """Links in letters begin with the public address; where none is set, there are no letters. Raises `Missing`."""
    if not context.public_url:
        raise Missing
