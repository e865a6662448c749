"""What the pages show while they stay open: how many flags wait and how many alarms go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.db.calibration import CalibrationRepository
from service.db.reached import by_camera
from service.db.records import WaitsFor
from service.db.tables import EventRow
from service.rights import Reach


@dataclass(frozen=True, slots=True)
class LiveState:
    """How things stand within one reach.

    Attributes:
        open: Flags that wait for a look, anybody's.
        newest_at: When the newest of them began; None where none waits.
        alarms: Alarms of cameras that go on.
    """

    open: int
    newest_at: datetime | None
    alarms: int


def live_state(session: Session, reach: Reach, now: datetime) -> LiveState:
    """Return how things stand within somebody's reach, in two queries."""
    waits = (EventRow.asked_rule.is_not(None), EventRow.waits_for == WaitsFor.LOOK)
    counted = select(func.count(), func.max(EventRow.started_at)).where(*waits, *by_camera(reach, EventRow.camera_id))
    count, newest_at = session.execute(counted).one()
    return LiveState(count, newest_at, CalibrationRepository(session, reach).alarm_count(now))
