"""Is a badge worn? Yes, no, or unknown: a turned back is not a missing badge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vision.observation import body
from vision.observation.body import Legibility
from vision.types import Answer, Box, Look, Observation, Question, Subject, Why

CARD_WIDTH_M = 0.054
"""ID-1 card (ISO/IEC 7810), worn upright."""

CHEST_DEPTH_LEAST = 0.9
"""How much of the chest must be in view below the shoulders, in shoulder widths: 0.33 m, where a card on an ordinary
lanyard and a breast pocket lie."""

BELT_DEPTH = 0.25
"""How far below the hip joints the belt's lower edge and a card clipped to it may reach, in shoulder widths."""


class WornAt(StrEnum):
    """Where the agency lets the badge be worn."""

    CHEST = "chest"
    CHEST_OR_BELT = "chest_or_belt"


@dataclass(frozen=True, slots=True)
class BadgeParams:
    """What counts as a badge and as none. Scores and floors come from the model's catalogue entry.

    Attributes:
        card_class, lanyard_class: Indices into the classes of the net.
        yes_card, yes_lanyard: Score from which a card or a lanyard counts as seen.
        no_below: Only where every score is below this does the look speak for a missing badge.
        card_width_min_px: Below this width the net has been measured to miss cards.
        worn_at: A missing badge is said only where all of this is in view.
    """

    card_class: int
    lanyard_class: int
    yes_card: float
    yes_lanyard: float
    no_below: float
    card_width_min_px: float
    worn_at: WornAt = WornAt.CHEST
    legibility: Legibility = field(default_factory=Legibility)


def observe_badge(look: Look, subject: Subject, params: BadgeParams, *, in_front: Sequence[Box] = ()) -> Observation:
    """Judge one look.

    Args:
        in_front: Boxes of other persons who stand nearer to the camera, pixels of the original frame.
    """
    chest = body.chest_px(look.keypoints_px)
    found = _find(look, chest, params)
    if found is not None and found[2]:
        return _answer(look, subject, Answer.YES, found[0], found[1])
    why = _obstacle(look, chest, params, in_front)
    if why is not None:
        return Observation(subject, look.at, Question.BADGE, Answer.UNKNOWN, 0.0, why=why)
    if found is not None and found[0] >= params.no_below:
        return Observation(subject, look.at, Question.BADGE, Answer.UNKNOWN, 0.0, found[1], Why.UNSURE)
    strongest = found[0] if found is not None else 0.0
    return _answer(look, subject, Answer.NO, 1.0 - strongest, chest or look.person_px)


def _answer(look: Look, subject: Subject, answer: Answer, score: float, box_px: Box) -> Observation:
    return Observation(subject, look.at, Question.BADGE, answer, min(max(score, 0.0), 1.0), box_px)


def _find(look: Look, chest: Box | None, params: BadgeParams) -> tuple[float, Box, bool] | None:
    """Return score, box and whether it counts, of the best card or lanyard on the chest."""
    wanted = {params.card_class: params.yes_card, params.lanyard_class: params.yes_lanyard}
    best: tuple[float, Box, bool] | None = None
    for xyxy, score, class_id in zip(look.items.xyxy_px, look.items.score, look.items.class_id, strict=True):
        if int(class_id) not in wanted:
            continue
        box = (float(xyxy[0]), float(xyxy[1]), float(xyxy[2]), float(xyxy[3]))
        if chest is not None and not body.inside(_lowered(chest), *body.centre(box)):
            continue
        counts = float(score) >= wanted[int(class_id)]
        if best is None or (counts, float(score)) > (best[2], best[0]):
            best = (float(score), box, counts)
    return best


def _lowered(chest: Box) -> Box:
    """A card may also hang at the belt: look one chest height further down for something that is there."""
    return chest[0], chest[1], chest[2], chest[3] + (chest[3] - chest[1]) * 0.6


