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
from vision.observation.alcohol import AlcoholParams
from vision.observation.holder import HOLDS, MISSED_BY, may_be_anothers, measure_px
from vision.observation.smoking import observe_smoking
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import Rulebook
from vision.types import Answer, Box, Detections, FloatArray, Frame, Look, Observation, Question, TrackKey, Tracks, Why

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
    told = observe_smoking(look(*seen, points=mine), SUBJECT, SMOKE, everybody=[look(points=other) for other in others])
    return told.answer, told.why


def test_of_two_beside_a_cigarette_the_one_who_holds_it_smokes_and_of_the_other_it_is_not_known() -> None:
    holder, neighbour = front(), moved(200)  # whose right wrist is 60 px beside the holder's left
    assert smoking(holder, neighbour) == (Answer.YES, None)
    assert smoking(neighbour) == (Answer.YES, None)
    assert smoking(neighbour, holder) == (Answer.UNKNOWN, Why.UNSURE)


def test_what_is_too_weak_to_accuse_with_clears_the_neighbour_no_more_than_the_holder() -> None:
    seen = ((CIGARETTE, 0.5, CIGARETTE_PX),)
    for mine, other in ((front(), moved(200)), (moved(200), front())):
        told = observe_smoking(look(*seen, points=mine), SUBJECT, SMOKE, everybody=[look(points=other)])
        assert (told.answer, told.score) == (Answer.NO, pytest.approx(0.5))


def test_somebody_found_twice_is_not_another() -> None:
    assert smoking(front(), moved(10)) == (Answer.YES, None)
    assert smoking(moved(10), front()) == (Answer.YES, None)
    assert smoking(front(), front(), moved(200)) == (Answer.YES, None)
    assert smoking(moved(200), moved(200), front()) == (Answer.UNKNOWN, Why.UNSURE)


def test_of_two_whose_hands_meet_nothing_is_known() -> None:
    meeting = moved(140)  # whose right wrist is where the other's left one is
    assert measure_px(look(points=meeting), (270, 350)) < 1
    assert smoking(front(), meeting) == (Answer.UNKNOWN, Why.UNSURE)
    assert smoking(meeting, front()) == (Answer.UNKNOWN, Why.UNSURE)


def test_whose_hands_and_mouth_nobody_sees_does_not_have_what_another_can_hold() -> None:
    unseen = np.zeros((17, 3), np.float32)
    assert smoking(unseen) == (Answer.YES, None)
    assert smoking(unseen, front()) == (Answer.UNKNOWN, Why.UNSURE)
    assert smoking(unseen, moved(400)) == (Answer.YES, None)  # nobody reaches so far
    assert smoking(front(), unseen) == (Answer.YES, None)


def test_somebody_small_in_the_background_needs_to_be_as_near_in_their_own_size() -> None:
    place = body.centre(CIGARETTE_PX)
    neighbour = look((CIGARETTE, 0.9, CIGARETTE_PX), points=moved(200))
    behind = look(points=moved(260, scale=0.3), person=(290, 260, 350, 380))
    assert measure_px(behind, place) < 0.8 * measure_px(neighbour, place)
    assert observe_smoking(neighbour, SUBJECT, SMOKE, everybody=[behind]).answer is Answer.YES


def test_a_cigarette_of_their_own_is_not_lost_over_the_neighbours() -> None:
    neighbour = moved(200)
    own: Box = (462, 345, 490, 352)
    seen = ((CIGARETTE, 0.9, CIGARETTE_PX), (CIGARETTE, 0.7, own), (CARD, 0.1, own))
    told = observe_smoking(look(*seen, points=neighbour), SUBJECT, SMOKE, everybody=[look(points=front())])
    assert (told.answer, told.box_px) == (Answer.YES, own)
    assert told.score == pytest.approx(0.7)


wrists = st.tuples(st.integers(-200, 200), st.integers(-200, 200))
people = st.lists(st.tuples(wrists, st.sampled_from([0.5, 1.0, 2.0])), min_size=1, max_size=5)


def with_a_hand_at(index: int, wrist: tuple[int, int], scale: float) -> Look:
    """Somebody of some size whose left wrist alone is seen, far from everybody else in the picture."""
    points = front()
    points[:, :2] = points[:, :2] * scale + 1000 * (index + 1)
    points[[body.NOSE, body.LEFT_EYE, body.RIGHT_EYE, body.RIGHT_WRIST], 2] = 0.05
    points[body.LEFT_WRIST, :2] = wrist
    return look(points=points, person=(0, 0, 200 * scale, 400 * scale))


@given(people)
def test_at_most_one_is_accused_and_nobody_who_is_not_the_nearest(
    crowd: Sequence[tuple[tuple[int, int], float]],
) -> None:
    """Oracle: the distance of everybody's one wrist over their shoulders, 100 px of ``front``."""
    looks = [with_a_hand_at(i, wrist, scale) for i, (wrist, scale) in enumerate(crowd)]
    apart = [math.hypot(*wrist) / (100 * scale) for wrist, scale in crowd]
    assume(all(abs(mine + MISSED_BY - theirs) > 1e-4 for mine in apart for theirs in apart))
    assume(all(abs(theirs - HOLDS) > 1e-4 for theirs in apart))
    mine = [
        i
        for i, one in enumerate(looks)
        if apart[i] <= HOLDS and not may_be_anothers(one, (0.0, 0.0), [other for other in looks if other is not one])
    ]
    first, *others = sorted(range(len(apart)), key=lambda i: apart[i])
    is_clear = apart[first] <= HOLDS and not any(
        apart[i] <= HOLDS and apart[i] < apart[first] + MISSED_BY for i in others
    )
    assert mine == ([first] if is_clear else [])


