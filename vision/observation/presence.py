"""Is somebody at the desk? A desk hidden behind a person standing in front of it is unknown, not empty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from calibration.scene import Scene
from vision.observation.places import Visitor
from vision.types import Answer, Box, CameraId, Observation, PlaceId, Question, RunId, Subject, Why

COVERED_SHARE = 0.5
"""Share of the last sitter's box that another person must hide for the desk to be unknown."""


class PresenceObserver:
    """Remembers where the last person at each desk was, to know when the view of them is blocked."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._last_box: dict[str, Box] = {}

    def observe(
        self, visitors: Sequence[Visitor], *, camera_id: CameraId, run_id: RunId, at: datetime
    ) -> list[Observation]:
        """Answer the question of presence for every desk of the scene."""
        answers = []
        for desk in self._scene.desks:
            subject = Subject(camera_id, run_id, PlaceId(desk.desk_id))
            here = [v for v in visitors if v.desk_id == desk.desk_id]
            if here:
                best = max(here, key=lambda v: v.score)
                self._last_box[desk.desk_id] = best.box_px
                answers.append(Observation(subject, at, Question.PRESENCE, Answer.YES, best.score, best.box_px))
                continue
            last = self._last_box.get(desk.desk_id)
            others = [v for v in visitors if v.desk_id != desk.desk_id]
            if last is not None and any(_hides(v.box_px, last) for v in others):
                answers.append(Observation(subject, at, Question.PRESENCE, Answer.UNKNOWN, 0.0, why=Why.COVERED))
            else:
                answers.append(Observation(subject, at, Question.PRESENCE, Answer.NO, 1.0))
        return answers

    def admit(self, camera_id: CameraId, run_id: RunId, *, at: datetime, why: Why) -> list[Observation]:
        """Answer unknown for every desk: the camera is not fit to judge by."""
        return [
            Observation(
                Subject(camera_id, run_id, PlaceId(desk.desk_id)),
                at,
                Question.PRESENCE,
                Answer.UNKNOWN,
                0.0,
                why=why,
            )
            for desk in self._scene.desks
        ]


def _hides(front: Box, behind: Box) -> bool:
    """Tell whether a box nearer to the camera (its lower edge is lower) covers most of another."""
    if front[3] <= behind[3]:
        return False
    width = min(front[2], behind[2]) - max(front[0], behind[0])
    height = min(front[3], behind[3]) - max(front[1], behind[1])
    if width <= 0 or height <= 0:
        return False
    return width * height >= COVERED_SHARE * (behind[2] - behind[0]) * (behind[3] - behind[1])
