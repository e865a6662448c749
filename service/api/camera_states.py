"""What each camera is up to: works, is not to be trusted, sends nothing. Pages and API share it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends

from service.api.auth import Work, needs
from service.api.selection import FALLBACK_ZONE
from service.db.calibration import SILENT_AFTER
from service.db.records import CameraRecord, FaultRecord, SessionRecord, SiteRecord
from service.errors import NotFound
from service.rights import Right
from vision.health.faults import BLINDING
from vision.types import FaultKind

Watcher = Annotated[SessionRecord, Depends(needs(Right.SEE_CAMERAS))]


class Condition(StrEnum):
    """How a camera is, the worst first."""

    SILENT = "silent"
    """It is being watched and sends no picture."""
    UNTRUSTED = "untrusted"
    """It sends pictures that are not to be trusted."""
    NEVER = "never"
    """No picture has ever come."""
    IDLE = "idle"
    """Nobody watches it at the moment."""
    WORKS = "works"


@dataclass(frozen=True, slots=True)
class CameraState:
    """One camera, where it is and how it is.

    Attributes:
        since: Since when it is so; None where that is not known or it works.
        faults: Those that go on, the oldest first.
    """

    camera: CameraRecord
    site_name: str
    zone: ZoneInfo
    condition: Condition
    since: datetime | None
    faults: tuple[FaultRecord, ...]

    @property
    def is_blind(self) -> bool:
        """Tell whether nothing can be judged by its picture now."""
        return self.condition is not Condition.WORKS and (
            self.condition is not Condition.UNTRUSTED or any(fault.kind in BLINDING for fault in self.faults)
        )

    @property
    def is_away(self) -> bool:
        """Tell whether it cannot be reached at all."""
        return any(fault.kind == FaultKind.AWAY for fault in self.faults)

    @property
    def has_moved(self) -> bool:
        """Tell whether somebody has to say that its view is right."""
        return any(fault.kind == FaultKind.MOVED for fault in self.faults)


def camera_states(work: Work) -> list[CameraState]:
    """Return every camera, those with trouble first, then by id."""
    now = work.now()
    sites = {site.site_id: site for site in work.sites.sites()}
    silent = work.calibration.silent_cameras(now)
    faults: dict[str, list[FaultRecord]] = {}
    for fault in work.calibration.open_faults():
        faults.setdefault(fault.camera_id, []).append(fault)
    states = [
        _state(camera, sites.get(camera.site_id), silent.get(camera.camera_id), faults.get(camera.camera_id, []), now)
        for camera in work.sites.cameras()
    ]
    return sorted(states, key=lambda state: (list(Condition).index(state.condition), state.camera.camera_id))


def camera_state(work: Work, camera_id: str) -> CameraState:
    """Return one camera; raises `NotFound`."""
    found = next((state for state in camera_states(work) if state.camera.camera_id == camera_id), None)
    if found is None:
        raise NotFound(f"no camera {camera_id}")
    return found


def _state(
    camera: CameraRecord, site: SiteRecord | None, silent_at: datetime | None, faults: list[FaultRecord], now: datetime
) -> CameraState:
    away = next((fault for fault in faults if fault.kind == FaultKind.AWAY), None)
    condition: Condition
    since: datetime | None
    if away is not None:
        condition, since = Condition.SILENT, away.started_at
    elif camera.last_at is None:
        condition, since = Condition.NEVER, None
    elif silent_at is not None:
        condition, since = Condition.SILENT, silent_at
    elif faults:
        condition, since = Condition.UNTRUSTED, faults[0].started_at
    elif camera.last_at < now - SILENT_AFTER:
        condition, since = Condition.IDLE, camera.last_at
    else:
        condition, since = Condition.WORKS, None
    zone = ZoneInfo(site.timezone) if site else FALLBACK_ZONE
    return CameraState(camera, site.name if site else camera.site_id, zone, condition, since, tuple(faults))
