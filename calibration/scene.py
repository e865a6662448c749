"""What a camera looks at: desks, zones, entrance lines and privacy masks, drawn in fractions of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

PointFrac = tuple[float, float]

LINE_SHORTEST = 0.02
"""A shorter line is a slip of the hand: nobody's feet can be said to cross it."""

ASPECT_TOLERANCE = 0.02
"""How far the sides' ratio of a picture may be off the drawn one: cameras round to multiples of 8 or 16 pixels."""


class SceneInvalid(ValueError):
    """A scene breaks what it promises. The message says which place and what was wanted; nothing was made."""


class ZoneKind(StrEnum):
    """What a zone is for."""

    STAFF = "staff"
    """Only staff work here: smoking is asked about everyone in it."""
    PUBLIC = "public"
    """Citizens are here: nobody is ever flagged."""
    NO_SMOKING = "no_smoking"
    """A staff room, such as a meeting room, in which smoking is asked about."""


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon in fractions 0..1 of the picture.

    Attributes:
        points: At least three corners, in order, not crossing themselves.
    """

    points: tuple[PointFrac, ...]

    def __post_init__(self) -> None:
        if len(self.points) < 3:
            raise SceneInvalid(f"an area needs at least 3 corners, got {len(self.points)}")
        for x, y in self.points:
            if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
                raise SceneInvalid(f"corner ({x}, {y}) lies outside the picture: fractions go from 0 to 1")
        if _crosses_itself(self.points):
            raise SceneInvalid("the outline crosses itself: give the corners in order around the area")
        if abs(_signed_area(self.points)) < 1e-6:
            raise SceneInvalid("the area is empty: its corners lie on one line")

    def contains(self, x: float, y: float) -> bool:
        """Tell whether a point (fractions) lies inside; the left and upper edges belong to the area."""
        inside = False
        for (x1, y1), (x2, y2) in _edges(self.points):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
        return inside

    @classmethod
    def rectangle(cls, x0: float, y0: float, x1: float, y1: float) -> Area:
        """Make the rectangle between two corners, fractions."""
        return cls(((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


@dataclass(frozen=True, slots=True)
class Desk:
    """A place of work. Whoever sits or stands at it is named by it.

    Attributes:
        area: Where in the picture the middle of the person's box lies, seated or standing at the desk.
        officers: Ids of those assigned to it.
    """

    desk_id: str
    name: str
    area: Area
    officers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the picture with one purpose; a person is in it where their feet are."""

    zone_id: str
    name: str
    kind: ZoneKind
    area: Area


@dataclass(frozen=True, slots=True)
class Mask:
    """A part of the picture that is blacked out before anything is analysed or stored."""

    mask_id: str
    name: str
    area: Area


@dataclass(frozen=True, slots=True)
class Line:
    """An entrance: whoever walks across it from the left of start-to-end to its right comes in.

    Left and right are those of somebody who walks in the picture from ``start`` to ``end``.
    """

    line_id: str
    name: str
    start: PointFrac
    end: PointFrac

    def __post_init__(self) -> None:
        for x, y in (self.start, self.end):
            if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
                raise SceneInvalid(f"end ({x}, {y}) lies outside the picture: fractions go from 0 to 1")
        if math.dist(self.start, self.end) < LINE_SHORTEST:
            raise SceneInvalid(f"the line is shorter than {LINE_SHORTEST:g} of the picture: draw it across the way in")


@dataclass(frozen=True, slots=True)
class FloorPoint:
    """A mark on the floor whose place has been measured.

    Attributes:
        at: Where it is seen, fractions of the picture.
        floor_m: Where it is on the floor plan, metres from a corner that is the same for all marks of the camera.
    """

    at: PointFrac
    floor_m: tuple[float, float]

    def __post_init__(self) -> None:
        if not all(math.isfinite(v) for v in (*self.at, *self.floor_m)):
            raise SceneInvalid(f"floor mark {self.at} -> {self.floor_m}: wanted finite numbers")
        if not all(0.0 <= v <= 1.0 for v in self.at):
            raise SceneInvalid(f"floor mark {self.at} lies outside the picture: fractions go from 0 to 1")


