"""Things on a chest or in a hand that are no badge: none of them gets a mark."""

from __future__ import annotations

import numpy as np

from models.train.body import Torso
from models.train.crops import Image
from models.train.paint import Quad, Random, Rgba, blend, empty_layer, lay_patch, lay_polygon, shaken, turned


def _any_colour(random: Random) -> Quad:
    return random.uniform(10, 245, 3) if random.random() < 0.5 else np.ones(3) * random.uniform(15, 245)


def _beside(torso: Torso) -> Quad:
    return np.array([torso.down[1], -torso.down[0]])


def tie(layer: Rgba, torso: Torso, random: Random) -> None:
    """A neck tie, plain or striped."""
    colour, m, side, down = _any_colour(random), torso.per_m, _beside(torso), torso.down
    neck = torso.neck_px - down * 0.02 * m
    long, wide = random.uniform(0.32, 0.5) * m, random.uniform(0.03, 0.05) * m * torso.squeeze
    knot = [neck - side * wide * 0.5, neck + side * wide * 0.5]
    below = [neck + down * 0.04 * m + side * wide * 0.3, neck + down * 0.04 * m - side * wide * 0.3]
    lay_polygon(layer, np.stack([*knot, *below]), colour * 0.8)
    tip = neck + down * long
    lay_polygon(
        layer,
        np.stack([below[1], below[0], tip - down * wide + side * wide, tip, tip - down * wide - side * wide]),
        colour,
    )
    if random.random() < 0.5:
        ink = _any_colour(random)
        for part in np.linspace(0.2, 0.85, 7):
            at = neck + down * long * part
            half = wide * (0.3 + 0.6 * part)
            lay_polygon(
                layer,
                np.stack(
                    [
                        at - side * half,
                        at + side * half + down * wide * 0.5,
                        at + side * half + down * wide * 0.75,
                        at - side * half + down * wide * 0.25,
                    ]
                ),
                ink,
            )


def _lay_band(layer: Rgba, start_px: Quad, end_px: Quad, width_px: Quad, colour: Quad) -> None:
    """Draw a strip from one point to another; ``width_px`` is the vector across it."""
    half = width_px / 2
    lay_polygon(layer, np.stack([start_px - half, start_px + half, end_px + half, end_px - half]), colour)


def neckline(layer: Rgba, torso: Torso, random: Random) -> None:
    """A V-neck or the edges of an open jacket: two lines that meet, with nothing at their end."""
    colour, m, side, down = _any_colour(random), torso.per_m, _beside(torso), torso.down
    deep, wide = random.uniform(0.06, 0.14) * m, max(1.0, random.uniform(0.004, 0.03) * m)
    end = torso.neck_px + down * deep
    for sign in (-1, 1):
        start = torso.neck_px + side * sign * random.uniform(0.06, 0.1) * m * torso.squeeze - down * 0.03 * m
        _lay_band(layer, start, end, side * wide, colour)


def bag_strap(layer: Rgba, torso: Torso, random: Random) -> None:
    """One strap across the chest, or two of a backpack over the shoulders."""
    colour, m, side, down = _any_colour(random) * 0.7, torso.per_m, _beside(torso), torso.down
    wide = random.uniform(0.02, 0.06) * m
    if random.random() < 0.5:
        sign = random.choice([-1, 1])
        start = torso.neck_px + side * sign * 0.13 * m * torso.squeeze - down * 0.03 * m
        end = torso.neck_px - side * sign * 0.2 * m * torso.squeeze + down * 0.55 * m
        _lay_band(layer, start, end, side * wide, colour)
        return
    for sign in (-1, 1):
        start = torso.neck_px + side * sign * 0.12 * m * torso.squeeze - down * 0.02 * m
        end = start + down * random.uniform(0.25, 0.45) * m + side * sign * 0.03 * m
        _lay_band(layer, start, end, side * wide, colour)


