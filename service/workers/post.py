"""Send the letters and messages that are due, again and again until they are taken or a day has passed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from service.db.letters import Letter, LetterRepository
from service.db.notices import DueNotice, Listener, NoticeRepository
from service.db.session import Database
from service.notices.kinds import Kind, kinds_for
from service.notices.mail import Mailer
from service.notices.retrying import GIVEN_UP_AFTER, next_try
from service.notices.sealing import AddressSeal
from service.notices.sending import Fault, Sender
from service.workers.herald import RepeatedThread, subscriber_of
from vision.clock import Clock

log = structlog.get_logger(__name__)

LOOKS_EVERY = timedelta(seconds=5)
LEASE = timedelta(minutes=5)
"""How long nobody else tries what we have taken."""
Put = Callable[[Sequence[DueNotice], str], tuple[str, str]]
"""Puts messages to one subscriber into one, in a language: title and text."""


class LetterPost:
    """Sends letters.

    Args:
        mailer: None where no server is set up; then letters wait for one, and are forgotten like any after a day.
    """

    def __init__(self, database: Database, mailer: Mailer | None) -> None:
        self._database = database
        self._mailer = mailer
        self._is_stopped = False

    def stop(self) -> None:
        """Take nothing more; what was taken is due again after its lease."""
        self._is_stopped = True

    def run_once(self, now: datetime) -> int:
        """Send what is due at ``now``; returns how many letters were taken."""
        with self._database.transaction() as session:
            letters = LetterRepository(session).take_due(now, lease=LEASE, limit=10)
        return sum(self._deliver(letter, now) for letter in letters if not self._is_stopped)

    def _deliver(self, letter: Letter, now: datetime) -> bool:
        if self._mailer is None:
            fault = "no server for e-mails is set up"
        else:
            fault = self._mailer.send(letter.to_address, letter.subject, letter.body)
        with self._database.transaction() as session:
            letters = LetterRepository(session)
            if not fault:
                letters.note_sent(letter.letter_id, now)
            else:
                next_at = next_try(letter.attempts + 1, first_due_at=letter.made_at, now=now)
                letters.note_failed(letter.letter_id, fault, next_at=next_at, at=now)
        if not fault:
            log.info("letter taken", letter=letter.letter_id, purpose=letter.purpose)
        elif letter.attempts == 0 or now - letter.made_at >= GIVEN_UP_AFTER:
            log.warning("letter not taken", letter=letter.letter_id, attempts=letter.attempts + 1, fault=fault)
        return not fault


class NoticePost:
    """Sends messages to subscribers: all that is due to one of them at once, as one message."""

    def __init__(self, database: Database, sender: Sender, seal: AddressSeal, put: Put) -> None:
        self._database = database
        self._sender = sender
        self._seal = seal
        self._put = put
        self._is_stopped = False

    def stop(self) -> None:
        """Take nothing more."""
        self._is_stopped = True

    def run_once(self, now: datetime) -> int:
        """Send what is due at ``now``; returns how many subscriptions it was taken by."""
        taken = 0
        while not self._is_stopped:
            with self._database.transaction() as session:
                repository = NoticeRepository(session)
                notices = repository.take_due(now, lease=LEASE)
                listener = repository.listener(notices[0].subscription_id) if notices else None
            if not notices:
                break
            taken += self._deliver(notices, listener, now)
        return taken

    def _deliver(self, notices: Sequence[DueNotice], listener: Listener | None, now: datetime) -> bool:
        allowed = [notice for notice in notices if listener is not None and may_know(listener, notice)]
        fault = self._send(allowed, listener) if listener is not None and allowed else None
        with self._database.transaction() as session:
            repository = NoticeRepository(session)
            for notice in notices:
                if notice not in allowed:
                    repository.note_failed(notice.notice_id, Fault.NO_RIGHT, next_at=None, at=now)
                elif fault is not None:
                    next_at = next_try(notice.attempts + 1, first_due_at=notice.first_due_at, now=now)
                    repository.note_failed(notice.notice_id, fault, next_at=next_at, at=now)
            if fault is None:
                repository.note_sent([notice.notice_id for notice in allowed], now)
        return fault is None and bool(allowed)

    def _send(self, notices: Sequence[DueNotice], listener: Listener) -> Fault | None:
        address = self._seal.open(listener.subscription.address)
        if address is None:
            log.warning("address cannot be opened", subscription=listener.subscription.subscription_id)
            return Fault.UNREADABLE
        return self._sender.send(address, *self._put(notices, listener.language))


def may_know(listener: Listener, notice: DueNotice) -> bool:
    """Tell whether somebody may still know of it: rights may have been taken since it was stored."""
    return notice.kind == Kind.TEST or notice.kind in kinds_for(subscriber_of(listener).rights)


class PostThread(RepeatedThread):
    """Sends until stopped; what is being sent then is sent to its end, and nothing after it."""

    def __init__(self, name: str, post: LetterPost | NoticePost, clock: Clock, every: timedelta = LOOKS_EVERY) -> None:
        super().__init__(name, post, clock, every)
        self._post = post

    def stop(self) -> None:
        """Ask it to end after the message that it is sending."""
        self._post.stop()
        super().stop()
