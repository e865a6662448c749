"""Is somebody smoking? A cigarette counts only in a hand or at the mouth, and for one person only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vision.observation import body
from vision.observation.body import Legibility
from vision.observation.holder import is_anothers
from vision.types import Answer, Box, Look, Observation, Question, Subject, Why

CIGARETTE_LENGTH_M = 0.084
"""King-size cigarette, unlit."""

LENGTH_MOST_M = 0.3
"""No cigarette looks longer: 0.1 m for the longest sold, and three times as much where the hand reaches towards the
camera. On validation persons .14 m threw away 93 of 284 true cigarettes and 7 of 28 false ones: it told nothing."""

HAND_REACH = 1.0
"""How far from a wrist a held cigarette's middle may be, in shoulder widths. Fingertips end 0.5 from it; the rest is
for wrists that the pose net misses by a hand. With .62, and .4 at the mouth, 43 true and 8 false ones were lost."""

MOUTH_REACH = 1.0
"""The same from the mouth, which is guessed from nose and eyes."""


@dataclass(frozen=True, slots=True)
class SmokingParams:
    """What counts as a cigarette. Scores and floors come from the model's catalogue entry.

    Attributes:
        cigarette_class, card_class: Indices into the classes of the net.
        yes_score: Score from which a cigarette counts as seen.
        length_min_px: Below this length the net has been measured to miss cigarettes.
    """

    cigarette_class: int
    card_class: int
    yes_score: float
    length_min_px: float
    legibility: Legibility = field(default_factory=Legibility)


def observe_smoking(look: Look, subject: Subject, params: SmokingParams, *, others: Sequence[Look] = ()) -> Observation:
    """Judge one look.

    Args:
        others: Looks at others of the same frame. Whose hand or mouth is nearest has the cigarette; of those beside
            them it is not known.
    """
    best = held_cigarette(look, params, others=others)
    if best is not None and best[0] >= params.yes_score:
        return Observation(subject, look.at, Question.SMOKING, Answer.YES, min(best[0], 1.0), best[1])
    why = _obstacle(look, params)
    if why is not None:
        return Observation(subject, look.at, Question.SMOKING, Answer.UNKNOWN, 0.0, why=why)
    beside = cigarette_px(look, params) if others else None
    if beside is not None:
        return Observation(subject, look.at, Question.SMOKING, Answer.UNKNOWN, 0.0, beside, Why.UNSURE)
    return Observation(subject, look.at, Question.SMOKING, Answer.NO, 1.0 - (best[0] if best else 0.0))


def cigarette_px(look: Look, params: SmokingParams) -> Box | None:
    """Return the box of what a look by itself would say yes for, if anything."""
    seen = held_cigarette(look, params)
    return None if seen is None or seen[0] < params.yes_score else seen[1]


def held_cigarette(look: Look, params: SmokingParams, *, others: Sequence[Look] = ()) -> tuple[float, Box] | None:
    """Return score and box of the best cigarette that is held, is not another's and is not part of a card."""
    items = [
        (int(kind), float(score), (float(x[0]), float(x[1]), float(x[2]), float(x[3])))
        for x, score, kind in zip(look.items.xyxy_px, look.items.score, look.items.class_id, strict=True)
    ]
    cards = [(score, box) for kind, score, box in items if kind == params.card_class]
    best: tuple[float, Box] | None = None
    for kind, score, box in items:
        if kind != params.cigarette_class or (best is not None and score <= best[0]):
            continue
        # the white edge of a card looks like a cigarette; the same pixels cannot be both
        on_card = any(body.inside(card, *body.centre(box)) and s >= score / 2 for s, card in cards)
        if not on_card and _is_held(look, box) and not is_anothers(look, body.centre(box), others):
            best = (score, box)
    return best


def _is_held(look: Look, box: Box) -> bool:
    """Tell whether a box has the size of a cigarette and is within reach of a wrist or of the mouth.

    Without shoulders nothing measures its size.
    """
    has_size = body.shoulder_width_px(look.keypoints_px) > 0
    length_most_px = LENGTH_MOST_M / body.SHOULDER_M * body.size_px(look)
    if has_size and max(box[2] - box[0], box[3] - box[1]) > length_most_px:
        return False
    return body.in_reach(look, body.centre(box), hand=HAND_REACH, mouth=MOUTH_REACH)


def _obstacle(look: Look, params: SmokingParams) -> Why | None:
    spoiled = params.legibility.obstacle(look)
    if spoiled is not None:
        return spoiled
    points = look.keypoints_px
    hands = body.seen(points, body.LEFT_WRIST) or body.seen(points, body.RIGHT_WRIST)
    if not hands and body.mouth_px(points) is None:
        return Why.NOT_VISIBLE if body.seen(points, body.NOSE) else body.turned_or_unseen(points)
    shoulders = body.shoulder_width_px(points)
    if shoulders > 0 and look.sharper * shoulders / body.SHOULDER_M * CIGARETTE_LENGTH_M < params.length_min_px:
        return Why.TOO_FAR
    return None
