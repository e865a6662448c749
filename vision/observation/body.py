"""Read a pose: which way a person faces, where chest, mouth and hands are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vision.types import Box, FloatArray, Look, Why

NOSE, LEFT_EYE, RIGHT_EYE, LEFT_EAR, RIGHT_EAR = 0, 1, 2, 3, 4
LEFT_SHOULDER, RIGHT_SHOULDER = 5, 6
LEFT_ELBOW, RIGHT_ELBOW = 7, 8
LEFT_WRIST, RIGHT_WRIST = 9, 10
LEFT_HIP, RIGHT_HIP = 11, 12

SURE = 0.5
"""Keypoint confidence above which a point counts as seen; ultralytics draws points from 0.5 too."""

SHOULDER_M = 0.37
"""Distance of the shoulder joints of an adult, metres (ISO 7250-1: biacromial breadth 0.33..0.40)."""

NOSE_ABOVE_SHOULDERS = 0.5
"""How far the nose lies above the shoulder joints at least, in shoulder widths: some 0.2 m of somebody upright."""

FINGERS_BEYOND_WRIST = 0.33
"""How far beyond the wrist the middle of the fingers lies, in lengths of the forearm from elbow to wrist: half the
hand's 0.19 m, over 0.28 m. The models that draw held things for training use the same."""


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


def hips_px(keypoints_px: FloatArray) -> float | None:
    """Height of the hip joints in the picture; None where they were not both seen."""
    if not seen(keypoints_px, LEFT_HIP, RIGHT_HIP):
        return None
    return float(keypoints_px[LEFT_HIP, 1] + keypoints_px[RIGHT_HIP, 1]) / 2


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


def size_px(look: Look) -> float:
    """Shoulder width as a unit of length, pixels.

    Seen from the side the shoulders coincide: a fifth of the box's height is then the better measure.
    """
    return max(shoulder_width_px(look.keypoints_px), 0.2 * (look.person_px[3] - look.person_px[1]))


@dataclass(frozen=True, slots=True)
class Hand:
    """Where a hand is.

    Attributes:
        middle_px: Middle of the fingers; the wrist where no elbow shows which way the hand points.
    """

    middle_px: tuple[float, float]
    has_elbow: bool


def hands(keypoints_px: FloatArray) -> list[Hand]:
    """Return the hands whose wrist is seen."""
    found = []
    for elbow, wrist in ((LEFT_ELBOW, LEFT_WRIST), (RIGHT_ELBOW, RIGHT_WRIST)):
        if not seen(keypoints_px, wrist):
            continue
        x, y = point(keypoints_px, wrist)
        has_elbow = seen(keypoints_px, elbow)
        if has_elbow:
            from_x, from_y = point(keypoints_px, elbow)
            x, y = x + FINGERS_BEYOND_WRIST * (x - from_x), y + FINGERS_BEYOND_WRIST * (y - from_y)
        found.append(Hand((x, y), has_elbow))
    return found


def in_reach(look: Look, place_px: tuple[float, float], *, hand: float, mouth: float) -> bool:
    """Tell whether a place is near enough to a wrist or to the mouth; both reaches in shoulder widths.

    Where the pose shows neither hand nor mouth, nothing speaks against it.
    """
    points, unit = look.keypoints_px, size_px(look)
    wrists = [point(points, i) for i in (LEFT_WRIST, RIGHT_WRIST) if seen(points, i)]
    lips = mouth_px(points)
    if not wrists and lips is None:
        return True
    at_hand = any(math.dist(place_px, wrist) <= hand * unit for wrist in wrists)
    return at_hand or (lips is not None and math.dist(place_px, lips) <= mouth * unit)


def turned_or_unseen(keypoints_px: FloatArray) -> Why:
    """Say why no face or chest was found.

    Whose face would lie above the picture is not all in it; somebody else without a face turns their back; without any
    pose, nobody knows.
    """
    width = shoulder_width_px(keypoints_px)
    upper = min(point(keypoints_px, LEFT_SHOULDER)[1], point(keypoints_px, RIGHT_SHOULDER)[1])
    if width > 0.0 and not seen(keypoints_px, NOSE) and upper < NOSE_ABOVE_SHOULDERS * width:
        return Why.OUT_OF_PICTURE
    some = any(seen(keypoints_px, i) for i in range(len(keypoints_px)))
    return Why.BACK_TURNED if some else Why.NOT_VISIBLE


def centre(box: Box) -> tuple[float, float]:
    """Middle of a box, pixels."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def overlap_px2(one: Box, other: Box) -> float:
    """Area that two boxes share, square pixels."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def inside(box: Box, x: float, y: float) -> bool:
    """Tell whether a point lies in a box."""
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