def _obstacle(look: Look, chest: Box | None, params: BadgeParams, in_front: Sequence[Box]) -> Why | None:
    """Say why the absence of a badge in this picture proves nothing."""
    spoiled = params.legibility.obstacle(look)
    if spoiled is not None:
        return spoiled
    points = look.keypoints_px
    if chest is None or not body.is_front(points):
        return body.turned_or_unseen(points)
    shoulders = body.shoulder_width_px(points)
    if look.sharper * shoulders / body.SHOULDER_M * CARD_WIDTH_M < params.card_width_min_px:
        return Why.TOO_FAR
    if look.person_px[3] < _lowest_needed_px(look, chest, params) or _is_beyond_the_edge(look):
        return _what_cuts(look, in_front)
    if _hand_on_chest(look, chest) or _arms_crossed(look, chest) or _person_on_chest(chest, in_front):
        return Why.COVERED
    return None


def _lowest_needed_px(look: Look, chest: Box, params: BadgeParams) -> float:
    """Return down to which height of the picture the person must be in view for a missing badge to be said."""
    shoulders = body.shoulder_width_px(look.keypoints_px)
    if params.worn_at is WornAt.CHEST:
        return chest[1] + (0.25 + CHEST_DEPTH_LEAST) * shoulders
    hips = body.hips_px(look.keypoints_px)
    # without hips nobody knows where the belt is
    return math.inf if hips is None else hips + BELT_DEPTH * shoulders


def _is_beyond_the_edge(look: Look) -> bool:
    """Tell whether a shoulder is guessed to lie outside the picture: a part of the chest is, too."""
    if look.frame_size_px is None:
        return False
    xs = [body.point(look.keypoints_px, i)[0] for i in (body.LEFT_SHOULDER, body.RIGHT_SHOULDER)]
    return min(xs) < 0 or max(xs) > look.frame_size_px[0]


def _what_cuts(look: Look, in_front: Sequence[Box]) -> Why:
    """Say what ends the view of somebody who faces the camera above where a badge may hang."""
    if look.frame_size_px is None:
        return Why.COVERED
    bottom = look.person_px[3]
    # detectors draw boxes that touch the edge a pixel or two short of it
    if _is_beyond_the_edge(look) or bottom >= 0.99 * look.frame_size_px[1]:
        return Why.OUT_OF_PICTURE
    middle = (look.person_px[0] + look.person_px[2]) / 2
    if any(body.inside(other, middle, bottom + 1) for other in in_front):
        return Why.COVERED
    hips = body.hips_px(look.keypoints_px)
    # with the hips in view the box is short for another reason: bent over the desk, or seen from above.
    # Hips below the box are the pose net's guess.
    return Why.COVERED if hips is not None and hips <= bottom else Why.BEHIND_MONITOR


def _person_on_chest(chest: Box, in_front: Sequence[Box]) -> bool:
    """Tell whether somebody who stands nearer to the camera covers half of the chest or more."""
    size = (chest[2] - chest[0]) * (chest[3] - chest[1])
    return any(body.overlap_px2(chest, other) >= 0.5 * size for other in in_front)


def _hand_on_chest(look: Look, chest: Box) -> bool:
    """A hand before the chest may hide a badge: somebody who smokes, phones or folds their arms.

    Only hands near the neckline count, down to 0.6 shoulder widths below the shoulders: lower hands, as at a
    keyboard, may hide a card but leave the lanyard above it in view.
    """
    points = look.keypoints_px
    shoulders = body.shoulder_width_px(points)
    upper = (chest[0], chest[1], chest[2], chest[1] + 0.85 * shoulders)
    hands = (body.LEFT_WRIST, body.RIGHT_WRIST)
    return any(body.seen(points, i) and body.inside(upper, *body.point(points, i)) for i in hands)


def _arms_crossed(look: Look, chest: Box) -> bool:
    """Arms folded across the chest: each wrist lies on the other side, above the belly."""
    points = look.keypoints_px
    if not body.seen(points, body.LEFT_WRIST, body.RIGHT_WRIST):
        return False
    shoulders = body.shoulder_width_px(points)
    above_belly = (chest[0], chest[1], chest[2], chest[1] + 1.35 * shoulders)
    left, right = body.point(points, body.LEFT_WRIST), body.point(points, body.RIGHT_WRIST)
    both = body.inside(above_belly, *left) and body.inside(above_belly, *right)
    # whoever faces the camera has the left hand on the right of the picture
    return both and right[0] - left[0] > 0.2 * shoulders
