"""The people of a story on a stage: dress them, pose them at a time, hand out what the stage draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samples.render.badge import WornBadge, print_card
from samples.render.bodies import load_body
from samples.render.clothes import Wardrobe
from samples.render.motion import Mover, ease
from samples.render.props import CIGARETTE_LENGTH_M, MAKERS, grip, upright
from samples.render.skeleton import Solver, frame
from samples.render.stage import Drawn, Stage
from samples.render.story import Held, Role

Array = NDArray[np.float64]
PARTS_PER_PERSON = 8
BODY, CARD, LANYARD, CIGARETTE, THING = range(5)
SPHERES: tuple[tuple[str, str, float], ...] = (
    ("head", "head", 0.10),
    ("neck01", "neck01", 0.06),
    ("spine02", "spine01", 0.145),
    ("spine04", "spine03", 0.14),
    ("spine05", "root", 0.15),
    ("upperleg01.L", "lowerleg01.L", 0.085),
    ("upperleg01.R", "lowerleg01.R", 0.085),
    ("lowerleg01.L", "foot.L", 0.06),
    ("lowerleg01.R", "foot.R", 0.06),
    ("foot.L", "foot.L", 0.07),
    ("foot.R", "foot.R", 0.07),
    ("upperarm01.L", "lowerarm01.L", 0.05),
    ("upperarm01.R", "lowerarm01.R", 0.05),
    ("lowerarm01.L", "wrist.L", 0.04),
    ("lowerarm01.R", "wrist.R", 0.04),
    ("finger3-1.L", "finger3-1.L", 0.04),
    ("finger3-1.R", "finger3-1.R", 0.04),
)


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One person at one time."""

    drawn: list[Drawn]
    spheres: Array
    ember_m: Array | None


