"""Look at every person of the validation pictures as the runtime does, and say what is true of each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from models.catalog import Calibration, ModelEntry
from models.evaluate.concepts import Concept, Task
from models.evaluate.looking import frame_of
from models.evaluate.matching import Floats
from models.evaluate.persons import Marks, truths
from models.train import sources
from vision.detection.closelook import OpenVinoLooker
from vision.detection.detector import Detector
from vision.observation.smoking import SmokingParams, held_cigarette
from vision.types import Answer, Detections, Image, Look, TrackKey

CONCEPT_OF = {0: Concept.CARD, 1: Concept.LANYARD, 2: Concept.CIGARETTE}
PERSON_SCORE = 0.4
"""Found persons below this score are not looked at, where a set labels no persons."""
BADGE_SETS = frozenset({"smartcampus_torsos", "voltix_strap_id", "kp_stock", "vcheck_originals"})
SMOKELESS = BADGE_SETS | {"heineken_binh"}
"""Sets in which nobody smokes."""
ANY_CIGARETTE = SmokingParams(cigarette_class=2, card_class=0, yes_score=0.0, length_min_px=0.0)
STOCK = frozenset({"smartcampus_torsos", "voltix_strap_id", "kp_stock"})


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One person of a validation picture.

    Attributes:
        fold: 0..FOLDS - 1, by near-duplicate group, so that what is set on some folds may be measured on the others.
        look: With the net's own scores, not calibrated.
        has_card, has_lanyard: Whether such a thing is labelled on the person.
        badge, smoking: What is true; None where the set does not say.
        everybody: Looks at all persons of the picture.
    """

    source: str
    picture: str
    fold: int
    look: Look
    has_card: bool
    has_lanyard: bool
    badge: Answer | None
    smoking: Answer | None
    everybody: tuple[Look, ...] = ()

    def shows(self, class_id: int) -> bool | None:
        """Whether there is such a thing on the person; None where the set does not say."""
        if class_id == ANY_CIGARETTE.cigarette_class:
            return None if self.smoking is None else self.smoking is Answer.YES
        if self.badge is None:
            return None
        return self.has_card if class_id == ANY_CIGARETTE.card_class else self.has_lanyard

    def best(self, class_id: int) -> float:
        """Highest score of one class, 0 where nothing of it was seen; of cigarettes only those that they hold."""
        if class_id == ANY_CIGARETTE.cigarette_class:
            held = held_cigarette(self.look, ANY_CIGARETTE, everybody=self.everybody)
            return 0.0 if held is None else held[0]
        items = self.look.items
        return float(items.score[items.class_id == class_id].max(initial=0.0))


FOLDS = 4


def validation_pictures(data: Path) -> list[sources.Picture]:
    """Pictures of the validation side of every set."""
    sets = (sources.smoking, sources.badges, sources.bare_chests, sources.drinkers)
    return [p for p in itertools.chain.from_iterable(of(data) for of in sets) if p.split == "val"]


def rows_of(pictures: Sequence[sources.Picture], detector: Detector, looker: OpenVinoLooker) -> list[Row]:
    """Look at all persons of all pictures; pictures that cannot be read are left out."""
    rows: list[Row] = []
    for picture in track(pictures, "looks"):
        image = cv2.imread(str(picture.path))
        if image is not None:
            rows += _rows(picture, np.asarray(image, np.uint8), detector, looker)
    return rows


def _persons(picture: sources.Picture, image: Image, detector: Detector) -> Floats:
    """(N, 4) labelled persons, else found ones, else the whole picture."""
    height, width = image.shape[:2]
    if picture.persons:
        labelled: Floats = np.array(picture.persons) * np.array([width, height, width, height], np.float64)
        return labelled
    found = detector.detect([frame_of(image)])[0]
    mine = (found.class_id == detector.classes.index("person")) & (found.score >= PERSON_SCORE)
    persons = found.xyxy_px[mine].astype(np.float64)
    tall = persons[:, 3] - persons[:, 1] >= max(40, 0.12 * height)
    return persons[tall] if tall.any() else np.array([[0.0, 0.0, width, height]])


def _rows(picture: sources.Picture, image: Image, detector: Detector, looker: OpenVinoLooker) -> Iterator[Row]:
    height, width = image.shape[:2]
    size = np.array([width, height, width, height], float)
    persons = _persons(picture, image, detector)
    of = {concept: _boxes(picture, kind, size) for kind, concept in CONCEPT_OF.items()}
    marks = Marks({**of, Concept.DOUBTFUL: np.array(picture.shunned).reshape(-1, 4) * size})
    frame = frame_of(image)
    asked = [(TrackKey(frame.camera_id, frame.run_id, i), _box(box)) for i, box in enumerate(persons)]
    looks = looker.look(frame, asked)
    smoking = truths(Task.SMOKING, persons, marks, has_bare_class=False)
    badge = truths(Task.BADGE, persons, marks, has_bare_class=False)
    card = truths(Task.BADGE, persons, Marks({Concept.CARD: of[Concept.CARD]}), has_bare_class=False)
    strap = truths(Task.BADGE, persons, Marks({Concept.LANYARD: of[Concept.LANYARD]}), has_bare_class=False)
    is_badge_set = picture.source in BADGE_SETS
    for i, look in enumerate(looks):
        yield Row(
            picture.source,
            picture.path.name,
            picture.fold(FOLDS),
            look,
            card[i] is Answer.YES,
            strap[i] is Answer.YES,
            badge[i] if is_badge_set else None,
            smoking[i],
            tuple(looks),
        )


def _boxes(picture: sources.Picture, kind: int, size: Floats) -> Floats:
    return np.array([box for of, box in picture.marks if of == kind]).reshape(-1, 4) * size


def _box(box: Floats) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(value) for value in box)
    return left, top, right, bottom


def calibrated(look: Look, entry: ModelEntry, by: dict[str, Calibration]) -> Look:
    """The same look with calibrated scores."""
    items = look.items
    score = entry.calibrated(items.score, items.class_id, by)
    return replace(look, items=Detections(items.camera_id, items.captured_at, items.xyxy_px, score, items.class_id))
