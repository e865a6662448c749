"""Hang cards on people: straps from the neck, clips without a strap, cards at the belt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.train.body import Torso
from models.train.cards import draw_card
from models.train.crops import Image
from models.train.paint import (
    Quad,
    Random,
    Rgba,
    blend,
    box_of,
    empty_layer,
    lay_patch,
    lay_polygon,
    shaken,
    turned,
)

CARD, LANYARD, CIGARETTE = 0, 1, 2
Mark = tuple[int, tuple[float, float, float, float]]
"""Class and box, left top right bottom in pixels of the crop."""

STRAPS = np.array(
    [
        (170, 60, 20), (200, 90, 30), (30, 30, 190), (40, 40, 45), (25, 25, 25), (60, 140, 30), (30, 150, 230),
        (150, 150, 155), (235, 235, 235), (150, 40, 110), (190, 160, 40), (60, 200, 240), (120, 60, 20), (90, 90, 220),
    ],
    float,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Strap:
    """One lanyard's look.

    Attributes:
        width_m: Width of the band.
        length_m: From the height of the shoulders down to the clip.
        spread_m: Half the distance of its two ends at the neck.
    """

    width_m: float
    length_m: float
    spread_m: float


def _strap(random: Random) -> Strap:
    width = random.choice([random.uniform(0.003, 0.007), random.uniform(0.009, 0.016), random.uniform(0.015, 0.025)])
    return Strap(float(width), float(random.uniform(0.17, 0.46)), float(random.uniform(0.045, 0.085)))


def _curve(start: Quad, end: Quad, sag: Quad) -> Quad:
    """Nine points of a bent line, (9, 2)."""
    t = np.linspace(0, 1, 9)[:, None]
    points: Quad = (1 - t) ** 2 * start + 2 * t * (1 - t) * ((start + end) / 2 + sag) + t**2 * end
    return points


def _band(layer: Rgba, points: Quad, wide_px: float, colour: Quad, random: Random) -> None:
    """Draw a band along points, darker at one edge, with a woven pattern at times."""
    along = np.gradient(points, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(np.linalg.norm(along, axis=1), 1e-6)[:, None]
    half = across * wide_px / 2
    lay_polygon(layer, np.concatenate([points - half, (points + half)[::-1]]), colour)
    if wide_px > 2.5:
        lay_polygon(layer, np.concatenate([points + half * 0.5, (points + half)[::-1]]), colour * 0.75, 0.6)
    if wide_px > 3 and random.random() < 0.4:
        ink = np.array([240.0] * 3) if colour.mean() < 140 else colour * 0.4
        for step in range(0, 8, int(random.integers(1, 3))):
            a, b = points[step], points[step] * 0.45 + points[step + 1] * 0.55
            lay_polygon(
                layer,
                np.stack([a - half[step] * 0.5, a + half[step] * 0.5, b + half[step] * 0.5, b - half[step] * 0.5]),
                ink,
                0.8,
            )


def _colour(random: Random) -> Quad:
    colour: Quad = STRAPS[int(random.integers(len(STRAPS)))] * random.uniform(0.7, 1.1) + random.normal(0, 12, 3)
    return colour.clip(8, 250)


def hang_lanyard(canvas: Image, torso: Torso, random: Random) -> tuple[Image, list[Mark]]:
    """A strap round the neck with a card at its end; one long strap in five hides its card.

    Returns:
        The picture and its marks: the strap from neck to clip, the card alone.
    """
    strap, colour, per_m = _strap(random), _colour(random), torso.per_m
    beside = np.array([torso.down[1], -torso.down[0]])
    end = torso.neck_px + torso.down * strap.length_m * per_m + beside * random.normal(0, 0.02) * per_m
    layer = empty_layer(canvas)
    wide_px = max(0.8, strap.width_m * per_m)
    high = random.uniform(0.02, 0.075) * per_m
    for sign in (-1, 1):
        start = torso.neck_px + beside * sign * strap.spread_m * per_m * torso.squeeze - torso.down * high
        sag = beside * sign * random.uniform(-0.012, 0.02) * per_m
        shade = colour * (1 if sign < 0 else random.uniform(0.8, 1))
        _band(layer, _curve(start, end, sag), wide_px * random.uniform(0.75, 1), shade, random)
    if random.random() < 0.4:  # the two bands run joined for a while before the clip
        joined = end + torso.down * random.uniform(0.015, 0.06) * per_m
        _band(layer, _curve(end, joined, beside * 0), wide_px * 1.15, colour, random)
        end = joined
    strap_box = box_of(layer)
    canvas = blend(canvas, layer, random=random, shadow_px=0.012 * per_m * random.random())
    marks: list[Mark] = [] if strap_box is None else [(LANYARD, strap_box)]
    # A short V without a card cannot be told from a neckline: only long straps may hide theirs.
    if strap.length_m > 0.26 and random.random() < 0.2:
        return canvas, marks
    return _card_under(canvas, torso, end, marks, random)


def _card_under(canvas: Image, torso: Torso, end: Quad, marks: list[Mark], random: Random) -> tuple[Image, list[Mark]]:
    """A clip at ``end`` and a card below it."""
    per_m = torso.per_m
    clip = empty_layer(canvas)
    metal = np.array([1.0, 1.0, 1.0]) * random.uniform(40, 220)
    clip_long = random.uniform(0.01, 0.04) * per_m
    lean = torso.tilt_degrees + random.normal(0, 5)
    middle = end + torso.down * clip_long / 2
    lay_polygon(clip, turned(middle, (max(1, 0.008 * per_m), clip_long), lean), metal)
    canvas = blend(canvas, clip, random=random, shadow_px=0)
    card, mark = _hung_card(canvas, torso, end + torso.down * clip_long, lean, random)
    return card, [*marks, *mark]


def _hung_card(canvas: Image, torso: Torso, top: Quad, lean: float, random: Random) -> tuple[Image, list[Mark]]:
    patch, upright = draw_card(random)
    long_m = random.uniform(0.085, 0.12) if random.random() < 0.8 else random.uniform(0.12, 0.16)
    ratio = patch.shape[1] / patch.shape[0]
    high_m, wide_m = (long_m, long_m * ratio) if upright else (long_m / ratio, long_m)
    squeeze = torso.squeeze * random.uniform(0.75, 1)
    size = (wide_m * torso.per_m * squeeze, high_m * torso.per_m * random.uniform(0.88, 1))
    angle = np.deg2rad(lean)
    down = np.array([-np.sin(angle), np.cos(angle)])
    quad = shaken(turned(top + down * size[1] / 2, size, lean), 0.06, random)
    layer = empty_layer(canvas)
    lay_patch(layer, patch, quad)
    box = box_of(layer)
    canvas = blend(canvas, layer, random=random, shadow_px=0.012 * torso.per_m * random.random())
    return canvas, [] if box is None else [(CARD, box)]


def pin_card(canvas: Image, torso: Torso, random: Random) -> tuple[Image, list[Mark]]:
    """A card clipped to the chest, to a pocket or to the belt, without a strap."""
    beside = np.array([torso.down[1], -torso.down[0]])
    where = random.random()
    if where < 0.6:
        down_m, side_m = random.uniform(0.08, 0.2), random.uniform(0.06, 0.12)
    else:
        down_m, side_m = random.uniform(0.42, 0.52), random.uniform(0.05, 0.16)
    sign = random.choice([-1, 1])
    top = torso.neck_px + (torso.down * down_m + beside * sign * side_m * torso.squeeze) * torso.per_m
    if random.random() < 0.5:
        layer = empty_layer(canvas)
        size = (max(1, 0.012 * torso.per_m), max(1, 0.018 * torso.per_m))
        lay_polygon(layer, turned(top, size, torso.tilt_degrees), np.array([1.0, 1, 1]) * random.uniform(30, 230))
        canvas = blend(canvas, layer, random=random, shadow_px=0)
    return _hung_card(canvas, torso, top, torso.tilt_degrees + random.normal(0, 6), random)
