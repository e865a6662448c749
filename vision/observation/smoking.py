"""Is somebody smoking? A cigarette counts only in a hand or at the mouth, and for one person only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vision.observation import body
from vision.observation.body import Legibility
from vision.observation.holder import may_be_anothers
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


def observe_smoking(
    look: Look, subject: Subject, params: SmokingParams, *, everybody: Sequence[Look] = ()
) -> Observation:
    """Judge one look.

    Args:
        everybody: Looks at people of the same frame, this one may be among them. A cigarette speaks against the one
            whose hand or mouth is clearly the nearest; of others in reach of it nothing is known.
    """
    held = _held(look, params)
    best = _surest_of_own(held, look, everybody)
    if best is not None and best[0] >= params.yes_score:
        return Observation(subject, look.at, Question.SMOKING, Answer.YES, min(best[0], 1.0), best[1])
    strongest = max((score for score, _ in held), default=0.0)
    if strongest >= params.yes_score:
        return Observation(subject, look.at, Question.SMOKING, Answer.UNKNOWN, 0.0, why=Why.UNSURE)
    why = _obstacle(look, params)
    if why is not None:
        return Observation(subject, look.at, Question.SMOKING, Answer.UNKNOWN, 0.0, why=why)
    # what may be a neighbour's clears nobody either
    return Observation(subject, look.at, Question.SMOKING, Answer.NO, 1.0 - strongest)


def cigarettes_px(look: Look, params: SmokingParams) -> list[Box]:
    """Return the boxes of which a look by itself would say yes."""
    return [box for score, box in _held(look, params) if score >= params.yes_score]


def held_cigarette(look: Look, params: SmokingParams, *, everybody: Sequence[Look] = ()) -> tuple[float, Box] | None:
    """Return score and box of the best cigarette that is held and cannot be another's."""
    return _surest_of_own(_held(look, params), look, everybody)


def _surest_of_own(
    held: Sequence[tuple[float, Box]], look: Look, everybody: Sequence[Look]
) -> tuple[float, Box] | None:
    own = [each for each in held if not may_be_anothers(look, body.centre(each[1]), everybody)]
    return max(own, key=lambda each: each[0], default=None)


def _held(look: Look, params: SmokingParams) -> list[tuple[float, Box]]:
    """Return score and box of all cigarettes that are held and are not part of a card."""
    items = [
        (int(kind), float(score), (float(x[0]), float(x[1]), float(x[2]), float(x[3])))
        for x, score, kind in zip(look.items.xyxy_px, look.items.score, look.items.class_id, strict=True)
    ]
    cards = [(score, box) for kind, score, box in items if kind == params.card_class]
    found = []
    for kind, score, box in items:
        # the white edge of a card looks like a cigarette; the same pixels cannot be both
        on_card = any(body.inside(card, *body.centre(box)) and s >= score / 2 for s, card in cards)
        if kind == params.cigarette_class and not on_card and _is_held(look, box):
            found.append((score, box))
    return found


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
