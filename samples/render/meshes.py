"""Meshes for the stage: materials, normals, smoothing, rigid pieces, joining."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from samples.render.stage import VERTEX, Surface

Array = NDArray[np.float64]
Colour = tuple[float, float, float]
SKIN, EYE, HAIR, SHIRT, TROUSERS, JACKET, SHOE, STRAP, CARD, PLAIN, SCREEN, EMBER, DRESS, PANEL = range(14)


def linear(colour: Colour) -> Array:
    """sRGB to linear light (gamma 2.2)."""
    return np.asarray(colour, float) ** 2.2


def normals_of(points: Array, triangles: NDArray[np.int64]) -> Array:
    """Area-weighted vertex normals."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    face, total = np.cross(b - a, c - a), np.zeros_like(points)
    for i in range(3):
        np.add.at(total, triangles[:, i], face)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


def smooth(points: Array, triangles: NDArray[np.int64], rounds: int) -> Array:
    """Even out a mesh (uniform Laplacian, half steps)."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    count = np.bincount(edges.ravel(), minlength=len(points)).clip(1)[:, None]
    for _ in range(rounds):
        total = np.zeros_like(points)
        np.add.at(total, edges[:, 0], points[edges[:, 1]])
        np.add.at(total, edges[:, 1], points[edges[:, 0]])
        points = 0.5 * points + 0.5 * total / count
    return points


def rigid(
    place: Array,
    normal: Array,
    corners: NDArray[np.int64],
    colour: Colour,
    material: int,
    *,
    bone: int = 0,
    paint: Array | None = None,
) -> Surface:
    """A surface that follows one bone."""
    vertices = np.zeros(len(place), VERTEX)
    vertices["place"], vertices["paint"] = place, place if paint is None else paint
    vertices["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    vertices["bone"][:, 0], vertices["weight"][:, 0] = bone, 255
    vertices["colour"][:, :3], vertices["colour"][:, 3] = np.round(linear(colour) * 255), material
    vertices["cut"] = -1
    return Surface(vertices, corners)


def merge(pieces: list[Surface]) -> Surface:
    """Join surfaces into one."""
    start = np.cumsum([0] + [len(p.vertices) for p in pieces])
    return Surface(
        np.concatenate([p.vertices for p in pieces]),
        np.concatenate([p.triangles + s for p, s in zip(pieces, start, strict=False)]),
    )