@given(people)
def test_one_person_more_never_makes_somebody_the_holder(crowd: Sequence[tuple[tuple[int, int], float]]) -> None:
    mine, *others = [with_a_hand_at(i, wrist, scale) for i, (wrist, scale) in enumerate(crowd)]
    told = [may_be_anothers(mine, (0.0, 0.0), others[:count]) for count in range(len(others) + 1)]
    assert told == sorted(told)


class TwoLooker:
    """Each stands so much further right than `front`; the same is seen on each. Notes who is asked."""

    def __init__(self, *, shifts_px: Sequence[float], seen: bool = True) -> None:
        self._points = [moved(shift) for shift in shifts_px]
        self._seen = ((CIGARETTE, 0.9, CIGARETTE_PX),) if seen else ()
        self.asked: list[list[float]] = []

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        self.asked.append([box[0] for _, box in persons])
        looks = [
            replace(
                look(*self._seen, points=self._points[0 if box == OFFICER else 1], person=box, frame=frame.size_px),
                track=key,
                at=frame.captured_at,
            )
            for key, box in persons
        ]
        return [replace(one, vessels=one.items) for one in looks]


class Arriving(Persons):
    """The second person is not followed yet."""

    def update(self, detections: Detections) -> Tracks:
        return Tracks(RUN, detections, np.array([0] + [-1] * (len(detections) - 1), dtype=np.int64))


SMOKING = Judgement(smoking=SMOKE, hand=None)
DRINKING = Judgement(alcohol=AlcoholParams({CIGARETTE: 0.6}, width_min_px=4))
OFFICER: Box = (100, 50, 300, 450)
CITIZEN: Box = (280, 50, 480, 450)


def said_of_officer(looker: TwoLooker, persons: Persons, judgement: Judgement) -> list[Observation]:
    """What is said of the officer at the desk, whose box is the first, in one frame."""
    desk = Desk("desk", "Bàn 1", Area(((0.2, 0.0), (0.4, 0.0), (0.4, 1.0), (0.2, 1.0))), ("an",))
    pipeline = Pipeline(
        Scene(CAMERA, desks=(desk,)),
        detector=persons,
        tracker=persons,
        looker=looker,
        rulebook=Rulebook(()),
        judgement=judgement,
    )
    step = pipeline.advance(Frame(CAMERA, RUN, 0, at(0), BgrPixels(picture(0, width_px=640, height_px=480))))
    return [o for o in step.observations if o.question is not Question.PRESENCE]


@pytest.mark.parametrize("judgement", [SMOKING, DRINKING], ids=["cigarette", "bottle"])
@pytest.mark.parametrize("kind", [Persons, Arriving], ids=["followed", "just arrived"])
def test_before_an_officer_is_accused_the_citizen_beside_them_is_looked_at(
    judgement: Judgement, kind: type[Persons]
) -> None:
    looker = TwoLooker(shifts_px=[200, 0])  # it is the citizen's hand
    (told,) = said_of_officer(looker, kind([OFFICER, CITIZEN]), judgement)
    assert (told.answer, told.why, told.box_px) == (Answer.UNKNOWN, Why.UNSURE, None)
    assert looker.asked == [[OFFICER[0]], [CITIZEN[0]]]
    (told,) = said_of_officer(TwoLooker(shifts_px=[0, 200]), kind([OFFICER, CITIZEN]), judgement)
    assert told.answer is Answer.YES


def test_nobody_else_is_looked_at_without_need() -> None:
    away: Box = (500, 50, 630, 450)
    for looker, other, answer in (
        (TwoLooker(shifts_px=[0, 200], seen=False), CITIZEN, Answer.NO),
        (TwoLooker(shifts_px=[0, 400]), away, Answer.YES),
    ):
        (told,) = said_of_officer(looker, Persons([OFFICER, other]), SMOKING)
        assert told.answer is answer
        assert [who for who in looker.asked if who] == [[OFFICER[0]]]


class Crowd(TwoLooker):
    """Two cigarettes at the officer: one is the left neighbour's, the weaker one the right neighbour's."""

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        self.asked.append([box[0] for _, box in persons])
        seen = ((CIGARETTE, 0.9, (125, 345, 135, 352)), (CIGARETTE, 0.8, (265, 345, 275, 352)))
        # the officer's own wrists are 30 px further up
        shifts = {OFFICER: (0, -40), LEFT: (-140, 0), RIGHT: (140, 0)}
        looks = []
        for key, box in persons:
            points = front()
            points[:, :2] += shifts[box]
            mine = look(*(seen if box == OFFICER else ()), points=points, person=box, frame=frame.size_px)
            looks.append(replace(mine, track=key, at=frame.captured_at))
        return looks


LEFT: Box = (0, 50, 160, 450)
RIGHT: Box = (240, 50, 440, 450)


def test_the_holder_of_each_thing_is_looked_for() -> None:
    (told,) = said_of_officer(Crowd(shifts_px=[]), Persons([OFFICER, LEFT, RIGHT]), SMOKING)
    assert told.answer is Answer.UNKNOWN
    (told,) = said_of_officer(Crowd(shifts_px=[]), Persons([OFFICER, LEFT]), SMOKING)
    assert (told.answer, told.score) == (Answer.YES, pytest.approx(0.8))
