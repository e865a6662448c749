"""Signing in and out, and the choice of language."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from service.api.auth import WorkNow, context_of, end_session, require_csrf_field
from service.api.passwords import check_password
from service.db.account_links import LinkPurpose
from service.db.records import SessionRecord
from service.web.sign_in_forms import PATH_MAX_CHARS, check_form, local_path, show_form, welcome
from service.web.words import LANGUAGE_COOKIE, LANGUAGES

router = APIRouter()

YEAR_S = 365 * 24 * 3600
Path = Annotated[str, Query(max_length=PATH_MAX_CHARS)]


@router.get("/sign-in")
def show_sign_in(request: Request, next: Path = "", notice: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Show the form."""
    return _form(request, next=next, notice=notice)


@router.post("/sign-in")
def sign_in(
    request: Request,
    work: WorkNow,
    *,
    login: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=4096)] = "",
    next: Annotated[str, Form(max_length=PATH_MAX_CHARS)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Check the password. A wrong one, an unknown login and a paused account read the same."""
    check_form(request, form_token)
    user = check_password(work.accounts, login.strip(), password, at=work.now())
    if user is None:
        return _form(request, next=next, login=login, status=401)
    return welcome(request, work, user, local_path(next))


@router.get("/sign-in/once")
def show_link(request: Request, work: WorkNow, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show a button: programs that preview links must not use them up."""
    user = work.accounts.find_link(token, work.now(), purpose=LinkPurpose.SIGN_IN)
    if user is None:
        return show_form(request, "sign_in_once.html", {"token": ""}, status=410)
    return show_form(request, "sign_in_once.html", {"token": token, "login": user.login})


@router.post("/sign-in/once")
def use_link(
    request: Request,
    work: WorkNow,
    *,
    token: Annotated[str, Form(max_length=200)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Use up a link."""
    check_form(request, form_token)
    user = work.accounts.use_link(token, work.now())
    if user is None:
        return show_form(request, "sign_in_once.html", {"token": ""}, status=410)
    return welcome(request, work, user, "/")


@router.post("/sign-out")
def sign_out(
    request: Request, work: WorkNow, _session: Annotated[SessionRecord, Depends(require_csrf_field)]
) -> Response:
    """End the session."""
    response = RedirectResponse("/sign-in", status_code=303)
    end_session(request, response, work)
    return response


@router.get("/language/{language}")
def choose_language(
    request: Request,
    language: str,
    next: Path = "/",
) -> Response:
    """Remember the language and go back."""
    response = RedirectResponse(local_path(next), status_code=303)
    if language in LANGUAGES:
        secure = context_of(request).secure_cookies
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, samesite="lax", secure=secure, httponly=True)
    return response


def _form(request: Request, *, next: str, login: str = "", notice: str = "", status: int = 200) -> Response:
    context = context_of(request)
    shown = {
        "next": local_path(next),
        "fault": status != 200,
        "login": login,
        "notice": notice,
        "has_letters": bool(context.public_url),
        "has_provider": context.oidc is not None,
    }
    return show_form(request, "sign_in.html", shown, status=status)
