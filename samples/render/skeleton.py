"""Pose a body: a few dozen numbers in, one 4x4 matrix per bone out (forward kinematics and two-bone IK)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from samples.render.bodies import Body

Array = NDArray[np.float64]
SIDES = ("L", "R")
SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
NECK = ("neck01", "neck02", "neck03", "head")


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A posture in the person's own frame (x left, -y ahead, z up; metres and radians).

    Attributes:
        pelvis: (3,) middle between the hip joints.
        pelvis_turn: (3,) yaw, pitch (positive leans forward), roll.
        spine: (3,) twist, pitch, roll, spread over five vertebrae.
        head: (3,) yaw, pitch, roll against the chest, spread over neck and head.
        ankle: (2, 3) left, right.
        foot: (2, 2) yaw (toes out) and pitch (heel up) of each foot.
        wrist: (2, 3) targets in the person's frame.
        wrist_by_mouth: (2, 3) targets relative to the mouth, turning with the head.
        by_mouth: (2,) 0 uses ``wrist``, 1 uses ``wrist_by_mouth``.
        fingers: (2, 3) where the fingers point.
        palm: (2, 3) where the palms look.
        elbow: (2, 3) where the elbows go.
        curl: (2, 5) bend of thumb, index, middle, ring, little finger, 0 straight .. 1 fist.
        shrug: (2,) how far the shoulders are lifted.
    """

    pelvis: Array
    pelvis_turn: Array
    spine: Array
    head: Array
    ankle: Array
    foot: Array
    wrist: Array
    wrist_by_mouth: Array
    by_mouth: Array
    fingers: Array
    palm: Array
    elbow: Array
    curl: Array
    shrug: Array

    def changed(self, **parts: Array) -> Pose:
        """Return a copy with some parts replaced."""
        return replace(self, **parts)


def blend(one: Pose, other: Pose, share: float) -> Pose:
    """Return the posture ``share`` of the way from ``one`` to ``other``."""
    return Pose(**{f.name: (1 - share) * getattr(one, f.name) + share * getattr(other, f.name) for f in fields(Pose)})


