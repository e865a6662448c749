"""A link between a camera and us that stalls, garbles, loses and cuts on demand: RTSP by TCP and by UDP, and HTTP."""

from __future__ import annotations

import random
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

CHUNK_BYTES = 64 * 1024
POLL_S = 0.05
CLIENT_PORTS = re.compile(rb"client_port=(\d+)-(\d+)")


class MisbehavingLink:
    """A proxy before one server on this computer. Its faults may be changed while it works.

    Attributes:
        port: Where it listens.
        garbled_share: Share of the bytes to the reader that are overwritten.
        lost_share: Share of the UDP packets to the reader that are lost.
        links: Connections accepted so far.
        lost_packets: UDP packets lost so far.
    """

    def __init__(self, target_port: int) -> None:
        self.garbled_share = 0.0
        self.lost_share = 0.0
        self.links = 0
        self.lost_packets = 0
        self._target_port = target_port
        self._chance = random.Random(7)
        self._flows = threading.Event()
        self._flows.set()
        self._is_over = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._start(self._accept)

    def stall(self) -> None:
        """Forward nothing any more; every connection stays open, and new ones are still accepted."""
        self._flows.clear()

    def flow(self) -> None:
        """End a stall."""
        self._flows.set()

    def cut(self) -> None:
        """End all connections; new ones are accepted."""
        for held in self._open:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End everything."""
        self._is_over.set()
        self._flows.set()
        self.cut()
        self._listener.close()
        for thread in self._threads:
            thread.join(10)
        for held in self._open:
            held.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        self._listener.settimeout(POLL_S)
        while not self._is_over.is_set():
            try:
                reader, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.links += 1
            try:
                camera = socket.create_connection(("127.0.0.1", self._target_port), timeout=5)
            except OSError:
                reader.close()  # the camera is off
                continue
            self._open += [reader, camera]
            self._start(self._carry, reader, camera, self._ask)
            self._start(self._carry, camera, reader, self._garble)

    def _carry(self, source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
        source.settimeout(POLL_S)
        target.settimeout(5)
        with suppress(OSError):
            while self._flows.wait() and not self._is_over.is_set():
                try:
                    content = source.recv(CHUNK_BYTES)
                except TimeoutError:
                    continue
                if not content:
                    break
                self._flows.wait()
                target.sendall(change(content))
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def _garble(self, content: bytes) -> bytes:
        if not self.garbled_share:
            return content
        garbled = bytearray(content)
        for _ in range(round(len(content) * self.garbled_share)):
            garbled[self._chance.randrange(len(content))] = self._chance.randrange(256)
        return bytes(garbled)

    def _ask(self, content: bytes) -> bytes:
        """Have the camera send its UDP packets to us, where the reader asks for UDP."""
        found = CLIENT_PORTS.search(content)
        if found is None:
            return content
        first, second = _pair_of_sockets()
        self._open += [first, second]
        for relay, number in ((first, found.group(1)), (second, found.group(2))):
            self._start(self._relay, relay, int(number))
        return CLIENT_PORTS.sub(b"client_port=%d-%d" % (first.getsockname()[1], second.getsockname()[1]), content)

    def _relay(self, relay: socket.socket, reader_port: int) -> None:
        relay.settimeout(POLL_S)
        while not self._is_over.is_set():
            try:
                packet = relay.recv(CHUNK_BYTES)
            except TimeoutError:
                continue
            except OSError:
                return
            if not self._flows.is_set() or self._chance.random() < self.lost_share:
                self.lost_packets += 1
                continue
            with suppress(OSError):
                relay.sendto(packet, ("127.0.0.1", reader_port))


def _pair_of_sockets() -> tuple[socket.socket, socket.socket]:
    """Return UDP sockets at an even port and the next one, as RTP wants them."""
    for port in range(21000, 29000, 2):
        pair = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        try:
            for i, half in enumerate(pair):
                half.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
                half.bind(("127.0.0.1", port + i))
        except OSError:
            for half in pair:
                half.close()
            continue
        return pair[0], pair[1]
    raise OSError("no pair of free ports")


@contextmanager
def misbehaving_link(target_port: int) -> Iterator[MisbehavingLink]:
    """Proxy a server for as long as the block runs."""
    link = MisbehavingLink(target_port)
    try:
        yield link
    finally:
        link.close()
