"""All boxes of one class over many pictures, strongest first: precision, recall, average precision, intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluate.intervals import Interval, bootstrap, of_share
from models.evaluate.matching import IOUS, Floats, Pair, hits


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Boxes of one class in falling order of score.

    Attributes:
        score: (N,).
        is_hit: (N, 10), whether the box hits a true one not hit before, for each of ``IOUS``.
        picture: (N,), the picture of each.
        true: (pictures,), how many true boxes each picture has.
    """

    score: Floats
    is_hit: NDArray[np.bool_]
    picture: NDArray[np.int64]
    true: NDArray[np.int64]

    def drawn(self, weight: NDArray[np.int64]) -> Ranking:
        """The same where each picture stands ``weight`` (pictures,) times."""
        often = weight[self.picture]
        return Ranking(
            np.repeat(self.score, often),
            np.repeat(self.is_hit, often, axis=0),
            np.repeat(self.picture, often),
            self.true * weight,
        )

    def average_precision(self) -> Floats:
        """(10,), area under precision over recall for each IoU, precision made monotone; NaN without truth."""
        count = int(self.true.sum())
        if count == 0:
            return np.full(len(IOUS), np.nan)
        precision = self.is_hit.cumsum(axis=0) / np.arange(1, len(self.score) + 1)[:, None]
        best_after = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
        area: Floats = (best_after * self.is_hit).sum(axis=0) / count
        return area

    def counts(self, score: float) -> tuple[int, int, int]:
        """Right boxes, all boxes and true boxes at one score and IoU .5."""
        kept = self.score >= score
        return int(self.is_hit[kept, 0].sum()), int(kept.sum()), int(self.true.sum())

    def false_of_pictures(self, score: float) -> NDArray[np.int64]:
        """(pictures,), how many boxes of each are wrong at one score and IoU .5."""
        wrong = (self.score >= score) & ~self.is_hit[:, 0]
        return np.bincount(self.picture[wrong], minlength=len(self.true)).astype(np.int64)


def rank(pairs: Sequence[Pair], class_id: int = 0) -> Ranking:
    """Match every picture's boxes with its truth and put all in one order."""
    scores: list[Floats] = []
    is_hit: list[NDArray[np.bool_]] = []
    for pair in pairs:
        each = [hits(pair, class_id, float(least)) for least in IOUS]
        scores.append(each[0][0])
        is_hit.append(np.stack([hit for _, hit, _ in each], axis=1))
    score = np.concatenate([np.zeros(0), *scores])
    order = np.argsort(-score, kind="stable")
    picture = np.repeat(np.arange(len(pairs)), [len(some) for some in scores]).astype(np.int64)
    true = np.array([int((truth.class_id == class_id).sum()) for _, truth in pairs], np.int64)
    hit = np.concatenate([np.zeros((0, len(IOUS)), bool), *is_hit])
    return Ranking(score[order], hit[order], picture[order], true)


@dataclass(frozen=True, slots=True)
class BoxFigures:
    """How well boxes of one class are found; NaN and None where undefined.

    Attributes:
        score: At which precision and recall stand.
        intervals: 95 %, by the names p, r, ap50, ap50_95.
    """

    score: float
    p: float
    r: float
    ap50: float
    ap50_95: float
    intervals: dict[str, Interval | None]


def box_figures(ranking: Ranking, score: float) -> BoxFigures:
    """Work out the figures of one class."""

    def of(some: Ranking) -> Floats:
        right, found, true = some.counts(score)
        area = some.average_precision()
        return np.array([_share(right, found), _share(right, true), area[0], area.mean()])

    p, r, ap50, ap50_95 = (float(value) for value in of(ranking))
    low_high = bootstrap(lambda weight: of(ranking.drawn(weight)), len(ranking.true))
    intervals = dict(zip(("p", "r", "ap50", "ap50_95"), low_high, strict=True))
    right, found, true = ranking.counts(score)
    intervals["p"] = of_share(right, found, intervals["p"])
    intervals["r"] = of_share(right, true, intervals["r"])
    return BoxFigures(score, p, r, ap50, ap50_95, intervals)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
