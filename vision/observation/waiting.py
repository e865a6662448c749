"""Does somebody stand where citizens wait for a counter? Said of the place alone: no person, no box, no close look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from calibration.scene import Scene
from vision.observation.places import Visitor, feet_frac
from vision.types import Answer, CameraId, Frame, Observation, PlaceId, Question, RunId, Subject, Why


class WaitingObserver:
    """Asks for the counters that say where citizens wait for them."""

    def __init__(self, scene: Scene) -> None:
        areas = {zone.zone_id: zone.area for zone in scene.zones}
        self._areas = {
            PlaceId(counter.counter_id): areas[counter.waiting_zone]
            for counter in scene.counters
            if counter.waiting_zone is not None
        }

    def observe(self, visitors: Sequence[Visitor], frame: Frame) -> list[Observation]:
        """Answer for every such counter: yes while anybody who is not at a desk has their feet in its zone."""
        feet = [(feet_frac(v.box_px, frame.size_px), v.score) for v in visitors if v.desk_id is None]
        answers = []
        for place_id, area in self._areas.items():
            scores = [score for (x, y), score in feet if area.contains(x, y)]
            answer, score = (Answer.YES, max(scores)) if scores else (Answer.NO, 1.0)
            subject = Subject(frame.camera_id, frame.run_id, place_id)
            answers.append(Observation(subject, frame.captured_at, Question.WAITING, answer, score))
        return answers

    def admit(self, camera_id: CameraId, run_id: RunId, *, at: datetime, why: Why) -> list[Observation]:
        """Answer unknown for every such counter: the camera is not fit to judge by."""
        return [
            Observation(Subject(camera_id, run_id, place_id), at, Question.WAITING, Answer.UNKNOWN, 0.0, why=why)
            for place_id in self._areas
        ]
