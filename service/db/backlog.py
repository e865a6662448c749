"""Writes that wait in memory while the database cannot be written: nothing that happened is dropped for a full disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session as Session

from service.db.away import DATABASE_AWAY
from service.db.session import Database
from vision.clock import Clock

log = structlog.get_logger(__name__)

Work = Callable[[Session], object]
WAITING_MOST = 50_000
"""More would take the memory that watching needs; a camera makes some ten an hour, and one every ten seconds."""
TRIES_AGAIN_AFTER = timedelta(seconds=2)


class Backlog:
    """Does writes in the order in which they came, each in a transaction of its own. For several threads.

    Each must change nothing when it is done twice. It is lost if the process ends before it could be done.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: deque[tuple[str, Work]] = deque()
        self._lock = threading.RLock()
        self._failed_at = clock.now()
        self._is_away = False

    @property
    def waiting(self) -> int:
        """How many writes wait."""
        return len(self._waiting)

    def write(self, name: str, work: Work) -> bool:
        """Do a write after those that wait. Returns whether it was done.

        Args:
            name: What it is, for the log.
        """
        with self._lock:
            self._waiting.append((name, work))
            if len(self._waiting) > WAITING_MOST:
                lost, _ = self._waiting.popleft()
                log.error("write lost: the database could not be written for too long", what=lost)
            return self.flush()

    def flush(self, *, at_once: bool = False) -> bool:
        """Do what waits; shortly after a failure only if ``at_once``. Returns whether nothing is left."""
        with self._lock:
            since = self._clock.now() - self._failed_at
            if self._is_away and not at_once and timedelta() <= since < TRIES_AGAIN_AFTER:
                return False
            while self._waiting:
                try:
                    with self._database.transaction() as session:
                        self._waiting[0][1](session)
                except DATABASE_AWAY as error:
                    self._note_away(error)
                    return False
                except BaseException:
                    self._waiting.popleft()  # it can never be done: the next ones can
                    raise
                self._waiting.popleft()
            if self._is_away:
                log.warning("the database can be written again, nothing waits any more")
            self._is_away = False
            return True

    def _note_away(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("the database cannot be written, writes wait in memory", error=str(error.args[0]))
        self._is_away, self._failed_at = True, self._clock.now()
