"""Tell systemd how the service is: its notification protocol, of which we need these lines only.

Source: sd_notify(3), https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import socket
from collections.abc import Mapping

import structlog

log = structlog.get_logger(__name__)

READY = "READY=1"
STOPPING = "STOPPING=1"
ALIVE = "WATCHDOG=1"


def status(words: str) -> str:
    """Return the message that shows one line in ``systemctl status``."""
    return "STATUS=" + " ".join(words.split())


class Watchdog:
    """Sends messages to whoever started us; without anybody who wants them it does nothing."""

    def __init__(self, address: str | None) -> None:
        """Take the address of a datagram socket; one that begins with ``@`` is in the abstract name space."""
        self._address = "\0" + address[1:] if address and address.startswith("@") else address

    def tell(self, *messages: str) -> None:
        """Send some messages at once. One that cannot be sent is logged: the watching must not end for it."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(1)
                sender.connect(self._address)
                sender.sendall("\n".join(messages).encode())
        except OSError as error:
            log.warning("systemd not told", messages=messages, error=str(error))


def watchdog_of(environment: Mapping[str, str]) -> Watchdog:
    """Return the watchdog that ``NOTIFY_SOCKET`` names, as systemd sets it for services of ``Type=notify``."""
    return Watchdog(environment.get("NOTIFY_SOCKET"))
