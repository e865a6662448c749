"""Is a badge worn? Yes, no, or unknown: a turned back is not a missing badge."""

from __future__ import annotations

from dataclasses import dataclass, field

from vision.observation import body
from vision.observation.body import Legibility
from vision.types import Answer, Box, Look, Observation, Question, Subject, Why

CARD_WIDTH_M = 0.054
"""ID-1 card (ISO/IEC 7810), worn upright."""


@dataclass(frozen=True, slots=True)
class BadgeParams:
    """What counts as a badge and as none. Scores and floors come from the model's catalogue entry.

    Attributes:
        card_class, lanyard_class: Indices into the classes of the net.
        yes_card, yes_lanyard: Score from which a card or a lanyard counts as seen.
        no_below: Only where every score is below this does the look speak for a missing badge.
        card_width_min_px: Below this width the net has been measured to miss cards.
    """

    card_class: int
    lanyard_class: int
    yes_card: float
    yes_lanyard: float
    no_below: float
    card_width_min_px: float
    legibility: Legibility = field(default_factory=Legibility)


def observe_badge(look: Look, subject: Subject, params: BadgeParams) -> Observation:
    """Judge one look."""
    chest = body.chest_px(look.keypoints_px)
    found = _find(look, chest, params)
    if found is not None and found[2]:
        return _answer(look, subject, Answer.YES, found[0], found[1])
    why = _obstacle(look, chest, params)
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


def _obstacle(look: Look, chest: Box | None, params: BadgeParams) -> Why | None:
    """Say why the absence of a badge in this picture proves nothing."""
    spoiled = params.legibility.obstacle(look)
    if spoiled is not None:
        return spoiled
    if chest is None or not body.is_front(look.keypoints_px):
        return Why.BACK_TURNED
    shoulders = body.shoulder_width_px(look.keypoints_px)
    if shoulders / body.SHOULDER_M * CARD_WIDTH_M < params.card_width_min_px:
        return Why.TOO_FAR
    # less than a shoulder's width of chest in view: a monitor, a counter or the picture's edge hides it
    visible_depth = look.person_px[3] - (chest[1] + 0.25 * shoulders)
    if visible_depth < 0.9 * shoulders or _hand_on_chest(look, chest):
        return Why.COVERED
    return None


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
