"""Dress a baked body: skin, hair, shirt, trousers, skirt, shoes as surfaces for the stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samples.render.bodies import Body
from samples.render.meshes import (
    DRESS,
    EYE,
    HAIR,
    JACKET,
    PANEL,
    SHIRT,
    SHOE,
    SKIN,
    TROUSERS,
    Array,
    Colour,
    linear,
    merge,
    normals_of,
    rigid,
    smooth,
)
from samples.render.stage import VERTEX, Look, Surface

SKIN_HAIR_OFFSET = 10.0  # the shader reads the depth inside the hair from the otherwise unused cut of skin
ARM_BONES = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")


@dataclass(frozen=True, slots=True)
class Outfit:
    """What somebody wears. Colours are sRGB 0..1.

    Attributes:
        sleeve: 1.6 ends above the elbow ... 2 would be the wrist; 0..1 upper arm, 1..2 forearm.
        hair_style: short | bun | long | tail.
        dress: an ao dai: a fitted tunic with long panels over trousers.
        coat: colour of an open jacket over the shirt, or None.
    """

    shirt: Colour = (0.93, 0.94, 0.95)
    trousers: Colour = (0.10, 0.11, 0.14)
    sleeve: float = 0.72
    skirt: bool = False
    tucked: bool = True
    placket: bool = True
    pocket: bool = True
    dress: bool = False
    coat: Colour | None = None
    skin: Colour = (0.80, 0.60, 0.47)
    hair: Colour = (0.045, 0.035, 0.03)
    hair_style: str = "short"
    receding: float = 0.0
    shoes: Colour = (0.05, 0.045, 0.04)


class Measures:
    """Heights and lengths of a body that tailoring needs (metres at rest)."""

    def __init__(self, body: Body) -> None:
        self.body, names = body, body.topology.bone_names
        self.eye_l, self.eye_r = body.landmarks_m["eye.L"], body.landmarks_m["eye.R"]
        self.eye = 0.5 * (self.eye_l + self.eye_r)
        self.collar = float(body.head("neck01")[2]) + 0.005
        self.waist = float(body.head("upperleg01.L")[2]) + 0.12
        self.crotch = float(body.head("upperleg01.L")[2]) - 0.09
        self.arm_weight = self._bone_share([i for i, n in enumerate(names) if n.startswith(ARM_BONES)])
        self.head_weight = self._bone_share([i for i, n in enumerate(names) if n.startswith(("head", "neck"))])
        self.foot_weight = self._bone_share([i for i, n in enumerate(names) if n.startswith("foot")])
        self.hand_weight = self._bone_share(
            [i for i, n in enumerate(names) if n.startswith(("wrist", "finger", "metacarpal"))]
        )
        self.along_arm = self._along_arm()
        skull = body.vertices_m[np.unique(body.topology.triangles["body"])]
        self.top = float(skull[:, 2].max())
        brow = skull[(abs(skull[:, 2] - self.eye[2] - 0.04) < 0.02) & (abs(skull[:, 0]) < 0.05)]
        self.forehead_y = float(brow[:, 1].min())

    def _bone_share(self, rows: list[int]) -> Array:
        hit = np.isin(self.body.topology.bone_index, rows)
        return (self.body.topology.bone_weight * hit).sum(1)

    def _along_arm(self) -> Array:
        """0 at the shoulder, 1 at the elbow, 2 at the wrist, for every vertex."""
        body, vertices = self.body, self.body.vertices_m.astype(float)
        result = np.zeros(len(vertices))
        for side, mine in (("L", vertices[:, 0] > 0), ("R", vertices[:, 0] <= 0)):
            shoulder, elbow, wrist = (
                body.head(f"{b}.{side}").astype(float) for b in ("upperarm01", "lowerarm01", "wrist")
            )
            upper = (vertices - shoulder) @ (elbow - shoulder) / np.sum((elbow - shoulder) ** 2)
            lower = (vertices - elbow) @ (wrist - elbow) / np.sum((wrist - elbow) ** 2)
            along = np.where(lower > 0, 1 + lower, np.minimum(upper, 1))
            result[mine] = along[mine]
        return result


def scalp(measures: Measures, points: Array, *, woman: bool, receding: float) -> Array:
    """How far inside the hair a point of the head lies (metres, negative is bare skin)."""
    x, y, z = np.abs(points[:, 0]), points[:, 1] - measures.forehead_y, points[:, 2] - measures.eye[2]
    temple = 0.35 * np.maximum(x - 0.035, 0)
    nape = -0.085 if woman else -0.068
    line = np.interp(
        y,
        [0.0, 0.025, 0.045, 0.062, 0.078, 0.095, 0.112, 0.128, 0.145, 0.2],
        [0.064 + receding, 0.060 + receding, 0.050 + receding, 0.028, -0.005, -0.018, 0.012, -0.01, nape + 0.02, nape],
    )
    return z - line + temple * (y < 0.05)


class Wardrobe:
    """Makes the one surface that shows a dressed person."""

    def __init__(self, body: Body, outfit: Outfit) -> None:
        self.body, self.outfit, self.m = body, outfit, Measures(body)
        self.woman = outfit.hair_style != "short"
        self.pieces: list[Surface] = []

    def dressed(self) -> Surface:
        """Return skin, eyes, hair and clothes in one mesh."""
        self.pieces = []
        self._skin()
        self._eyes()
        self._hair()
        if self.outfit.skirt:
            self._skirt()
        else:
            self._trousers()
        if self.outfit.dress:
            self._panels()
        self._shirt()
        if self.outfit.coat is not None:
            self._coat()
        return merge(self.pieces)

    def look(self) -> Look:
        """Return how the shader paints face and cloth."""
        o, m, marks = self.outfit, self.m, self.body.landmarks_m
        lips = linear(o.skin) * (np.array([0.80, 0.45, 0.45]) if self.woman else np.array([0.78, 0.58, 0.55]))
        inner = linear(o.shirt) if o.coat is not None else np.array([0.012, 0.01, 0.009])
        accents = np.stack([linear(o.shirt), inner, lips, linear(o.hair) * 1.5])
        return Look(
            tuple(m.eye_l),
            tuple(m.eye_r),
            tuple(marks["oris05"]),
            tuple(marks["oris01"]),
            accents.astype(np.float32),
            (m.collar, m.waist, float(o.placket), float(o.pocket)),
        )

    def _add(
        self, part: str, place: Array, material: int, colour: Colour, *, keep: NDArray[np.bool_], cut: Array
    ) -> None:
        triangles = self.body.topology.triangles[part]
        triangles = triangles[keep[triangles].any(axis=1)]
        used, corners = np.unique(triangles, return_inverse=True)
        corners = corners.reshape(-1, 3)
        vertices = np.zeros(len(used), VERTEX)
        vertices["place"] = place[used]
        vertices["paint"] = (self.body.vertices_m if material in {SKIN, EYE, HAIR} else place)[used]
        vertices["normal"] = normals_of(place[used], corners)
        vertices["bone"] = self.body.topology.bone_index[used]
        vertices["weight"] = np.round(self.body.topology.bone_weight[used] * 255)
        vertices["colour"][:, :3] = np.round(linear(colour) * 255)
        vertices["colour"][:, 3] = material
        vertices["cut"] = cut[used]
        self.pieces.append(Surface(vertices, corners))

    def _pushed(self, part: str, outset: Array | float, rounds: int) -> Array:
        """The part's vertices moved out along their normals after smoothing."""
        triangles = self.body.topology.triangles[part]
        place = self.body.vertices_m.astype(float).copy()
        normal = normals_of(place, triangles)
        if rounds:
            used, corners = np.unique(triangles, return_inverse=True)
            even = smooth(place[used], corners.reshape(-1, 3), rounds)
            inward = np.minimum(np.sum((even - place[used]) * normal[used], axis=1), 0)
            place[used] = even - inward[:, None] * normal[used]
        return place + normal * np.broadcast_to(np.asarray(outset, float), len(place))[:, None]

    def _skin(self) -> None:
        v, m = self.body.vertices_m, self.m
        sleeve = 1.93 if self.outfit.coat is not None else self.outfit.sleeve
        bare = (m.head_weight > 0.05) & (v[:, 2] > m.collar - 0.10)
        bare |= (m.arm_weight > 0.5) & (m.along_arm > sleeve - 0.25)
        legs = v[:, 2] < (0.55 if self.outfit.skirt else 0.03)
        hidden_foot = (m.foot_weight > 0.3) & (v[:, 2] < 0.09)
        hair = np.where(m.head_weight > 0.5, self._hair_depth(), -1.0)
        self._add(
            "body",
            v.astype(float),
            SKIN,
            self.outfit.skin,
            keep=bare | (legs & ~hidden_foot & (m.arm_weight < 0.5)),
            cut=hair - SKIN_HAIR_OFFSET,
        )
        shoe = self._pushed("tights", 0.006, 2)
        top = 0.065 if self.woman else 0.10
        self._add("tights", shoe, SHOE, self.outfit.shoes, keep=m.foot_weight > 0.2, cut=shoe[:, 2] - top)

    def _eyes(self) -> None:
        v = self.body.vertices_m.astype(float)
        for part in ("eye_l", "eye_r"):
            self._add(part, v, EYE, (1, 1, 1), keep=np.ones(len(v), bool), cut=np.full(len(v), -1.0))

    def _hair_depth(self) -> Array:
        """How far inside the hair every vertex lies; ears are outside."""
        m, v = self.m, self.body.vertices_m.astype(float)
        inside = scalp(m, v, woman=self.woman, receding=self.outfit.receding)
        y, z = v[:, 1] - m.forehead_y, v[:, 2] - m.eye[2]
        around = np.minimum.reduce([y - 0.082, 0.150 - y, z + 0.075, 0.026 - z]) / 0.01
        ear = np.clip(around, 0, 1) * np.clip((np.abs(v[:, 0]) - 0.0675) / 0.005, 0, 1)
        return inside - 0.06 * ear

    def _hair(self) -> None:
        o, m, v = self.outfit, self.m, self.body.vertices_m.astype(float)
        inside = self._hair_depth()
        thick = (0.016 if self.woman else 0.013) + 0.10 * np.clip(v[:, 2] - m.eye[2] - 0.05, 0, 0.08)
        outset = thick * np.clip(inside / 0.03, 0, 1) ** 0.6 - 0.002 * (inside < 0)
        on_head = (m.head_weight > 0.5) & (inside > -0.03) & (v[:, 2] > m.eye[2] - 0.12)
        self._add("body", self._pushed("body", outset, 0), HAIR, o.hair, keep=on_head, cut=-inside)
        back = np.array([0, m.forehead_y + 0.20, m.eye[2]])
        if o.hair_style == "bun":
            self.pieces.append(self._blob(back + np.array([0, 0.015, 0.01]), (0.045, 0.04, 0.043)))
        if o.hair_style in {"long", "tail"}:
            if o.hair_style == "long":
                self.pieces.append(self._blob(back + np.array([0, -0.045, -0.06]), (0.078, 0.055, 0.15)))
            else:
                self.pieces.append(self._blob(back + np.array([0, 0, -0.06]), (0.03, 0.045, 0.15)))

    def _blob(self, centre: Array, radii: tuple[float, float, float]) -> Surface:
        """An ellipsoid of hair fixed to the head."""
        u, w = np.meshgrid(np.linspace(0, 2 * np.pi, 21), np.linspace(0, np.pi, 13))
        ball = np.stack([np.cos(u) * np.sin(w), np.sin(u) * np.sin(w), np.cos(w)], axis=-1).reshape(-1, 3)
        row = np.arange(12)[:, None] * 21 + np.arange(20)[None]
        corners = np.stack([row, row + 21, row + 1, row + 1, row + 21, row + 22], axis=-1).reshape(-1, 3)
        return rigid(
            centre + ball * radii,
            ball / np.asarray(radii),
            corners,
            self.outfit.hair,
            HAIR,
            bone=self.body.topology.bone("head"),
        )

    def _shirt(self) -> None:
        o, m, v = self.outfit, self.m, self.body.vertices_m.astype(float)
        hem = m.waist - 0.03 if o.tucked else m.waist - 0.15
        arm = m.arm_weight > 0.5
        outset = np.where(arm, 0.011, 0.013)
        if o.tucked:
            outset = np.where(~arm, outset - 0.009 * np.clip((m.waist + 0.03 - v[:, 2]) / 0.05, 0, 1), outset)
        else:
            outset = np.where(~arm, outset + 0.010 * np.clip((m.waist + 0.12 - v[:, 2]) / 0.2, 0, 1), outset)
        if o.coat is not None:
            outset = 0.3 * outset
        place = self._pushed("tights", outset, 6)
        below = np.where(arm, (m.along_arm - o.sleeve) * 0.28, hem - place[:, 2])
        neck_line = v[:, 2] - (m.collar + 0.02 + 0.25 * np.clip(v[:, 1] - m.body.head("neck01")[1], -0.06, 0.05) / 1.0)
        cut = np.maximum(below, np.where(arm, -1, neck_line))
        material = DRESS if o.dress else SHIRT
        self._add("tights", place, material, o.shirt, keep=cut < 0.06, cut=cut)

    def _coat(self) -> None:
        o, m, v = self.outfit, self.m, self.body.vertices_m.astype(float)
        arm = m.arm_weight > 0.5
        outset = np.where(arm, 0.017, 0.021 + 0.012 * np.clip((m.waist + 0.1 - v[:, 2]) / 0.2, 0, 1))
        place = self._pushed("tights", outset, 8)
        below = np.where(arm, (m.along_arm - 1.90) * 0.25, m.waist - 0.17 - place[:, 2])
        neck_line = v[:, 2] - (m.collar + 0.012 + 0.3 * np.clip(v[:, 1] - m.body.head("neck01")[1], -0.06, 0.05))
        cut = np.maximum(below, np.where(arm, -1, neck_line))
        self._add("tights", place, JACKET, o.coat or o.shirt, keep=cut < 0.06, cut=cut)

    def _panels(self) -> None:
        """The long front and back of an ao dai, open at the sides."""
        o, m, v = self.outfit, self.m, self.body.vertices_m.astype(float)
        place = self._pushed("skirt", 0.022, 0)
        hip = float(np.abs(place[np.unique(self.body.topology.triangles["skirt"]), 0]).max())
        slit = np.where(v[:, 2] < m.waist - 0.06, (np.abs(place[:, 0]) - 0.80 * hip) * 4, -1.0)
        self._add("skirt", place, PANEL, o.shirt, keep=np.ones(len(v), bool), cut=np.maximum(slit, 0.30 - place[:, 2]))

    def _trousers(self) -> None:
        o, m, v = self.outfit, self.m, self.body.vertices_m.astype(float)
        loose = 0.009 + 0.012 * np.clip((m.crotch - v[:, 2]) / 0.3, 0, 1)
        place = self._pushed("tights", loose, 3)
        cut = np.where(m.arm_weight > 0.3, 1.0, np.maximum(place[:, 2] - m.waist, 0.055 - place[:, 2]))
        self._add("tights", place, TROUSERS, o.trousers, keep=cut < 0.05, cut=cut)

    def _skirt(self) -> None:
        o, m, v = self.outfit, self.m, self.body.vertices_m.astype(float)
        nothing = np.full(len(v), -1.0)
        place = self._pushed("tights", 0.009, 3)
        hips = np.where(m.arm_weight > 0.3, 1.0, np.maximum(place[:, 2] - m.waist, m.crotch - 0.1 - place[:, 2]))
        self._add("tights", place, TROUSERS, o.trousers, keep=hips < 0.05, cut=hips)
        self._add(
            "skirt",
            self._pushed("skirt", 0.004, 0),
            TROUSERS,
            o.trousers,
            keep=np.ones(len(v), bool),
            cut=np.where(v[:, 2] < 0.45, 1.0, nothing),
        )
