"""Look for what subscribers want to be told of, and store the messages; another thread sends them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from service.api.selection import main_zone
from service.db.happenings import HappeningRepository
from service.db.notices import Listener, NewNotice, NoticeRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.evidence.disk import DiskWatch
from service.notices.kinds import Kind
from service.notices.quiet import quiet_hours, send_at
from service.notices.telling import Snapshot, Subscriber, tellings
from service.notices.telling import Telling as Telling
from service.rights import reach_of, rights_of
from vision.clock import Clock

log = structlog.get_logger(__name__)

LOOKS_EVERY = timedelta(seconds=30)
KEPT = timedelta(days=90)
"""How long it is remembered what was told."""
Say = Callable[[Telling, str], tuple[str, str]]
"""Puts something to tell into words of a language: title and body."""


class Runs(Protocol):
    """Work that is done again and again."""

    def run_once(self, now: datetime) -> int:
        """Do what is due at ``now``; returns how much was done."""
        ...


class Herald:
    """Stores what is to be told. Run at once by two programs it stores each message once.

    Args:
        waits: After what time a flag has waited for too long; waiting_least: how many of them are told.
    """

    def __init__(
        self, database: Database, disk: DiskWatch, say: Say, *, waits: timedelta, waiting_least: int = 1
    ) -> None:
        self._database = database
        self._disk = disk
        self._say = say
        self._waits = waits
        self._waiting_least = waiting_least

    def run_once(self, now: datetime) -> int:
        """Look at how things stand; returns how many messages were stored."""
        with self._database.transaction() as session:
            notices = NoticeRepository(session)
            notices.forget(now - KEPT)
            listeners = notices.listeners()
            if not listeners:
                return 0
            zone = main_zone(SiteRepository(session).sites())
            snapshot = self._snapshot(HappeningRepository(session), now, zone)
            return sum(self._tell(notices, listener, snapshot, zone) for listener in listeners)

    def _snapshot(self, found: HappeningRepository, now: datetime, zone: ZoneInfo) -> Snapshot:
        state = self._disk.state
        return Snapshot(
            now,
            now.astimezone(zone).date(),
            found.waiting(now - self._waits),
            tuple(found.happenings(now)),
            f"{state.level.word} {state.is_locked_high}" if state.is_alarm else "",
            self._waiting_least,
        )

    def _tell(self, notices: NoticeRepository, listener: Listener, snapshot: Snapshot, zone: ZoneInfo) -> int:
        subscription = listener.subscription
        wanted = tellings(snapshot, subscriber_of(listener))
        known = notices.known(subscription.subscription_id, {telling.subject_key for telling in wanted})
        due_at = send_at(snapshot.at, quiet_hours(subscription.quiet_from, subscription.quiet_to), zone)
        stored = 0
        for telling in wanted:
            if (telling.kind, telling.subject_key) not in known:
                title, body = self._say(telling, listener.language)
                notice = NewNotice(telling.kind, telling.subject_key, title, body)
                stored += notices.add(subscription.subscription_id, notice, at=snapshot.at, due_at=due_at)
        return stored


def subscriber_of(listener: Listener) -> Subscriber:
    """Return whom a subscription tells, with the rights that its owner has now."""
    return Subscriber(
        rights_of(listener.role, agency=listener.agency),
        reach_of(listener.role, agency=listener.agency, unit=listener.unit, officer_id=listener.officer_id),
        frozenset(map(Kind, listener.subscription.kinds)),
        listener.subscription.created_at,
    )


class RepeatedThread(threading.Thread):
    """Does work again and again until stopped. A database or server that is away must not end it."""

    def __init__(self, name: str, work: Runs, clock: Clock, every: timedelta) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._clock = clock
        self._every = every
        self._stopped = threading.Event()

    def run(self) -> None:
        """Work, wait, and again."""
        has_failed = False
        while not self._stopped.is_set():
            try:
                self._work.run_once(self._clock.now())
                has_failed = False
            except Exception as error:
                if not has_failed:
                    log.error("not done now, tried again", thread=self.name, error=repr(error))
                has_failed = True
            self._stopped.wait(self._every.total_seconds())

    def stop(self) -> None:
        """Ask it to end after what it is doing."""
        self._stopped.set()
