"""Looks again at what a first look half saw, mirrored and from nearer, and lets all looks vote.

One look may be sure of a pen. A thing that speaks against somebody has the mean score of all looks that could show it,
those that saw nothing included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.detection import boxes
from vision.types import Box, FloatArray, IntArray

HALF_SEEN = 0.1
"""The net's own score from which something is worth a second look."""
NEAREST_SHARE = 0.3
"""Side of the square around what was half seen, over the side of the first."""
NEAREST_LEAST_PX = 64
"""A smaller square holds nothing to see; the net never learned from fewer pixels."""
NEAREST_MOST = 3
"""So many things are looked at from nearer: the cost is bounded."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What one look at a square saw, in pixels of the picture.

    Attributes:
        xyxy_px: (N, 4).
        score: (N,), the net's own.
        class_id: (N,).
    """

    square: Box
    xyxy_px: FloatArray
    score: FloatArray
    class_id: IntArray

    def kept(self, which: NDArray[np.bool_]) -> Sight:
        """The same with some of its boxes (N,)."""
        return Sight(self.square, self.xyxy_px[which], self.score[which], self.class_id[which])

    def uncut(self) -> Sight:
        """The same without what the square's edge may have cut off."""
        return self.kept(~boxes.is_cut(self.xyxy_px, self.square))


See = Callable[[Box, bool], Sight]
"""Looks at a square of the picture; mirrored where asked."""


def look_again(sights: Sequence[Sight], kind: int, see: See, *, iou_min: float) -> list[Sight]:
    """The second looks at what first ones half saw of a class: none, or each first one mirrored and some nearer ones.

    Args:
        sights: First looks: the whole square, then nearer ones without what they cut.
        iou_min: From which overlap on two boxes show the same thing.
    """
    whole, *nearer = sights
    half_seen = [sight.kept((sight.class_id == kind) & (sight.score >= HALF_SEEN)) for sight in sights]
    xyxy, _ = _joined(half_seen)
    if not len(xyxy):
        return []
    again = [see(whole.square, True), *(see(sight.square, True).uncut() for sight in nearer)]
    side = NEAREST_SHARE * (whole.square[2] - whole.square[0])
    if side >= NEAREST_LEAST_PX:
        again += [see(square, False).uncut() for square in _around(half_seen, side, iou_min)]
    return again


def _around(half_seen: Sequence[Sight], side: float, iou_min: float) -> list[Box]:
    """Squares around the strongest things, each once."""
    xyxy, score = _joined(half_seen)
    picked = boxes.suppress(xyxy, score, np.zeros(len(score), np.int64), score_min=0.0, iou_max=iou_min)
    middles = (xyxy[picked[:NEAREST_MOST], :2] + xyxy[picked[:NEAREST_MOST], 2:]) / 2
    return [(x - side / 2, y - side / 2, x + side / 2, y + side / 2) for x, y in middles.tolist()]


def vote(sights: Sequence[Sight], kind: int, *, iou_min: float) -> tuple[FloatArray, FloatArray]:
    """Boxes of a class, the same thing once: place by score, and score the mean over all looks that could show it.

    A look could show a thing if it did, or if the thing lies uncut in its square. Of several boxes of one look at one
    thing its strongest counts.

    Returns:
        (M, 4) boxes and (M,) scores, in falling order of score.
    """
    mine = [sight.kept(sight.class_id == kind) for sight in sights]
    xyxy, score = _joined(mine)
    voter = np.repeat(np.arange(len(mine)), [len(sight.score) for sight in mine])
    fused: list[FloatArray] = []
    means: list[float] = []
    for same in boxes.groups(xyxy, score, np.full(len(score), kind), iou_min=iou_min):
        box = boxes.mean_box(xyxy[same], score[same])
        says = np.zeros(len(mine), np.float32)
        np.maximum.at(says, voter[same], score[same])
        could = np.array([not boxes.is_cut(box[None], sight.square)[0] for sight in mine])
        could[voter[same]] = True
        fused.append(box)
        means.append(float(says[could].mean()))
    order = np.argsort(-np.array(means), kind="stable")
    return np.array(fused, np.float32).reshape(-1, 4)[order], np.array(means, np.float32)[order]


def _joined(sights: Sequence[Sight]) -> tuple[FloatArray, FloatArray]:
    return np.concatenate([sight.xyxy_px for sight in sights]), np.concatenate([sight.score for sight in sights])
