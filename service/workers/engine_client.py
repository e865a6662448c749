"""Ask the engine, which is another process, instead of loading the nets into this one."""

from __future__ import annotations

import mmap
import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic, monotonic_ns

from models.catalog import ModelEntry
from models.here import load_catalog_here
from service.errors import EngineAway, EngineRefused
from service.workers.engine_wire import (
    MESSAGE_BYTES,
    Ask,
    Kind,
    Told,
    WireBroken,
    make_room,
    output_in,
    picture_in,
)
from service.workers.local_socket import short_name
from vision.detection.net import check_input
from vision.types import FloatArray, Image

PATIENCE = timedelta(seconds=20)
"""An engine that was started anew has loaded its nets long before that."""
PAUSE_FIRST_S = 0.1
PAUSE_MOST_S = 2.0


@dataclass(frozen=True, slots=True)
class _Line:
    """A connection and the memory that goes with it."""

    socket: socket.socket
    room: mmap.mmap


class EngineClient:
    """Speaks with the engine at one address, one request at a time. Safe to call from several threads.

    It connects when something is asked for the first time, and again whenever the connection is lost.

    Args:
        patience: How long one request is tried before `EngineAway` is raised.
        catalog: The nets that there are; the installed ones where not given.

    Attributes:
        waited: How long the latest request waited before a net began, with the time in which the engine was away.
    """

    def __init__(
        self, address: Path, *, patience: timedelta = PATIENCE, catalog: Mapping[str, ModelEntry] | None = None
    ) -> None:
        self.waited = timedelta()
        self._address = address
        self._patience = patience
        self._catalog = load_catalog_here() if catalog is None else catalog
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._line: _Line | None = None

    def net(self, name: str, input_px: tuple[int, int] | None = None) -> RemoteNet:
        """The net of the catalogue for an input of this height and width; raises `EngineRefused` if there is none."""
        if name not in self._catalog:
            raise EngineRefused(f"engine: there is no net {name!r}; there are: {', '.join(self._catalog)}")
        return RemoteNet(self, self._catalog[name], input_px or self._catalog[name].input_px)

    def stats(self) -> Told:
        """How much the engine has done for all cameras. Raises as `infer` does."""
        with self._turn:
            told, _ = self._ask(Ask(Kind.STATS), None)
        return told

    def infer(self, name: str, image: Image) -> FloatArray:
        """Run one picture; returns the raw output (channels, N).

        Raises:
            EngineAway: The engine did not answer in time, or this client was closed. It may be asked again.
            EngineRefused: The engine says that it cannot do it.
        """
        height_px, width_px, _ = image.shape
        with self._turn:
            told, output = self._ask(Ask(Kind.INFER, name, (height_px, width_px), monotonic_ns()), image)
            self.waited = told.waited
        return output

    def close(self) -> None:
        """Hang up; a request that is waiting in another thread raises `EngineAway`, and so does every later one."""
        self._closed.set()
        line = self._line
        if line is not None:
            with suppress(OSError):  # the other side may have been quicker
                line.socket.shutdown(socket.SHUT_RDWR)
        with self._turn:
            self._hang_up()

    def _ask(self, ask: Ask, image: Image | None) -> tuple[Told, FloatArray]:
        deadline = monotonic() + self._patience.total_seconds()
        pause_s = PAUSE_FIRST_S
        while True:
            try:
                told, output = self._ask_once(ask, image, deadline)
            except (OSError, WireBroken) as error:
                if self._closed.is_set() or monotonic() + pause_s >= deadline:
                    raise EngineAway(f"engine at {self._address}: {error or type(error).__name__}") from None
            else:
                if told.refusal:
                    raise EngineRefused(f"engine: {told.refusal}")
                return told, output
            self._closed.wait(pause_s)
            pause_s = min(2 * pause_s, PAUSE_MOST_S)

    def _ask_once(self, ask: Ask, image: Image | None, deadline: float) -> tuple[Told, FloatArray]:
        try:
            self._check_wanted()
            line = self._line or self._connect(deadline)
            if image is not None:
                picture_in(line.room, ask.input_px)[:] = image
            told = _exchange(line.socket, ask, deadline)
            # copied: the next request writes over it
            return told, output_in(line.room, ask.input_px, told.shape).copy()
        except BaseException:
            # an answer that is still on its way must not be taken for the next one's
            self._hang_up()
            raise

    def _connect(self, deadline: float) -> _Line:
        descriptor, room = make_room()
        try:
            link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            # known from here on, so that `close` can end the waiting below
            line = self._line = _Line(link, room)
            link.settimeout(_left_s(deadline))
            with short_name(self._address) as name:
                link.connect(name)
            self._check_wanted()
            socket.send_fds(link, [Ask(Kind.HELLO).pack()], [descriptor])
            _answer(link)
        finally:
            os.close(descriptor)
        return line

    def _check_wanted(self) -> None:
        if self._closed.is_set():
            raise ConnectionAbortedError("no longer wanted")

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.socket.close()
            self._line = None


def _exchange(link: socket.socket, ask: Ask, deadline: float) -> Told:
    link.settimeout(_left_s(deadline))
    link.send(ask.pack())
    return _answer(link)


def _answer(link: socket.socket) -> Told:
    message = link.recv(MESSAGE_BYTES)
    if not message:
        raise ConnectionResetError("it hung up")
    return Told.unpack(message)


def _left_s(deadline: float) -> float:
    return max(0.001, deadline - monotonic())


@dataclass(frozen=True, slots=True)
class RemoteNet:
    """A net that runs in the engine."""

    client: EngineClient
    entry: ModelEntry
    input_px: tuple[int, int]

    def infer(self, image: Image) -> FloatArray:
        """Run one picture of exactly the input's size. Raises as `EngineClient.infer` does, and `InvalidFact`."""
        check_input(image, self.input_px)
        return self.client.infer(self.entry.name, image)
