"""Does somebody hold a bottle or a can? What is in it no picture tells: an inspector has to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vision.errors import InvalidFact
from vision.observation import body
from vision.observation.body import Legibility
from vision.observation.holder import may_be_anothers
from vision.types import Answer, Box, Look, Observation, Question, Subject, Why

CAN_WIDTH_M = 0.066
"""Body of a 330 ml can (EN 14287 names it 211: 2 11/16 inches); a beer bottle is 0.06 to 0.07 m across too."""

HAND_REACH = 0.9
"""How far from a wrist the middle of what is held may be, in shoulder widths: the hand's middle is 0.1 m beyond the
wrist, and half a bottle 0.12 m, which is 0.6; the rest is for wrists that the pose net misses by a hand."""

MOUTH_REACH = 0.6
"""The same from the mouth: half a bottle is 0.32, and the mouth is guessed from nose and eyes."""


@dataclass(frozen=True, slots=True)
class AlcoholParams:
    """What counts as a bottle or a can. Scores and the floor come from the model's catalogue entry.

    Attributes:
        yes_score: By class of the net, the score from which it counts as seen; classes without are not asked about.
        width_min_px: Below this width the net has been measured to miss cans.
    """

    yes_score: dict[int, float]
    width_min_px: float
    legibility: Legibility = field(default_factory=Legibility)


def observe_alcohol(
    look: Look, subject: Subject, params: AlcoholParams, *, everybody: Sequence[Look] = ()
) -> Observation:
    """Judge one look.

    Args:
        everybody: Looks at people of the same frame, this one may be among them. A bottle speaks against the one
            whose hand or mouth is clearly the nearest; of others in reach of it nothing is known.

    Raises:
        InvalidFact: Nobody looked for bottles and cans.
    """
    held = _held(look, params)
    found = _surest([each for each in held if not may_be_anothers(look, body.centre(each[2]), everybody)], params)
    if found is not None:
        return Observation(subject, look.at, Question.ALCOHOL, Answer.YES, min(found[0], 1.0), found[1])
    if _surest(held, params) is not None:
        return Observation(subject, look.at, Question.ALCOHOL, Answer.UNKNOWN, 0.0, why=Why.UNSURE)
    why = _obstacle(look, params)
    if why is not None:
        return Observation(subject, look.at, Question.ALCOHOL, Answer.UNKNOWN, 0.0, why=why)
    best = max((score for _, score, _ in held), default=0.0)
    return Observation(subject, look.at, Question.ALCOHOL, Answer.NO, 1.0 - min(best, 1.0))


def vessels_px(look: Look, params: AlcoholParams) -> list[Box]:
    """Return the boxes of which a look by itself would say yes; raises as `observe_alcohol`."""
    return [box for kind, score, box in _held(look, params) if score >= params.yes_score[kind]]


def _surest(held: Sequence[tuple[int, float, Box]], params: AlcoholParams) -> tuple[float, Box] | None:
    return max(((score, box) for kind, score, box in held if score >= params.yes_score[kind]), default=None)


def _held(look: Look, params: AlcoholParams) -> list[tuple[int, float, Box]]:
    """Return class, score and box of what is in a hand or at the mouth."""
    if look.vessels is None:
        raise InvalidFact("observe_alcohol: wanted a look that looked for bottles and cans, got one that did not")
    items = look.vessels
    found = []
    for box, score, kind in zip(items.xyxy_px.tolist(), items.score.tolist(), items.class_id.tolist(), strict=True):
        place = (box[0], box[1], box[2], box[3])
        reached = body.in_reach(look, body.centre(place), hand=HAND_REACH, mouth=MOUTH_REACH)
        if kind in params.yes_score and reached:
            found.append((kind, score, place))
    return found


def _obstacle(look: Look, params: AlcoholParams) -> Why | None:
    spoiled = params.legibility.obstacle(look)
    if spoiled is not None:
        return spoiled
    points = look.keypoints_px
    if not body.hands(points):
        # with a face and no hands the hands are under the desk or behind a monitor, and so may be the can
        return Why.NOT_VISIBLE if body.seen(points, body.NOSE) else body.turned_or_unseen(points)
    shoulders = body.shoulder_width_px(points)
    if shoulders > 0 and look.sharper * shoulders / body.SHOULDER_M * CAN_WIDTH_M < params.width_min_px:
        return Why.TOO_FAR
    return None
