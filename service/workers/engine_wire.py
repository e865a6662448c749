"""What camera and engine say to each other: one message each way a request, the pictures in memory that both map.

The messages travel over a local socket that keeps their bounds (``SOCK_SEQPACKET``). Memory comes without a name, with
the first message; it is sealed against being cut short, which would kill whoever reads in it.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

import numpy as np

from vision.types import FloatArray, Image

MESSAGE_BYTES = 4096
"""No message is longer."""
ROOM_BYTES = 32 * 1024 * 1024
"""Shared memory of one connection: a picture of 1280 x 1280 px and what a net with eighty classes says of it. Only what
is written takes memory."""
SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
_PAGE_BYTES = 4096
_ASK = struct.Struct("<BHHQ64s")
_TOLD = struct.Struct("<IIQQQ")


class WireBroken(ValueError):
    """The other side said something that makes no sense. Nothing can be read after it."""


class Kind(IntEnum):
    """What is asked for."""

    HELLO = 1
    INFER = 2
    STATS = 3


@dataclass(frozen=True, slots=True)
class Ask:
    """What a camera asks of the engine.

    Attributes:
        net, input_px: Which net, for an input of which height and width.
        sent_ns: When the camera wanted it, on the clock that all processes of a computer share (monotonic).
    """

    kind: Kind
    net: str = ""
    input_px: tuple[int, int] = (0, 0)
    sent_ns: int = 0

    def pack(self) -> bytes:
        """As bytes."""
        return _ASK.pack(self.kind, *self.input_px, self.sent_ns, self.net.encode())

    @classmethod
    def unpack(cls, message: bytes) -> Ask:
        """From bytes; raises `WireBroken`."""
        try:
            kind, height_px, width_px, sent_ns, net = _ASK.unpack(message)
            return cls(Kind(kind), net.rstrip(b"\0").decode(), (height_px, width_px), sent_ns)
        except (struct.error, ValueError) as error:
            raise WireBroken(f"not a question: {error}") from None


@dataclass(frozen=True, slots=True)
class Told:
    """What the engine answers.

    Attributes:
        refusal: Why it did not do what was asked; empty where it did.
        shape: Of the raw output, which lies in the shared memory.
        requests: How many requests the times are of: one, or all so far where the counters were asked for.
        busy: Time in the nets.
        waited: Time from when it was wanted until a net began.
    """

    refusal: str = ""
    shape: tuple[int, int] = (0, 0)
    requests: int = 0
    busy: timedelta = timedelta()
    waited: timedelta = timedelta()

    def pack(self) -> bytes:
        """As bytes."""
        text = self.refusal.encode()[: MESSAGE_BYTES - _TOLD.size]
        return _TOLD.pack(*self.shape, self.requests, _micros(self.busy), _micros(self.waited)) + text

    @classmethod
    def unpack(cls, message: bytes) -> Told:
        """From bytes; raises `WireBroken`."""
        try:
            channels, count, requests, busy, waited = _TOLD.unpack(message[: _TOLD.size])
            times = timedelta(microseconds=busy), timedelta(microseconds=waited)
        except (struct.error, OverflowError) as error:
            raise WireBroken(f"not an answer: {error}") from None
        return cls(message[_TOLD.size :].decode(errors="replace"), (channels, count), requests, *times)


def _micros(time: timedelta) -> int:
    return time // timedelta(microseconds=1)


def make_room() -> tuple[int, mmap.mmap]:
    """Make the shared memory of one connection: its descriptor, which the caller closes, and the memory."""
    descriptor = os.memfd_create("congvu-engine", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(descriptor, ROOM_BYTES)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
        return descriptor, mmap.mmap(descriptor, ROOM_BYTES)
    except BaseException:
        os.close(descriptor)
        raise


def map_room(descriptor: int) -> mmap.mmap:
    """Map what the other side made; the descriptor stays the caller's. Raises `WireBroken`."""
    try:
        sealed = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & SEALS
        size = os.fstat(descriptor).st_size
        if sealed != SEALS or size != ROOM_BYTES:
            raise WireBroken(f"wanted sealed memory of {ROOM_BYTES} bytes, got {size} with the seals {sealed}")
        return mmap.mmap(descriptor, size)
    except OSError as error:
        raise WireBroken(f"wanted sealed memory, got something else: {error}") from None


def picture_in(room: mmap.mmap, input_px: tuple[int, int]) -> Image:
    """The picture's place in the shared memory, writable. Raises `WireBroken` where it does not fit."""
    _check_room(room, 0, (*input_px, 3), 1)
    return np.ndarray((*input_px, 3), np.uint8, room)


def output_in(room: mmap.mmap, input_px: tuple[int, int], shape: tuple[int, int]) -> FloatArray:
    """The raw output's place, behind the picture's, writable. Raises `WireBroken` where it does not fit."""
    start = -(-input_px[0] * input_px[1] * 3 // _PAGE_BYTES) * _PAGE_BYTES
    _check_room(room, start, shape, 4)
    return np.ndarray(shape, np.float32, room, start)


def _check_room(room: mmap.mmap, start: int, shape: tuple[int, ...], item_bytes: int) -> None:
    size = item_bytes
    for side in shape:
        size *= side
    if start + size > len(room):
        raise WireBroken(f"{shape} from byte {start} does not fit into the {len(room)} bytes that are shared")
