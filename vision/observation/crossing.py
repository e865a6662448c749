"""Who crosses an entrance line, and which way: a state machine over the places of somebody's feet. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime

from vision.types import Direction

PointPx = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Foot:
    """Where somebody stands in one frame.

    Attributes:
        margin_px: As long as the feet are this close to the line it is not said on which side they are: a box
            trembles by a few per cent of its height, and somebody may stand on the sill.
    """

    at: datetime
    point_px: PointPx
    margin_px: float


@dataclass(frozen=True, slots=True)
class LinePx:
    """An entrance line in pixels; from its left to its right, seen from start to end, is the way in."""

    start_px: PointPx
    end_px: PointPx

    def depth_px(self, point: PointPx) -> float:
        """Return how far right of the line (or of its extension) a point lies, pixels; below 0: left."""
        (x0, y0), (x1, y1) = self.start_px, self.end_px
        return ((x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)) / math.dist(self.start_px, self.end_px)

    def distance_px(self, point: PointPx) -> float:
        """Return how far a point is from the line itself, its ends included, pixels."""
        along = min(max(self.along(point), 0.0), 1.0)
        (x0, y0), (x1, y1) = self.start_px, self.end_px
        return math.dist(point, (x0 + along * (x1 - x0), y0 + along * (y1 - y0)))

    def along(self, point: PointPx) -> float:
        """Return where a point lies beside the line: 0 at its start, 1 at its end."""
        (x0, y0), (x1, y1) = self.start_px, self.end_px
        dx, dy = x1 - x0, y1 - y0
        return ((point[0] - x0) * dx + (point[1] - y0) * dy) / (dx * dx + dy * dy)


@dataclass(frozen=True, slots=True)
class Walk:
    """State: what is known of one person and one line.

    Attributes:
        is_inside: On which side they surely were last; None while they have been near the line only.
        last: The latest place of their feet.
        crossed_at: When they last went through the line since then.
        is_through: Whether they went through it an odd number of times since then: on from one side to the other.
    """

    is_inside: bool | None = None
    last: Foot | None = None
    crossed_at: datetime | None = None
    is_through: bool = False


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody has crossed the line: when, and which way."""

    at: datetime
    direction: Direction


UNSEEN = Walk()


def step(walk: Walk, foot: Foot, line: LinePx) -> tuple[Walk, Crossing | None]:
    """Take the next place of somebody's feet; times must not decrease.

    A crossing is told once the feet are surely on the other side, with the time at which they went through the line
    (between two frames: by even pace). Who trembles on the line, turns back, or walks round its end, crosses nothing.
    """
    if walk.last is not None:
        passed = _passes(walk.last, foot, line)
        if passed is not None:
            walk = replace(walk, crossed_at=passed, is_through=not walk.is_through)
    walk = replace(walk, last=foot)
    depth = line.depth_px(foot.point_px)
    if abs(depth) <= foot.margin_px:
        return walk, None
    is_inside = depth > 0
    told = None
    if walk.is_inside is (not is_inside) and walk.is_through and walk.crossed_at is not None:
        told = Crossing(walk.crossed_at, Direction.IN if is_inside else Direction.OUT)
    return Walk(is_inside, foot), told


def _passes(before: Foot, after: Foot, line: LinePx) -> datetime | None:
    """Return when the way between two places passes through the line, if it does; a place on it counts as outside."""
    first, second = line.depth_px(before.point_px), line.depth_px(after.point_px)
    if (first > 0) == (second > 0):
        return None
    share = first / (first - second)
    (x0, y0), (x1, y1) = before.point_px, after.point_px
    if not 0.0 <= line.along((x0 + share * (x1 - x0), y0 + share * (y1 - y0))) <= 1.0:
        return None
    return before.at + share * (after.at - before.at)
