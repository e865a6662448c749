"""Is somebody smoking? A cigarette counts only in a hand or at the mouth."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from vision.observation import body
from vision.observation.body import Legibility
from vision.types import Answer, Box, Look, Observation, Question, Subject, Why

CIGARETTE_LENGTH_M = 0.084
"""King-size cigarette, unlit."""

REACH = 0.75
"""How far from wrist or mouth a cigarette may be, in shoulder widths: fingers end about 0.19 m from the wrist."""


@dataclass(frozen=True, slots=True)
class SmokingParams:
    """What counts as a cigarette. Scores and floors come from the model's catalogue entry.

    Attributes:
        cigarette_class: Index into the classes of the net.
        yes_score: Score from which a cigarette counts as seen.
        length_min_px: Below this length the net has been measured to miss cigarettes.
    """

    cigarette_class: int
    yes_score: float
    length_min_px: float
    legibility: Legibility = field(default_factory=Legibility)


def observe_smoking(look: Look, subject: Subject, params: SmokingParams) -> Observation:
    """Judge one look."""
    best: tuple[float, Box] | None = None
    for xyxy, score, class_id in zip(look.items.xyxy_px, look.items.score, look.items.class_id, strict=True):
        box = (float(xyxy[0]), float(xyxy[1]), float(xyxy[2]), float(xyxy[3]))
        held = int(class_id) == params.cigarette_class and _is_held(look, box)
        if held and (best is None or float(score) > best[0]):
            best = (float(score), box)
    if best is not None and best[0] >= params.yes_score:
        return Observation(subject, look.at, Question.SMOKING, Answer.YES, min(best[0], 1.0), best[1])
    why = _obstacle(look, params)
    if why is not None:
        return Observation(subject, look.at, Question.SMOKING, Answer.UNKNOWN, 0.0, why=why)
    return Observation(subject, look.at, Question.SMOKING, Answer.NO, 1.0 - (best[0] if best else 0.0))


def _is_held(look: Look, box: Box) -> bool:
    """Tell whether a box is within reach of a wrist or of the mouth."""
    points = look.keypoints_px
    shoulders = body.shoulder_width_px(points)
    # seen from the side the shoulders coincide: a box's height is then the better measure of size
    reach = REACH * max(shoulders, 0.2 * (look.person_px[3] - look.person_px[1]))
    anchors = [body.point(points, i) for i in (body.LEFT_WRIST, body.RIGHT_WRIST) if body.seen(points, i)]
    mouth = body.mouth_px(points)
    if mouth is not None:
        anchors.append(mouth)
    return any(math.dist(body.centre(box), anchor) <= reach for anchor in anchors)


def _obstacle(look: Look, params: SmokingParams) -> Why | None:
    spoiled = params.legibility.obstacle(look)
    if spoiled is not None:
        return spoiled
    points = look.keypoints_px
    hands = body.seen(points, body.LEFT_WRIST) or body.seen(points, body.RIGHT_WRIST)
    if not hands and body.mouth_px(points) is None:
        return Why.BACK_TURNED if not body.seen(points, body.NOSE) else Why.NOT_VISIBLE
    shoulders = body.shoulder_width_px(points)
    if shoulders > 0 and shoulders / body.SHOULDER_M * CIGARETTE_LENGTH_M < params.length_min_px:
        return Why.TOO_FAR
    return None
