"""Send part of an open file, and close it however the sending ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

CHUNK_BYTES = 256 * 1024


class OpenedFile(StreamingResponse):
    """Bytes ``first`` to ``last`` of a file. A browser that goes away before the first byte leaves no file open."""

    def __init__(
        self, file: BinaryIO, first: int, last: int, *, status_code: int, headers: Mapping[str, str], media_type: str
    ) -> None:
        super().__init__(
            _chunks(file, first, last), status_code=status_code, headers=dict(headers), media_type=media_type
        )
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _chunks(file: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    file.seek(first)
    left = last - first + 1
    while left > 0:
        chunk = file.read(min(CHUNK_BYTES, left))
        if not chunk:
            return
        left -= len(chunk)
        yield chunk
