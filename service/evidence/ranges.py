"""Read an object of a bucket like a file: only the bytes that are asked for come over the network."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore
from obstore.exceptions import PreconditionError
from obstore.store import S3Store

from service.errors import EvidenceMissing

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta

AT_LEAST_BYTES = 1024 * 1024
"""A request costs some 10 to 100 ms before its first byte: small reads share one."""


def open_ranges(objects: S3Store, seen: ObjectMeta, asking: Callable[[], AbstractContextManager[None]]) -> BinaryIO:
    """Open an object for reading.

    Args:
        objects: The bucket.
        seen: What it said of the object.
        asking: Turns an error of the bucket into one of ours.
    """
    return cast(BinaryIO, io.BufferedReader(_Ranges(objects, seen, asking), AT_LEAST_BYTES))


class _Ranges(io.RawIOBase):
    """The bytes of one version of an object: half of it may not come from another one."""

    def __init__(self, objects: S3Store, seen: ObjectMeta, asking: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__()
        self._objects = objects
        self._seen = seen
        self._asking = asking
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._seen["size"]}[whence]
        if base + offset < 0:
            raise ValueError(f"seek wants a place at or behind the start, got {base + offset}")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        content = self._next(len(into))
        into[: len(content)] = content
        return len(content)

    def readall(self) -> bytes:
        return self._next(self._seen["size"])

    def _next(self, at_most: int) -> bytes:
        end = min(self._at + at_most, self._seen["size"])
        if self._at >= end:
            return b""
        with self._asking():
            content = self._get(end)
        self._at += len(content)
        return content

    def _get(self, end: int) -> bytes:
        try:
            options: GetOptions = {"range": (self._at, end), "if_match": self._seen["e_tag"]}
            return bytes(obstore.get(self._objects, self._seen["path"], options=options).bytes())
        except (FileNotFoundError, PreconditionError):
            raise EvidenceMissing(f"evidence {self._seen['path']} was replaced or deleted while it was read") from None