def unit(vector: Array) -> Array:
    """Scale to length 1."""
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def turn(axis: Array, angle_rad: float) -> Array:
    """Rotation matrix about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * cross @ cross


X, Y, Z = np.eye(3)


def yaw_pitch_roll(angles: Array) -> Array:
    """Turn about z, then lean forward (about x), then tilt sideways (about y)."""
    return turn(Z, angles[0]) @ turn(X, angles[1]) @ turn(Y, angles[2])


def frame(main: Array, second: Array) -> Array:
    """Orthonormal columns: ``main``, ``second`` made perpendicular to it, their cross product."""
    a = unit(main)
    b = unit(second - a * float(a @ second))
    return np.stack([a, b, np.cross(a, b)], axis=1)


class Solver:
    """Forward kinematics of one body. Holds no state between calls of ``solve``."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.names, self.parents = body.topology.bone_names, body.topology.bone_parents
        self.heads = body.heads_m.astype(np.float64)
        self.row = {name: i for i, name in enumerate(self.names)}
        marks = body.landmarks_m
        self.mouth = (0.5 * (marks["oris05"] + marks["oris01"])).astype(np.float64)

    def head_of(self, bone: str) -> Array:
        """Rest position of a joint."""
        return self.heads[self.row[bone]]

    def solve(self, pose: Pose, root: Array) -> Array:
        """Return (B, 4, 4) matrices from rest to the room.

        Args:
            pose: The posture.
            root: (4, 4) placement of the person's frame in the room.
        """
        world: Array = np.zeros((len(self.names), 3, 4))
        wanted: dict[str, Array] = {}
        local = self._trunk(pose)
        hips = 0.5 * (self.head_of("upperleg01.L") + self.head_of("upperleg01.R"))
        pelvis_turn = yaw_pitch_roll(pose.pelvis_turn)
        for i, name in enumerate(self.names):
            parent = self.parents[i]
            if parent < 0:
                world[i, :, :3], world[i, :, 3] = pelvis_turn, pose.pelvis - pelvis_turn @ hips
                continue
            if name.startswith("upperleg01"):
                self._leg(pose, name[-1], world, wanted)
            elif name.startswith("upperarm01"):
                self._arm(pose, name[-1], world, wanted)
            base = world[parent]
            rotation = wanted[name] if name in wanted else base[:, :3] @ local.get(name, np.eye(3))
            joint = base[:, :3] @ self.heads[i] + base[:, 3]
            world[i, :, :3], world[i, :, 3] = rotation, joint - rotation @ self.heads[i]
        full = np.zeros((len(self.names), 4, 4))
        full[:, :3], full[:, 3, 3] = world, 1
        return root @ full

    def _trunk(self, pose: Pose) -> dict[str, Array]:
        local = {name: yaw_pitch_roll(pose.spine / len(SPINE)) for name in SPINE}
        local |= {name: yaw_pitch_roll(pose.head / len(NECK)) for name in NECK}
        for s, side in enumerate(SIDES):
            sign = 1 if side == "L" else -1
            local[f"clavicle.{side}"] = turn(Y, -sign * pose.shrug[s])
            local |= self._curled(pose, s, side)
        return local

    def hand_axes(self, side: str) -> tuple[Array, Array]:
        """Directions at rest along the fingers and out of the palm."""
        along = unit(self.head_of(f"finger3-1.{side}") - self.head_of(f"wrist.{side}"))
        across = self.head_of(f"finger2-1.{side}") - self.head_of(f"finger5-1.{side}")
        palm = np.cross(along, across) * (1 if side == "L" else -1)
        return along, unit(palm - along * float(along @ palm))

    def _curled(self, pose: Pose, s: int, side: str) -> dict[str, Array]:
        along, palm = self.hand_axes(side)
        hinge, local = unit(np.cross(along, palm)), {}
        for finger in range(2, 6):
            bend = pose.curl[s, finger - 1]
            for joint, most in ((1, 1.35), (2, 1.5), (3, 1.0)):
                local[f"finger{finger}-{joint}.{side}"] = turn(hinge, bend * most)
        thumb = pose.curl[s, 0]
        sign = 1 if side == "L" else -1
        local[f"finger1-1.{side}"] = turn(hinge, 0.35 * thumb)
        local[f"finger1-2.{side}"] = turn(unit(palm), sign * 0.7 * thumb)
        local[f"finger1-3.{side}"] = turn(unit(palm), sign * 0.7 * thumb)
        return local

    def _two_bones(self, start: Array, goal: Array, lengths: tuple[float, float], pole: Array) -> tuple[Array, Array]:
        """Directions of the upper and lower bone that bring the end to ``goal`` (law of cosines)."""
        upper, lower = lengths
        reach = goal - start
        distance = float(np.clip(np.linalg.norm(reach), abs(upper - lower) + 0.02, (upper + lower) * 0.9985))
        ahead = unit(reach)
        sideways = unit(pole - ahead * float(ahead @ pole))
        cosine = np.clip((upper**2 + distance**2 - lower**2) / (2 * upper * distance), -1, 1)
        first = ahead * cosine + sideways * np.sqrt(1 - cosine**2)
        return first, unit(ahead * distance - first * upper)

    def _leg(self, pose: Pose, side: str, world: Array, wanted: dict[str, Array]) -> None:
        s = SIDES.index(side)
        hip, knee, ankle = (self.head_of(f"{b}.{side}") for b in ("upperleg01", "lowerleg01", "foot"))
        base = world[self.row[f"pelvis.{side}"]] if world[self.row[f"pelvis.{side}"]].any() else world[0]
        start = base[:, :3] @ hip + base[:, 3]
        lengths = (float(np.linalg.norm(knee - hip)), float(np.linalg.norm(ankle - knee)))
        toe_yaw = pose.foot[s, 0] + pose.pelvis_turn[0]
        pole = turn(Z, toe_yaw) @ np.array([0.0, -1.0, 0.15])
        thigh, shin = self._two_bones(start, pose.ankle[s], lengths, pole)
        hinge = np.cross(thigh, shin)
        hinge = unit(hinge) if np.linalg.norm(hinge) > 0.02 else turn(Z, toe_yaw) @ X
        wanted[f"upperleg01.{side}"] = frame(thigh, hinge) @ frame(knee - hip, X).T
        wanted[f"lowerleg01.{side}"] = frame(shin, hinge) @ frame(ankle - knee, X).T
        wanted[f"foot.{side}"] = turn(Z, toe_yaw) @ turn(X, pose.foot[s, 1])

    def _arm(self, pose: Pose, side: str, world: Array, wanted: dict[str, Array]) -> None:
        s = SIDES.index(side)
        shoulder, elbow, wrist = (self.head_of(f"{b}.{side}") for b in ("upperarm01", "lowerarm01", "wrist"))
        base = world[self.row[f"shoulder01.{side}"]]
        start = base[:, :3] @ shoulder + base[:, 3]
        lengths = (float(np.linalg.norm(elbow - shoulder)), float(np.linalg.norm(wrist - elbow)))
        upper, lower = self._two_bones(start, self.wrist_goal(pose, s, world), lengths, pose.elbow[s])
        hinge = unit(np.cross(upper, lower))
        rest_hinge = np.cross(elbow - shoulder, wrist - elbow)
        wanted[f"upperarm01.{side}"] = frame(upper, hinge) @ frame(elbow - shoulder, rest_hinge).T
        fore = frame(lower, hinge) @ frame(wrist - elbow, rest_hinge).T
        wanted[f"lowerarm01.{side}"] = fore
        along, palm = self.hand_axes(side)
        hand = frame(pose.fingers[s], pose.palm[s]) @ frame(along, palm).T
        wanted[f"wrist.{side}"] = hand
        wanted[f"lowerarm02.{side}"] = turn(unit(lower), 0.55 * _twist(hand @ fore.T, unit(lower))) @ fore

    def wrist_goal(self, pose: Pose, s: int, world: Array) -> Array:
        """Where the wrist should be, in the frame of ``world``."""
        head = world[self.row["head"]]
        if not head.any():
            head = self._head_ahead_of_turn(pose, world)
        near_mouth = head[:, :3] @ (self.mouth + pose.wrist_by_mouth[s]) + head[:, 3]
        return (1 - pose.by_mouth[s]) * pose.wrist[s] + pose.by_mouth[s] * near_mouth

    def _head_ahead_of_turn(self, pose: Pose, world: Array) -> Array:
        """Placement of the head: the arms come before the neck in the order of bones."""
        base = world[self.row["spine01"]]
        step = yaw_pitch_roll(pose.head / len(NECK))
        for name in NECK:
            rotation = base[:, :3] @ step
            joint = base[:, :3] @ self.heads[self.row[name]] + base[:, 3]
            base = np.concatenate([rotation, (joint - rotation @ self.heads[self.row[name]])[:, None]], axis=1)
        return base


def _twist(rotation: Array, axis: Array) -> float:
    """Signed angle of the part of a rotation that turns about ``axis`` (swing-twist)."""
    trace = float(np.trace(rotation))
    w = np.sqrt(max(0.0, 1 + trace)) / 2
    if w < 1e-6:
        return 0.0
    vector = np.array(
        [rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]]
    ) / (4 * w)
    angle = 2 * np.arctan2(float(vector @ axis), w)
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def skin(body: Body, bones: Array, vertices: NDArray[np.int64] | slice) -> Array:
    """Positions of some vertices under (B, 4, 4) bone matrices (linear blend)."""
    index, weight = body.topology.bone_index[vertices], body.topology.bone_weight[vertices]
    return skin_points(bones, body.vertices_m[vertices], index, weight)


def skin_points(
    bones: Array, points: NDArray[np.floating], index: NDArray[np.int64], weight: NDArray[np.floating]
) -> Array:
    """Positions of any points that carry bone indices and weights."""
    mixed = np.einsum("vk,vkij->vij", weight, bones[index][:, :, :3])
    return np.einsum("vij,vj->vi", mixed[:, :, :3], points) + mixed[:, :, 3]
