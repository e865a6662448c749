"""What is true of each person of a picture, and how well the three answers agree with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluate.concepts import Concept, Task
from models.evaluate.intervals import Interval, bootstrap, of_share, poisson
from models.evaluate.matching import Floats, iou
from vision.types import Answer, Why

GROWN = 0.15
"""How much wider and taller than the person's box the things on a person may spread: boxes are drawn to the sleeve, and
hands with a cigarette reach past it."""

SAME_PERSON_IOU = 0.5
ANSWERS = (Answer.YES, Answer.NO, Answer.UNKNOWN)
SHARES = ("decided", "yes_precision", "yes_recall", "no_precision", "no_recall")


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """True boxes of one picture, (N, 4) pixels each, by what they show; none of a kind: (0, 4)."""

    of: dict[Concept, Floats]

    def get(self, *concepts: Concept) -> Floats:
        """Return the boxes of some concepts, one after the other."""
        return np.concatenate([np.zeros((0, 4)), *(self.of[concept] for concept in concepts if concept in self.of)])


@dataclass(frozen=True, slots=True)
class Judged:
    """One person: what is true, and what was answered.

    Attributes:
        truth: ``YES`` or ``NO``; None where the labels do not say.
        why: Why the answer is unknown.
    """

    truth: Answer | None
    answer: Answer
    why: Why | None = None


def true_persons(marks: Marks) -> Floats:
    """(N, 4) labelled persons; a smoker who is labelled as a person too counts once."""
    persons, smokers = marks.get(Concept.PERSON), marks.get(Concept.SMOKER)
    is_new = (iou(smokers, persons) < SAME_PERSON_IOU).all(axis=1)
    return np.concatenate([persons, smokers[is_new]])


def holders(things: Floats, persons: Floats) -> NDArray[np.int64]:
    """Give each thing (N, 4) to a person (M, 4): returns (N,) indices, -1 for nobody's.

    The thing's middle must lie in the person's box grown by `GROWN`. Of several, the one whose own box holds most of
    the thing has it; of equals, the smaller box, because a person in front is not part of the one behind.
    """
    owners = np.full(len(things), -1, np.int64)
    areas = np.prod(persons[:, 2:] - persons[:, :2], axis=1)
    margin = (persons[:, 2:] - persons[:, :2]) * GROWN / 2
    for row, thing in enumerate(things):
        middle = (thing[:2] + thing[2:]) / 2
        near = ((middle >= persons[:, :2] - margin) & (middle <= persons[:, 2:] + margin)).all(axis=1)
        inner = np.minimum(persons[:, 2:], thing[2:]) - np.maximum(persons[:, :2], thing[:2])
        held = np.prod(inner.clip(0), axis=1) / max(float(np.prod(thing[2:] - thing[:2])), 1e-9)
        candidates = sorted(np.flatnonzero(near), key=lambda person: (-round(float(held[person]), 6), areas[person]))
        if candidates:
            owners[row] = candidates[0]
    return owners


def truths(task: Task, persons: Floats, marks: Marks, *, has_bare_class: bool) -> list[Answer | None]:
    """Say of each person (N, 4) whether the answer should be yes or no; None where the labels do not say.

    They do not say it of somebody who touches smoke or a vape without a cigarette, who has both a badge and a mark for
    none, or who has
    neither in a set that marks the bare (``has_bare_class``). In other sets whoever has no badge is bare.
    """
    if task is Task.SMOKING:
        is_yes = _holding(persons, marks.get(Concept.CIGARETTE)) | _same(persons, marks.get(Concept.SMOKER))
        is_no = ~is_yes
        # what is labelled on the person decides, whatever smoke is about
        is_doubtful = np.asarray((iou(persons, marks.get(Concept.DOUBTFUL)) > 0).any(axis=1)) & ~is_yes
    else:
        is_yes = _holding(persons, marks.get(Concept.CARD, Concept.LANYARD))
        is_no = _holding(persons, marks.get(Concept.BARE)) if has_bare_class else ~is_yes
        is_doubtful = is_yes & is_no
    told: list[Answer | None] = []
    for yes, no, doubtful in zip(is_yes.tolist(), is_no.tolist(), is_doubtful.tolist(), strict=True):
        said = Answer.YES if yes else Answer.NO if no else None
        told.append(None if doubtful else said)
    return told


def _same(persons: Floats, others: Floats) -> NDArray[np.bool_]:
    """(N,), whether one of some other boxes is the person."""
    return np.asarray((iou(persons, others) >= SAME_PERSON_IOU).any(axis=1))


def _holding(persons: Floats, things: Floats) -> NDArray[np.bool_]:
    found = np.zeros(len(persons), bool)
    owners = holders(things, persons)
    found[owners[owners >= 0]] = True
    return found


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """How persons were answered. A figure without anything to count is None.

    Attributes:
        looks: Persons looked at whose truth is known.
        left_out: Persons looked at whose truth is not known.
        shares: By the names in `SHARES`; recall is over all persons of that truth, so unknown counts as not found.
        intervals: 95 %, by the same names.
        unknown_reasons: Why an answer was unknown, and how often.
        false_alarms: Accusations of persons of whom they are not true.
        accusable: Persons of whom the accusation is not true.
        alarms_per_picture, alarms_per_picture_interval: The same per picture.
    """

    looks: int
    left_out: int
    shares: dict[str, float | None]
    intervals: dict[str, Interval | None]
    unknown_reasons: dict[str, int]
    answers: dict[str, dict[str, int]]
    false_alarms: int
    accusable: int
    alarms_per_picture: float
    alarms_per_picture_interval: Interval | None


def person_figures(task: Task, pictures: Sequence[Sequence[Judged]]) -> PersonFigures:
    """Count the answers of all pictures."""
    table = np.array([_table(persons) for persons in pictures])
    total = table.sum(axis=0)
    parts = _parts(total)
    drawn = bootstrap(lambda weight: _ratios(np.tensordot(weight, table, axes=1)), len(pictures))
    known = [judged for persons in pictures for judged in persons if judged.truth is not None]
    # for a badge the accusation is NO of somebody who wears one; for smoking it is YES of somebody who does not smoke
    accused = (1, 0) if task is Task.SMOKING else (0, 1)
    alarms = table[:, accused[0], accused[1]]
    return PersonFigures(
        looks=len(known),
        left_out=sum(len(persons) for persons in pictures) - len(known),
        shares={name: part / whole if whole else None for name, (part, whole) in parts.items()},
        intervals={
            name: of_share(part, whole, low_high)
            for (name, (part, whole)), low_high in zip(parts.items(), drawn, strict=True)
        },
        unknown_reasons=dict(Counter(str(judged.why) for judged in known if judged.why is not None).most_common()),
        answers={
            truth: {str(answer): int(total[row, column]) for column, answer in enumerate(ANSWERS)}
            for row, truth in enumerate(("yes", "no"))
        },
        false_alarms=int(alarms.sum()),
        accusable=int(total[accused[0]].sum()),
        alarms_per_picture=float(alarms.mean()),
        alarms_per_picture_interval=rate_interval(alarms),
    )


def rate_interval(counts: NDArray[np.int64]) -> Interval | None:
    """Interval of the mean of a count per picture: the bootstrap's; with none at all the exact Poisson bound."""
    if counts.sum() == 0:
        return poisson(0, len(counts))
    (drawn,) = bootstrap(lambda weight: np.array([float(weight @ counts) / len(counts)]), len(counts))
    return drawn


def _table(persons: Sequence[Judged]) -> NDArray[np.int64]:
    """(2, 3): truth yes or no, answer yes, no or unknown."""
    table = np.zeros((2, 3), np.int64)
    for judged in persons:
        if judged.truth is not None:
            table[ANSWERS.index(judged.truth), ANSWERS.index(judged.answer)] += 1
    return table


def _parts(total: NDArray[np.int64]) -> dict[str, tuple[int, int]]:
    """Part and whole of each of `SHARES`."""
    parts = (
        (total[:, :2].sum(), total.sum()),
        (total[0, 0], total[:, 0].sum()),
        (total[0, 0], total[0].sum()),
        (total[1, 1], total[:, 1].sum()),
        (total[1, 1], total[1].sum()),
    )
    return {name: (int(part), int(whole)) for name, (part, whole) in zip(SHARES, parts, strict=True)}


def _ratios(total: NDArray[np.int64]) -> Floats:
    return np.array([part / whole if whole else np.nan for part, whole in _parts(total).values()])
