"""Whose is it? Of several people a thing is with the one whose hand or mouth is nearest to it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from vision.observation import body
from vision.types import Look

MISSED_BY = 0.1
"""Somebody else has it where they are nearer by more than this, in shoulder widths: joints are found some 4 cm beside
where they are, and one person may be found twice."""


def distance(look: Look, place_px: tuple[float, float]) -> float:
    """How far a place is from somebody's nearest hand or mouth, in their own shoulder widths.

    Infinite where neither is seen. Whoever stands further away is smaller, and so are their shoulders.
    """
    points = look.keypoints_px
    ends = [hand.middle_px for hand in body.hands(points)]
    mouth = body.mouth_px(points)
    if mouth is not None:
        ends.append(mouth)
    return min((math.dist(end, place_px) for end in ends), default=math.inf) / max(body.size_px(look), 1e-6)


def is_anothers(look: Look, place_px: tuple[float, float], others: Iterable[Look]) -> bool:
    """Tell whether one of some others in the same frame is clearly nearer to a place than somebody."""
    mine = distance(look, place_px)
    return any(distance(other, place_px) < mine - MISSED_BY for other in others)
