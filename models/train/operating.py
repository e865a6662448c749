"""Set calibration, scores and floors of the crop net on validation looks, and on those alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.catalog import Calibration, ModelEntry
from models.evaluate.matching import Found, Truth
from models.train import calibrate
from models.train.crops import Image
from models.train.validation import SMOKELESS, Row
from vision.types import Answer

CARD, LANYARD, CIGARETTE = 0, 1, 2
WORN_PRECISION = 0.97
MISSING_PRECISION = 0.95
SMOKING_PRECISION = 0.90
"""When a look says so, how often it must be so."""
FALSE_SMOKING_MOST = 1 / 100
"""Share of the looks at people of sets in which nobody smokes that may say so: looks add up, and none flags alone."""
FEWEST = 20
"""A score that fewer looks reach is not chosen: its precision would be luck."""
WANTED_PART = 0.8
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Detect = Callable[[Image], Found]


@dataclass(frozen=True, slots=True)
class Points:
    """What the catalogue says of the crop net's scores.

    Attributes:
        calibration: Per class.
        yes_score, no_score: Calibrated; per class, and for the badge.
        base_rate: Share of yes among the looks that the calibration was fitted on, by question.
    """

    calibration: dict[str, Calibration]
    yes_score: dict[str, float]
    no_score: dict[str, float]
    base_rate: dict[str, float]

    def entry(self, crop: ModelEntry, floors: dict[str, float]) -> ModelEntry:
        """The catalogue's entry with these points in it."""
        return replace(
            crop,
            calibration=self.calibration,
            yes_score=self.yes_score,
            no_score=self.no_score,
            base_rate=self.base_rate,
            floor_px=floors,
        )


def probabilities(rows: Sequence[Row], calibration: Calibration, class_id: int) -> Floats:
    """(N,) how likely it is that each person has such a thing."""
    score = np.array([row.best(class_id) for row in rows], np.float64)
    return calibration.probability(np.maximum(score, calibrate.LEAST)).astype(np.float64)


def set_points(rows: Sequence[Row]) -> Points:
    """Fit everything on some rows."""
    smoked = [row for row in rows if row.smoking is not None]
    asked = [row for row in rows if row.badge is not None]
    is_lit = np.array([row.smoking is Answer.YES for row in smoked])
    is_worn = np.array([row.badge is Answer.YES for row in asked])
    fitted = {
        "card": _fit(asked, CARD, np.array([row.has_card for row in asked])),
        "lanyard": _fit(asked, LANYARD, np.array([row.has_lanyard for row in asked])),
        "cigarette": _fit(smoked, CIGARETTE, is_lit),
    }
    lit = probabilities(smoked, fitted["cigarette"], CIGARETTE)
    worn = worn_probability(asked, fitted)
    yes = lowest_precise(worn, is_worn, WORN_PRECISION)
    no = 1 - lowest_precise(1 - worn, ~is_worn, MISSING_PRECISION)
    quiet = np.array([row.source in SMOKELESS for row in smoked])
    cigarette = max(lowest_precise(lit, is_lit, SMOKING_PRECISION), lowest_quiet(lit[quiet], FALSE_SMOKING_MOST))
    return Points(
        calibration=fitted,
        yes_score={"card": round(yes, 3), "lanyard": round(yes, 3), "cigarette": round(cigarette, 3)},
        no_score={"badge": round(min(no, yes), 3)},
        base_rate={
            "smoking": _base_rate(smoked, is_lit, CIGARETTE),
            "badge": _base_rate(asked, is_worn, CARD, LANYARD),
        },
    )


def worn_probability(rows: Sequence[Row], fitted: dict[str, Calibration]) -> Floats:
    """(N,) how likely it is that each person wears a badge: the surer of card and lanyard, as at run time."""
    card, strap = (probabilities(rows, fitted[name], kind) for name, kind in (("card", CARD), ("lanyard", LANYARD)))
    return np.maximum(card, strap)


def _base_rate(rows: Sequence[Row], is_so: Bools, *classes: int) -> float:
    """Share that is so, among the looks that the calibration was fitted on."""
    saw = np.array([any(row.best(kind) > 0 for kind in classes) for row in rows])
    return round(float(is_so[saw].mean()), 3)


def _fit(rows: Sequence[Row], class_id: int, is_so: Bools) -> Calibration:
    """Where nothing at all was seen there is no score to turn into a probability: such looks teach nothing."""
    score = np.array([row.best(class_id) for row in rows], np.float64)
    return calibrate.fit(score[score > 0], is_so[score > 0])


def lowest_precise(probability: Floats, is_so: Bools, precision: float) -> float:
    """The lowest probability from which enough of what reaches it is so; .99 where there is none.

    Args:
        probability: (N,).
        is_so: (N,).
        precision: Wanted share of those that are so among those that reach it.
    """
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    count = np.arange(1, len(ranked) + 1)
    is_last_of_equals = np.append(np.diff(ranked) != 0, True)[: len(ranked)]
    good = (is_so[order].cumsum() / count >= precision) & is_last_of_equals & (count >= FEWEST)
    places = np.flatnonzero(good)
    return float(ranked[places[-1]]) if places.size else 0.99


def lowest_quiet(probability: Floats, most: float) -> float:
    """The probability above which at most a share of looks lies in which it is never so; 0 without any look."""
    ranked = np.sort(probability)[::-1]
    allowed = int(most * len(ranked))
    return float(np.nextafter(ranked[allowed], 1.0)) + 0.0005 if len(ranked) else 0.0


def recall_by_size(
    looks: Sequence[tuple[Image, Truth]],
    detect: Detect,
    class_id: int,
    sizes_px: Sequence[int],
    least_score: float,
) -> list[tuple[int, float, int]]:
    """Shrink every look until its object has each size, and count where the object is still found.

    Only looks whose object is found at full resolution count: the rest are missed for other reasons than size.

    Args:
        looks: Looks that show the class, at full resolution.
        detect: The net.
        class_id: 0 sizes by card width, 2 by the longer side of the cigarette's box.
        sizes_px: Sizes in pixels of the original picture.
        least_score: Score from which a detection counts.

    Returns:
        Size, part found, looks that were large enough to be shrunk so far.
    """
    sized = []
    for image, truth in looks:
        boxes = truth.xyxy[truth.class_id == class_id]
        sides = (boxes[:, 2:] - boxes[:, :2]) * image.shape[0]
        largest = float((sides[:, 0] if class_id == 0 else sides.max(1)).max())
        if largest >= min(sizes_px) and detect(image).best((class_id,)) >= least_score:
            sized.append((image, largest))
    table = []
    for size in sizes_px:
        seen = []
        for image, largest in sized:
            if largest < size:
                continue
            small = cv2.resize(image, None, fx=size / largest, fy=size / largest, interpolation=cv2.INTER_AREA)
            found = detect(np.asarray(small, np.uint8))
            seen.append(found.best((class_id,)) >= least_score)
        table.append((size, float(np.mean(seen)) if seen else float("nan"), len(seen)))
    return table


def floor_px(table: Sequence[tuple[int, float, int]]) -> int:
    """Smallest size from which on the part still found stays at .8."""
    usable = [(size, part) for size, part, count in table if count >= 8]
    if not usable:
        return max(size for size, _, _ in table)
    floor = usable[-1][0]
    for size, part in reversed(usable):
        if part < WANTED_PART:
            break
        floor = size
    return floor
