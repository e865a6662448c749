"""A socket at a path, for programs of one user on one computer; each message arrives whole."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.errors import ServiceError


@contextmanager
def short_name(address: Path) -> Iterator[str]:
    """A name of the socket at ``address`` that is short enough for the kernel, which takes 107 bytes."""
    folder = os.open(address.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{address.name}"
    finally:
        os.close(folder)


def listen_at(address: Path, backlog: int) -> socket.socket:
    """Listen at ``address``, open to nobody but this user; what a dead engine left there is cleared away.

    Raises:
        ServiceError: Somebody serves there, or it is no place for a socket. What is there stays.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        address.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with short_name(address) as name:
            _clear(address, name)
            os.fchmod(listener.fileno(), 0o600)  # before it has a name: at no moment it is open to others
            listener.bind(name)
        listener.listen(backlog)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise ServiceError(f"{address}: no socket can be made here: {error.strerror}") from None
    except ServiceError:
        listener.close()
        raise
    return listener


def _clear(address: Path, name: str) -> None:
    try:
        if not stat.S_ISSOCK(address.lstat().st_mode):
            raise ServiceError(f"{address}: is there already, and is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        try:
            probe.connect(name)
        except ConnectionRefusedError:
            address.unlink()
            return
    raise ServiceError(f"{address}: another program serves here")
