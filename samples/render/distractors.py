"""Things on clothes that are no badge: tie, bag strap, logo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from samples.render.badge import Badge, WornBadge
from samples.render.company import THING, Actor
from samples.render.meshes import PLAIN
from samples.render.skeleton import skin_points
from samples.render.stage import Drawn, Stage, Surface

Array = NDArray[np.float64]
Rng = np.random.Generator


def strip(actor: Actor, bones: Array, line: Array, *, width_m: Array, tint: tuple[float, float, float]) -> Surface:
    """A band laid on the front of the clothes along (x, z) points of the body at rest."""
    surface = actor.dressed
    worn = WornBadge(actor.body, surface, Badge(None, drop_m=0.2))
    neck_y = float(actor.body.head("neck01")[1])
    depth = [worn.hits(np.array([x, neck_y, z]), np.array([[0.0, -1.0, 0.0]]))[0] for x, z in line]
    depth = np.nan_to_num(np.array(depth), nan=float(np.nanmean(depth)))
    places = np.stack([line[:, 0], neck_y - depth, line[:, 1]], axis=1)
    nearest = np.array([int(np.argmin(np.sum((worn.cloth["place"] - p) ** 2, axis=1))) for p in places])
    index, weight = worn.cloth["bone"][nearest].astype(np.int64), worn.cloth["weight"][nearest] / 255.0
    turned = np.einsum("vk,vkij->vij", weight, bones[index][:, :, :3, :3])
    normal = np.einsum("vij,vj->vi", turned, worn.cloth["normal"][nearest].astype(float))
    band = WornBadge.ribbon(worn, skin_points(bones, places, index, weight) + 0.006 * normal, normal)
    vertices, n = band.vertices.copy(), len(line)
    middle = 0.5 * (vertices["place"][:n] + vertices["place"][n:])
    half = (vertices["place"][n:] - vertices["place"][:n]) / 0.019 * width_m[:, None] / 2
    vertices["place"] = np.concatenate([middle - half, middle + half])
    vertices["colour"][:, :3], vertices["colour"][:, 3] = np.round(np.asarray(tint) ** 2.2 * 255), PLAIN
    return Surface(vertices, band.triangles)


def add_distractors(rng: Rng, actor: Actor, bones: Array, stage: Stage) -> list[Drawn]:
    """Put some of them on a person."""
    collar = float(actor.body.head("neck01")[2])
    drawn: list[Drawn] = []

    def put(name: str, line: Array, width_m: Array) -> None:
        tint = tuple(float(v) for v in rng.uniform(0.02, 0.8, 3))
        stage.add_surface(name, strip(actor, bones, line, width_m=width_m, tint=tint))
        drawn.append(Drawn(name, actor.first + THING, np.eye(4)[None], actor.look, np.zeros((0, 4))))

    if actor.badge is None and rng.random() < 0.25:
        z = np.linspace(collar - 0.03, collar - rng.uniform(0.36, 0.46), 12)
        width = np.interp(np.arange(12), [0, 1, 2, 10, 11], [0.04, 0.045, 0.03, 0.075, 0.02])
        put("tie", np.stack([np.zeros(12), z], axis=1), width)
    if rng.random() < 0.15:
        side = rng.choice([-1.0, 1.0])
        share = np.linspace(0, 1, 14)
        put(
            "strap",
            np.stack([side * (0.10 - 0.22 * share), collar - 0.03 - 0.40 * share], axis=1),
            np.full(14, rng.uniform(0.015, 0.04)),
        )
    if rng.random() < 0.2:
        x, z, high = (
            rng.choice([-1.0, 1.0]) * rng.uniform(0.05, 0.09),
            collar - rng.uniform(0.09, 0.16),
            rng.uniform(0.01, 0.035),
        )
        put(
            "logo", np.stack([np.full(4, x), z - np.linspace(0, high, 4)], axis=1), np.full(4, rng.uniform(0.015, 0.06))
        )
    return drawn
