"""Whose is it? A thing is held against one person only: the one whose hand or mouth is clearly the nearest."""

from __future__ import annotations

import math
from collections.abc import Iterable

from vision.observation import body
from vision.types import Look

HOLDS = 1.0
"""Whose hand and mouth are further away than this, in their own shoulder widths, does not hold it: as far as a
cigarette counts (`vision.observation.smoking.HAND_REACH`)."""

MISSED_BY = 0.1
"""Somebody is clearly nearer by more than this, in shoulder widths: joints are found some 4 cm beside where they are
(decision 22 has what other margins give)."""

SAME_POSE = 0.3
"""Two looks show one person, found twice, where the joints seen in both lie on average less than this apart, in
shoulder widths."""


def measure_px(look: Look, place_px: tuple[float, float]) -> float:
    """How far a place is from somebody's nearest hand or mouth, pixels; infinite where neither is seen."""
    points = look.keypoints_px
    ends = [hand.middle_px for hand in body.hands(points)]
    mouth = body.mouth_px(points)
    if mouth is not None:
        ends.append(mouth)
    return min((math.dist(end, place_px) for end in ends), default=math.inf)


def may_be_anothers(look: Look, place_px: tuple[float, float], everybody: Iterable[Look]) -> bool:
    """Tell whether somebody else in the same frame is as near to a place as the person of a look, or nearer.

    Near in each one's own shoulder widths: whoever stands further away is smaller. Where no hand and no mouth of the
    person is seen, anybody who could hold it may. The person's own look among them, or a second one, is no other.
    """
    mine = measure_px(look, place_px) / _unit_px(look)
    return any(_could_hold(other, place_px, mine) and not _is_same(look, other) for other in everybody)


def _could_hold(other: Look, place_px: tuple[float, float], mine: float) -> bool:
    theirs = measure_px(other, place_px) / _unit_px(other)
    return theirs <= HOLDS and theirs <= mine + MISSED_BY


def _unit_px(look: Look) -> float:
    return max(body.size_px(look), 1.0)


def _is_same(look: Look, other: Look) -> bool:
    mine, theirs = look.keypoints_px, other.keypoints_px
    both = (mine[:, 2] >= body.SURE) & (theirs[:, 2] >= body.SURE)
    if not both.any():
        return False
    apart = [math.dist(a, b) for a, b in zip(mine[both, :2].tolist(), theirs[both, :2].tolist(), strict=True)]
    return sum(apart) / len(apart) < SAME_POSE * _unit_px(look)
