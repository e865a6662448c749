"""Say which place each tracked person is at."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.scene import Scene, ZoneKind
from vision.types import Box, PlaceId, Subject, Tracks


@dataclass(frozen=True, slots=True)
class Visitor:
    """A detected person and the place they are at.

    Attributes:
        number: Track number; -1 where the track is not established yet.
        desk_id: The desk whose area holds the middle of the box, if any.
        zone_id: The zone that holds the feet, if any.
        is_staff_place: Whether only staff are at such a place; citizens are never judged.
    """

    number: int
    box_px: Box
    score: float
    desk_id: PlaceId | None
    zone_id: PlaceId | None
    is_staff_place: bool

    def subject(self, tracks: Tracks) -> Subject:
        """Name the person: by the desk where they are at one, else by zone and track."""
        camera_id = tracks.detections.camera_id
        if self.desk_id is not None:
            return Subject(camera_id, tracks.run_id, self.desk_id)
        return Subject(camera_id, tracks.run_id, self.zone_id or PlaceId(""), self.number)


def place_visitors(tracks: Tracks, scene: Scene, size_px: tuple[int, int]) -> list[Visitor]:
    """Place every detected person.

    Args:
        tracks: N persons.
        size_px: Width and height of the frame.

    Returns:
        N visitors, in the order of ``tracks``.
    """
    return [_place(tracks, i, scene, size_px) for i in range(len(tracks))]


def _place(tracks: Tracks, i: int, scene: Scene, size_px: tuple[int, int]) -> Visitor:
    x1, y1, x2, y2 = tracks.box(i)
    x, feet = feet_frac((x1, y1, x2, y2), size_px)
    middle = _inside((y1 + y2) / 2 / size_px[1])
    zones = [z for z in scene.zones if z.area.contains(x, feet)]
    # a public zone wins over a staff zone: in doubt a person is a citizen
    zones.sort(key=lambda z: z.kind is not ZoneKind.PUBLIC)
    zone = zones[0] if zones else None
    is_public = zone is not None and zone.kind is ZoneKind.PUBLIC
    desk = next((d for d in scene.desks if d.area.contains(x, middle)), None)
    # with the feet in a public zone a person still attends the desk, in the officer's favour, but is not judged
    is_staff = not is_public and (desk is not None or zone is not None)
    return Visitor(
        number=int(tracks.number[i]),
        box_px=(x1, y1, x2, y2),
        score=float(tracks.detections.score[i]),
        desk_id=PlaceId(desk.desk_id) if desk else None,
        zone_id=PlaceId(zone.zone_id) if zone else None,
        is_staff_place=is_staff,
    )


def feet_frac(box_px: Box, size_px: tuple[int, int]) -> tuple[float, float]:
    """Return where somebody's feet are, fractions of the picture; the middle of the box's lower edge."""
    x1, _, x2, y2 = box_px
    return _inside((x1 + x2) / 2 / size_px[0]), _inside(y2 / size_px[1])


def _inside(fraction: float) -> float:
    """Keep a point on the picture's far edge inside areas that reach to it."""
    return min(max(fraction, 0.0), 1.0 - 1e-6)
