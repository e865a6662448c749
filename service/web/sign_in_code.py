"""Between password and work: giving the second factor, or setting it up where the role has to have one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from service.api.account_changes import note_account
from service.api.auth import Work, WorkNow, end_session, lacks_factor, start_session
from service.api.second_factor import CODE_MAX_CHARS, check_code, new_secret, picture_of, step_of, switch_on
from service.db.records import SessionRecord
from service.web.pages import render
from service.web.sign_in_forms import PATH_MAX_CHARS, check_form, forget_form, local_path, show_form

router = APIRouter()
Path = Annotated[str, Query(max_length=PATH_MAX_CHARS)]
FormPath = Annotated[str, Form(max_length=PATH_MAX_CHARS)]
Code = Annotated[str, Form(max_length=CODE_MAX_CHARS)]


@router.get("/sign-in/code")
def show_code(request: Request, work: WorkNow, next: Path = "") -> Response:
    """Ask for a code."""
    if _half(work, has_totp=True) is None:
        return RedirectResponse("/sign-in", status_code=303)
    return show_form(request, "sign_in_code.html", {"next": local_path(next), "fault": False})


@router.post("/sign-in/code")
def give_code(
    request: Request, work: WorkNow, *, code: Code = "", next: FormPath = "", form_token: Annotated[str, Form()] = ""
) -> Response:
    """Check the code. A wrong one, a used one and a paused account read the same."""
    check_form(request, form_token)
    half = _half(work, has_totp=True)
    if half is None:
        return RedirectResponse("/sign-in", status_code=303)
    left = work.accounts.recovery_codes_left(half.user.user_id)
    if not check_code(work.accounts, half.user, code, at=work.now()):
        return show_form(request, "sign_in_code.html", {"next": local_path(next), "fault": True}, status=401)
    if work.accounts.recovery_codes_left(half.user.user_id) < left:
        note_account(work, half, half.user.user_id, "recovery_code_used", left=left - 1)
    response = RedirectResponse(local_path(next), status_code=303)
    _go_on(request, response, work, half)
    return response


@router.get("/sign-in/second-factor")
def show_set_up(request: Request, work: WorkNow, next: Path = "") -> Response:
    """Show the secret to somebody whose role has to have a second factor."""
    half = _half(work, has_totp=False)
    if half is None:
        return RedirectResponse("/sign-in", status_code=303)
    return _set_up(request, work, half, next=next)


@router.post("/sign-in/second-factor")
def set_up(
    request: Request, work: WorkNow, *, code: Code = "", next: FormPath = "", form_token: Annotated[str, Form()] = ""
) -> Response:
    """Switch the second factor on and sign in; the recovery codes are shown this once."""
    check_form(request, form_token)
    half = _half(work, has_totp=False)
    if half is None:
        return RedirectResponse("/sign-in", status_code=303)
    secret, user_id = work.accounts.pending_secret(half.session_id), half.user.user_id
    step = None if secret is None else step_of(secret, code, work.now())
    if secret is None or step is None:
        return _set_up(request, work, half, next=next, status=401)
    codes = switch_on(work.accounts, user_id, secret, step=step, at=work.now())
    note_account(work, half, user_id, "factor_on")
    work.accounts.end_sessions(user_id)
    response = Response()
    session = _go_on(request, response, work, half)
    page = render(request, "account_codes.html", session, {"codes": codes, "next": local_path(next)})
    page.raw_headers.extend(header for header in response.raw_headers if header[0] == b"set-cookie")
    return page


def _half(work: Work, *, has_totp: bool) -> SessionRecord | None:
    """Return the session of somebody who gave their password and nothing else yet."""
    session = work.session
    if session is None or session.is_whole or session.scopes is not None:
        return None
    is_fit = session.user.has_totp if has_totp else lacks_factor(work.context, session.user)
    return session if is_fit else None


def _set_up(request: Request, work: Work, half: SessionRecord, *, next: str, status: int = 200) -> Response:
    secret = work.accounts.pending_secret(half.session_id)
    if secret is None:
        secret = new_secret()
        work.accounts.set_pending_secret(half.session_id, secret)
    shown = {
        "next": local_path(next),
        "fault": status != 200,
        "secret": secret,
        "picture": picture_of(secret, half.user.login),
    }
    return show_form(request, "sign_in_second_factor.html", shown, status=status)


def _go_on(request: Request, response: Response, work: Work, half: SessionRecord) -> SessionRecord:
    """Put a whole session in place of the half one, under a token that nobody knows yet."""
    end_session(request, response, work)
    forget_form(response)
    return start_session(request, response, half.user, work)
