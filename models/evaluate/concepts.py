"""What the class names of a picture set mean to us: the same thing has many names."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.catalog import ModelEntry
from models.evaluate.errors import EvaluationInvalid

STOCK_YES_SCORE = 0.25
"""Where the catalogue states no score for a class: ultralytics' own default for showing a box."""


class Task(StrEnum):
    """What is evaluated."""

    PERSON = "person"
    BADGE = "badge"
    SMOKING = "smoking"
    ALCOHOL = "alcohol"


class Concept(StrEnum):
    """What a labelled box shows."""

    PERSON = "person"
    CARD = "card"
    LANYARD = "lanyard"
    BARE = "bare"
    """A person, or a chest, without a badge."""
    CIGARETTE = "cigarette"
    SMOKER = "smoker"
    """A person who smokes, as a whole."""
    DOUBTFUL = "doubtful"
    """Smoke or a vape: whoever touches one without a cigarette is neither a smoker nor none."""
    BOTTLE = "bottle"
    CAN = "can"
    GLASS = "glass"


_NAMES: Mapping[Concept, str] = {
    Concept.PERSON: (
        "person, persons, people, human, pedestrian, man, woman, staff, employee, worker, officer, student, teacher, "
        "visitor, customer, drinker, promoter, non smoker, not smoking, no smoking, người, nhân viên"
    ),
    Concept.CARD: (
        "card, cards, id, idcard, idbadge, badge, badges, name tag, name badge, name card, staff card, employee card, "
        "with id, with id card, with badge, with card, thẻ"
    ),
    Concept.LANYARD: "lanyard, lanyards, strap, neck strap, id strap, badge strap, dây đeo thẻ, dây đeo",
    Concept.BARE: (
        "no id, no id card, no badge, no id badge, no card, no name tag, without id, without id card, without badge, "
        "without card, bare, không thẻ, không đeo thẻ"
    ),
    Concept.CIGARETTE: "cigarette, cigarettes, cig, cigs, cigar, cigars, thuốc lá",
    Concept.SMOKER: "smoking, smoker, smokers, smoking person, person smoking, hút thuốc",
    Concept.DOUBTFUL: "vape, vapes, vaping, e-cigarette, e-cig, e-cigarettes, smoke, khói",
    Concept.BOTTLE: "bottle, bottles, beer bottle, wine bottle, glass bottle, alcohol bottle, chai, chai bia",
    Concept.CAN: "can, cans, beer can, lon, lon bia",
    Concept.GLASS: "glass, glasses, beer glass, wine glass, drinking glass, cup, cups, beer mug, mug, ly, cốc",
}

_OF_TASK: Mapping[Task, tuple[frozenset[Concept], frozenset[Concept]]] = {
    Task.PERSON: (frozenset({Concept.PERSON}), frozenset()),
    Task.BADGE: (frozenset({Concept.CARD, Concept.LANYARD, Concept.BARE}), frozenset({Concept.PERSON})),
    Task.SMOKING: (frozenset({Concept.CIGARETTE, Concept.SMOKER}), frozenset({Concept.PERSON, Concept.DOUBTFUL})),
    Task.ALCOHOL: (frozenset({Concept.BOTTLE, Concept.CAN, Concept.GLASS}), frozenset()),
}
"""What a task is about, of which a set must label something, and what else it makes use of."""


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFC", name).casefold()
    return "".join(letter for letter in folded if letter not in " -_")


_CONCEPTS = {_plain(name): concept for concept, names in _NAMES.items() for name in names.split(",")}


def concept_of(name: str) -> Concept | None:
    """Return what a class name means; capitals, spaces, hyphens and underscores do not matter."""
    return _CONCEPTS.get(_plain(name))


def accepted_names(task: Task) -> str:
    """List the names that a task knows, for messages."""
    wanted, also = _OF_TASK[task]
    return "; ".join(f"{concept}: {_NAMES[concept]}" for concept in Concept if concept in wanted | also)


@dataclass(frozen=True, slots=True)
class ClassNames:
    """The classes of a set, by class id.

    Attributes:
        names: As the user gave them.
        concepts: What each means for the task; None where it is ignored.
    """

    task: Task
    names: tuple[str, ...]
    concepts: tuple[Concept | None, ...]

    @property
    def ignored(self) -> list[str]:
        """Names that mean nothing for the task."""
        return [name for name, concept in zip(self.names, self.concepts, strict=True) if concept is None]

    def ids_of(self, *concepts: Concept) -> list[int]:
        """Return the class ids of some concepts."""
        return [class_id for class_id, concept in enumerate(self.concepts) if concept in concepts]


def read_class_names(task: Task, text: str) -> ClassNames:
    """Read ``--classes a,b``.

    Raises:
        EvaluationInvalid: A name is empty or stands twice, or none of them is about the task.
    """
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise EvaluationInvalid([f"--classes {text!r}: a name is empty; wanted the names by class id: a,b,c"])
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise EvaluationInvalid([f"--classes {text!r}: stands twice: {', '.join(doubles)}"])
    wanted, also = _OF_TASK[task]
    found = [concept_of(name) for name in names]
    concepts = tuple(concept if concept in wanted | also else None for concept in found)
    if not wanted.intersection(concepts):
        raise EvaluationInvalid(
            [f"--classes {text!r}: no name is about {task}. Accepted names: {accepted_names(task)}"]
        )
    return ClassNames(task, names, concepts)


def net_classes(entry: ModelEntry, wanted: Sequence[Concept]) -> dict[str, Concept]:
    """Return the classes of a net that mean one of some concepts."""
    found = {name: concept_of(name) for name in entry.classes}
    return {name: concept for name, concept in found.items() if concept is not None and concept in wanted}


def operating_score(entry: ModelEntry, concept: Concept) -> float:
    """Return the score from which a net's box counts: the catalogue's, else `STOCK_YES_SCORE`."""
    for name in net_classes(entry, [concept]):
        if name in entry.yes_score:
            return entry.yes_score[name]
    return STOCK_YES_SCORE


def objects_net(entries: Sequence[ModelEntry], wanted: Sequence[Concept]) -> ModelEntry:
    """Return the net that knows most of some concepts. Raises `EvaluationInvalid` where none knows any."""
    best = max(entries, key=lambda entry: len(set(net_classes(entry, wanted).values())))
    if not net_classes(best, wanted):
        raise EvaluationInvalid([f"no net of the catalogue has a class for: {', '.join(wanted)}"])
    return best
