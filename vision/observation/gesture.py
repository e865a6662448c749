"""Is a hand at the mouth? Asked beside the cigarette, of which it is a second cue."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from vision.observation import body
from vision.observation.body import Legibility
from vision.types import Answer, Look, Observation, Question, Subject, Why


@dataclass(frozen=True, slots=True)
class HandParams:
    """When a hand is at the mouth.

    Attributes:
        reach: How far the middle of the fingers may be from the mouth, in shoulder widths: half a cigarette, and as
            much again for mouth and fingers being guessed from other joints.
        wrist_reach: The same for a wrist whose elbow is out of sight: the hand may lie in any direction from it.
    """

    reach: float = 0.45
    wrist_reach: float = 0.6
    legibility: Legibility = field(default_factory=Legibility)


def observe_hand(look: Look, subject: Subject, params: HandParams) -> Observation:
    """Judge one look. The score is that of the least sure joint which the answer rests on."""
    points = look.keypoints_px
    mouth, hands = body.mouth_px(points), body.hands(points)
    spoiled = params.legibility.obstacle(look)
    if spoiled is not None:
        return _unknown(look, subject, spoiled)
    if mouth is None:
        return _unknown(look, subject, body.turned_or_unseen(points))
    if not hands:  # which proves nothing: one may be at the mouth with its wrist missed, or under the desk
        return _unknown(look, subject, Why.NOT_VISIBLE)
    unit = body.size_px(look)
    near = any(
        math.dist(hand.middle_px, mouth) <= unit * (params.reach if hand.has_elbow else params.wrist_reach)
        for hand in hands
    )
    sure = min(float(points[body.NOSE, 2]), max(float(points[i, 2]) for i in (body.LEFT_WRIST, body.RIGHT_WRIST)))
    answer = Answer.YES if near else Answer.NO
    return Observation(subject, look.at, Question.HAND_AT_MOUTH, answer, min(sure, 1.0))


def _unknown(look: Look, subject: Subject, why: Why) -> Observation:
    return Observation(subject, look.at, Question.HAND_AT_MOUTH, Answer.UNKNOWN, 0.0, why=why)
