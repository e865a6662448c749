"""What the pages before signing in share: their own anti-forgery token, where to go on, and how a session begins."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.api.auth import Work, context_of, end_session, is_same, lacks_factor, start_session
from service.api.problems import FormExpired
from service.db.records import UserRecord
from service.web.pages import render

FORM_COOKIE = "congvu_form"
"""Nobody is signed in yet, so the token of the sign-in forms is held by a cookie of its own."""
PATH_MAX_CHARS = 2000
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")


def local_path(wanted: str) -> str:
    """Return a path of this site; anything else becomes the first page, so that no link leads away."""
    return wanted if _LOCAL_PATH.fullmatch(wanted) else "/"


def welcome(request: Request, work: Work, user: UserRecord, path: str) -> Response:
    """Begin a session for somebody who gave their password or link, and lead them on.

    Whoever has a second factor, or has to have one, is led there first: till then the session is good for nothing.
    """
    is_wanted = lacks_factor(work.context, user)
    if user.has_totp or is_wanted:
        step = "/sign-in/second-factor" if is_wanted else "/sign-in/code"
        path = step if path == "/" else f"{step}?{urlencode({'next': path})}"
    response = RedirectResponse(path, status_code=303)
    end_session(request, response, work)
    start_session(request, response, user, work, is_whole=not (user.has_totp or is_wanted))
    if not user.has_totp and not is_wanted:
        forget_form(response)
    return response


def forget_form(response: Response) -> None:
    """Take the cookie of the forms back: whoever is signed in needs it no more."""
    response.delete_cookie(FORM_COOKIE, path="/sign-in")


def show_form(request: Request, template: str, values: dict[str, object], *, status: int = 200) -> HTMLResponse:
    """Return a page with a form for people who are not signed in."""
    token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    response = render(request, template, None, {**values, "form_token": token, "status": status}, status=status)
    secure = context_of(request).secure_cookies
    response.set_cookie(FORM_COOKIE, token, path="/sign-in", httponly=True, samesite="lax", secure=secure)
    return response


def check_form(request: Request, form_token: str) -> None:
    """Refuse forms that another site's page could have sent. Raises `FormExpired`."""
    held = request.cookies.get(FORM_COOKIE, "")
    if not held or not is_same(held, form_token):
        raise FormExpired
