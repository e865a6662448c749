"""Precision and recall of persons on the labelled frames, with intervals: unclear regions are not judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.evaluate.intervals import DRAWS, TAIL
from models.evaluate.matching import Floats, Found, Pair, Truth, hits
from models.evaluate.person_truth import FrameTruth
from models.evaluate.ranking import Ranking, rank

HIT_IOU = 0.5
INSIDE = 0.5
"""A box with at least this share of itself in an unclear region is not judged, unless it hits a labelled person."""

Weights = NDArray[np.int64]


class Shares(NamedTuple):
    """The figures of one net on some frames; NaN where undefined."""

    precision: float
    recall: float
    ap50: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one net found on the labelled frames.

    Attributes:
        clip: (frames,), the clip of each.
        ranking: All boxes that are judged.
        score: From which a box counts for precision and recall.
    """

    clip: Sequence[str]
    ranking: Ranking
    score: float

    def shares(self, weight: Weights) -> Shares:
        """Figures where each frame stands ``weight`` (frames,) times."""
        drawn = self.ranking.drawn(weight)
        right, found, true = drawn.counts(self.score)
        return Shares(
            right / found if found else float("nan"),
            right / true if true else float("nan"),
            float(drawn.average_precision()[0]),
        )

    def of_clip(self, name: str | None) -> Weights:
        """Each frame of one clip once, or each frame where no clip is named."""
        return np.array([name in (None, clip) for clip in self.clip], np.int64)


def seen_of(found: Sequence[tuple[FrameTruth, Floats, Floats]], score: float) -> Seen:
    """Match what was found with what is there.

    Args:
        found: Per frame: the truth, (N, 4) boxes in pixels, (N,) scores.
        score: From which a box counts for precision and recall.
    """
    return Seen([truth.clip for truth, _, _ in found], rank([judged(*frame) for frame in found]), score)


def judged(truth: FrameTruth, xyxy_px: Floats, score: Floats) -> Pair:
    """Leave out boxes that hit nobody and lie in an unclear region; the rest and the truth, class 0."""
    order = np.argsort(-score, kind="stable")
    boxes, scores = xyxy_px[order], score[order]
    true = Truth(truth.person_px, np.zeros(len(truth.person_px), np.int64))
    _, is_hit, _ = hits((_found(boxes, scores), true), 0, HIT_IOU)
    kept = is_hit | (share_inside(boxes, truth.unclear_px).max(axis=1, initial=0.0) < INSIDE)
    return _found(boxes[kept], scores[kept]), true


def _found(xyxy_px: Floats, score: Floats) -> Found:
    return Found(xyxy_px, score, np.zeros(len(score), np.int64))


def share_inside(boxes: Floats, regions: Floats) -> Floats:
    """(N, M): how much of each box (N, 4) lies in each region (M, 4)."""
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    share: Floats = np.prod((high - low).clip(0), axis=2) / np.maximum(areas[:, None], 1e-12)
    return share


def draws(clip: Sequence[str], *, count: int = DRAWS, seed: int = 1) -> list[Weights]:
    """How often each frame is drawn, ``count`` times: with replacement, each clip as many frames as it has.

    Within clips, because three clips are not a sample of clips; whole frames, because the persons of one frame, and
    those of frames near each other, are alike. The intervals are therefore of these three places, not of others.
    """
    random = np.random.default_rng(seed)
    members = [np.flatnonzero(np.array([c == name for c in clip])) for name in dict.fromkeys(clip)]
    weights = np.zeros((count, len(clip)), np.int64)
    for frames in members:
        weights[:, frames] = random.multinomial(len(frames), np.full(len(frames), 1 / len(frames)), size=count)
    return list(weights)


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """95 % of some values; None where half of them or more are undefined."""
    defined = [value for value in values if not np.isnan(value)]
    if len(defined) * 2 <= len(values):
        return None
    low, high = np.percentile(defined, [100 * TAIL, 100 * (1 - TAIL)])
    return float(low), float(high)
