"""Badge and smoking on made-up looks: three answers, each with its reason."""

from __future__ import annotations

import numpy as np
import pytest

from tests.stories import CAMERA, RUN, SUBJECT, at
from vision.observation import body
from vision.observation.badge import BadgeParams, observe_badge
from vision.observation.smoking import SmokingParams, observe_smoking
from vision.types import Answer, Box, Detections, FloatArray, Look, TrackKey, Why

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
    sharpness: float = 300,
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
    return Look(TrackKey(CAMERA, RUN, 1), at(0), person, keypoints, detections, luma, sharpness)


ON_CHEST, BESIDE = (185, 240, 215, 280), (20, 240, 50, 280)
IN_HAND, ON_DESK = (262, 345, 290, 352), (110, 60, 140, 66)


def badge(**kwargs: object) -> tuple[Answer, Why | None]:
    items = kwargs.pop("items", ())
    told = observe_badge(look(*items, **kwargs), SUBJECT, BADGE)  # type: ignore[misc, arg-type]
    return told.answer, told.why


@pytest.mark.parametrize("kind", [CARD, LANYARD])
def test_a_card_or_a_lanyard_on_the_chest_is_a_badge(kind: int) -> None:
    assert (Answer.YES, None) == badge(items=[(kind, 0.8, ON_CHEST)])


def test_a_bare_chest_that_faces_us_is_a_missing_badge() -> None:
    assert (Answer.NO, None) == badge()
    assert (Answer.NO, None) == badge(items=[(CARD, 0.1, ON_CHEST)])


def test_a_card_elsewhere_is_no_badge() -> None:
    assert (Answer.NO, None) == badge(items=[(CARD, 0.9, BESIDE)])


def test_between_the_scores_it_is_unsure() -> None:
    assert (Answer.UNKNOWN, Why.UNSURE) == badge(items=[(CARD, 0.45, ON_CHEST)])


def test_a_turned_back_is_unknown() -> None:
    assert (Answer.UNKNOWN, Why.BACK_TURNED) == badge(points=back())


def test_no_pose_is_unknown() -> None:
    assert Answer.UNKNOWN is badge(points=np.zeros((17, 3), dtype=np.float32))[0]


def test_too_far_is_unknown() -> None:
    small = front()
    small[:, :2] = small[:, :2] * 0.5
    person: Box = (50, 25, 150, 225)
    assert (Answer.UNKNOWN, Why.TOO_FAR) == badge(points=small, person=person)


def test_a_chest_behind_a_monitor_is_unknown() -> None:
    assert (Answer.UNKNOWN, Why.COVERED) == badge(person=(100, 50, 300, 230))


def test_a_hand_before_the_chest_may_hide_a_badge() -> None:
    folded = front()
    folded[body.LEFT_WRIST] = (200, 215, 0.9)
    assert (Answer.UNKNOWN, Why.COVERED) == badge(points=folded)
    assert (Answer.YES, None) == badge(points=folded, items=[(CARD, 0.8, ON_CHEST)])


def test_dark_and_blurred_are_unknown() -> None:
    assert (Answer.UNKNOWN, Why.DARK) == badge(luma=10)
    assert (Answer.UNKNOWN, Why.BLURRED) == badge(sharpness=2)


def smoking(**kwargs: object) -> tuple[Answer, Why | None]:
    items = kwargs.pop("items", ())
    told = observe_smoking(look(*items, **kwargs), SUBJECT, SMOKE)  # type: ignore[misc, arg-type]
    return told.answer, told.why


def test_a_cigarette_in_the_hand_or_mouth_is_smoking() -> None:
    assert (Answer.YES, None) == smoking(items=[(CIGARETTE, 0.8, IN_HAND)])
    assert (Answer.YES, None) == smoking(items=[(CIGARETTE, 0.8, (195, 115, 225, 121))])


def test_a_cigarette_out_of_reach_is_not() -> None:
    assert (Answer.NO, None) == smoking(items=[(CIGARETTE, 0.9, ON_DESK)])


def test_a_whole_hand_is_no_cigarette() -> None:
    assert (Answer.NO, None) == smoking(items=[(CIGARETTE, 0.9, (245, 320, 305, 380))])


def test_the_edge_of_a_card_is_no_cigarette() -> None:
    held_card = (255, 330, 300, 370)
    assert (Answer.NO, None) == smoking(items=[(CIGARETTE, 0.7, IN_HAND), (CARD, 0.6, held_card)])
    assert (Answer.YES, None) == smoking(items=[(CIGARETTE, 0.7, IN_HAND), (CARD, 0.1, held_card)])


def test_a_weak_cigarette_is_none() -> None:
    assert (Answer.NO, None) == smoking(items=[(CIGARETTE, 0.4, IN_HAND)])


def test_hands_and_mouth_unseen_is_unknown() -> None:
    hidden = back()
    hidden[[body.LEFT_WRIST, body.RIGHT_WRIST], 2] = 0.1
    assert (Answer.UNKNOWN, Why.BACK_TURNED) == smoking(points=hidden)
