"""Badge and smoking on made-up looks: three answers, each with its reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.looks import BADGE, CARD, CIGARETTE, LANYARD, SMOKE, back, front, look
from tests.stories import SUBJECT
from vision.errors import InvalidFact
from vision.observation import body
from vision.observation.badge import WornAt, observe_badge
from vision.observation.gesture import HandParams, observe_hand
from vision.observation.smoking import observe_smoking
from vision.types import Answer, Box, FloatArray, Why

ON_CHEST, BESIDE = (185, 240, 215, 280), (20, 240, 50, 280)
IN_HAND, ON_DESK = (262, 345, 290, 352), (70, 60, 100, 66)


def badge(**kwargs: object) -> tuple[Answer, Why | None]:
    items = kwargs.pop("items", ())
    in_front = kwargs.pop("in_front", ())
    params = replace(BADGE, worn_at=kwargs.pop("worn_at", WornAt.CHEST))  # type: ignore[arg-type]
    told = observe_badge(look(*items, **kwargs), SUBJECT, params, in_front=in_front)  # type: ignore[misc, arg-type]
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


def test_a_chest_whose_head_is_above_the_picture_is_partly_outside_it_and_nothing_is_said() -> None:
    for points in (front(), back()):
        points[[body.NOSE, body.LEFT_EYE, body.RIGHT_EYE], 2] = 0.05
        for shoulders_px, why in ((0, Why.OUT_OF_PICTURE), (49, Why.OUT_OF_PICTURE), (51, Why.BACK_TURNED)):
            moved = points - np.array([0, 170 - shoulders_px, 0], np.float32)
            assert badge(points=moved, person=(100, 0, 300, 330)) == (Answer.UNKNOWN, why)
            assert hand(points=moved, person=(100, 0, 300, 330)) == (Answer.UNKNOWN, why)


def test_no_pose_is_unknown() -> None:
    assert (Answer.UNKNOWN, Why.NOT_VISIBLE) == badge(points=np.zeros((17, 3), dtype=np.float32))


def test_too_far_is_unknown() -> None:
    small = front()
    small[:, :2] = small[:, :2] * 0.5
    person: Box = (50, 25, 150, 225)
    assert (Answer.UNKNOWN, Why.TOO_FAR) == badge(points=small, person=person)


SEATED: Box = (100, 50, 300, 230)


def with_hips(y: float) -> FloatArray:
    points = front()
    points[[body.LEFT_HIP, body.RIGHT_HIP]] = [(235, y, 0.8), (165, y, 0.8)]
    return points


def test_a_chest_behind_a_monitor_is_unknown() -> None:
    assert (Answer.UNKNOWN, Why.BEHIND_MONITOR) == badge(person=SEATED)
    assert (Answer.UNKNOWN, Why.BEHIND_MONITOR) == badge(person=SEATED, points=with_hips(320))
    assert (Answer.YES, None) == badge(person=SEATED, items=[(CARD, 0.8, (185, 200, 215, 225))])


def test_a_chest_cut_by_the_picture_s_edge_is_out_of_the_picture() -> None:
    assert (Answer.UNKNOWN, Why.OUT_OF_PICTURE) == badge(person=SEATED, frame=(640, 231))


def test_a_shoulder_beyond_the_picture_s_side_is_out_of_the_picture() -> None:
    assert (Answer.UNKNOWN, Why.OUT_OF_PICTURE) == badge(frame=(240, 480))


def test_a_chest_cut_off_in_a_picture_of_unknown_size_is_covered() -> None:
    assert (Answer.UNKNOWN, Why.COVERED) == badge(person=SEATED, frame=None)


def test_somebody_bent_over_the_desk_is_covered() -> None:
    assert (Answer.UNKNOWN, Why.COVERED) == badge(person=SEATED, points=with_hips(215))


def test_somebody_in_front_covers_the_chest() -> None:
    before_the_desk: Box = (120, 190, 320, 480)
    assert (Answer.UNKNOWN, Why.COVERED) == badge(person=SEATED, in_front=[before_the_desk])
    assert (Answer.UNKNOWN, Why.COVERED) == badge(in_front=[before_the_desk])
    assert (Answer.NO, None) == badge(in_front=[(290, 190, 400, 480)])


def test_a_badge_at_the_belt_counts_as_missing_only_where_the_belt_is_in_view() -> None:
    belt = {"worn_at": WornAt.CHEST_OR_BELT}
    behind_a_desk: Box = (100, 50, 300, 300)
    assert (Answer.NO, None) == badge(person=behind_a_desk)
    assert (Answer.UNKNOWN, Why.BEHIND_MONITOR) == badge(person=behind_a_desk, **belt)
    assert (Answer.UNKNOWN, Why.BEHIND_MONITOR) == badge(person=behind_a_desk, points=with_hips(320), **belt)
    assert (Answer.UNKNOWN, Why.OUT_OF_PICTURE) == badge(
        person=behind_a_desk, points=with_hips(320), frame=(640, 300), **belt
    )
    assert (Answer.NO, None) == badge(points=with_hips(320), **belt)
    at_belt = (185, 300, 215, 340)
    assert (Answer.YES, None) == badge(points=with_hips(320), items=[(CARD, 0.8, at_belt)], **belt)


def test_crossed_arms_may_hide_a_badge() -> None:
    crossed = front()
    crossed[body.LEFT_WRIST], crossed[body.RIGHT_WRIST] = (165, 265, 0.9), (240, 265, 0.9)
    assert (Answer.UNKNOWN, Why.COVERED) == badge(points=crossed)


def test_hands_at_a_keyboard_hide_no_badge() -> None:
    typing = front()
    typing[body.LEFT_WRIST], typing[body.RIGHT_WRIST] = (225, 290, 0.9), (175, 290, 0.9)
    assert (Answer.NO, None) == badge(points=typing)


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


def test_what_is_longer_than_any_cigarette_can_look_is_none() -> None:
    assert (Answer.NO, None) == smoking(items=[(CIGARETTE, 0.9, (225, 310, 315, 330))])
    assert (Answer.YES, None) == smoking(items=[(CIGARETTE, 0.9, (235, 310, 305, 330))])


def test_without_shoulders_nothing_tells_the_size_of_a_cigarette() -> None:
    near = front()
    near[[body.LEFT_SHOULDER, body.RIGHT_SHOULDER], 2] = 0.1
    assert (Answer.YES, None) == smoking(items=[(CIGARETTE, 0.9, (225, 310, 315, 330))], points=near)


def test_where_neither_hand_nor_mouth_is_seen_a_sure_cigarette_counts() -> None:
    assert (Answer.YES, None) == smoking(items=[(CIGARETTE, 0.9, IN_HAND)], points=np.zeros((17, 3), np.float32))


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


def test_without_any_pose_smoking_is_not_in_view() -> None:
    assert (Answer.UNKNOWN, Why.NOT_VISIBLE) == smoking(points=np.zeros((17, 3), dtype=np.float32))


def test_too_small_a_cigarette_is_too_far() -> None:
    small = front()
    small[:, :2] = small[:, :2] * 0.4
    assert (Answer.UNKNOWN, Why.TOO_FAR) == smoking(points=small, person=(40, 20, 120, 180))


def hand(**kwargs: object) -> tuple[Answer, Why | None]:
    told = observe_hand(look(**kwargs), SUBJECT, HandParams())  # type: ignore[arg-type]
    return told.answer, told.why


def raised(wrist: tuple[float, float], elbow: tuple[float, float] | None) -> FloatArray:
    points = front()
    points[body.RIGHT_WRIST] = (*wrist, 0.9)
    if elbow is not None:
        points[body.RIGHT_ELBOW] = (*elbow, 0.9)
    return points


def test_a_hand_whose_fingers_reach_the_mouth_is_at_the_mouth() -> None:
    # the mouth is at 200, 120; the wrist is 0.64 shoulder widths below it, the fingers lie beyond the wrist
    assert (Answer.YES, None) == hand(points=raised((180, 180), (150, 260)))


def test_a_hand_that_points_away_is_not_at_the_mouth() -> None:
    assert (Answer.NO, None) == hand(points=raised((180, 180), (190, 100)))


def test_hands_in_the_lap_are_not_at_the_mouth() -> None:
    assert (Answer.NO, None) == hand()


def test_without_an_elbow_the_wrist_itself_must_be_near() -> None:
    assert (Answer.YES, None) == hand(points=raised((185, 170), None))
    assert (Answer.NO, None) == hand(points=raised((180, 190), None))


def test_a_turned_back_shows_no_hand_at_the_mouth() -> None:
    assert (Answer.UNKNOWN, Why.BACK_TURNED) == hand(points=back())
    assert (Answer.UNKNOWN, Why.NOT_VISIBLE) == hand(points=np.zeros((17, 3), dtype=np.float32))


def test_hands_out_of_view_are_unknown() -> None:
    hidden = front()
    hidden[[body.LEFT_WRIST, body.RIGHT_WRIST], 2] = 0.1
    assert (Answer.UNKNOWN, Why.NOT_VISIBLE) == hand(points=hidden)


def test_a_spoiled_picture_shows_no_hand() -> None:
    assert (Answer.UNKNOWN, Why.DARK) == hand(luma=10)
    assert (Answer.UNKNOWN, Why.BLURRED) == hand(sharpness=2)


def test_a_frame_without_size_is_refused() -> None:
    with pytest.raises(InvalidFact, match="frame_size_px"):
        look(frame=(0, 480))
