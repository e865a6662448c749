"""Compare found boxes with true ones: matches, average precision, bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
IOUS = np.linspace(0.5, 0.95, 10)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Detections of one look.

    Attributes:
        xyxy: (N, 4), fractions of the look.
        score: (N,).
        class_id: (N,).
    """

    xyxy: Floats
    score: Floats
    class_id: NDArray[np.int64]

    def best(self, classes: Sequence[int]) -> float:
        """Highest score among some classes, 0 where there is none."""
        return float(self.score[np.isin(self.class_id, classes)].max(initial=0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is really in one look: (N, 4) boxes in fractions and their (N,) classes."""

    xyxy: Floats
    class_id: NDArray[np.int64]

    def has(self, classes: Sequence[int]) -> bool:
        """Whether one of some classes is there."""
        return bool(np.isin(self.class_id, classes).any())


Pair = tuple[Found, Truth]


def iou(a: Floats, b: Floats) -> Floats:
    """Overlap of every box of ``a`` (N, 4) with every box of ``b`` (M, 4): (N, M)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.prod((high - low).clip(0), axis=2)
    areas_a, areas_b = np.prod(a[:, 2:] - a[:, :2], axis=1), np.prod(b[:, 2:] - b[:, :2], axis=1)
    overlap: Floats = both / np.maximum(areas_a[:, None] + areas_b[None] - both, 1e-12)
    return overlap


def hits(pair: Pair, class_id: int, least_iou: float) -> tuple[Floats, NDArray[np.bool_], int]:
    """Scores of one class in falling order, which of them hit a box not hit before, and the number of boxes."""
    found, truth = pair
    mine = found.class_id == class_id
    order = np.argsort(-found.score[mine], kind="stable")
    boxes, scores = found.xyxy[mine][order], found.score[mine][order]
    true = truth.xyxy[truth.class_id == class_id]
    overlap = iou(boxes, true)
    is_hit, taken = np.zeros(len(boxes), bool), np.zeros(len(true), bool)
    for row in range(len(boxes)):
        free = np.where(taken, -1.0, overlap[row])
        if free.size and free.max() >= least_iou:
            is_hit[row], taken[int(free.argmax())] = True, True
    return scores, is_hit, len(true)


def ranked(pairs: Sequence[Pair], class_id: int, least_iou: float) -> tuple[Floats, NDArray[np.bool_], int]:
    """``hits`` over many looks, all scores in falling order."""
    each = [hits(pair, class_id, least_iou) for pair in pairs]
    if not each:
        return np.zeros(0), np.zeros(0, bool), 0
    scores = np.concatenate([scores for scores, _, _ in each])
    is_hit = np.concatenate([is_hit for _, is_hit, _ in each])
    order = np.argsort(-scores, kind="stable")
    return scores[order], is_hit[order], sum(count for _, _, count in each)


def average_precision(pairs: Sequence[Pair], class_id: int, least_iou: float) -> float:
    """Area under precision over recall, precision made monotone; NaN without truth."""
    _, is_hit, count = ranked(pairs, class_id, least_iou)
    if count == 0:
        return float("nan")
    right = np.cumsum(is_hit)
    precision = right / np.arange(1, len(is_hit) + 1)
    best_after = np.maximum.accumulate(precision[::-1])[::-1]
    return float((best_after * is_hit).sum() / count)


def precision_recall(pairs: Sequence[Pair], class_id: int, score: float) -> tuple[float, float]:
    """At one score and IoU .5."""
    scores, is_hit, count = ranked(pairs, class_id, 0.5)
    kept = is_hit[scores >= score]
    precision = float(kept.mean()) if kept.size else float("nan")
    return precision, float(kept.sum() / count) if count else float("nan")


def interval(
    pairs: Sequence[Pair], figure: Callable[[Sequence[Pair]], float], *, draws: int = 300, seed: int = 1
) -> tuple[float, float]:
    """Bootstrap 95 % interval of a figure, looks drawn with replacement."""
    random = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        chosen = random.integers(len(pairs), size=len(pairs))
        values.append(figure([pairs[index] for index in chosen]))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