def pocket(layer: Rgba, torso: Torso, random: Random) -> None:
    """A breast pocket: an outline, at times a pen or a phone's edge in it."""
    m, side, down = torso.per_m, _beside(torso), torso.down
    middle = (
        torso.neck_px + (down * random.uniform(0.16, 0.22) + side * random.choice([-1, 1]) * 0.085 * torso.squeeze) * m
    )
    size = (0.1 * m * torso.squeeze, 0.11 * m)
    colour = np.ones(3) * random.choice([25.0, 235.0])
    quad = turned(middle, size, torso.tilt_degrees)
    thin = max(0.6, 0.002 * m)
    for a, b in zip(quad, np.roll(quad, -1, 0), strict=True):
        along = (b - a) / max(1e-6, float(np.linalg.norm(b - a)))
        across = np.array([-along[1], along[0]]) * thin / 2
        lay_polygon(layer, np.stack([a - across, a + across, b + across, b - across]), colour, 0.5)
    if random.random() < 0.5:
        pen = turned(quad[0] * 0.7 + quad[1] * 0.3, (max(1, 0.009 * m), 0.05 * m), torso.tilt_degrees)
        lay_polygon(layer, pen, _any_colour(random))


def logo(layer: Rgba, torso: Torso, random: Random) -> None:
    """A print on the shirt: letters or a coloured shape."""
    m, side = torso.per_m, _beside(torso)
    big = random.random() < 0.4
    middle = torso.neck_px + torso.down * random.uniform(0.12, 0.26) * m
    if not big:
        middle = middle + side * random.choice([-1, 1]) * 0.09 * m * torso.squeeze
    span = random.uniform(0.12, 0.24) * m if big else random.uniform(0.03, 0.07) * m
    colour = _any_colour(random)
    for step in range(int(random.integers(1, 8))):
        shift = side * (step - 3) / 7 * span + torso.down * random.uniform(-0.1, 0.1) * span
        points = middle + shift + random.uniform(-0.12, 0.12, (int(random.integers(3, 7)), 2)) * span
        lay_polygon(layer, points, colour if random.random() < 0.7 else _any_colour(random))


def phone(layer: Rgba, at_px: Quad, per_m: float, random: Random) -> None:
    """A phone: dark glass or a coloured back with lenses."""
    back = random.random() < 0.6
    patch = np.ones((150, 74, 4), np.float32)
    patch[..., :3] = _any_colour(random) if back else random.uniform(10, 60)
    if back:
        patch[10:45, 8:36, :3] *= np.float32(0.5)
        patch[14:24, 12:22, :3] = patch[28:38, 12:22, :3] = 15
    elif random.random() < 0.5:
        patch[12:138, 5:69, :3] = random.uniform(60, 255, 3)
    size = (0.074 * per_m * random.uniform(0.4, 1), 0.15 * per_m)
    lay_patch(layer, patch, shaken(turned(at_px, size, random.uniform(-60, 60)), 0.1, random))


def paper(layer: Rgba, at_px: Quad, per_m: float, random: Random) -> None:
    """A sheet, a folder or a notebook, much larger than a card."""
    patch = np.ones((297, 210, 4), np.float32)
    patch[..., :3] = random.uniform(200, 255) if random.random() < 0.6 else _any_colour(random)
    for row in range(30, 270, int(random.integers(10, 24))):
        patch[row : row + 3, 25 : int(random.uniform(80, 190)), :3] *= np.float32(0.45)
    size = np.array([0.21, 0.297]) * per_m * random.uniform(0.7, 1.05)
    lay_patch(
        layer,
        patch,
        shaken(turned(at_px, (float(size[0]), float(size[1])), random.uniform(-40, 40)), 0.12, random),
    )


ON_CHEST = (tie, neckline, bag_strap, pocket, logo)
IN_HAND = (phone, paper)


def dress(canvas: Image, torso: Torso, random: Random) -> Image:
    """Put one thing that is no badge on a chest."""
    layer = empty_layer(canvas)
    ON_CHEST[int(random.integers(len(ON_CHEST)))](layer, torso, random)
    return blend(canvas, layer, random=random, shadow_px=0.006 * torso.per_m)


def hand_over(canvas: Image, at_px: Quad, per_m: float, random: Random) -> Image:
    """Put one thing that is no badge into a hand."""
    layer = empty_layer(canvas)
    IN_HAND[int(random.integers(len(IN_HAND)))](layer, at_px, per_m, random)
    return blend(canvas, layer, random=random, shadow_px=0.01 * per_m)
