"""A bottle or a can in a hand: yes, no, or unknown. One that stands on the desk is nobody's drink."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.looks import back, front, look
from tests.stories import CAMERA, RUN, at
from vision.errors import InvalidFact
from vision.observation import body
from vision.observation.alcohol import AlcoholParams, observe_alcohol
from vision.types import Answer, Box, Detections, FloatArray, PlaceId, Subject, Why

BOTTLE, CAN, GLASS = 0, 1, 2
PARAMS = AlcoholParams({BOTTLE: 0.5, CAN: 0.75}, width_min_px=10)
SUBJECT = Subject(CAMERA, RUN, PlaceId("desk"))
IN_HAND: Box = (255, 340, 285, 400)
AT_MOUTH: Box = (185, 110, 215, 170)
ON_DESK: Box = (400, 380, 430, 440)


def vessels(*seen: tuple[int, float, Box]) -> Detections:
    return Detections(
        CAMERA,
        at(0),
        np.array([box for _, _, box in seen], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in seen], np.float32),
        np.array([kind for kind, _, _ in seen], np.int64),
    )


def judged(*seen: tuple[int, float, Box], points: FloatArray | None = None, **more: float) -> tuple[Answer, Why | None]:
    told = observe_alcohol(replace(look(points=points), vessels=vessels(*seen), **more), SUBJECT, PARAMS)
    return told.answer, told.why


@pytest.mark.parametrize("place", [IN_HAND, AT_MOUTH], ids=["hand", "mouth"])
@pytest.mark.parametrize(
    ("kind", "score", "answer"),
    [(CAN, 0.75, Answer.YES), (CAN, 0.74, Answer.NO), (BOTTLE, 0.5, Answer.YES), (GLASS, 0.99, Answer.NO)],
)
def test_what_is_held_counts_from_the_score_of_its_class(kind: int, score: float, answer: Answer, place: Box) -> None:
    assert (answer, None) == judged((kind, score, place))


def test_what_stands_on_the_desk_is_not_held() -> None:
    assert (Answer.NO, None) == judged((CAN, 0.99, ON_DESK))


def test_the_strongest_of_those_held_is_told() -> None:
    seen = vessels((CAN, 0.8, AT_MOUTH), (BOTTLE, 0.9, IN_HAND), (BOTTLE, 0.99, ON_DESK))
    told = observe_alcohol(replace(look(), vessels=seen), SUBJECT, PARAMS)
    assert (Answer.YES, IN_HAND) == (told.answer, told.box_px)
    assert told.score == pytest.approx(0.9)


def test_of_two_beside_a_can_the_one_who_holds_it_is_told_of_and_of_the_other_it_is_not_known() -> None:
    away = front()
    away[:, 0] += 200
    holder, neighbour = (
        replace(look(points=points), vessels=vessels((CAN, 0.9, IN_HAND))) for points in (front(), away)
    )
    told = [
        observe_alcohol(one, SUBJECT, PARAMS, everybody=others)
        for one, others in ((holder, [neighbour]), (neighbour, []), (neighbour, [holder]))
    ]
    assert [(o.answer, o.why, o.box_px) for o in told] == [
        (Answer.YES, None, IN_HAND),
        (Answer.YES, None, IN_HAND),
        (Answer.UNKNOWN, Why.UNSURE, None),
    ]


def without(*indices: int, points: FloatArray | None = None) -> FloatArray:
    kept = front() if points is None else points
    kept[list(indices), 2] = 0.1
    return kept


HANDLESS = without(body.LEFT_WRIST, body.RIGHT_WRIST)


@pytest.mark.parametrize(
    ("points", "more", "why"),
    [
        (HANDLESS, {}, Why.NOT_VISIBLE),
        (without(body.LEFT_WRIST, body.RIGHT_WRIST, points=back()), {}, Why.BACK_TURNED),
        (None, {"luma_mean": 10.0}, Why.DARK),
        (None, {"sharpness": 1.0}, Why.BLURRED),
        (None, {"sharper": 0.5}, Why.TOO_FAR),
    ],
    ids=["hands under the desk", "back turned", "dark", "blurred", "too far"],
)
def test_hands_that_cannot_be_seen_are_not_empty_hands(
    points: FloatArray | None, more: dict[str, float], why: Why
) -> None:
    assert (Answer.UNKNOWN, why) == judged(points=None if points is None else points.copy(), **more)


def test_a_look_that_did_not_look_for_vessels_is_refused() -> None:
    with pytest.raises(InvalidFact, match="bottles and cans"):
        observe_alcohol(look(), SUBJECT, PARAMS)
