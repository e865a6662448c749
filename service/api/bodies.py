"""A limit on what anybody may send at once: a body is read into memory before anything in it is checked."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.answers import RESPONSE_BYTES_MAX, RESPONSE_PATH
from service.api.hearing_problems import FileUnfit
from service.api.problems import TooLarge
from service.web.failures import show_problem

LIMIT_BYTES = 1 << 20
"""A scene of the largest size that is taken has about 400 KB; verdicts and forms are far smaller."""


class BodyLimit:
    """Refuses larger bodies: those that say their length at once, others as soon as they are past the limit."""

    def __init__(self, app: ASGIApp, limit_bytes: int = LIMIT_BYTES) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit_bytes: int = self._limit_bytes
        problem: type[TooLarge] | type[FileUnfit] = TooLarge
        if (scope["method"], scope["path"]) == ("POST", RESPONSE_PATH):
            limit_bytes, problem = RESPONSE_BYTES_MAX, FileUnfit  # read only once it is known who sends it
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        if not stated.isdigit() or int(stated) > limit_bytes:
            await show_problem(Request(scope), problem())(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit_bytes:
                raise problem
            return message

        await self._app(scope, receive_counted, send)
