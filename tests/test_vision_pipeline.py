"""The order of the stages, with stand-ins for the nets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from calibration.scene import Area, Desk, Scene
from tests.looks import BADGE, SMOKE, front, look
from tests.stories import CAMERA, RUN, at, picture
from vision.capture.pictures import BgrPixels
from vision.pipeline import Judgement, Pipeline
from vision.rules.rulebook import Rulebook
from vision.types import Box, Detections, Frame, Gap, Look, Question, TrackKey, Tracks, Why

SIZE_PX = (640, 480)
OFFICER: Box = (100, 50, 300, 230)
CITIZEN: Box = (120, 190, 320, 480)


@dataclass
class Persons:
    """A detector and tracker that always find the same persons, numbered in order."""

    boxes: Sequence[Box]
    classes: tuple[str, ...] = ("person",)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        n = len(self.boxes)
        return [
            Detections(
                frame.camera_id,
                frame.captured_at,
                np.array(self.boxes, dtype=np.float32).reshape(n, 4),
                np.full(n, 0.9, dtype=np.float32),
                np.zeros(n, dtype=np.int64),
            )
            for frame in frames
        ]

    def update(self, detections: Detections) -> Tracks:
        return Tracks(RUN, detections, np.arange(len(detections), dtype=np.int64))

    def interrupt(self, gap: Gap) -> None:
        pass


class Looker:
    """Sees somebody who faces the camera, and nothing in their hands."""

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        return [
            replace(look(points=front(), person=box, frame=frame.size_px), track=key, at=frame.captured_at)
            for key, box in persons
        ]


def answers(judgement: Judgement, boxes: Sequence[Box] = (OFFICER,)) -> dict[Question, Why | None]:
    """What is asked of the officer at the desk in one frame, and why it is unknown."""
    persons = Persons(boxes)
    desk = Desk("desk", "Bàn 1", Area(((0.0, 0.0), (0.6, 0.0), (0.6, 0.5), (0.0, 0.5))), ("an",))
    pipeline = Pipeline(
        Scene(CAMERA, desks=(desk,)),
        detector=persons,
        tracker=persons,
        looker=Looker(),
        rulebook=Rulebook(()),
        judgement=judgement,
    )
    image = picture(0, width_px=SIZE_PX[0], height_px=SIZE_PX[1])
    step = pipeline.advance(Frame(CAMERA, RUN, 0, at(0), BgrPixels(image)))
    return {o.question: o.why for o in step.observations}


@pytest.mark.parametrize(
    ("judgement", "asked"),
    [
        (Judgement(), set()),
        (Judgement(badge=BADGE), {Question.BADGE}),
        (Judgement(smoking=SMOKE), {Question.SMOKING, Question.HAND_AT_MOUTH}),
        (Judgement(smoking=SMOKE, hand=None), {Question.SMOKING}),
    ],
)
def test_only_what_is_judged_is_asked_and_hands_with_smoking(judgement: Judgement, asked: set[Question]) -> None:
    assert {Question.PRESENCE, *asked} == set(answers(judgement))


def test_somebody_in_front_is_told_from_a_monitor() -> None:
    assert Why.BEHIND_MONITOR is answers(Judgement(badge=BADGE))[Question.BADGE]
    assert Why.COVERED is answers(Judgement(badge=BADGE), [OFFICER, CITIZEN])[Question.BADGE]
