"""Send the messages that wait for other systems, again and again until they are taken."""

from __future__ import annotations

import http.client
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from typing import IO

import structlog

from service.attendance.webhook import DELIVERY_HEADER, SIGNATURE_HEADER, sign, wait_after
from service.db.corrections import CorrectionRepository, Delivery
from service.db.session import Database
from vision.clock import Clock

log = structlog.get_logger(__name__)
TIMEOUT = timedelta(seconds=10)
LOOKS_EVERY = timedelta(seconds=15)
ERROR_LETTERS = 300


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where messages go. ``secret`` is the key of their signature."""

    address: str
    secret: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A signed message is for the address that was set, and no other."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Never follow; the answer then counts as a refusal."""


class Deliverer:
    """Sends what is due, oldest first. A message counts as taken when it is answered with a status of 200 to 299."""

    def __init__(self, database: Database, receiver: Receiver, timeout: timedelta = TIMEOUT) -> None:
        self._database = database
        self._receiver = receiver
        self._timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirect)

    def run_once(self, now: datetime) -> int:
        """Send what is due at ``now``. Returns how many messages were taken.

        Each result is stored at once: a message that was taken is not sent again because a later one failed. One
        that was taken while its result was lost (a power cut) is sent again under the same `DELIVERY_HEADER`.
        """
        with self._database.transaction() as session:
            due = CorrectionRepository(session).due_deliveries(now)
        return sum(self._deliver(delivery, now) for delivery in due)

    def _deliver(self, delivery: Delivery, now: datetime) -> bool:
        fault = self._send(delivery, now)
        with self._database.transaction() as session:
            corrections = CorrectionRepository(session)
            if not fault:
                corrections.note_delivered(delivery.delivery_id, at=now)
            else:
                next_at = now + wait_after(delivery.attempts + 1)
                corrections.note_failed(delivery.delivery_id, error=fault[:ERROR_LETTERS], next_at=next_at)
        if fault:
            log.warning("message not taken", delivery=delivery.delivery_id, attempts=delivery.attempts + 1, fault=fault)
        else:
            log.info("message taken", delivery=delivery.delivery_id, kind=delivery.kind)
        return not fault

    def _send(self, delivery: Delivery, now: datetime) -> str:
        """Return what went wrong; empty where it was taken. The address is never told: it may hold a token."""
        body = delivery.body.encode()
        request = urllib.request.Request(
            self._receiver.address,
            data=body,
            method="POST",
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "congvu",
                SIGNATURE_HEADER: sign(body, self._receiver.secret, now),
                DELIVERY_HEADER: str(delivery.delivery_id),
            },
        )
        try:
            with self._opener.open(request, timeout=self._timeout.total_seconds()):
                return ""
        except urllib.error.HTTPError as error:
            error.close()
            return f"answered with {error.code}"
        except urllib.error.URLError as error:
            return f"cannot be reached: {error.reason}"
        except (OSError, http.client.HTTPException) as error:
            return f"connection lost: {error!r}"


class DeliveryThread(threading.Thread):
    """Looks for due messages until stopped. A database or receiver that is away must not end it."""

    def __init__(self, deliverer: Deliverer, clock: Clock, every: timedelta = LOOKS_EVERY) -> None:
        super().__init__(name="deliveries", daemon=True)
        self._deliverer = deliverer
        self._clock = clock
        self._every = every
        self._stopped = threading.Event()

    def run(self) -> None:
        """Send, wait, and again."""
        while not self._stopped.is_set():
            try:
                self._deliverer.run_once(self._clock.now())
            except Exception as error:
                log.error("messages not sent", error=repr(error))
            self._stopped.wait(self._every.total_seconds())

    def stop(self) -> None:
        """Ask it to end after the message that it is sending."""
        self._stopped.set()
