"""What a story is made of: people, what they hold and wear, areas of the picture; all times in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from samples.render.badge import Badge
from samples.render.cameras import SEATS
from samples.render.clothes import Outfit
from samples.render.motion import Beat, Walk, chair_front


@dataclass(frozen=True, slots=True)
class Held:
    """A thing in a hand from ``from_s`` to ``to_s``; ``rests_at`` is where it stands otherwise, if anywhere."""

    kind: str
    hand: str
    from_s: float
    to_s: float
    rests_m: tuple[float, float, float] | None = None
    lit_s: float | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """One person of a story.

    Attributes:
        desk: Desk they serve (officers), else None.
        start: x, y in metres and yaw in degrees at second 0.
        badge_off_s: When the badge is lifted over the head, if it is.
    """

    name: str
    body: str
    outfit: Outfit
    start: tuple[float, float, float]
    beats: tuple[Beat, ...]
    walks: tuple[Walk, ...] = ()
    desk: str | None = None
    badge: Badge | None = None
    badge_off_s: float | None = None
    held: tuple[Held, ...] = ()
    turned_away: bool = False

    @property
    def is_staff(self) -> bool:
        """Officers have a desk."""
        return self.desk is not None


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the picture: polygon in fractions of width and height."""

    kind: str
    polygon: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What one camera sees."""

    camera: str
    duration_s: float
    roles: tuple[Role, ...]
    areas: dict[str, Area] = field(default_factory=dict)


def box(left: float, top: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    """Corners of a rectangle."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def seat_start(camera: str, desk: str, *, turned_deg: float = 0.0) -> tuple[float, float, float]:
    """Where somebody is who sits at a desk from the start, turned on the chair by some degrees."""
    seat = SEATS[camera][desk]
    x, y, yaw = chair_front(seat.x_m, seat.y_m, seat.yaw_deg)
    return (x, y, yaw + turned_deg)


def to_seat(
    camera: str, desk: str, start_s: float, way: tuple[tuple[float, float], ...], speed_mps: float = 1.05
) -> Walk:
    """A walk along ``way`` that ends before the chair of a desk."""
    x, y, yaw = seat_start(camera, desk)
    return Walk(start_s, (*way, (x, y)), yaw, speed_mps)


def from_seat(
    camera: str, desk: str, start_s: float, way: tuple[tuple[float, float], ...], speed_mps: float = 1.05
) -> Walk:
    """A walk that begins before the chair of a desk."""
    x, y, _ = seat_start(camera, desk)
    return Walk(start_s, ((x, y), *way), None, speed_mps)
