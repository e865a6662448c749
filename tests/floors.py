"""Cameras above floors whose truth is known, and people on them: the world that calibration is tested in.

Its own projection, so that a mistake in the package's is not repeated here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.scene import FloorPoint, PictureShape

Array = NDArray[np.float64]
SHAPE = PictureShape(1280, 720)


@dataclass(frozen=True)
class TrueCamera:
    """Above (0, 0), looking along +y and down."""

    focal_px: float
    height_m: float
    tilt_deg: float
    roll_deg: float = 0.0
    shape: PictureShape = SHAPE

    def see(self, points_m: Array) -> Array:
        """Pixels of (N, 3) metres; NaN behind the camera."""
        tilt, roll = math.radians(self.tilt_deg), math.radians(self.roll_deg)
        x, y, z = (points_m - [0.0, 0.0, self.height_m]).T
        forward = y * math.cos(tilt) - z * math.sin(tilt)
        down = -y * math.sin(tilt) - z * math.cos(tilt)
        forward = np.where(forward > 0.05, forward, np.nan)
        u, v = x / forward, down / forward
        turned = np.stack([u * math.cos(roll) - v * math.sin(roll), u * math.sin(roll) + v * math.cos(roll)], axis=1)
        return turned * self.focal_px + [self.shape.width_px / 2, self.shape.height_px / 2]

    def floor(self, pixels: Array) -> Array:
        """Metres on the floor of (N, 2) pixels; NaN beyond the horizon."""
        tilt, roll = math.radians(self.tilt_deg), math.radians(self.roll_deg)
        p = (pixels - [self.shape.width_px / 2, self.shape.height_px / 2]) / self.focal_px
        u = p[:, 0] * math.cos(roll) + p[:, 1] * math.sin(roll)
        v = -p[:, 0] * math.sin(roll) + p[:, 1] * math.cos(roll)
        fall = v * math.cos(tilt) + math.sin(tilt)
        along = np.where(fall > 1e-6, self.height_m / np.where(fall > 1e-6, fall, 1.0), np.nan)
        return np.stack([u * along, (math.cos(tilt) - v * math.sin(tilt)) * along], axis=1)

    def sees(self, pixels: Array, margin: float = 0.0) -> NDArray[np.bool_]:
        """Whether (N, 2) pixels lie in the picture, ``margin`` (share of its width) from its edge."""
        edge = margin * self.shape.width_px
        inside = (pixels >= edge) & (pixels <= np.array([self.shape.width_px, self.shape.height_px]) - edge)
        return np.asarray(inside.all(axis=1))


def random_camera(rng: np.random.Generator) -> TrueCamera:
    """2.2 to 6 m high, 15 to 45 degrees down, 2.8 to 6 mm lenses, hung level to 2 degrees."""
    return TrueCamera(
        focal_px=float(rng.uniform(0.55, 1.15)) * SHAPE.width_px,
        height_m=float(rng.uniform(2.2, 6.0)),
        tilt_deg=float(rng.uniform(15, 45)),
        roll_deg=float(rng.normal(0, 1.0)),
    )


def floor_grid(camera: TrueCamera, reach: float = 4.0) -> Array:
    """Places in view, up to ``reach`` times the camera's height from its foot, as (N, 2) metres."""
    reach_m = reach * camera.height_m
    xs, ys = np.meshgrid(np.arange(-12, 12.1, 0.5), np.arange(0.5, reach_m, 0.5))
    places = np.column_stack([xs.ravel(), ys.ravel()])
    pixels = camera.see(np.column_stack([places, np.zeros(len(places))]))
    near = np.hypot(*places.T) <= reach_m
    return places[near & np.nan_to_num(camera.sees(pixels), nan=0).astype(bool)]


def marked(camera: TrueCamera, rng: np.random.Generator, *, count: int, noise_px: float) -> list[FloorPoint]:
    """Marks in the picture whose places were measured exactly and marked with noise.

    The first four are what the manual asks for: a large quadrangle.
    """
    grid = floor_grid(camera, 3.5)
    pixels = camera.see(np.column_stack([grid, np.zeros(len(grid))]))
    corners = np.array([[0.12, 0.9], [0.88, 0.9], [0.2, 0.15], [0.8, 0.15]]) * [1280, 720]
    corners[2:, 1] = pixels[:, 1].min() + 0.1 * (720 - pixels[:, 1].min())
    chosen: list[int] = []
    for corner in corners:
        order = np.argsort(np.hypot(*(pixels - corner).T))
        chosen.append(next(int(i) for i in order if int(i) not in chosen))
    others = [i for i in rng.permutation(len(grid)) if int(i) not in chosen]
    chosen += [int(i) for i in others[: count - 4]]
    noisy = np.clip(pixels[chosen] + rng.normal(0, noise_px, (len(chosen), 2)), 0, [1280, 720]) / [1280, 720]
    return [
        FloorPoint((float(at[0]), float(at[1])), (float(place[0]), float(place[1])))
        for at, place in zip(noisy, grid[chosen], strict=True)
    ]


