"""Signing in and out, and the choice of language."""

from __future__ import annotations

import re
import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.api.auth import Work, WorkNow, context_of, end_session, is_same, require_csrf_field, start_session
from service.api.passwords import check_password
from service.api.problems import FormExpired
from service.db.records import SessionRecord, UserRecord
from service.web.pages import render
from service.web.words import LANGUAGE_COOKIE, LANGUAGES

router = APIRouter()

FORM_COOKIE = "congvu_form"
"""Nobody is signed in yet, so the token of the sign-in forms is held by a cookie of its own."""
YEAR_S = 365 * 24 * 3600
_LOCAL_PATH = re.compile(r"^/(?![/\\])[^\x00-\x20\\\x7f]*$")


@router.get("/sign-in")
def show_sign_in(request: Request, next: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """Show the form."""
    return _form(request, "sign_in.html", {"next": local_path(next), "fault": False, "login": ""})


@router.post("/sign-in")
def sign_in(
    request: Request,
    work: WorkNow,
    *,
    login: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=4096)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Check the password. A wrong one, an unknown login and a paused account read the same."""
    _check_form(request, form_token)
    user = check_password(work.accounts, login.strip(), password, at=work.now())
    if user is None:
        return _form(request, "sign_in.html", {"next": local_path(next), "fault": True, "login": login}, status=401)
    return _welcome(request, work, user, local_path(next))


@router.get("/sign-in/once")
def show_link(request: Request, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show a button: programs that preview links must not use them up."""
    return _form(request, "sign_in_once.html", {"token": token})


@router.post("/sign-in/once")
def use_link(
    request: Request,
    work: WorkNow,
    *,
    token: Annotated[str, Form(max_length=200)] = "",
    form_token: Annotated[str, Form()] = "",
) -> Response:
    """Use up a link."""
    _check_form(request, form_token)
    user = work.accounts.use_link(token, work.now())
    if user is None:
        return _form(request, "sign_in_once.html", {"token": ""}, status=410)
    return _welcome(request, work, user, "/")


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
    next: Annotated[str, Query(max_length=2000)] = "/",
) -> Response:
    """Remember the language and go back."""
    response = RedirectResponse(local_path(next), status_code=303)
    if language in LANGUAGES:
        secure = context_of(request).secure_cookies
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, samesite="lax", secure=secure, httponly=True)
    return response


def local_path(wanted: str) -> str:
    """Return a path of this site; anything else becomes the first page, so that no link leads away."""
    return wanted if _LOCAL_PATH.match(wanted) else "/"


def _welcome(request: Request, work: Work, user: UserRecord, path: str) -> Response:
    response = RedirectResponse(path, status_code=303)
    end_session(request, response, work)
    start_session(response, user, work)
    response.delete_cookie(FORM_COOKIE, path="/sign-in")
    return response


def _form(request: Request, template: str, values: dict[str, object], *, status: int = 200) -> HTMLResponse:
    token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    response = render(request, template, None, {**values, "form_token": token, "status": status}, status=status)
    secure = context_of(request).secure_cookies
    response.set_cookie(FORM_COOKIE, token, path="/sign-in", httponly=True, samesite="lax", secure=secure)
    return response


def _check_form(request: Request, form_token: str) -> None:
    held = request.cookies.get(FORM_COOKIE, "")
    if not held or not is_same(held, form_token):
        raise FormExpired
