"""One's own second factor: set up, switched off with password and code, new recovery codes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from service.api.account_changes import note_account
from service.api.auth import Work, WorkNow, require_csrf_field, require_person, start_session
from service.api.passwords import check_password
from service.api.problems import N_
from service.api.second_factor import (
    CODE_MAX_CHARS,
    check_code,
    new_secret,
    picture_of,
    renew_recovery_codes,
    step_of,
    switch_on,
)
from service.db.records import SessionRecord
from service.web.account import account_page
from service.web.pages import render

router = APIRouter(dependencies=[Depends(require_person)])
Reader = Annotated[SessionRecord, Depends(require_person)]
Owner = Annotated[SessionRecord, Depends(require_csrf_field)]
Code = Annotated[str, Form(max_length=CODE_MAX_CHARS)]
WRONG_CODE = N_("The code is wrong or was used already. After five failures the account pauses, each time for longer.")
WRONG_BOTH = N_("Password or code is wrong. After five failures the account pauses, each time for longer.")


@router.get("/account/second-factor")
def show_set_up(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show the secret of a second factor that is being set up in this browser."""
    return _set_up(request, work, session)


@router.post("/account/second-factor")
def set_up(request: Request, work: WorkNow, session: Owner, code: Code = "") -> Response:
    """Switch the second factor on; every other session ends, the recovery codes are shown this once."""
    user, secret = work.accounts.user(session.user.user_id), work.accounts.pending_secret(session.session_id)
    step = None if secret is None or user.has_totp else step_of(secret, code, work.now())
    if secret is None or step is None:
        return _set_up(request, work, session, fault=WRONG_CODE)
    codes = switch_on(work.accounts, user.user_id, secret, step=step, at=work.now())
    note_account(work, session, user.user_id, "factor_on")
    work.accounts.end_sessions(user.user_id)
    cookies = Response()
    fresh = start_session(request, cookies, user, work)
    page = render(request, "account_codes.html", fresh, {"codes": codes, "next": "/account"})
    page.raw_headers.extend(header for header in cookies.raw_headers if header[0] == b"set-cookie")
    return page


@router.post("/account/second-factor/off")
def switch_off(
    request: Request,
    work: WorkNow,
    session: Owner,
    *,
    password: Annotated[str, Form(max_length=4096)] = "",
    code: Code = "",
) -> Response:
    """Switch it off, with password and code. Both are looked at: the answer does not tell which was wrong."""
    user, at = work.accounts.user(session.user.user_id), work.now()
    # whoever signs in by link or identity provider alone has no password
    is_password = user.password_hash is None or check_password(work.accounts, user.login, password, at=at) is not None
    if not user.has_totp or not is_password or not check_code(work.accounts, user, code, at=at):
        return account_page(request, work, session, faults={"off": WRONG_BOTH})
    work.accounts.clear_totp(user.user_id)
    note_account(work, session, user.user_id, "factor_off")
    return RedirectResponse("/account?done=factor-off", status_code=303)


@router.post("/account/recovery-codes")
def renew_codes(request: Request, work: WorkNow, session: Owner, code: Code = "") -> Response:
    """Make new recovery codes for a code of the app; those from before are good for nothing from then on."""
    user = work.accounts.user(session.user.user_id)
    if not user.has_totp or not check_code(work.accounts, user, code, at=work.now()):
        return account_page(request, work, session, faults={"codes": WRONG_CODE})
    codes = renew_recovery_codes(work.accounts, user.user_id)
    note_account(work, session, user.user_id, "recovery_codes")
    return render(request, "account_codes.html", session, {"codes": codes, "next": "/account"})


def _set_up(request: Request, work: Work, session: SessionRecord, *, fault: str = "") -> Response:
    user = work.accounts.user(session.user.user_id)
    if user.has_totp:
        return RedirectResponse("/account", status_code=303)
    secret = work.accounts.pending_secret(session.session_id)
    if secret is None:
        secret = new_secret()
        work.accounts.set_pending_secret(session.session_id, secret)
    shown = {"secret": secret, "picture": picture_of(secret, user.login), "fault": fault}
    return render(request, "account_second_factor.html", session, shown, status=401 if fault else 200)
