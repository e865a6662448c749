"""The runtime's own looks, applied to single pictures: the whole frame, then each person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from models.catalog import ModelEntry
from models.evaluate.concepts import Concept, Task, concept_of
from models.evaluate.matching import Floats, Found, iou
from models.evaluate.persons import SAME_PERSON_IOU
from vision.capture.pictures import BgrPixels
from vision.detection import boxes
from vision.detection.closelook import SAME_IOU_MIN
from vision.detection.detector import Detector, PersonLooker
from vision.observation.badge import observe_badge
from vision.observation.smoking import observe_smoking
from vision.observation.thresholds import badge_params, smoking_params
from vision.types import (
    Box,
    CameraId,
    Detections,
    FloatArray,
    Frame,
    Image,
    IntArray,
    Look,
    Observation,
    PlaceId,
    RunId,
    Subject,
    TrackKey,
)

CONCEPTS = tuple(Concept)
"""Class ids of `Found` here: indices into this."""

CAMERA, RUN = CameraId("picture"), RunId("picture")
SUBJECT = Subject(CAMERA, RUN, PlaceId(""))
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""A picture has no time, and no answer to a single look depends on it."""

FRAME_MERGE_IOU = 0.6
"""Boxes of one concept that overlap more are one thing seen twice: what the frame's detection uses too, so that nothing
is left out here that the runtime would see."""


Judge = Callable[[Look, Sequence[Box], Sequence[Look]], Observation]
"""From a look, the boxes of persons in front, and the looks at everybody in the picture to an answer."""


@dataclass(frozen=True, slots=True)
class Eye:
    """What looks at persons.

    Attributes:
        person_score: From which score the frame's net is believed.
        crop: Catalogue entry of the net behind ``looker``'s items.
        judge: Makes the answer of one look, as the runtime does.
    """

    detector: Detector
    looker: PersonLooker
    person_score: float
    crop: ModelEntry
    judge: Judge


def judge_of(task: Task, crop: ModelEntry) -> Judge:
    """Return what answers a task's question of one look, exactly as the runtime does."""
    if task is Task.SMOKING:
        smoking = smoking_params(crop)
        return lambda look, in_front, everybody: observe_smoking(look, SUBJECT, smoking, everybody=everybody)
    badge = badge_params(crop)
    return lambda look, in_front, everybody: observe_badge(look, SUBJECT, badge, in_front=in_front)


def in_front_of(person: Box, detected: Floats) -> list[Box]:
    """Boxes of those detected (N, 4) nearer to the camera than a person: their lower edge is lower."""
    is_other = iou(detected, np.array([person]))[:, 0] < SAME_PERSON_IOU
    nearer = detected[is_other & (detected[:, 3] > person[3])]
    return [(left, top, right, bottom) for left, top, right, bottom in nearer.tolist()]


def frame_of(image: Image) -> Frame:
    """Make a frame of a picture."""
    return Frame(CAMERA, RUN, 0, MOMENT, BgrPixels(image))


def find_boxes(
    detector: Detector, frame: Frame, wanted: Sequence[Concept], calibrated_by: ModelEntry | None = None
) -> Found:
    """Find things in the whole picture; the same thing by two names of the net (cup, wine glass) is one.

    Args:
        calibrated_by: Entry whose calibration makes probabilities of the net's scores; None leaves them as they are.
    """
    seen = detector.detect([frame])
    if calibrated_by is not None:
        seen = [replace(some, score=calibrated_by.calibrated(some.score, some.class_id)) for some in seen]
    xyxy, score, class_id = _wanted(seen, detector.classes, wanted)
    kept = boxes.suppress(xyxy, score, class_id, score_min=0.0, iou_max=FRAME_MERGE_IOU)
    return _found(xyxy[kept], score[kept], class_id[kept])


def find_items(eye: Eye, frame: Frame, persons: Floats, wanted: Sequence[Concept]) -> Found:
    """Look at each person (N, 4) and put all that is seen together."""
    looks = look_at(eye, frame, persons)
    xyxy, score, class_id = _wanted([look.items for look in looks], eye.crop.classes, wanted)
    return _found(*boxes.fuse(xyxy, score, class_id, iou_min=SAME_IOU_MIN))


def look_at(eye: Eye, frame: Frame, persons: Floats) -> list[Look]:
    """Look closely at persons (N, 4)."""
    asked: list[tuple[TrackKey, Box]] = []
    for number, (left, top, right, bottom) in enumerate(persons.tolist()):
        asked.append((TrackKey(CAMERA, RUN, number), (left, top, right, bottom)))
    return eye.looker.look(frame, asked)


def whole(frame: Frame) -> Floats:
    """(1, 4): the picture as one box."""
    return np.array([[0.0, 0.0, *frame.size_px]])


def _wanted(
    seen: Sequence[Detections], names: Sequence[str], wanted: Sequence[Concept]
) -> tuple[FloatArray, FloatArray, IntArray]:
    """All boxes of wanted concepts, with their scores and the numbers of their concepts."""
    concepts = [concept_of(name) for name in names]
    index = np.array([CONCEPTS.index(c) if c in wanted else -1 for c in concepts], np.int64)
    xyxy = np.concatenate([np.zeros((0, 4), np.float32), *(some.xyxy_px for some in seen)])
    score = np.concatenate([np.zeros(0, np.float32), *(some.score for some in seen)])
    class_id = np.concatenate([np.zeros(0, np.int64), *(index[some.class_id] for some in seen)])
    is_wanted = class_id >= 0
    return xyxy[is_wanted], score[is_wanted], class_id[is_wanted]


def _found(xyxy: FloatArray, score: FloatArray, class_id: IntArray) -> Found:
    return Found(xyxy.astype(np.float64), score.astype(np.float64), class_id)
