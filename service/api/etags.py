"""Entity tags: what has not changed is not sent again, and nobody overwrites what they have not seen."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import ChangedMeanwhile

LARGEST_BYTES = 1 << 20
"""Larger answers go out as they are made: they would have to be held in memory."""
PREFIX = "/api/v1/"
_KEPT = ("etag", "cache-control", "content-location", "vary", "set-cookie")
"""What a 304 repeats (RFC 9110, 15.4.5)."""

IfMatch = Annotated[
    str | None,
    Header(max_length=1000, description="`ETag` of what the change was made from: 412 where it has changed since."),
]


class EntityTags:
    """Gives JSON that is read a strong ETag, and answers 304 to who has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("if-none-match")
        begun: Message | None = None
        body = b""

        async def send_tagged(message: Message) -> None:
            nonlocal begun, body
            if message["type"] == "http.response.start" and _is_tagged(message):
                begun = message
                return
            if begun is None:
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body", False):
                return
            for part in _finish(begun, body, asked):
                await send(part)

        await self._app(scope, receive, send_tagged)


def etag_of(content: bytes) -> str:
    """Return the strong ETag of these bytes."""
    return f'"{sha256(content).hexdigest()}"'


def etag_of_shape(shape: BaseModel) -> str:
    """Return the ETag that reading this shape gives."""
    return etag_of(shape.model_dump_json(by_alias=True).encode())


def require_match(if_match: str | None, current: BaseModel) -> None:
    """Refuse a change of what somebody else has changed since it was read; raises `ChangedMeanwhile`."""
    if if_match is not None and if_match.strip() != "*" and etag_of_shape(current) not in _tags(if_match):
        raise ChangedMeanwhile


def is_known(asked: str | None, etag: str) -> bool:
    """Tell whether ``If-None-Match`` names this tag (weakly compared: RFC 9110, 13.1.2)."""
    return asked is not None and (asked.strip() == "*" or etag in {tag.removeprefix("W/") for tag in _tags(asked)})


def _tags(header: str) -> set[str]:
    return {tag.strip() for tag in header.split(",")}


def _is_tagged(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    length = headers.get("content-length", "")
    return (
        start["status"] == 200
        and headers.get("content-type", "").split(";")[0] == "application/json"
        and "etag" not in headers
        and length.isdigit()
        and int(length) < LARGEST_BYTES
    )


def _finish(start: Message, body: bytes, asked: str | None) -> tuple[Message, Message]:
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["ETag"] = etag_of(body)
    if not is_known(asked, headers["ETag"]):
        return {**start, "headers": headers.raw}, {"type": "http.response.body", "body": body}
    kept = [(name, value) for name, value in headers.raw if name.decode("latin-1").lower() in _KEPT]
    unchanged: Message = {"type": "http.response.start", "status": 304, "headers": kept}
    return unchanged, {"type": "http.response.body", "body": b""}
