"""Keep the faults of a camera, and call the time under them "no data"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import structlog

from service.db.backlog import Backlog, Session
from service.db.calibration import CalibrationRepository
from service.db.records import FaultRecord
from service.db.sites import SiteRepository
from vision.health.faults import BLINDING
from vision.types import Fault, FaultKind, Gap, GapReason

log = structlog.get_logger(__name__)


class FaultLog:
    """Stores the faults of one run, each with the gap it makes. Storing the same again changes nothing."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog
        self._open: dict[tuple[FaultKind, datetime], Fault] = {}

    def note(self, faults: Iterable[Fault], at: datetime) -> None:
        """Store faults that opened or ended; ``at`` is how far the camera has been seen."""
        for fault in faults:
            key = (fault.kind, fault.started_at)
            if fault.ended_at is None:
                self._open[key] = fault
                log.warning("camera fault", camera=fault.camera_id, fault=fault.kind, detail=fault.detail)
            else:
                self._open.pop(key, None)
                lasted = (fault.ended_at - fault.started_at).total_seconds()
                log.warning("camera fault over", camera=fault.camera_id, fault=fault.kind, seconds=round(lasted, 1))
            self._store(fault, at)

    def note_progress(self, at: datetime) -> None:
        """Let the gaps of open faults grow as far as the camera has been seen."""
        for fault in self._open.values():
            self._store(fault, at)

    def finish(self, at: datetime) -> None:
        """The run is over: what is still open ends with its last frame."""
        self.note([replace(fault, ended_at=max(at, fault.started_at)) for fault in self._open.values()], at)

    def _store(self, fault: Fault, at: datetime) -> None:
        record = FaultRecord(
            fault.camera_id, fault.run_id, fault.kind, fault.started_at, fault.ended_at, detail=fault.detail
        )
        end = fault.ended_at or max(at, fault.started_at)

        def store(session: Session) -> None:
            CalibrationRepository(session).store_fault(record)
            # nothing could be judged from the moment it began; a clock that drifts blinds nobody
            if fault.kind in BLINDING and end > fault.started_at:
                gap = Gap(fault.camera_id, fault.run_id, fault.started_at, end, GapReason(fault.kind.value))
                SiteRepository(session).store_gap(gap)

        self._backlog.write("fault", store)
