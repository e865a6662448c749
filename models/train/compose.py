"""Make a composite: a real person without a badge, and drawn things laid on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.train.body import Torso, hands_px, mouth_px, torso_of
from models.train.cigarettes import add_cigarette, add_lookalike
from models.train.crops import KEPT_PART, Image
from models.train.distractors import dress, hand_over
from models.train.lanyards import Mark, hang_lanyard, pin_card
from models.train.paint import Random
from models.train.people import Joints
from vision.detection.boxes import GREY


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A person to dress.

    Attributes:
        crop: The crop, BGR.
        joints: Joints in pixels of the crop.
        marks: What is really there and stays labelled (cigarettes).
        name: Where it comes from.
    """

    crop: Image
    joints: Joints
    marks: list[Mark]
    name: str


def compose(model: Model, random: Random) -> tuple[Image, list[Mark]] | None:
    """One composite, or None where the person offers no place for it.

    Of ten, about six wear a badge, and most carry something that looks like one or like a cigarette.
    """
    torso = torso_of(model.joints)
    if torso is None:
        return None
    filled = ~(model.crop == GREY).all(axis=2)
    canvas, marks = model.crop.copy(), list(model.marks)
    if not _shows_chest(torso, filled):
        if random.random() < 0.7:
            return None
        return _cleared(*_fill_hands(canvas, model, torso.per_m, marks, random), filled)
    if random.random() < 0.45:
        canvas = dress(canvas, torso, random)
    draw = random.random()
    if draw < 0.38:
        canvas, new = hang_lanyard(canvas, torso, random)
        marks += new
    elif draw < 0.66:  # cards without a strap were the first net's blind spot: more than wearers show them
        canvas, new = pin_card(canvas, torso, random)
        marks += new
    return _cleared(*_fill_hands(canvas, model, torso.per_m, marks, random), filled)


def _shows_chest(torso: Torso, filled: NDArray[np.bool_]) -> bool:
    """Whether the picture goes on for 0.2 m below the neck."""
    x, y = np.round(torso.neck_px + torso.down * 0.2 * torso.per_m).astype(int)
    height, width = filled.shape
    return bool(0 <= x < width and 0 <= y < height and filled[y, x])


def _cleared(canvas: Image, marks: list[Mark], filled: NDArray[np.bool_]) -> tuple[Image, list[Mark]]:
    """Take away what was drawn beyond the photo's edge; marks shrink with it, or go."""
    canvas[~filled] = GREY
    rows, columns = np.nonzero(filled)
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    kept: list[Mark] = []
    for kind, (x1, y1, x2, y2) in marks:
        box = (max(x1, left), max(y1, top), min(x2, right), min(y2, bottom))
        inside = max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
        if inside >= KEPT_PART * (x2 - x1) * (y2 - y1):
            kept.append((kind, (float(box[0]), float(box[1]), float(box[2]), float(box[3]))))
    return canvas, kept


def _fill_hands(
    canvas: Image, model: Model, per_m: float, marks: list[Mark], random: Random
) -> tuple[Image, list[Mark]]:
    """Cigarettes and look-alikes at lips and fingers; a person who already smokes keeps free hands."""
    if model.marks:
        return canvas, marks
    mouth = mouth_px(model.joints)
    places = [hand for hand, _ in hands_px(model.joints)]
    if mouth is not None:
        places.append(mouth)
    for place in places:
        draw = random.random()
        if draw < 0.16:
            canvas, new = add_cigarette(canvas, place, per_m, random)
            marks += new
        elif draw < 0.38:
            canvas = add_lookalike(canvas, place, per_m, random)
        elif draw < 0.5 and place is not mouth:
            canvas = hand_over(canvas, place, per_m, random)
    return canvas, marks
