"""Give out the journal's head every so often, so that nobody can rewrite it unnoticed."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import structlog

from service.custody import Custody
from service.evidence.publishing import publish

log = structlog.get_logger(__name__)
PUBLISH_EVERY = timedelta(hours=1)


class PublishingThread(threading.Thread):
    """Publishes until stopped, and once at the end. An authority or a disk that is away must not end it."""

    def __init__(self, custody: Custody, file: Path, every: timedelta = PUBLISH_EVERY) -> None:
        super().__init__(name="heads", daemon=True)
        self._custody = custody
        self._file = file
        self._every = every
        self._stopped = threading.Event()

    def run(self) -> None:
        """Publish, wait, and again."""
        while not self._stopped.is_set():
            self.publish()
            self._stopped.wait(self._every.total_seconds())
        self.publish()

    def publish(self) -> None:
        """Publish once; what went wrong is told in the log."""
        custody = self._custody
        try:
            publish(custody.database, custody.pen, file=self._file, at=custody.clock.now(), authority=custody.authority)
        except Exception as error:
            log.error("head of the journal not published", error=repr(error))

    def stop(self) -> None:
        """Ask it to publish a last time and end."""
        self._stopped.set()
