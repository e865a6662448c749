"""Read a pose: which way a person faces, where chest, mouth and hands are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vision.types import Box, FloatArray, Look, Why

NOSE, LEFT_EYE, RIGHT_EYE, LEFT_EAR, RIGHT_EAR = 0, 1, 2, 3, 4
LEFT_SHOULDER, RIGHT_SHOULDER = 5, 6
LEFT_WRIST, RIGHT_WRIST = 9, 10
LEFT_HIP, RIGHT_HIP = 11, 12

SURE = 0.5
"""Keypoint confidence above which a point counts as seen; ultralytics draws points from 0.5 too."""

SHOULDER_M = 0.37
"""Distance of the shoulder joints of an adult, metres (ISO 7250-1: biacromial breadth 0.33..0.40)."""


@dataclass(frozen=True, slots=True)
class Legibility:
    """What the picture must give before an answer counts.

    Attributes:
        luma_min: Mean brightness of the crop, 0..255.
        sharpness_min: Variance of the Laplacian of the crop at the net's input size.
    """

    luma_min: float = 35.0
    sharpness_min: float = 12.0

    def obstacle(self, look: Look) -> Why | None:
        """Say what spoils the whole crop, if anything."""
        if look.luma_mean < self.luma_min:
            return Why.DARK
        if look.sharpness < self.sharpness_min:
            return Why.BLURRED
        return None


def seen(keypoints_px: FloatArray, *indices: int) -> bool:
    """Tell whether all these keypoints were seen."""
    return all(float(keypoints_px[i, 2]) >= SURE for i in indices)


def point(keypoints_px: FloatArray, index: int) -> tuple[float, float]:
    """Return one keypoint, pixels."""
    return float(keypoints_px[index, 0]), float(keypoints_px[index, 1])


def shoulder_width_px(keypoints_px: FloatArray) -> float:
    """Distance of the shoulders in the picture; 0 where they were not seen."""
    if not seen(keypoints_px, LEFT_SHOULDER, RIGHT_SHOULDER):
        return 0.0
    return math.dist(point(keypoints_px, LEFT_SHOULDER), point(keypoints_px, RIGHT_SHOULDER))


def is_front(keypoints_px: FloatArray) -> bool:
    """Tell whether the chest faces the camera: a face is seen, and the left shoulder is on the right side."""
    if not seen(keypoints_px, NOSE, LEFT_SHOULDER, RIGHT_SHOULDER):
        return False
    if not (seen(keypoints_px, LEFT_EYE) or seen(keypoints_px, RIGHT_EYE)):
        return False
    return float(keypoints_px[LEFT_SHOULDER, 0]) > float(keypoints_px[RIGHT_SHOULDER, 0])


def chest_px(keypoints_px: FloatArray) -> Box | None:
    """Return where a badge is worn: between the shoulders, from the neck to the belly; None if unseen.

    The depth is 1.5 shoulder widths: a long lanyard ends near the navel.
    """
    width = shoulder_width_px(keypoints_px)
    if width <= 0.0:
        return None
    (lx, ly), (rx, ry) = point(keypoints_px, LEFT_SHOULDER), point(keypoints_px, RIGHT_SHOULDER)
    top = min(ly, ry) - 0.25 * width
    return min(lx, rx) - 0.1 * width, top, max(lx, rx) + 0.1 * width, top + 1.75 * width


def mouth_px(keypoints_px: FloatArray) -> tuple[float, float] | None:
    """Guess the mouth: below the nose by 0.8 of the distance from eyes to nose; None where no face is seen."""
    if not seen(keypoints_px, NOSE):
        return None
    nose_x, nose_y = point(keypoints_px, NOSE)
    eyes = [point(keypoints_px, i) for i in (LEFT_EYE, RIGHT_EYE) if seen(keypoints_px, i)]
    if not eyes:
        return None
    eyes_y = sum(y for _, y in eyes) / len(eyes)
    return nose_x, nose_y + 0.8 * (nose_y - eyes_y)


def centre(box: Box) -> tuple[float, float]:
    """Middle of a box, pixels."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def inside(box: Box, x: float, y: float) -> bool:
    """Tell whether a point lies in a box."""
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
