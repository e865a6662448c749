"""Tell the pages that a camera which should be watched cannot be reached: an alarm, not a line in a log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from service.db.calibration import CalibrationRepository
from service.db.records import FaultRecord
from service.db.session import Database
from vision.clock import Clock
from vision.types import CameraId, FaultKind

log = structlog.get_logger(__name__)

NO_RUN = ""
"""A camera that is away has no run that its fault could belong to."""


class AwayLog:
    """Keeps since when one camera has been away. One that a killed process left open goes on. Safe for threads."""

    def __init__(self, database: Database, clock: Clock, camera_id: CameraId) -> None:
        self._database = database
        self._clock = clock
        self._camera_id = camera_id
        self._lock = threading.Lock()
        with database.transaction() as session:
            left = CalibrationRepository(session).open_faults()
        mine = (fault for fault in left if fault.camera_id == camera_id and fault.kind == FaultKind.AWAY)
        self._open: FaultRecord | None = next(mine, None)

    def note_away(self, reason: str) -> None:
        """The camera did not answer, or refused us; told again and again it is one fault."""
        with self._lock:
            if self._open is None:
                self._store(FaultRecord(self._camera_id, NO_RUN, FaultKind.AWAY, self._clock.now(), None, reason))

    def note_silence(self, silent_since: Callable[[], datetime | None]) -> None:
        """The camera may have fallen silent; it is asked here, lest a picture comes between question and entry."""
        with self._lock:
            since = None if self._open is not None else silent_since()
            if since is not None:
                told = f"no picture since {since:%H:%M:%S} UTC"
                self._store(FaultRecord(self._camera_id, NO_RUN, FaultKind.AWAY, since, None, told))

    def note_back(self) -> None:
        """The camera sends pictures, or nobody tries to watch it any more."""
        with self._lock:
            if self._open is not None:
                opened = self._open
                ended_at = max(self._clock.now(), opened.started_at)
                self._store(
                    FaultRecord(self._camera_id, NO_RUN, FaultKind.AWAY, opened.started_at, ended_at, opened.detail)
                )

    def _store(self, fault: FaultRecord) -> None:
        try:
            with self._database.transaction() as session:
                CalibrationRepository(session).store_fault(fault)
        except Exception as error:
            # a database that is away must not end the watching; the next call tries again
            log.error("camera's absence not stored", camera=self._camera_id, error=repr(error))
            return
        self._open = fault if fault.ended_at is None else None
