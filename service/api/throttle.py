"""Serve nobody more often than is good for the others; see `service.api.limits`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from hashlib import sha256
from ipaddress import AddressValueError, IPv6Address, IPv6Network

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.auth import SESSION_COOKIE, program_token
from service.api.limits import Answer, Buckets, Policy, RateLimits
from service.api.problems import TooMany
from service.web.failures import show_problem

SIGN_IN_COOKIES = (SESSION_COOKIE, "congvu_answer")
"""A sign-in or a PIN was right where the answer sets one of these."""
_UNCOUNTED = re.compile(r"^/static/")
_ATTEMPT = re.compile(r"^/(sign-in(/.*)?|answer)$")
_PASSWORD = re.compile(r"^/(sign-in|sign-in/reset|answer|account/password|account/second-factor/off)$")
"""Here a password or PIN is looked at, which costs a tenth of a second of computing, right or wrong."""
_MEDIA = re.compile(r"^/api/v1/evidence/[^/]+/[^/]+$|/still\.jpg$")
IPV6_SITE_BITS = 64
"""Whoever has one IPv6 address has a whole network of them."""


class Throttle:
    """Counts requests, in the memory of this process, and refuses those beyond a limit.

    A session or token is counted by itself once it has proved good; until then, and for all who are not signed in, the
    address is: made-up tokens cost what asking without any does.
    """

    def __init__(self, app: ASGIApp, limits: RateLimits, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._app = app
        self._now_ns = now_ns
        self._session = Buckets(Policy("session", limits.session))
        self._media = Buckets(Policy("media", limits.media))
        self._anonymous = Buckets(Policy("anonymous", limits.anonymous))
        self._sign_in = Buckets(Policy("sign-in", limits.sign_in))
        self._password = Buckets(Policy("password", limits.password))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or _UNCOUNTED.match(scope["path"]):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        address, credential = address_of(scope), _credential_of(scope)
        is_attempt = scope["method"] == "POST" and _ATTEMPT.match(scope["path"]) is not None
        if is_attempt:
            buckets, key = self._sign_in, address
        elif credential is not None and credential in self._session:
            buckets, key = (self._media if _is_media(scope) else self._session), credential
        else:
            buckets, key = self._anonymous, address
        answer = self._take(scope, buckets, key)
        if not answer.is_allowed:
            await show_problem(Request(scope), TooMany(answer.headers))(scope, receive, send)
            return

        async def send_counted(message: Message) -> None:
            told = answer
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if is_attempt:
                    if _is_let_in(headers):
                        buckets.give_back(key)
                else:
                    told = self._settle(scope, answer, key, credential)
                headers.update(told.headers)
            await send(message)

        await self._app(scope, receive, send_counted)

    def _take(self, scope: Scope, buckets: Buckets, key: str) -> Answer:
        """Take one, and where a password is looked at one more of the address, which is never given back."""
        answer = buckets.take(key, self._now_ns())
        if not answer.is_allowed or scope["method"] != "POST" or not _PASSWORD.match(scope["path"]):
            return answer
        looked_at = self._password.take(address_of(scope), self._now_ns())
        if looked_at.is_allowed:
            return answer
        buckets.give_back(key)
        return looked_at

    def _settle(self, scope: Scope, answer: Answer, key: str, credential: str | None) -> Answer:
        """Count by the session what turned out to be one's, and no longer what turned out to be none's."""
        if credential is None or "session" not in scope["state"]:
            return answer
        if scope["state"]["session"] is None:
            self._session.forget(credential)
            self._media.forget(credential)
            return answer
        if answer.policy is self._anonymous.policy:
            self._anonymous.give_back(key)
            return self._session.take(credential, self._now_ns())
        return answer


def address_of(scope: Scope) -> str:
    """Return whom an address is counted as. Behind a trusted proxy the server has put the true one in its place."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        six = IPv6Address(host)
    except (AddressValueError, ValueError):
        return str(host)
    if six.ipv4_mapped is not None:
        return str(six.ipv4_mapped)
    return str(IPv6Network((int(six) >> IPV6_SITE_BITS << IPV6_SITE_BITS, IPV6_SITE_BITS)))


def _credential_of(scope: Scope) -> str | None:
    """Return the sum of the session's cookie or of the token; secrets themselves are not kept.

    Read just as whoever asks is found out: what makes no other asker must make no other bucket.
    """
    request = Request(scope)
    given = program_token(request)
    if given is None:
        given = request.cookies.get(SESSION_COOKIE)
    return sha256(given.encode()).hexdigest() if given else None


def _is_media(scope: Scope) -> bool:
    return scope["method"] == "GET" and _MEDIA.search(scope["path"]) is not None


def _is_let_in(headers: MutableHeaders) -> bool:
    return any(
        line.startswith(f"{name}=") and not line.startswith((f"{name}=;", f'{name}=""'))
        for line in headers.getlist("set-cookie")
        for name in SIGN_IN_COOKIES
    )
