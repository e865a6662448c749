"""One's own account: password, second factor, where one is signed in, tokens of programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from service.api.account_changes import note_account
from service.api.auth import Work, WorkNow, require_csrf_field, require_person, rights_held, start_session
from service.api.password_rules import fault_of_password
from service.api.passwords import check_password, hash_password
from service.api.problems import N_, Missing
from service.api.selection import main_zone
from service.api.tokens import DAYS_CHOICES, days_left, token_state
from service.db.records import SessionRecord
from service.web import account_labels
from service.web.agents import browser_words
from service.web.pages import render

router = APIRouter(dependencies=[Depends(require_person)])
Reader = Annotated[SessionRecord, Depends(require_person)]
Owner = Annotated[SessionRecord, Depends(require_csrf_field)]
Secret = Annotated[str, Form(max_length=4096)]
WRONG_PASSWORD = N_("The present password is wrong. After five failures the account pauses, each time for longer.")


@router.get("/account")
def show_account(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show one's own account."""
    return account_page(request, work, session)


@router.post("/account/password")
def change_password(
    request: Request, work: WorkNow, session: Owner, *, old: Secret = "", password: Secret = "", again: Secret = ""
) -> Response:
    """Change the password; all else that signs in ends, and this session goes on under a new token."""
    user = work.accounts.user(session.user.user_id)
    fault = fault_of_password(password, login=user.login, name=user.display_name)
    if fault is None and password != again:
        fault = N_("The two passwords are not the same.")
    if fault is None and not _is_right(work, session, old):
        fault = WRONG_PASSWORD
    if fault is not None:
        return account_page(request, work, session, faults={"password": fault})
    work.accounts.set_password(user.user_id, hash_password(password), work.now())
    note_account(work, session, user.user_id, "password")
    response = RedirectResponse("/account?done=password", status_code=303)
    start_session(request, response, user, work)
    return response


@router.post("/account/sessions/others/end")
def end_others(work: WorkNow, session: Owner) -> Response:
    """End every other session."""
    work.accounts.end_sessions(session.user.user_id, but=session.session_id)
    note_account(work, session, session.user.user_id, "sessions_ended")
    return RedirectResponse("/account?done=sessions", status_code=303)


@router.post("/account/sessions/{session_id}/end")
def end_one(session_id: str, work: WorkNow, session: Owner) -> Response:
    """End one session of one's own."""
    if not work.accounts.end_session(session.user.user_id, session_id):
        raise Missing
    note_account(work, session, session.user.user_id, "session_ended")
    return RedirectResponse("/account?done=sessions", status_code=303)


def account_page(
    request: Request,
    work: Work,
    session: SessionRecord,
    *,
    faults: dict[str, str] | None = None,
    secret: str = "",
    entered: dict[str, object] | None = None,
) -> Response:
    """Return the page. ``faults`` says what is wrong with which form; ``secret`` is a token that was just made."""
    user, at = work.accounts.user(session.user.user_id), work.now()
    sessions = work.accounts.sessions_of(user.user_id, at, idle=work.context.session_idle)
    sessions.sort(key=lambda found: found.session_id != session.session_id)  # this very browser first
    tokens = work.accounts.tokens_of(user.user_id)
    shown: dict[str, object] = {
        "account": user,
        "zone": main_zone(work.sites.sites()),
        "sessions": [(found, browser_words(found.agent), found.session_id == session.session_id) for found in sessions],
        "tokens": [(token, token_state(token, at), days_left(token, at)) for token in tokens],
        "scopes": sorted(rights_held(session)),
        "days_choices": DAYS_CHOICES,
        "codes_left": work.accounts.recovery_codes_left(user.user_id),
        "must_have_factor": user.role in work.context.totp_roles,
        "faults": faults or {},
        "secret": secret,
        "entered": entered or {},
        "words": account_labels,
        "done": request.query_params.get("done", ""),
    }
    return render(request, "account.html", session, shown, status=422 if faults else 200)


def _is_right(work: Work, session: SessionRecord, old: str) -> bool:
    """Tell whether the present password was given; whoever came by a link has none yet and chooses the first."""
    user = work.accounts.user(session.user.user_id)
    return user.password_hash is None or check_password(work.accounts, user.login, old, at=work.now()) is not None
