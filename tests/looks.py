"""Made-up close looks at one person, 100 px between the shoulders."""

from __future__ import annotations

import numpy as np

from tests.stories import CAMERA, RUN, at
from vision.observation import body
from vision.observation.badge import BadgeParams
from vision.observation.smoking import SmokingParams
from vision.types import Box, Detections, FloatArray, Look, TrackKey

CARD, LANYARD, CIGARETTE = 0, 1, 2
BADGE = BadgeParams(CARD, LANYARD, yes_card=0.6, yes_lanyard=0.6, no_below=0.3, card_width_min_px=12)
SMOKE = SmokingParams(CIGARETTE, CARD, yes_score=0.6, length_min_px=12)
PERSON: Box = (100, 50, 300, 450)


def front() -> FloatArray:
    """Somebody facing the camera, 100 px between the shoulders, hands low."""
    points = np.zeros((17, 3), dtype=np.float32)
    places = {
        body.NOSE: (200, 110), body.LEFT_EYE: (212, 98), body.RIGHT_EYE: (188, 98),
        body.LEFT_SHOULDER: (250, 170), body.RIGHT_SHOULDER: (150, 170),
        body.LEFT_WRIST: (270, 350), body.RIGHT_WRIST: (130, 350),
    }  # fmt: skip
    for index, (x, y) in places.items():
        points[index] = (x, y, 0.9)
    return points


def back() -> FloatArray:
    points = front()
    for index in (body.NOSE, body.LEFT_EYE, body.RIGHT_EYE):
        points[index, 2] = 0.05
    points[[body.LEFT_SHOULDER, body.RIGHT_SHOULDER], 0] = points[[body.RIGHT_SHOULDER, body.LEFT_SHOULDER], 0]
    return points


def look(
    *items: tuple[int, float, Box], points: FloatArray | None = None, person: Box = PERSON, luma: float = 120,
    sharpness: float = 300, frame: tuple[int, int] | None = (640, 480),
) -> Look:  # fmt: skip
    n = len(items)
    detections = Detections(
        CAMERA,
        at(0),
        np.array([box for _, _, box in items], dtype=np.float32).reshape(n, 4),
        np.array([score for _, score, _ in items], dtype=np.float32),
        np.array([kind for kind, _, _ in items], dtype=np.int64),
    )
    keypoints = front() if points is None else points
    return Look(TrackKey(CAMERA, RUN, 1), at(0), person, keypoints, detections, luma, sharpness, frame)
