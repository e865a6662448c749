"""Draw a cigarette between lips or fingers, and the things that are taken for one."""

from __future__ import annotations

import numpy as np

from models.train.crops import Image
from models.train.lanyards import CIGARETTE, Mark
from models.train.paint import Quad, Random, Rgba, blend, box_of, empty_layer, lay_patch, turned


def _rod(length: int, across: int, colour: Quad, random: Random) -> Rgba:
    """A lit cylinder lying along x: (across, length, 4)."""
    round_light = np.cos(np.linspace(-1.3, 1.3, across) + random.uniform(-0.5, 0.5)).clip(0.35, 1)
    rod = np.ones((across, length, 4), np.float32)
    rod[..., :3] = colour * round_light[:, None, None]
    return rod


def draw_cigarette(random: Random) -> Rgba:
    """Filter on the left, ash on the right: (12, 120, 4)."""
    paper = _rod(120, 12, np.array([240.0, 244, 246]) * random.uniform(0.85, 1), random)
    light = paper[:, :1, :3] / 245
    filtered = int(random.uniform(0.22, 0.36) * 120)
    tan = np.array([70.0, 140, 200]) if random.random() < 0.65 else np.array([235.0, 235, 235])
    paper[:, :filtered, :3] = tan * light * random.uniform(0.85, 1.1)
    ash = int(random.uniform(0.0, 0.15) * 120)
    if ash:
        paper[:, 120 - ash :, :3] = random.uniform(70, 150) * light
        if random.random() < 0.4:
            paper[:, 116 - ash : 120 - ash, :3] = np.array([30.0, 80, 230])
    return paper


def hold_rod(
    canvas: Image, rod: Rgba, start_px: Quad, size_px: tuple[float, float], random: Random
) -> tuple[Image, tuple[float, float, float, float] | None]:
    """Lay a rod that begins at ``start_px`` and points outward; returns the box of what is drawn."""
    degrees = random.uniform(-180, 180)
    angle = np.deg2rad(degrees)
    outward = np.array([np.cos(angle), np.sin(angle)])
    middle = start_px + outward * size_px[0] * random.uniform(0.2, 0.5)
    layer = empty_layer(canvas)
    lay_patch(layer, rod, turned(middle, size_px, degrees))
    box = box_of(layer)
    return blend(canvas, layer, random=random, shadow_px=random.uniform(0, 0.01) * size_px[0]), box


def add_cigarette(canvas: Image, at_px: Quad, per_m: float, random: Random) -> tuple[Image, list[Mark]]:
    """A cigarette at lips or fingers, shorter as it burns and as it points at the camera."""
    long_m = random.uniform(0.05, 0.085) * random.uniform(0.65, 1)
    size = (long_m * per_m, max(1.6, 0.0085 * per_m))
    canvas, box = hold_rod(canvas, draw_cigarette(random), at_px, size, random)
    return canvas, [] if box is None else [(CIGARETTE, box)]


def add_lookalike(canvas: Image, at_px: Quad, per_m: float, random: Random) -> Image:
    """A pen, a straw, a chopstick, a toothpick, a finger or a lollipop: none of them gets a mark."""
    long_m, across_m, colours = LOOKALIKES[int(random.integers(len(LOOKALIKES)))]
    colour = np.array(colours[int(random.integers(len(colours)))], float)
    rod = _rod(120, 12, colour, random)
    if random.random() < 0.4:
        end = int(random.uniform(4, 40))
        rod[:, :end, :3] *= np.float32(random.uniform(0.1, 0.6))
    size = (long_m * per_m * random.uniform(0.65, 1), max(1.6, across_m * per_m))
    return hold_rod(canvas, rod, at_px, size, random)[0]


LOOKALIKES: list[tuple[float, float, list[tuple[int, int, int]]]] = [
    (
        0.145,
        0.010,
        [(160, 60, 20), (30, 30, 200), (30, 30, 30), (220, 220, 220), (90, 160, 60), (200, 170, 120)],
    ),
    (0.20, 0.006, [(240, 240, 240), (60, 60, 230), (90, 200, 90), (40, 40, 40), (230, 150, 60)]),
    (0.23, 0.007, [(90, 140, 190), (60, 100, 150), (40, 40, 50)]),
    (0.075, 0.017, [(130, 165, 215), (105, 135, 185), (80, 110, 160)]),
    (0.17, 0.008, [(80, 190, 240), (60, 60, 200), (100, 150, 60)]),
]
"""Length and thickness in metres and colours (BGR): pen, straw, chopstick, finger, pencil."""