class Actor:
    """One person with clothes, badge and things on a stage."""

    def __init__(self, role: Role, number: int, stage: Stage) -> None:
        self.role, self.stage, self.first = role, stage, 1 + number * PARTS_PER_PERSON
        self.body = load_body(role.body)
        self.solver = Solver(self.body)
        self.mover = Mover(self.body, role.start, role.walks, role.beats)
        wardrobe = Wardrobe(self.body, role.outfit)
        surface = self.dressed = wardrobe.dressed()
        self.look = wardrobe.look()
        stage.add_surface(role.name, surface)
        self.badge = WornBadge(self.body, surface, role.badge) if role.badge else None
        if self.badge and role.badge:
            stage.add_surface(f"{role.name}-card", self.badge.card())
            stage.add_picture(f"{role.name}-card", print_card(role.badge, role.name))
        for kind in {h.kind for h in role.held}:
            stage.add_surface(kind, MAKERS[kind]())

    def at(self, t_s: float) -> Moment:
        """Pose the person and everything they carry."""
        pose, root = self.mover.at(t_s)
        bones = self.solver.solve(pose, root)
        spheres = self._spheres(bones)
        drawn = [Drawn(self.role.name, self.first + BODY, bones, self.look, spheres)]
        ember: Array | None = None
        for held in self.role.held:
            placement = self._held(held, t_s, bones)
            if placement is None:
                continue
            part = CIGARETTE if held.kind == "cigarette" else THING
            drawn.append(self._thing(held.kind, part, placement))
            if held.lit_s is not None and t_s >= held.lit_s:
                ember = placement[:3, 3] + placement[:3, 2] * CIGARETTE_LENGTH_M
        drawn += self._badge(t_s, bones)
        return Moment(drawn, spheres, ember)

    def _thing(self, surface: str, part: int, placement: Array) -> Drawn:
        return Drawn(surface, self.first + part, placement[None], self.look, np.zeros((0, 4)))

    def joint(self, bones: Array, bone: str) -> Array:
        """Room position where a bone begins."""
        row = self.solver.row[bone]
        return bones[row, :3, :3] @ self.solver.heads[row] + bones[row, :3, 3]

    def hand(self, bones: Array, side: str) -> tuple[Array, dict[str, Array]]:
        """Axes of a hand and its joints."""
        along, palm = self.solver.hand_axes(side)
        axes = bones[self.solver.row[f"wrist.{side}"], :3, :3] @ frame(along, palm)
        names = [f"finger{f}-{j}" for f in range(1, 6) for j in (1, 2, 3)] + ["wrist"]
        return axes, {n: self.joint(bones, f"{n}.{side}") for n in names}

    def _held(self, held: Held, t_s: float, bones: Array) -> Array | None:
        if held.from_s <= t_s < held.to_s:
            if held.hand == "mouth":
                return self._in_mouth(bones)
            axes, joints = self.hand(bones, held.hand)
            return grip(held.kind, axes, joints, left=held.hand == "L")
        others = [h for h in self.role.held if h.kind == held.kind and h is not held]
        if (
            held.rests_m is None
            or any(h.from_s <= t_s < h.to_s for h in others)
            or (others and self.role.held.index(held) > self.role.held.index(others[0]))
        ):
            return None
        placement = np.eye(4)
        placement[:3, 3] = held.rests_m
        if held.kind == "phone":
            placement[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]]).T
        return placement

    def _in_mouth(self, bones: Array) -> Array:
        """Between the lips, pointing ahead and a little down."""
        head = bones[self.solver.row["head"]]
        placement = np.eye(4)
        placement[:3, :3] = head[:3, :3] @ upright(np.array([-0.15, -1.0, -0.18]))
        placement[:3, 3] = head[:3, :3] @ (self.solver.mouth + np.array([0.004, -0.008, 0.0])) + head[:3, 3]
        return placement

    def _badge(self, t_s: float, bones: Array) -> list[Drawn]:
        if self.badge is None:
            return []
        place, normal = self.badge.worn(bones)
        hanging, off = 0.0, self.role.badge_off_s
        if off is not None and t_s > off:
            if t_s > off + 2.9:
                return []
            hanging = ease((t_s - off) / 0.9)
            held, out = self._hanging(bones)
            place, normal = (1 - hanging) * place + hanging * held, (1 - hanging) * normal + hanging * out
        card = Drawn(
            f"{self.role.name}-card",
            self.first + CARD,
            self.badge.card_placement(bones, place, normal, hanging=hanging)[None],
            self.look,
            np.zeros((0, 4)),
        )
        if self.badge.badge.ribbon is None:
            return [card]
        name = f"{self.role.name}-ribbon"
        self.stage.add_surface(name, self.badge.ribbon(place, normal))
        return [card, Drawn(name, self.first + LANYARD, np.eye(4)[None], self.look, np.zeros((0, 4)))]

    def _hanging(self, bones: Array) -> tuple[Array, Array]:
        """The loop as it hangs from both hands."""
        left, right = (self.hand(bones, side)[1]["finger2-2"] for side in ("L", "R"))
        chest = bones[self.solver.row["spine01"], :3, :3]
        tip = 0.5 * (left + right) + np.array([0, 0, -0.30]) - 0.03 * chest[:, 1]
        behind = 0.5 * (left + right) + 0.10 * chest[:, 1] - np.array([0, 0, 0.05])
        knots = np.array([behind, left, tip, right, behind])
        share = np.linspace(0, 4, len(self.badge.loop if self.badge else knots))
        place = np.stack([np.interp(share, np.arange(5), knots[:, i]) for i in range(3)], axis=1)
        return place, np.repeat(-chest[None, :, 1], len(place), axis=0)

    def _spheres(self, bones: Array) -> Array:
        rows = []
        for one, other, radius in SPHERES:
            middle = 0.5 * (self.joint(bones, one) + self.joint(bones, other))
            if one == "head":
                middle = middle + bones[self.solver.row["head"], :3, :3] @ np.array([0, -0.03, 0.07])
            rows.append([*middle, radius])
        return np.array(rows)
