"""Postures by name: how the trunk and legs stand or sit, and what each hand does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samples.render.bodies import Body
from samples.render.cameras import DESK_HEIGHT_M, SEAT_HEIGHT_M
from samples.render.skeleton import Pose

Array = NDArray[np.float64]
STEP_BACK_TO_SIT_M = 0.22
RELAXED = (0.25, 0.22, 0.28, 0.32, 0.36)


@dataclass(frozen=True, slots=True)
class Hand:
    """What one hand does; written for the left hand, the right one is its mirror (x changes sign).

    Attributes:
        wrist: Target in the person's frame, or relative to the mouth where ``by_mouth`` is 1.
        of_height: Whether the z of ``wrist`` is a share of the hip height (standing) rather than metres.
    """

    wrist: tuple[float, float, float]
    fingers: tuple[float, float, float]
    palm: tuple[float, float, float]
    elbow: tuple[float, float, float] = (1.0, 0.35, -0.7)
    curl: tuple[float, float, float, float, float] = RELAXED
    by_mouth: float = 0.0
    of_height: bool = False
    shrug: float = 0.0


_D = DESK_HEIGHT_M
SMOKING_FINGERS = (0.35, 0.10, 0.10, 0.42, 0.5)
HANDS: dict[str, Hand] = {
    "hang": Hand((0.235, -0.02, 0.93), (0.05, -0.12, -1), (-1, 0.1, 0), (0.5, 1.0, 0.0), of_height=True),
    "type": Hand(
        (0.115, -0.30, _D + 0.075), (-0.12, -1, -0.12), (0.05, -0.1, -1), (1.0, 0.35, -0.5), (0.2, 0.3, 0.3, 0.3, 0.3)
    ),
    "desk": Hand(
        (0.17, -0.27, _D + 0.055), (-0.55, -0.85, -0.02), (0.1, 0.0, -1), (1.0, 0.3, -0.3), (0.2, 0.2, 0.22, 0.25, 0.3)
    ),
    "wide": Hand((0.25, -0.25, _D + 0.06), (-0.7, -0.8, -0.02), (0.1, 0.0, -1), (1.0, 0.6, 0.1)),
    "fold": Hand((0.09, -0.27, _D + 0.06), (-1.0, -0.25, 0.05), (0.1, 0.15, -1), (1.0, 0.2, -0.3)),
    "write": Hand(
        (0.10, -0.31, _D + 0.06),
        (-0.45, -0.85, -0.2),
        (-0.55, 0.25, -0.8),
        (1.0, 0.3, -0.4),
        (0.55, 0.5, 0.5, 0.6, 0.65),
    ),
    "lap": Hand((0.12, -0.12, 0.64), (-0.5, -0.85, -0.1), (0, 0, -1), (0.9, 0.4, -0.3)),
    "belly": Hand((0.07, -0.21, 1.16), (-0.95, -0.15, 0.05), (0.05, 1, -0.1), (0.9, 0.5, -0.3), of_height=True),
    "paper": Hand(
        (0.13, -0.33, 1.28),
        (-0.4, -0.8, 0.2),
        (-0.7, 0.1, 0.6),
        (0.7, 0.6, -0.6),
        (0.5, 0.5, 0.5, 0.5, 0.5),
        of_height=True,
    ),
    "text": Hand(
        (0.075, -0.36, 1.36),
        (-0.3, -0.55, 0.75),
        (-0.35, 0.75, 0.5),
        (0.7, 0.5, -0.6),
        (0.35, 0.55, 0.55, 0.55, 0.55),
        of_height=True,
    ),
    "text_sit": Hand(
        (0.075, -0.15, 0.93), (-0.3, -0.55, 0.75), (-0.35, 0.75, 0.5), (0.7, 0.5, -0.6), (0.35, 0.55, 0.55, 0.55, 0.55)
    ),
    "phone": Hand(
        (0.125, 0.03, -0.035),
        (-0.12, 0.42, 0.9),
        (-1, 0.1, -0.05),
        (0.9, -0.2, -0.8),
        (0.3, 0.42, 0.42, 0.45, 0.5),
        by_mouth=1,
    ),
    "cup_low": Hand(
        (0.19, -0.37, _D + 0.085),
        (-0.35, -0.95, 0.0),
        (-0.95, 0.35, 0),
        (1.0, 0.3, -0.3),
        (0.45, 0.45, 0.45, 0.45, 0.45),
    ),
    "cup_high": Hand(
        (0.105, -0.105, -0.075),
        (-0.55, -0.35, 0.35),
        (-0.75, 0.5, 0.25),
        (0.9, 0.1, -0.8),
        (0.45, 0.45, 0.45, 0.45, 0.45),
        by_mouth=1,
    ),
    "smoke_low": Hand(
        (0.20, -0.33, _D + 0.15), (-0.15, -0.85, 0.30), (-0.25, -0.28, -1), (1.0, 0.3, -0.3), SMOKING_FINGERS
    ),
    "smoke_high": Hand(
        (0.066, -0.045, -0.106), (-0.5, 0.13, 0.85), (0.26, 1, 0.0), (0.8, -0.1, -0.9), SMOKING_FINGERS, by_mouth=1
    ),
    "light_up": Hand(
        (0.05, -0.15, -0.085),
        (-0.4, 0.2, 0.8),
        (-0.5, 0.9, 0.1),
        (0.9, 0.0, -0.8),
        (0.5, 0.55, 0.6, 0.65, 0.7),
        by_mouth=1,
    ),
    "pen_high": Hand(
        (0.062, -0.075, -0.105),
        (-0.45, 0.25, 0.85),
        (-0.5, 0.85, 0.1),
        (0.8, -0.1, -0.9),
        (0.5, 0.45, 0.5, 0.65, 0.7),
        by_mouth=1,
    ),
    "chin": Hand(
        (0.06, -0.03, -0.155),
        (-0.35, 0.15, 0.9),
        (-0.6, 0.8, 0.1),
        (0.8, -0.2, -0.9),
        (0.3, 0.55, 0.6, 0.65, 0.7),
        by_mouth=1,
    ),
    "collar": Hand(
        (0.135, -0.07, -0.145),
        (-0.75, 0.3, 0.45),
        (-0.3, 0.95, -0.2),
        (1, -0.1, -0.7),
        (0.4, 0.5, 0.5, 0.5, 0.5),
        by_mouth=1,
    ),
    "above_head": Hand(
        (0.165, -0.06, 0.16),
        (-0.55, 0.1, 0.8),
        (-0.8, 0.2, -0.4),
        (1, -0.3, -0.5),
        (0.4, 0.5, 0.5, 0.5, 0.5),
        by_mouth=1,
    ),
    "before_face": Hand(
        (0.13, -0.26, -0.05),
        (-0.35, -0.4, 0.8),
        (-0.9, 0.1, -0.3),
        (1, -0.1, -0.7),
        (0.4, 0.5, 0.5, 0.5, 0.5),
        by_mouth=1,
    ),
    "drawer": Hand((0.17, -0.22, 0.62), (-0.2, -0.8, -0.5), (-0.2, 0.1, -1), (1, 0.4, -0.2), (0.4, 0.5, 0.5, 0.5, 0.5)),
    "handover": Hand(
        (0.12, -0.42, _D + 0.11), (-0.1, -1, 0.05), (-0.6, 0, 0.8), (1, 0.3, -0.5), (0.4, 0.3, 0.3, 0.35, 0.4)
    ),
}


def legs(body: Body, *, ahead_m: float, spread_m: float) -> tuple[Array, Array]:
    """Ankles flat on the floor and the turn of the feet."""
    ankle = body.head("foot.L").astype(float)
    z = float(ankle[2])
    return (np.array([[spread_m, -ahead_m, z], [-spread_m, -ahead_m, z]]), np.array([[0.14, 0.0], [-0.14, 0.0]]))


def trunk(posture: str, body: Body) -> Pose:
    """Stand, stand before the chair (``rise``) or sit, arms hanging.

    The person's frame stands on the floor where the feet are before the chair.
    """
    hip = float(0.5 * (body.head("upperleg01.L")[2] + body.head("upperleg01.R")[2]))
    ankle, foot = legs(body, ahead_m=-0.02, spread_m=0.085)
    pelvis, pelvis_turn, spine = np.array([0.0, 0.0, hip - 0.012]), np.zeros(3), np.array([0.0, 0.02, 0.0])
    if posture == "rise":
        ankle, foot = legs(body, ahead_m=0.06, spread_m=0.11)
        pelvis = np.array([0.0, 0.0, hip - 0.02])
    elif posture == "sit":
        ankle, foot = legs(body, ahead_m=0.14, spread_m=0.11)
        pelvis = np.array([0.0, STEP_BACK_TO_SIT_M - 0.02, SEAT_HEIGHT_M + 0.085])
        pelvis_turn, spine = np.array([0.0, -0.10, 0.0]), np.array([0.0, 0.20, 0.0])
    elif posture == "half":
        ankle, foot = legs(body, ahead_m=0.10, spread_m=0.11)
        pelvis = np.array([0.0, 0.14, 0.5 * (hip + SEAT_HEIGHT_M)])
        pelvis_turn, spine = np.array([0.0, 0.45, 0.0]), np.array([0.0, 0.30, 0.0])
    zero = np.zeros((2, 3))
    return Pose(
        pelvis,
        pelvis_turn,
        spine,
        np.zeros(3),
        ankle,
        foot,
        zero,
        zero,
        np.zeros(2),
        zero,
        zero,
        zero,
        np.zeros((2, 5)),
        np.zeros(2),
    )


def with_hands(pose: Pose, body: Body, left: str, right: str) -> Pose:
    """Give both hands something to do."""
    hip = float(body.head("upperleg01.L")[2])
    parts = {
        name: getattr(pose, name).copy()
        for name in ("wrist", "wrist_by_mouth", "by_mouth", "fingers", "palm", "elbow", "curl", "shrug")
    }
    for s, name in enumerate((left, right)):
        hand, mirror = HANDS[name], np.array([1.0 if s == 0 else -1.0, 1, 1])
        wrist = np.array(hand.wrist) * mirror
        if hand.of_height:
            wrist = np.array([wrist[0], wrist[1], wrist[2] * hip])
        if hand.by_mouth:
            parts["wrist_by_mouth"][s] = wrist
            parts["wrist"][s] = np.array([0.1 * mirror[0], -0.2, 1.2])
        else:
            parts["wrist"][s] = wrist
            parts["wrist_by_mouth"][s] = np.array([0.1 * mirror[0], -0.12, -0.12])
        parts["by_mouth"][s] = hand.by_mouth
        for field in ("fingers", "palm", "elbow"):
            vector = np.array(getattr(hand, field)) * mirror
            parts[field][s] = vector / np.linalg.norm(vector)
        parts["curl"][s], parts["shrug"][s] = hand.curl, hand.shrug
    return pose.changed(**parts)
