"""Tell that a camera has fallen silent while its loop waits for a picture, and can tell nothing itself."""

from __future__ import annotations

import threading
from types import TracebackType

import structlog

from service.workers.away import AwayLog
from vision.capture.source import Source

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
"""With the five seconds after which a source calls itself silent, an alarm stands well within ten."""


class SilenceWatch:
    """Looks at a source as long as the block runs; that it is back is told by whoever takes its pictures."""

    def __init__(self, source: Source, away: AwayLog | None) -> None:
        self._source = source
        self._away = away
        self._is_over = threading.Event()
        self._is_silent = False
        self._thread = threading.Thread(target=self._look, name=f"silence-{source.camera_id}", daemon=True)

    def __enter__(self) -> None:
        """Begin to look."""
        self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop looking; nothing is told after this."""
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(LOOK_EVERY_S):
            since = self._source.silent_since
            if since is None:
                self._is_silent = False
                continue
            if not self._is_silent:
                log.warning("camera silent", camera=self._source.camera_id, since=since.isoformat())
            self._is_silent = True
            if self._away is not None:
                self._away.note_silence(lambda: self._source.silent_since)
