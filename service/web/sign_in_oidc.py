"""Signing in by the agency's own identity provider. It says who somebody is; who may enter is decided here."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from service.api.account_changes import note_account
from service.api.auth import Work, context_of, is_same, work_in
from service.api.oidc import OidcProvider, ProviderAway, Vouched, VouchRefused
from service.api.problems import Missing, ProviderUnreachable
from service.db.records import UserRecord
from service.web.sign_in_forms import PATH_MAX_CHARS, local_path, show_form, welcome

router = APIRouter()
LASTS = timedelta(minutes=10)
BROWSER_COOKIE = "congvu_oidc"
"""Ties the answer to the browser that asked: somebody else's answer cannot sign it in."""
log = structlog.get_logger(__name__)


@router.get("/sign-in/oidc")
def ask_provider(request: Request, next: Annotated[str, Query(max_length=PATH_MAX_CHARS)] = "") -> Response:
    """Send the browser to the identity provider; by a link, since our forms may lead nowhere but here.

    The network is not waited for within a transaction.
    """
    context, provider = context_of(request), _provider(request)
    try:
        address, attempt = provider.begin(local_path(next))
    except ProviderAway as error:
        log.warning("identity provider away", reason=str(error))
        raise ProviderUnreachable from None
    browser = secrets.token_urlsafe(32)
    with work_in(context) as work:
        work.accounts.keep_attempt(browser, attempt, expires_at=work.now() + LASTS)
    response = RedirectResponse(address, status_code=303)
    response.set_cookie(
        BROWSER_COOKIE,
        browser,
        max_age=int(LASTS.total_seconds()),
        path="/sign-in/oidc",
        httponly=True,
        samesite="lax",
        secure=context.secure_cookies,
    )
    return response


@router.get("/sign-in/oidc/back")
def come_back(
    request: Request,
    *,
    code: Annotated[str, Query(max_length=2000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """Take the identity provider's answer. All that can be wrong with it reads the same."""
    context, provider = context_of(request), _provider(request)
    browser = request.cookies.get(BROWSER_COOKIE, "")
    with work_in(context) as work:
        attempt = work.accounts.take_attempt(browser, work.now()) if browser else None
    if attempt is None or not code or not is_same(attempt.state, state) or iss not in ("", provider.setup.issuer):
        return _refused(request, "the answer fits no question of this browser")
    try:
        vouched = provider.finish(attempt, code)
    except (ProviderAway, VouchRefused) as error:
        return _refused(request, str(error))
    with work_in(context) as work:
        user = admitted(work, vouched)
        if user is not None:
            response = welcome(request, work, user, local_path(attempt.next_path))
            response.delete_cookie(BROWSER_COOKIE, path="/sign-in/oidc")
            return response
    return _refused(request, "no account for whom the identity provider vouches")


def admitted(work: Work, vouched: Vouched) -> UserRecord | None:
    """Return the account that belongs to a person; the first time it is found by an address that was verified.

    No account is made, and one that is bound to somebody else already is never handed on.
    """
    user = work.accounts.find_subject(vouched.subject)
    if user is None and vouched.email is not None:
        user = work.accounts.find_by_address(vouched.email)
        if user is None or user.oidc_subject is not None or user.disabled_at is not None:
            return None
        work.accounts.bind_subject(user.user_id, vouched.subject)
        note_account(work, None, user.user_id, "provider_bound")
    return None if user is None or user.disabled_at is not None else user


def _provider(request: Request) -> OidcProvider:
    provider = context_of(request).oidc
    if provider is None:
        raise Missing
    return provider


def _refused(request: Request, reason: str) -> Response:
    log.info("sign-in by the identity provider refused", reason=reason)
    response = show_form(request, "sign_in_oidc.html", {}, status=401)
    response.delete_cookie(BROWSER_COOKIE, path="/sign-in/oidc")
    return response
