"""Look at labelled pictures the way the runtime does, and set beside it what is really there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.catalog import ModelEntry
from models.evaluate.concepts import ClassNames, Concept, operating_score
from models.evaluate.labelled import Labelled
from models.evaluate.looking import CONCEPTS, Eye, find_boxes, find_items, frame_of, in_front_of, look_at, whole
from models.evaluate.matching import Floats, Found, Truth, iou
from models.evaluate.persons import Judged, Marks, true_persons, truths
from vision.detection.detector import Detector
from vision.types import Frame

HIT_IOU = 0.5
ITEMS = (Concept.CARD, Concept.LANYARD, Concept.CIGARETTE)


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """One picture: what was found and what is there.

    Attributes:
        found: Boxes in pixels; class ids are indices into `looking.CONCEPTS`.
        truth: Boxes in pixels; class ids are those of the set.
        persons: The persons asked about.
        true_persons, persons_found: How many persons are labelled, and how many of them the detector found.
    """

    found: Found
    truth: Truth
    persons: tuple[Judged, ...] = ()
    true_persons: int = 0
    persons_found: int = 0


class Examiner(Protocol):
    """Looks at labelled pictures for one task."""

    def examine(self, picture: Labelled) -> Examined:
        """Look at one picture. Raises `EvaluationInvalid` where it can no longer be read."""
        ...

    def score_of(self, concept: Concept) -> float:
        """Return the score from which a box of a concept counts."""
        ...


class BoxExaminer:
    """Finds things in whole pictures: persons, or bottles, cans and glasses."""

    def __init__(self, detector: Detector, entry: ModelEntry, names: ClassNames) -> None:
        self._detector, self._entry = detector, entry
        self._wanted = [concept for concept in names.concepts if concept is not None]

    def examine(self, picture: Labelled) -> Examined:
        """Look at one picture."""
        image = picture.read()
        found = find_boxes(self._detector, frame_of(image), self._wanted, self._entry)
        return Examined(found, Truth(picture.boxes_px(image), picture.class_id))

    def score_of(self, concept: Concept) -> float:
        """Return the net's operating score."""
        return operating_score(self._entry, concept)


class PersonExaminer:
    """Looks at each person of a picture for a badge or a cigarette."""

    def __init__(self, eye: Eye, names: ClassNames, *, wholes: bool = True) -> None:
        """Keep what looks.

        Args:
            wholes: Whether a picture in which nobody is found is looked at as if it were one person: for sets of crops.
        """
        self._eye, self._names, self._wholes = eye, names, wholes

    def examine(self, picture: Labelled) -> Examined:
        """Look at one picture: at the detector's persons for boxes, at the true ones for answers."""
        image = picture.read()
        frame, truth = frame_of(image), Truth(picture.boxes_px(image), picture.class_id)
        detected = find_boxes(self._eye.detector, frame, [Concept.PERSON])
        persons = detected.xyxy[detected.score >= self._eye.person_score]
        instead = whole(frame) if self._wholes else np.zeros((0, 4))
        items = find_items(self._eye, frame, persons if len(persons) else instead, ITEMS)
        marks = Marks(
            {concept: truth.xyxy[np.isin(truth.class_id, self._names.ids_of(concept))] for concept in CONCEPTS}
        )
        true = true_persons(marks)
        asked = true if len(true) else persons if len(persons) else instead
        found = Found(
            np.concatenate([detected.xyxy, items.xyxy]),
            np.concatenate([detected.score, items.score]),
            np.concatenate([detected.class_id, items.class_id]),
        )
        is_found = (iou(true, persons) >= HIT_IOU).any(axis=1)
        return Examined(found, truth, self._judge(frame, asked, persons, marks), len(true), int(is_found.sum()))

    def _judge(self, frame: Frame, persons: Floats, detected: Floats, marks: Marks) -> tuple[Judged, ...]:
        told = truths(self._names.task, persons, marks, has_bare_class=bool(self._names.ids_of(Concept.BARE)))
        looks = look_at(self._eye, frame, persons)
        judged = []
        for truth, look in zip(told, looks, strict=True):
            answer = self._eye.judge(look, in_front_of(look.person_px, detected), looks)
            judged.append(Judged(truth, answer.answer, answer.why))
        return tuple(judged)

    def score_of(self, concept: Concept) -> float:
        """Return the operating score of the net that finds this."""
        return self._eye.person_score if concept is Concept.PERSON else operating_score(self._eye.crop, concept)
