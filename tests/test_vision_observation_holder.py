"""One cigarette, one smoker: of several people beside it, those whose hand or mouth is further away are not accused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calibration.scene import Area, Desk, Scene
from tests.looks import CARD, CIGARETTE, SMOKE, front, look
from tests.stories import CAMERA, RUN, SUBJECT, at, picture
from tests.test_vision_pipeline import Persons
from vision.capture.pictures import BgrPixels
from vision.observation import body
from vision.observation.holder import MISSED_BY, distance, is_anothers
from vision.observation.smoking import observe_smoking
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import Rulebook
from vision.types import Answer, Box, FloatArray, Frame, Look, Question, TrackKey, Why

CIGARETTE_PX: Box = (262, 345, 290, 352)
"""At the left hand of `front`, whose wrist is at (270, 350)."""


def moved(right_px: float, *, scale: float = 1.0) -> FloatArray:
    """`front` so much further right, and larger by a factor around the cigarette's height."""
    points = front()
    points[:, 0] = points[:, 0] * scale + right_px
    points[:, 1] = 350 + (points[:, 1] - 350) * scale
    return points


def smoking(mine: FloatArray, *others: FloatArray, score: float = 0.9) -> tuple[Answer, Why | None]:
    seen = ((CIGARETTE, score, CIGARETTE_PX),)
    told = observe_smoking(look(*seen, points=mine), SUBJECT, SMOKE, others=[look(points=other) for other in others])
    return told.answer, told.why


def test_of_two_beside_a_cigarette_the_one_who_holds_it_smokes_and_of_the_other_it_is_not_known() -> None:
    holder, neighbour = front(), moved(200)  # whose right wrist is 60 px beside the holder's left
    assert smoking(holder, neighbour) == (Answer.YES, None)
    assert smoking(neighbour) == (Answer.YES, None)
    assert smoking(neighbour, holder) == (Answer.UNKNOWN, Why.UNSURE)


def test_what_is_too_weak_to_accuse_with_is_still_a_no_for_the_neighbour() -> None:
    assert smoking(moved(200), front(), score=0.5) == (Answer.NO, None)


def test_two_who_are_about_as_near_are_both_looked_into() -> None:
    assert smoking(front(), moved(10)) == (Answer.YES, None)
    assert smoking(moved(10), front()) == (Answer.YES, None)


def test_whose_hands_and_mouth_nobody_sees_does_not_have_what_another_holds() -> None:
    unseen = np.zeros((17, 3), np.float32)
    assert smoking(unseen) == (Answer.YES, None)
    assert smoking(unseen, front())[0] is Answer.UNKNOWN
    assert smoking(front(), unseen) == (Answer.YES, None)


def test_somebody_small_in_the_background_needs_to_be_as_near_in_their_own_size() -> None:
    neighbour, place = look((CIGARETTE, 0.9, CIGARETTE_PX), points=moved(200)), body.centre(CIGARETTE_PX)
    behind = look(points=moved(260, scale=0.3), person=(290, 260, 350, 380))
    assert 30 * distance(behind, place) < 0.8 * 100 * distance(neighbour, place)  # nearer in pixels
    assert observe_smoking(neighbour, SUBJECT, SMOKE, others=[behind]).answer is Answer.YES


def test_a_cigarette_of_their_own_is_not_lost_over_the_neighbours() -> None:
    neighbour = moved(200)
    own: Box = (462, 345, 490, 352)
    seen = ((CIGARETTE, 0.9, CIGARETTE_PX), (CIGARETTE, 0.7, own), (CARD, 0.1, own))
    told = observe_smoking(look(*seen, points=neighbour), SUBJECT, SMOKE, others=[look(points=front())])
    assert (told.answer, told.box_px) == (Answer.YES, own)
    assert told.score == pytest.approx(0.7)


wrists = st.tuples(st.integers(-400, 400), st.integers(-400, 400))


@given(st.lists(wrists, min_size=1, max_size=5))
def test_the_nearest_is_never_cleared_and_nobody_much_further_is_accused(hands: Sequence[tuple[int, int]]) -> None:
    """Oracle: everybody has a hand alone, no elbow and no face, so the distance is that of the wrist."""
    looks = []
    for x, y in hands:
        points = front()
        points[[body.NOSE, body.LEFT_EYE, body.RIGHT_EYE, body.RIGHT_WRIST], 2] = 0.05
        points[body.LEFT_WRIST, :2] = (x, y)
        looks.append(look(points=points))
    apart = [math.hypot(x, y) for x, y in hands]
    assume(all(abs(mine - theirs - MISSED_BY * 100) > 1e-6 for mine in apart for theirs in apart))
    cleared = [is_anothers(one, (0.0, 0.0), [other for other in looks if other is not one]) for one in looks]
    assert cleared == [
        any(theirs < mine - MISSED_BY * 100 for j, theirs in enumerate(apart) if j != i) for i, mine in enumerate(apart)
    ]
    assert not cleared[int(np.argmin(apart))]


class TwoLooker:
    """Each stands so much further right than `front`; the cigarette is seen on each. Notes who is asked."""

    def __init__(self, *, shifts_px: Sequence[float], seen: bool = True) -> None:
        self._points = [moved(shift) for shift in shifts_px]
        self._seen = ((CIGARETTE, 0.9, CIGARETTE_PX),) if seen else ()
        self.asked: list[list[int]] = []

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        self.asked.append([key.number for key, _ in persons])
        return [
            replace(
                look(*self._seen, points=self._points[key.number], person=box, frame=frame.size_px),
                track=key,
                at=frame.captured_at,
            )
            for key, box in persons
        ]


def officer_smokes(looker: TwoLooker, boxes: Sequence[Box]) -> Answer:
    """What is said of the officer at the desk, whose box is the first, in one frame."""
    desk = Desk("desk", "Bàn 1", Area(((0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0))), ("an",))
    persons = Persons(boxes)
    pipeline = Pipeline(
        Scene(CAMERA, desks=(desk,)),
        detector=persons,
        tracker=persons,
        looker=looker,
        rulebook=Rulebook(()),
        judgement=Judgement(smoking=SMOKE),
    )
    step = pipeline.advance(Frame(CAMERA, RUN, 0, at(0), BgrPixels(picture(0, width_px=640, height_px=480))))
    (told,) = [o.answer for o in step.observations if o.question is Question.SMOKING]
    return told


OFFICER: Box = (100, 50, 300, 450)


def test_before_an_officer_is_accused_the_citizen_beside_them_is_looked_at() -> None:
    citizen: Box = (280, 50, 480, 450)
    looker = TwoLooker(shifts_px=[200, 0])  # it is the citizen's hand
    assert officer_smokes(looker, [OFFICER, citizen]) is Answer.UNKNOWN
    assert looker.asked == [[0], [1]]
    looker = TwoLooker(shifts_px=[0, 200])  # the officer's
    assert officer_smokes(looker, [OFFICER, citizen]) is Answer.YES


def test_nobody_else_is_looked_at_without_need() -> None:
    beside, away = (280, 50, 480, 450), (500, 50, 630, 450)
    calm = TwoLooker(shifts_px=[0, 200], seen=False)
    assert officer_smokes(calm, [OFFICER, beside]) is Answer.NO
    assert [who for who in calm.asked if who] == [[0]]
    far = TwoLooker(shifts_px=[0, 400])
    assert officer_smokes(far, [OFFICER, away]) is Answer.YES
    assert [who for who in far.asked if who] == [[0]]
