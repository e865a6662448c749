"""Where things can hang or be held on a person: a scale and a few places, from joints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.train.paint import Quad
from models.train.people import Joints

NOSE, LEFT_EYE, RIGHT_EYE = 0, 1, 2
LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP = 5, 6, 11, 12
ELBOWS, WRISTS = (7, 8), (9, 10)
SHOULDERS_M = 0.34
"""Distance of the two shoulder joints of an adult, as pose nets place them."""


@dataclass(frozen=True, slots=True, eq=False)
class Torso:
    """A person who faces the camera, in pixels of the crop.

    Attributes:
        left_px: Shoulder on the left of the picture, (2,).
        right_px: Shoulder on the right of the picture, (2,).
        down: Unit vector from the neck to the belly, (2,).
        per_m: Pixels per metre on the chest.
        squeeze: Width of what hangs on the chest over its width seen from the front, 0.45..1.
    """

    left_px: Quad
    right_px: Quad
    down: Quad
    per_m: float
    squeeze: float

    @property
    def neck_px(self) -> Quad:
        """Middle between the shoulders."""
        return (self.left_px + self.right_px) / 2

    @property
    def tilt_degrees(self) -> float:
        """How far the body leans, clockwise positive in the picture."""
        return float(np.rad2deg(np.arctan2(-self.down[0], self.down[1])))


def torso_of(joints: Joints) -> Torso | None:
    """The chest, or None where it is hidden, turned away or seen from the side."""
    points, seen = joints.xy_px, joints.seen
    if min(seen[LEFT_SHOULDER], seen[RIGHT_SHOULDER]) < 0.6:
        return None
    left, right = points[RIGHT_SHOULDER], points[LEFT_SHOULDER]
    if right[0] - left[0] < 8 or seen[NOSE] < 0.5:
        return None
    wide = float(np.linalg.norm(right - left))
    per_m = wide / SHOULDERS_M
    neck = (left + right) / 2
    down = np.array([0.0, 1.0])
    if min(seen[LEFT_HIP], seen[RIGHT_HIP]) > 0.5:
        spine = (points[LEFT_HIP] + points[RIGHT_HIP]) / 2 - neck
        length = float(np.linalg.norm(spine))
        if length > 0.5 * wide and spine[1] > 0:
            down = spine / length
            per_m = max(per_m, length / 0.52)
    squeeze = wide / SHOULDERS_M / per_m
    return None if squeeze < 0.45 else Torso(left, right, down, per_m, squeeze)


def mouth_px(joints: Joints) -> Quad | None:
    """Between the lips, from eyes and nose; None where the face is hidden."""
    if min(joints.seen[[NOSE, LEFT_EYE, RIGHT_EYE]]) < 0.5:
        return None
    eyes = (joints.xy_px[LEFT_EYE] + joints.xy_px[RIGHT_EYE]) / 2
    mouth: Quad = joints.xy_px[NOSE] + 0.75 * (joints.xy_px[NOSE] - eyes)
    return mouth


def hands_px(joints: Joints) -> list[tuple[Quad, Quad]]:
    """Visible hands: middle of the fingers, and the unit vector of the forearm."""
    hands = []
    for elbow, wrist in zip(ELBOWS, WRISTS, strict=True):
        if min(joints.seen[elbow], joints.seen[wrist]) < 0.55:
            continue
        arm = joints.xy_px[wrist] - joints.xy_px[elbow]
        length = float(np.linalg.norm(arm))
        if length > 4:
            hands.append((joints.xy_px[wrist] + 0.33 * arm, arm / length))
    return hands
