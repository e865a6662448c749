"""The wall of cameras: all within reach at a glance, and what of it the journal tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request

from service.api.auth import Work, WorkNow
from service.api.camera_states import CameraState, Condition, Watcher, camera_states
from service.api.schemas import Shape
from service.api.wall_room import WallRoom
from service.db.records import SessionRecord
from service.evidence.journal import Fact, RowKind

router = APIRouter(tags=["cameras"])


class WallCameraShape(Shape):
    """One camera of the wall.

    Attributes:
        condition: `works`, `untrusted`, `silent`, `never` or `idle`.
        since: Since when it is so; none where it works or that is not known.
        troubles: What is wrong with its picture.
    """

    camera_id: str
    name: str
    site_name: str
    agency: str
    condition: str
    since: datetime | None
    last_at: datetime | None
    troubles: list[str]
    is_alarm: bool


@dataclass(frozen=True, slots=True)
class WallCamera:
    """One camera of the wall."""

    state: CameraState
    agency: str

    @property
    def is_alarm(self) -> bool:
        """Tell whether somebody should look after it."""
        return self.state.condition in (Condition.SILENT, Condition.UNTRUSTED)


@router.get("/wall")
def read_wall(work: WorkNow, session: Watcher) -> list[WallCameraShape]:
    """Read how every camera within reach is, alarms first. Its picture is at `/wall/{camera_id}/still.jpg`."""
    return [_shape(camera) for camera in wall_of(work)]


def wall_of(work: Work) -> list[WallCamera]:
    """Return the cameras within reach, those with alarms first."""
    agencies = {site.site_id: site.agency for site in work.sites.sites()}
    cameras = [WallCamera(state, agencies.get(state.camera.site_id, "")) for state in camera_states(work)]
    return sorted(cameras, key=lambda camera: not camera.is_alarm)


def room_of(request: Request) -> WallRoom:
    """Return what the application remembers of open walls."""
    room = request.app.state.wall
    assert isinstance(room, WallRoom)
    return room


def note_wall(work: Work, session: SessionRecord, room: WallRoom, camera_ids: frozenset[str]) -> None:
    """Note that somebody has all these cameras before them, in one row, unless that was noted a moment ago."""
    if camera_ids and room.looks.is_due(session.session_id, camera_ids, work.now()):
        named: list[Fact] = [*sorted(camera_ids)]
        work.note(RowKind.CAMERA_VIEWED, {"user": session.user.user_id, "wall": named})
        room.looks.note(session.session_id, camera_ids, work.now())


def _shape(camera: WallCamera) -> WallCameraShape:
    state = camera.state
    return WallCameraShape(
        camera_id=state.camera.camera_id,
        name=state.camera.name,
        site_name=state.site_name,
        agency=camera.agency,
        condition=str(state.condition),
        since=state.since,
        last_at=state.camera.last_at,
        troubles=[str(fault.kind) for fault in state.faults],
        is_alarm=camera.is_alarm,
    )