@dataclass(frozen=True)
class Body:
    """An upright or seated body, wider than deep, with a stride.

    Attributes:
        heading: Where it faces, radians in the floor plane; 0 is +x.
        stride_m: How far one foot is ahead of the other.
    """

    height_m: float
    heading: float = -math.pi / 2
    stride_m: float = 0.0
    half_width_m: float = 0.24
    is_seated: bool = False


def body_box(camera: TrueCamera, place: Array, body: Body) -> Array | None:
    """The exact box (left, top, right, bottom) of a body; None where it is not whole in view."""
    top = body.height_m * (0.78 if body.is_seated else 1.0)
    wide = body.half_width_m
    # height, half width, half depth, how far ahead
    rings = [(0.02, 0.05, 0.13, body.stride_m / 2), (0.02, 0.05, 0.13, -body.stride_m / 2)]
    rings += [(0.5 * top, wide * 0.85, 0.14, 0.0), (top - 0.30, wide, 0.12, 0.0), (top - 0.12, 0.08, 0.1, 0.02)]
    rings += [(top - 0.03, 0.06, 0.07, 0.0), (top, 0.01, 0.01, 0.0)]
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ahead, aside = (
        np.array([np.cos(body.heading), np.sin(body.heading)]),
        np.array([-np.sin(body.heading), np.cos(body.heading)]),
    )
    points = []
    for z, across, deep, shift in rings:
        side = 0.1 if shift > 0 else -0.1 if shift < 0 else 0.0
        for a in angles:
            x, y = place + aside * (across * math.cos(a) + side) + ahead * (deep * math.sin(a) + shift)
            points.append([x, y, z])
    pixels = camera.see(np.array(points))
    if not np.isfinite(pixels).all():
        return None
    box = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
    sides = [camera.shape.width_px, camera.shape.height_px]
    return box if bool((box[:2] > 0).all() and (box[2:] < sides).all()) else None


def walkers(
    camera: TrueCamera, rng: np.random.Generator, *, people: int, looks: int = 25, noise_px: float = 2.0
) -> tuple[Array, NDArray[np.int64]]:
    """Boxes (N, 4) and tracks (N,) of people who walk through the view.

    Heights spread by sex and person, widths by person and turn; a fifth of the boxes are of somebody seated or hidden
    from below.
    """
    grid = floor_grid(camera, 3.5)
    boxes, tracks = [], []
    for number in range(people):
        height, wide = float(rng.normal(1.68 if rng.random() < 0.5 else 1.56, 0.055)), float(rng.normal(0.24, 0.025))
        start, end = grid[rng.integers(len(grid))], grid[rng.integers(len(grid))]
        heading = math.atan2(end[1] - start[1], end[0] - start[0])
        is_seated = rng.random() < 0.1
        for share in np.linspace(0, 1, looks):
            place = start if is_seated else start + share * (end - start) + rng.normal(0, 0.03, 2)
            stride = 0.0 if is_seated else 0.45 * abs(math.sin(float(rng.uniform(0, math.pi))))
            lowered = 0.03 * stride / 0.45
            body = Body(height - lowered + float(rng.normal(0, 0.01)), heading, stride, wide, is_seated)
            box = body_box(camera, place, body)
            if box is None:
                continue
            if not is_seated and rng.random() < 0.11:
                box[3] -= rng.uniform(0.2, 0.5) * (box[3] - box[1])
            boxes.append(box + rng.normal(0, noise_px, 4))
            tracks.append(number)
    return np.array(boxes, dtype=np.float64).reshape(-1, 4), np.array(tracks, dtype=np.int64)


def relative_errors(camera: TrueCamera, to_floor: Callable[[Array], Array]) -> Array:
    """How far each place of the floor in view is off, share of its distance from the camera; 1 where not found."""
    grid = floor_grid(camera)
    pixels = camera.see(np.column_stack([grid, np.zeros(len(grid))]))
    off = np.hypot(*(to_floor(pixels) - grid).T)
    return np.nan_to_num(off / np.hypot(np.hypot(*grid.T), camera.height_m), nan=1.0)
