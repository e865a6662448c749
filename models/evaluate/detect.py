"""Evaluate a task on labelled pictures: figures per class, and per person where something is asked of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from models.evaluate.concepts import ClassNames, Concept, Task
from models.evaluate.examine import HIT_IOU, Examined, Examiner
from models.evaluate.intervals import Interval
from models.evaluate.labelled import Labelled
from models.evaluate.looking import CONCEPTS
from models.evaluate.matching import Found, Pair, Truth, iou
from models.evaluate.persons import PersonFigures, person_figures, rate_interval
from models.evaluate.ranking import BoxFigures, Ranking, box_figures, rank

ASKING = (Task.BADGE, Task.SMOKING)
"""Tasks that ask something of each person; the others find boxes only."""

NOT_BOXES = (Concept.BARE, Concept.SMOKER)
"""No net draws boxes of these: they are answers about a person."""


@dataclass(frozen=True, slots=True)
class ClassResult:
    """Figures of one class of the set.

    Attributes:
        count: True boxes.
        ranking, figures: None for classes that no net draws boxes of.
    """

    name: str
    concept: Concept
    count: int
    ranking: Ranking | None
    figures: BoxFigures | None


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found.

    Attributes:
        persons: None for tasks that ask nothing of a person.
        true_persons, persons_found: Labelled persons, and how many of them the detector found.
        false_alarms_per_image: Wrong accusations, or wrong boxes, per picture.
    """

    names: ClassNames
    pictures: Sequence[Labelled]
    classes: tuple[ClassResult, ...]
    persons: PersonFigures | None
    true_persons: int
    persons_found: int
    false_alarms_per_image: float
    false_alarms_interval: Interval | None


def evaluate(pictures: Sequence[Labelled], examiner: Examiner, names: ClassNames, *, console: Console) -> Result:
    """Look at every picture and work out the figures.

    Raises:
        EvaluationInvalid: A picture can no longer be read.
    """
    shown = track(pictures, description=f"{names.task}", console=console)
    examined = [examiner.examine(picture) for picture in shown]
    persons = person_figures(names.task, [each.persons for each in examined]) if names.task in ASKING else None
    if persons is None:
        alarms = _false_boxes(examined, examiner, names)
        rate, interval = float(alarms.mean()), rate_interval(alarms)
    else:
        rate, interval = persons.alarms_per_picture, persons.alarms_per_picture_interval
    return Result(
        names=names,
        pictures=pictures,
        classes=tuple(_class_results(examined, examiner, names)),
        persons=persons,
        true_persons=sum(each.true_persons for each in examined),
        persons_found=sum(each.persons_found for each in examined),
        false_alarms_per_image=rate,
        false_alarms_interval=interval,
    )


def _class_results(examined: Sequence[Examined], examiner: Examiner, names: ClassNames) -> list[ClassResult]:
    results = []
    for class_id, (name, concept) in enumerate(zip(names.names, names.concepts, strict=True)):
        if concept is None or concept is Concept.DOUBTFUL:
            continue
        count = sum(int((each.truth.class_id == class_id).sum()) for each in examined)
        if concept in NOT_BOXES:
            results.append(ClassResult(name, concept, count, None, None))
            continue
        others = [other for other in names.ids_of(concept) if other != class_id]
        ranking = rank([_pair(each, concept, class_id, others) for each in examined])
        figures = box_figures(ranking, examiner.score_of(concept))
        results.append(ClassResult(name, concept, count, ranking, figures))
    return results


def _pair(examined: Examined, concept: Concept, class_id: int, others: Sequence[int]) -> Pair:
    """Boxes of one class as class 0. What is on a box of another name for the same thing is neither right nor wrong."""
    truth, found = examined.truth, _of_concept(examined.found, concept)
    mine, theirs = truth.xyxy[truth.class_id == class_id], truth.xyxy[np.isin(truth.class_id, others)]
    best_mine = iou(found.xyxy, mine).max(axis=1, initial=0.0)
    best_theirs = iou(found.xyxy, theirs).max(axis=1, initial=0.0)
    counts = (best_theirs < HIT_IOU) | (best_theirs <= best_mine)
    kept = Found(found.xyxy[counts], found.score[counts], found.class_id[counts])
    return kept, Truth(mine, np.zeros(len(mine), np.int64))


def _of_concept(found: Found, concept: Concept) -> Found:
    """The boxes of one concept, as class 0."""
    mine = found.class_id == CONCEPTS.index(concept)
    return Found(found.xyxy[mine], found.score[mine], np.zeros(int(mine.sum()), np.int64))


def _false_boxes(examined: Sequence[Examined], examiner: Examiner, names: ClassNames) -> NDArray[np.int64]:
    """(pictures,), boxes at the operating score that hit nothing. A box of a concept that the set does not label is
    not wrong: nobody knows."""
    wrong = np.zeros(len(examined), np.int64)
    for concept in sorted({concept for concept in names.concepts if concept is not None}):
        ids = names.ids_of(concept)
        pairs = []
        for each in examined:
            boxes = each.truth.xyxy[np.isin(each.truth.class_id, ids)]
            pairs.append((_of_concept(each.found, concept), Truth(boxes, np.zeros(len(boxes), np.int64))))
        wrong += rank(pairs).false_of_pictures(examiner.score_of(concept))
    return wrong
