"""Things that people hold: cigarette, cup, phone, pen, sheet of paper; each a rigid mesh in metres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from samples.render.meshes import EMBER, PLAIN, SCREEN, merge, rigid
from samples.render.stage import Surface

Array = NDArray[np.float64]
CIGARETTE_LENGTH_M, CIGARETTE_RADIUS_M = 0.100, 0.0050  # a little larger than life, so that it shows in 720 lines


def tube(
    radius_m: float,
    low_m: float,
    high_m: float,
    colour: tuple[float, float, float],
    *,
    material: int = PLAIN,
    sides: int = 14,
) -> Surface:
    """An upright closed cylinder between two heights."""
    angle = np.linspace(0, 2 * np.pi, sides + 1)[:-1]
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(sides)], axis=1)
    wall = np.concatenate([ring * radius_m + [0, 0, low_m], ring * radius_m + [0, 0, high_m]])
    caps = np.concatenate([wall, [[0, 0, low_m], [0, 0, high_m]]])
    i, j = np.arange(sides), (np.arange(sides) + 1) % sides
    walls = np.concatenate([np.stack([i, j, i + sides], 1), np.stack([j, j + sides, i + sides], 1)])
    ends = np.concatenate(
        [
            np.stack([j, i, np.full(sides, 2 * sides)], 1),
            np.stack([i + sides, j + sides, np.full(sides, 2 * sides + 1)], 1),
        ]
    )
    normal = np.concatenate([ring, ring])
    up = np.concatenate(
        [np.repeat([[0, 0, -1.0]], sides, 0), np.repeat([[0, 0, 1.0]], sides, 0), [[0, 0, -1.0], [0, 0, 1.0]]]
    )
    return merge([rigid(wall, normal, walls, colour, material), rigid(caps, up, ends, colour, material)])


def slab(
    size_m: tuple[float, float, float],
    colour: tuple[float, float, float],
    *,
    material: int = PLAIN,
    at_m: tuple[float, float, float] = (0, 0, 0),
) -> Surface:
    """A box around ``at_m``."""
    places: list[Array] = []
    normals: list[Array] = []
    corners: list[list[int]] = []
    for axis in range(3):
        for sign in (-1, 1):
            n = np.zeros(3)
            n[axis] = sign
            u, v = np.roll(np.eye(3), 1, axis=0)[axis], np.roll(np.eye(3), 2, axis=0)[axis]
            quad = [0.5 * (n + a * u + b * v) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            start = len(places)
            places += quad
            normals += [n] * 4
            corners += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
    return rigid(np.asarray(places) * size_m + at_m, np.asarray(normals), np.asarray(corners), colour, material)


def cigarette() -> Surface:
    """Filter end at the origin, ember at +z."""
    length, radius = CIGARETTE_LENGTH_M, CIGARETTE_RADIUS_M
    return merge(
        [
            tube(radius, 0, 0.27 * length, (0.85, 0.55, 0.25)),
            tube(radius, 0.27 * length, 0.93 * length, (0.97, 0.97, 0.95)),
            tube(radius * 0.97, 0.93 * length, 0.97 * length, (0.35, 0.34, 0.33)),
            tube(radius * 0.95, 0.97 * length, length, (1.0, 0.42, 0.10), material=EMBER),
        ]
    )


def cup(colour: tuple[float, float, float] = (0.92, 0.92, 0.90)) -> Surface:
    """A mug standing on the origin."""
    handle = [slab((0.010, 0.022, 0.012), colour, at_m=(0, 0.045, z)) for z in (0.028, 0.070)]
    return merge(
        [
            tube(0.036, 0, 0.09, colour, sides=24),
            tube(0.030, 0.089, 0.0905, (0.22, 0.12, 0.05), sides=24),
            *handle,
            slab((0.010, 0.010, 0.054), colour, at_m=(0, 0.058, 0.049)),
        ]
    )


def phone() -> Surface:
    """A phone around the origin: long side z, screen at -y."""
    return merge(
        [
            slab((0.072, 0.009, 0.150), (0.05, 0.05, 0.06)),
            slab((0.064, 0.001, 0.136), (0.10, 0.18, 0.28), material=SCREEN, at_m=(0, -0.005, 0)),
        ]
    )


def pen(colour: tuple[float, float, float] = (0.05, 0.10, 0.45)) -> Surface:
    """A pen from the origin (cap) to +z (tip)."""
    return merge(
        [
            tube(0.0048, 0, 0.11, colour),
            tube(0.0052, 0, 0.05, (0.6 * colour[0], 0.6 * colour[1], 0.6 * colour[2])),
            tube(0.0025, 0.11, 0.14, (0.6, 0.6, 0.62)),
        ]
    )


def paper() -> Surface:
    """A sheet of A4 around the origin, facing z."""
    return slab((0.21, 0.297, 0.002), (0.93, 0.93, 0.90))


MAKERS = {"cigarette": cigarette, "cup": cup, "phone": phone, "pen": pen, "paper": paper}


def grip(kind: str, hand: Array, joints: dict[str, Array], *, left: bool) -> Array:
    """Place a thing in a hand.

    Args:
        kind: Name of the thing.
        hand: (3, 3) columns: along the fingers, out of the palm, their cross product.
        joints: Room positions of the finger joints and the wrist.
        left: Whether it is the left hand.

    Returns:
        (4, 4) placement of the thing.
    """
    along, palm = hand[:, 0], hand[:, 1]
    placement = np.eye(4)
    middle = 0.5 * (joints["finger2-2"] + joints["finger3-2"])
    if kind == "cigarette":
        placement[:3, :3] = upright(-palm + 0.12 * along)
        placement[:3, 3] = middle + 0.35 * (joints["finger3-3"] - joints["finger3-2"]) - placement[:3, 2] * 0.030
    elif kind == "pen":
        tip = 0.5 * (joints["finger1-3"] + joints["finger2-3"])
        placement[:3, :3] = upright(-palm * 0.75 + along * 0.15 + (0.4 if left else -0.4) * hand[:, 2])
        placement[:3, 3] = tip - placement[:3, 2] * 0.045
    elif kind == "cup":
        knuckles = 0.5 * (joints["finger2-1"] + joints["finger4-1"])
        across = hand[:, 2] * (-1 if left else 1)
        placement[:3, :3] = upright(across)
        placement[:3, 3] = knuckles + 0.052 * palm + 0.018 * along - across * 0.05
    elif kind == "phone":
        knuckles = 0.5 * (joints["finger2-1"] + joints["finger4-1"])
        frame = np.stack([np.cross(-palm, along), -palm, along], axis=1)
        placement[:3, :3] = frame @ np.diag([1, -1, 1]) @ np.diag([-1, 1, 1])
        placement[:3, 3] = knuckles + 0.022 * palm + 0.015 * along
    else:
        placement[:3, :3] = np.stack([np.cross(along, palm), along, palm], axis=1)
        placement[:3, 3] = middle + 0.07 * along + 0.01 * palm
    return placement


def upright(direction: Array) -> Array:
    """A rotation whose z axis is ``direction``."""
    z = direction / np.linalg.norm(direction)
    x = np.cross([0.0, 1.0, 0.0] if abs(z[1]) < 0.9 else [1.0, 0.0, 0.0], z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], axis=1)
