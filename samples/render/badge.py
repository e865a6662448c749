"""The badge: a printed card on a ribbon that lies on the clothes of a posed body."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.render.bodies import Body
from samples.render.clothes import Measures
from samples.render.meshes import CARD, DRESS, JACKET, PLAIN, SHIRT, STRAP, linear, merge, rigid
from samples.render.skeleton import skin_points
from samples.render.stage import VERTEX, Surface

Array = NDArray[np.float64]
SAMPLES = 25
RIBBON_WIDTH_M = 0.019


@dataclass(frozen=True, slots=True)
class Badge:
    """A card 86 x 54 mm. ``drop_m``: how far below the collar its upper edge hangs; ``ribbon`` None is a clip."""

    ribbon: tuple[float, float, float] | None = (0.08, 0.20, 0.62)
    stripe: tuple[float, float, float] = (0.75, 0.10, 0.10)
    landscape: bool = False
    drop_m: float = 0.185
    aside_m: float = 0.0

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height."""
        return (0.088, 0.056) if self.landscape else (0.056, 0.088)


def print_card(badge: Badge, name: str) -> NDArray[np.uint8]:
    """Print a card: stripe, portrait, lines of a name (RGB, first row is the lower edge for OpenGL)."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    wide, high = (344, 216) if badge.landscape else (216, 344)
    card = np.full((high, wide, 3), 246, np.uint8)
    stripe = tuple(int(255 * c) for c in badge.stripe)
    cv2.rectangle(card, (0, 0), (wide, int(0.17 * high)), stripe, -1)
    cv2.rectangle(card, (int(0.3 * wide), int(0.06 * high)), (int(0.9 * wide), int(0.10 * high)), (250, 225, 120), -1)
    x, y, w, h = (20, 60, 92, 128) if badge.landscape else (58, 78, 100, 130)
    cv2.rectangle(card, (x, y), (x + w, y + h), (110, 160, 215), -1)
    cv2.ellipse(card, (x + w // 2, y + h), (w // 2 - 6, h // 3), 0, 180, 360, (235, 238, 240), -1)
    cv2.ellipse(card, (x + w // 2, y + int(0.42 * h)), (w // 4, int(0.26 * h)), 0, 0, 360, (25, 22, 20), -1)
    cv2.ellipse(card, (x + w // 2, y + int(0.47 * h)), (w // 5, int(0.21 * h)), 0, 0, 360, (205, 160, 130), -1)
    left, top = (x + w + 20, 70) if badge.landscape else (30, y + h + 22)
    for i in range(4):
        length = int(rng.uniform(0.55, 0.95) * (wide - left - 22))
        cv2.rectangle(
            card,
            (left, top + i * 26),
            (left + length, top + i * 26 + (13 if i == 0 else 8)),
            (160, 30, 30) if i == 0 else (60, 62, 70),
            -1,
        )
    return np.ascontiguousarray(card[::-1])


class WornBadge:
    """Ribbon and card of one person, posed frame by frame."""

    def __init__(self, body: Body, dressed: Surface, badge: Badge) -> None:
        self.badge, m = badge, Measures(body)
        material = dressed.vertices["colour"][:, 3]
        on = np.isin(material, [SHIRT, DRESS, JACKET])
        self.cloth = dressed.vertices[np.isin(material, [JACKET]) if (material == JACKET).any() else on]
        triangles = dressed.triangles[np.isin(material[dressed.triangles[:, 0]], [SHIRT, DRESS, JACKET, 0])]
        central = np.abs(dressed.vertices["place"][triangles][:, :, 0]).max(1) < 0.2
        self.soup = dressed.vertices["place"][triangles[central]].astype(float)
        self.top_m = m.collar - badge.drop_m
        self.loop = self._loop(m) if badge.ribbon is not None else self._front_point(m)
        nearest = np.array([int(np.argmin(np.sum((self.cloth["place"] - p) ** 2, axis=1))) for p in self.loop])
        self.index = self.cloth["bone"][nearest].astype(np.int64)
        self.weight = self.cloth["weight"][nearest] / 255.0
        self.normal = self.cloth["normal"][nearest].astype(float)
        tip = self.loop[len(self.loop) // 2]
        near = (
            (np.abs(self.cloth["place"][:, 0] - tip[0]) < 0.06)
            & (np.abs(self.cloth["place"][:, 2] - tip[2] + 0.06) < 0.09)
            & (self.cloth["place"][:, 1] < 0)
        )
        self.under = self.cloth[near]

    def hits(self, origin: Array, directions: Array) -> Array:
        """Distance from inside the body to its outermost surface along each direction (Moeller-Trumbore)."""
        a, ab, ac = self.soup[:, 0], self.soup[:, 1] - self.soup[:, 0], self.soup[:, 2] - self.soup[:, 0]
        away = origin - a
        q = np.cross(away, ab)
        found = np.zeros(len(directions))
        for i, direction in enumerate(directions):
            p = np.cross(direction, ac)
            det = np.einsum("ij,ij->i", ab, p)
            det = np.where(np.abs(det) < 1e-12, 1e-12, det)
            u, v = np.einsum("ij,ij->i", away, p) / det, q @ direction / det
            t = np.einsum("ij,ij->i", ac, q) / det
            hit = t[(u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6) & (t > 0.02) & (t < 0.26)]
            found[i] = hit.max() if len(hit) else np.nan
        return found

    def _loop(self, m: Measures) -> Array:
        """A taut loop: section of the chest by a tilted plane per side, then its convex hull."""
        neck = m.body.head("neck01").astype(float)
        front = neck[1] - self.hits(np.array([0, neck[1], self.top_m]), np.array([[0, -1.0, 0]]))[0]
        back_z = m.collar + 0.025
        back = neck[1] + np.nan_to_num(self.hits(np.array([0, neck[1], back_z]), np.array([[0, 1.0, 0]]))[0], nan=0.06)
        rise, slope = (back_z - self.top_m) / (back - front), 1.2
        origin = np.array([0.0, 0.5 * (front + back), self.top_m + rise * 0.5 * (back - front)])
        angle = np.linspace(0, np.pi, 61)
        directions = np.stack([np.sin(angle), -np.cos(angle), -np.cos(angle) * rise + np.sin(angle) * slope], axis=1)
        length = np.linalg.norm(directions, axis=1)
        radius = self.hits(origin, directions / length[:, None]) / length
        good = ~np.isnan(radius)
        radius = np.interp(angle, angle[good], radius[good])
        flat = np.stack([radius * np.sin(angle), -radius * np.cos(angle)], axis=1).astype(np.float32)
        hull = cv2.convexHull(flat).reshape(-1, 2)
        around = np.arctan2(hull[:, 0], -hull[:, 1])
        order = np.argsort(around)
        hull = hull[order]
        hull = np.concatenate([flat[:1], hull, flat[-1:]])
        along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(hull, axis=0), axis=1))])
        even = np.stack([np.interp(np.linspace(0, along[-1], SAMPLES), along, hull[:, i]) for i in (0, 1)], axis=1)
        half = np.stack(
            [even[:, 0], origin[1] + even[:, 1], origin[2] + even[:, 1] * rise + even[:, 0] * slope], axis=1
        )
        other = half[1:] * np.array([-1, 1, 1])
        return np.concatenate([half[::-1], other])

    def _front_point(self, m: Measures) -> Array:
        neck = m.body.head("neck01").astype(float)
        origin = np.array([self.badge.aside_m, neck[1], self.top_m])
        return np.array([origin + self.hits(origin, np.array([[0, -1.0, 0]]))[0] * np.array([0, -1.0, 0])])

    def worn(self, bones: Array) -> tuple[Array, Array]:
        """Room positions and outward normals along the loop (left neck .. tip .. right neck)."""
        place = skin_points(bones, self.loop, self.index, self.weight)
        turned = np.einsum("vk,vkij->vij", self.weight, bones[self.index][:, :, :3, :3])
        normal = np.einsum("vij,vj->vi", turned, self.normal)
        for _ in range(3):  # neighbours on the cloth may hang on different bones; a ribbon has no kinks
            place[1:-1] = 0.25 * place[:-2] + 0.5 * place[1:-1] + 0.25 * place[2:]
            normal[1:-1] = 0.25 * normal[:-2] + 0.5 * normal[1:-1] + 0.25 * normal[2:]
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        return place + 0.008 * normal, normal

    def ribbon(self, place: Array, normal: Array) -> Surface:
        """The strip along a loop."""
        tangent = np.gradient(place, axis=0)
        tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
        side = np.cross(tangent, normal)
        side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
        n, half = len(place), RIBBON_WIDTH_M / 2
        vertices = np.zeros(2 * n, VERTEX)
        vertices["place"] = np.concatenate([place - half * side, place + half * side])
        vertices["normal"] = np.concatenate([normal, normal])
        run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(place, axis=0), axis=1))])
        vertices["paint"][:, 0] = np.concatenate([run, run])
        vertices["paint"][n:, 1] = 1
        vertices["weight"][:, 0] = 255
        vertices["colour"][:, :3] = np.round(linear(self.badge.ribbon or (0, 0, 0)) * 255)
        vertices["colour"][:, 3], vertices["cut"] = STRAP, -1
        i = np.arange(n - 1)
        corners = np.concatenate([np.stack([i, i + 1, i + n], 1), np.stack([i + 1, i + n + 1, i + n], 1)])
        return Surface(vertices, corners)

    def card_placement(self, bones: Array, place: Array, normal: Array, *, hanging: float) -> Array:
        """(4, 4) of the card: flat on the chest when worn, straight down when it hangs from the hands."""
        tip = place[len(place) // 2]
        out = normal[len(normal) // 2]
        chest = np.einsum("k,kij->ij", self.weight[len(place) // 2], bones[self.index[len(place) // 2]][:, :3, :3])
        down = -chest[:, 2] * 0.6 * (1 - hanging) + np.array([0, 0, -1.0]) * (0.4 + hanging)
        down /= np.linalg.norm(down)
        out = out - down * float(out @ down)
        out /= np.linalg.norm(out)
        gap = 0.006
        if hanging < 0.5 and len(self.under):
            below = skin_points(
                bones,
                self.under["place"].astype(float),
                self.under["bone"].astype(np.int64),
                self.under["weight"] / 255.0,
            )
            gap = max(gap, float(((below - tip) @ out).max()) * 0.8 + 0.005)
        placement = np.eye(4)
        placement[:3, :3] = np.stack([np.cross(-out, -down), -out, -down], axis=1)
        placement[:3, 3] = tip + down * (0.012 + self.badge.size_m[1] / 2) + out * gap
        return placement

    def card(self) -> Surface:
        """The card around its centre: width x, height z, print at -y."""
        wide, high = self.badge.size_m
        w, h = wide / 2, high / 2
        place = np.array([[-w, 0, -h], [w, 0, -h], [w, 0, h], [-w, 0, h]])
        paint = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.0]])
        face = rigid(
            place, np.repeat([[0, -1.0, 0]], 4, 0), np.array([[0, 1, 2], [0, 2, 3]]), (1, 1, 1), CARD, paint=paint
        )
        clip = np.array([[-0.006, 0.001, h], [0.006, 0.001, h], [0.006, 0.001, h + 0.02], [-0.006, 0.001, h + 0.02]])
        hook = rigid(clip, np.repeat([[0, -1.0, 0]], 4, 0), np.array([[0, 1, 2], [0, 2, 3]]), (0.5, 0.5, 0.52), PLAIN)
        return merge([face, hook])
