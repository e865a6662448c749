"""Who is too far for a question is not looked at, and nothing is held against them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.camera_pose import CameraPose
from calibration.homography import FloorFit, fit_floor, floor_points_of
from calibration.legibility import Needs
from calibration.scene import Area, Desk, Scene
from tests.floors import SHAPE, TrueCamera
from tests.looks import BADGE, SMOKE
from tests.stories import CAMERA, RUN, at
from tests.test_vision_pipeline import Looker, Persons
from vision.capture.pictures import BgrPixels
from vision.observation.places import Visitor
from vision.observation.reach import MARGIN, Reach
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import Rulebook
from vision.types import Box, Frame, Look, PlaceId, Question, TrackKey, Why

SEEN_BY = TrueCamera(focal_px=1000.0, height_m=2.6, tilt_deg=20.0)
NEEDS = Needs(card_px=10.0, cigarette_px=16.0)
BOTH = (Question.BADGE, Question.SMOKING)
SIZE = (SHAPE.width_px, SHAPE.height_px)


def floor() -> FloorFit:
    pose = CameraPose.hung(2.6, tilt_deg=20.0, focal_px=1000.0, picture=SHAPE)
    return fit_floor(floor_points_of(pose), SHAPE)


def standing(away_m: float) -> Box:
    """The box of somebody of 1.62 m who stands so far away."""
    ((x, top), (_, bottom)) = SEEN_BY.see(np.array([[0.0, away_m, 1.62], [0.0, away_m, 0.0]]))
    return float(x) - 60, float(top), float(x) + 60, float(bottom)


def visitor(away_m: float, *, desk: bool = True) -> Visitor:
    place = PlaceId("desk") if desk else None
    return Visitor(1, standing(away_m), 0.9, place, None if desk else PlaceId("room"), True)


class CountingLooker(Looker):
    """Counts whom it was asked to look at."""

    def __init__(self) -> None:
        self.asked = 0

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        self.asked += len(persons)
        return super().look(frame, persons)


def card_px(away_m: float) -> float:
    """How wide a card at 1.25 m is there, by the world's own projection."""
    edges = SEEN_BY.see(np.array([[-0.027, away_m, 1.25], [0.027, away_m, 1.25]]))
    return float(edges[1][0] - edges[0][0])


@given(away_m=st.floats(3.6, 14.0), desk=st.booleans())
@settings(max_examples=80, deadline=None)
def test_too_far_is_where_the_card_is_smaller_than_the_margin_allows(away_m: float, desk: bool) -> None:
    expected = card_px(away_m) < MARGIN * NEEDS.card_px
    if abs(card_px(away_m) / (MARGIN * NEEDS.card_px) - 1) < 0.08:
        return  # the middle of a box lies at .81 m, the map takes .85
    assert expected == Reach(floor(), NEEDS).is_too_far(visitor(away_m, desk=desk), [Question.BADGE], SIZE)


def test_one_question_that_can_be_answered_is_enough_to_look() -> None:
    reach = Reach(floor(), Needs(card_px=10.0, cigarette_px=200.0))
    assert not reach.is_too_far(visitor(4.0), BOTH, SIZE)
    assert reach.is_too_far(visitor(4.0), [Question.SMOKING], SIZE)


def test_what_the_map_knows_nothing_of_is_looked_at_everywhere() -> None:
    reach = Reach(floor(), NEEDS)
    assert reach.is_too_far(visitor(13.0), BOTH, SIZE)
    assert not reach.is_too_far(visitor(13.0), [*BOTH, Question.ALCOHOL], SIZE)


def test_a_stream_of_fewer_pixels_reaches_less_far() -> None:
    reach = Reach(floor(), NEEDS)
    far = visitor(5.0)
    x1, y1, x2, y2 = (v / 4 for v in far.box_px)
    small = Visitor(1, (x1, y1, x2, y2), 0.9, far.desk_id, None, True)
    assert (False, True) == (
        reach.is_too_far(far, BOTH, SIZE),
        reach.is_too_far(small, BOTH, (SIZE[0] // 4, SIZE[1] // 4)),
    )


def test_where_the_map_cannot_tell_the_look_does() -> None:
    reach = Reach(floor(), NEEDS)
    above = Visitor(1, (600.0, -400.0, 700.0, -300.0), 0.9, None, PlaceId("room"), True)
    assert not reach.is_too_far(above, BOTH, SIZE)
    assert not reach.is_too_far(visitor(12.0), BOTH, (640, 480))  # another shape than was measured
    assert not reach.is_too_far(visitor(12.0), (), SIZE)


@pytest.mark.parametrize(("away_m", "looked", "why"), [(4.0, 1, None), (13.0, 0, Why.TOO_FAR)])
def test_nobody_too_far_is_looked_at_and_the_reason_is_told(away_m: float, looked: int, why: Why | None) -> None:
    looker = CountingLooker()
    persons = Persons([standing(away_m)])
    pipeline = Pipeline(
        Scene(CAMERA, desks=(Desk("desk", "Bàn 1", Area.rectangle(0, 0, 1, 1), ("an",)),)),
        detector=persons,
        tracker=persons,
        looker=looker,
        rulebook=Rulebook(()),
        judgement=Judgement(badge=BADGE, smoking=SMOKE, hand=None, reach=Reach(floor(), NEEDS)),
    )
    image = np.full((SIZE[1], SIZE[0], 3), 90, dtype=np.uint8)
    step = pipeline.advance(Frame(CAMERA, RUN, 0, at(0), BgrPixels(image)))
    told = {o.question: o.why for o in step.observations}
    assert looked == looker.asked
    assert {Question.PRESENCE, *BOTH} == set(told)
    assert (told[Question.SMOKING] is Why.TOO_FAR) == (why is Why.TOO_FAR)
    assert None is told[Question.PRESENCE]
