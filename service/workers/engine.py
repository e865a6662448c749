"""The engine: one process that holds the nets and looks at pictures for all cameras."""

from __future__ import annotations

import mmap
import os
import select
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import monotonic_ns

import structlog

from models.catalog import CatalogInvalid
from models.here import load_catalog_for
from service.errors import EngineRefused, ServiceError
from service.workers.engine_nets import MakeNamedNet, NetShelf
from service.workers.engine_wire import (
    MESSAGE_BYTES,
    Ask,
    Kind,
    Told,
    WireBroken,
    map_room,
    output_in,
    picture_in,
)
from service.workers.local_socket import listen_at
from vision.detection.net import Net
from vision.detection.openvino import OpenVinoNet
from vision.detection.ultralytics import BATCH_MOST, UltralyticsNet
from vision.errors import VisionError

log = structlog.get_logger(__name__)

CLIENTS_MOST = 256
_READ = select.EPOLLIN | select.EPOLLONESHOT
"""A connection is told to one thread only, and to nobody again until that thread has answered."""
_FDS_MOST = 4


@dataclass(slots=True)
class _Client:
    """A connection; the memory comes with the first message."""

    socket: socket.socket
    room: mmap.mmap | None = None


class EngineServer:
    """Answers cameras at a local socket, in the order in which they ask, ``streams`` at once.

    Each connection has one request at a time. One that says what makes no sense is dropped.
    """

    def __init__(self, make_net: MakeNamedNet, *, streams: int) -> None:
        self._nets = NetShelf(make_net)
        self._streams = streams
        self._clients: dict[int, _Client] = {}
        self._done = Told()
        self._counting = threading.Lock()
        self._stop = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._ready = select.epoll()

    def serve(self, address: Path) -> None:
        """Serve until stopped; requests that are being worked on are answered before. To be called once.

        Raises:
            ServiceError: Another engine serves there, or it is no place for a socket. Nothing was started.
        """
        with listen_at(address, CLIENTS_MOST) as listener:
            # the kernel gives out what is ready in the order in which it became so: no camera is passed over
            self._ready.register(self._stop, select.EPOLLIN)
            self._ready.register(listener, _READ)
            threads = [
                threading.Thread(target=self._work, args=(listener,), name=f"engine-{i}") for i in range(self._streams)
            ]
            for thread in threads:
                thread.start()
            log.info("engine serves", address=str(address), streams=self._streams)
            for thread in threads:
                thread.join()
            address.unlink(missing_ok=True)
        for client in self._clients.values():
            client.socket.close()
        self._ready.close()
        os.close(self._stop)
        log.info("engine stopped", requests=self._done.requests)

    def stop(self) -> None:
        """Let `serve` return. May be called from a signal handler, also when it is returning already."""
        with suppress(OSError):
            os.eventfd_write(self._stop, 1)

    def _work(self, listener: socket.socket) -> None:
        while True:
            for descriptor, _ in self._ready.poll(maxevents=1):
                if descriptor == self._stop:
                    return
                if descriptor == listener.fileno():
                    self._accept(listener)
                else:
                    self._attend(descriptor)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # who asked may be gone again
            link, _ = listener.accept()
            if len(self._clients) < CLIENTS_MOST:
                link.setblocking(False)
                self._clients[link.fileno()] = _Client(link)
                self._ready.register(link, _READ)
            else:
                link.close()
        self._ready.modify(listener, _READ)

    def _attend(self, descriptor: int) -> None:
        """Take one message of a connection and answer it; the connection is dropped where that cannot be done."""
        client = self._clients[descriptor]
        try:
            told = self._answer(client)
            client.socket.send(told.pack())  # does not wait: who does not read the answers is dropped
            self._ready.modify(descriptor, _READ)
        except EOFError:
            self._drop(descriptor)
        except (OSError, WireBroken) as error:
            log.warning("engine: connection dropped", error=str(error))
            self._drop(descriptor)
        except Exception as error:
            # a thread that ends here would be missing for all cameras
            log.error("engine: connection dropped", error=repr(error))
            self._drop(descriptor)

    def _drop(self, descriptor: int) -> None:
        # forgotten first: once it is closed its number may belong to a new connection
        self._clients.pop(descriptor).socket.close()

    def _answer(self, client: _Client) -> Told:
        message, descriptors, flags, _ = socket.recv_fds(
            client.socket, MESSAGE_BYTES, _FDS_MOST, socket.MSG_CMSG_CLOEXEC
        )
        try:
            if not message:
                raise EOFError
            if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                raise WireBroken("message too long")
            ask = Ask.unpack(message)
            if (ask.kind is Kind.HELLO) != (client.room is None) or len(descriptors) != (client.room is None):
                raise WireBroken("wanted a greeting with memory first, and only then")
            if ask.kind is Kind.HELLO:
                client.room = map_room(descriptors[0])
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        if ask.kind is Kind.INFER and client.room is not None:
            return self._look(ask, client.room)
        return self._done if ask.kind is Kind.STATS else Told()

    def _look(self, ask: Ask, room: mmap.mmap) -> Told:
        began_ns = monotonic_ns()
        picture = picture_in(room, ask.input_px)
        try:
            net = self._nets.get(ask.net, ask.input_px)
            looked_ns = monotonic_ns()
            raw = net.infer(picture)
            channels, count = raw.shape
            output_in(room, ask.input_px, (channels, count))[:] = raw
        except (ServiceError, VisionError, CatalogInvalid, WireBroken) as error:
            log.warning("engine: refused", net=ask.net, input_px=ask.input_px, error=str(error))
            return Told(str(error))
        except Exception as error:
            # told, or the camera would ask the same again and again
            log.error("engine: failed", net=ask.net, input_px=ask.input_px, error=repr(error))
            return Told(f"the net failed: {error!r}")
        told = Told(
            shape=(channels, count),
            requests=1,
            busy=timedelta(microseconds=(monotonic_ns() - looked_ns) // 1000),
            waited=timedelta(microseconds=max(0, began_ns - ask.sent_ns) // 1000),
        )
        self._count(told)
        return told

    def _count(self, told: Told) -> None:
        with self._counting:
            self._done = replace(
                self._done,
                requests=self._done.requests + 1,
                busy=self._done.busy + told.busy,
                waited=self._done.waited + told.waited,
            )


def serve_engine(address: Path, *, streams: int | None = None, device: str = "") -> None:
    """Be the engine until SIGTERM, which ends it once what is being worked on is answered. The main of a process.

    SIGINT is left to whoever started it: Ctrl-C reaches all processes of a terminal at once, and cameras still need
    the engine while they close.

    Args:
        streams: How many pictures are looked at at once, each by one thread; if None as many as there are cores, or
            as a device takes in one batch.
        device: What torch calls the device that the nets run on; empty for this computer's CPU.

    Raises:
        ServiceError: A net is missing or was changed, or the address cannot be used. Nothing was started.
    """
    try:
        catalog = load_catalog_for(device)
        for entry in catalog.values():
            entry.verify()
    except CatalogInvalid as error:
        raise ServiceError(str(error)) from None
    at_once = streams or (BATCH_MOST if device else len(os.sched_getaffinity(0)))

    def make(name: str, input_px: tuple[int, int]) -> Net:
        if name not in catalog:
            raise EngineRefused(f"there is no net {name!r}; there are: {', '.join(catalog)}")
        log.info("engine loads a net", net=name, input_px=input_px)
        if device:
            return UltralyticsNet(catalog[name], input_px=input_px, device=device)
        return OpenVinoNet(catalog[name], input_px=input_px, threads=at_once, streams=at_once)

    server = EngineServer(make, streams=at_once)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    server.serve(address)