@dataclass(frozen=True, slots=True)
class Lens:
    """How the lens bends straight lines, for any resolution of one aspect (OpenCV's model of five numbers).

    Attributes:
        focal: Focal length in picture widths.
        centre: Principal point, fractions of the picture.
        radial: k1, k2, k3; ``tangential``: p1, p2.
    """

    focal: float
    centre: PointFrac = (0.5, 0.5)
    radial: tuple[float, float, float] = (0.0, 0.0, 0.0)
    tangential: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if not all(math.isfinite(v) for v in (self.focal, *self.centre, *self.radial, *self.tangential)):
            raise SceneInvalid("lens: wanted finite numbers")
        if self.focal <= 0:
            raise SceneInvalid(f"lens: wanted a focal length above 0 picture widths, got {self.focal}")


@dataclass(frozen=True, slots=True)
class PictureShape:
    """The picture that a scene was drawn on."""

    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px) <= 0:
            raise SceneInvalid(f"picture: wanted width and height above 0, got {self.width_px} x {self.height_px}")

    def fits(self, width_px: int, height_px: int) -> bool:
        """Tell whether fractions drawn on this picture mean the same places on a picture of that size."""
        ratio = (width_px / height_px) / (self.width_px / self.height_px)
        return abs(ratio - 1.0) <= ASPECT_TOLERANCE


@dataclass(frozen=True, slots=True)
class CounterGroup:
    """Desks that stand in for one another.

    Attributes:
        waiting_zone: Id of the public zone in which citizens wait for it; None where nobody asks.
    """

    counter_id: str
    name: str
    desks: tuple[str, ...]
    waiting_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything drawn on one camera's picture.

    Attributes:
        picture: The picture it was drawn on; None where nobody said: then it is taken to fit.
        floor: Measured marks on the floor; empty where distances are not known.
    """

    camera_id: str
    desks: tuple[Desk, ...] = ()
    zones: tuple[Zone, ...] = ()
    counters: tuple[CounterGroup, ...] = ()
    lines: tuple[Line, ...] = ()
    masks: tuple[Mask, ...] = ()
    picture: PictureShape | None = None
    floor: tuple[FloorPoint, ...] = ()
    lens: Lens | None = None

    def __post_init__(self) -> None:
        ids = [d.desk_id for d in self.desks] + [z.zone_id for z in self.zones]
        ids += [c.counter_id for c in self.counters]
        ids += [line.line_id for line in self.lines] + [mask.mask_id for mask in self.masks]
        for place_id in ids:
            if ids.count(place_id) > 1:
                raise SceneInvalid(f"camera {self.camera_id}: two places are called {place_id!r}")
        desk_ids = {d.desk_id for d in self.desks}
        for counter in self.counters:
            unknown = [desk for desk in counter.desks if desk not in desk_ids]
            if unknown or not counter.desks:
                wanted = ", ".join(sorted(desk_ids)) or "none"
                raise SceneInvalid(
                    f"counter {counter.counter_id!r}: no desk {unknown or '(empty)'} on camera "
                    f"{self.camera_id}; its desks are: {wanted}"
                )
            self._check_waiting_zone(counter)

    def _check_waiting_zone(self, counter: CounterGroup) -> None:
        public = [zone.zone_id for zone in self.zones if zone.kind is ZoneKind.PUBLIC]
        if counter.waiting_zone is not None and counter.waiting_zone not in public:
            wanted = ", ".join(public) or "none"
            raise SceneInvalid(
                f"counter {counter.counter_id!r}: waiting_zone {counter.waiting_zone!r} is no zone of kind public on "
                f"camera {self.camera_id}; those are: {wanted}"
            )


def _edges(points: Sequence[PointFrac]) -> list[tuple[PointFrac, PointFrac]]:
    return list(zip(points, (*points[1:], points[0]), strict=True))


def _signed_area(points: Sequence[PointFrac]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in _edges(points)) / 2.0


def _turn(a: PointFrac, b: PointFrac, c: PointFrac) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _crosses_itself(points: Sequence[PointFrac]) -> bool:
    edges = _edges(points)
    for (i, (a, b)), (j, (c, d)) in combinations(enumerate(edges), 2):
        if j == i + 1 or (i == 0 and j == len(edges) - 1):
            continue  # neighbours share a corner
        if _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0:
            return True
    return False
