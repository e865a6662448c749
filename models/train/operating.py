"""Set the crop net's scores and floors on validation looks, and on those alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from models.train.crops import Image
from models.train.matching import Found, Pair, Truth, ranked

BADGE = (0, 1)
WANTED_PRECISION = 0.9
LOOSE_IOU = 0.3
"""The question is whether something is there, not exactly where: this overlap counts as right."""
WANTED_RECALL = 0.95
WANTED_PART = 0.8
Detect = Callable[[Image], Found]


def yes_score(pairs: Sequence[Pair], class_id: int) -> float:
    """Lowest score at and above which detections are right nine times in ten, never under .25."""
    scores, is_hit, _ = ranked(pairs, class_id, LOOSE_IOU)
    precision = np.cumsum(is_hit) / np.arange(1, len(is_hit) + 1)
    is_last_of_equals = np.append(np.diff(scores) != 0, True)[: len(scores)]
    good = np.nonzero((precision >= WANTED_PRECISION) & is_last_of_equals)[0]
    good = good[good >= min(20, len(scores) - 1)]
    lowest = float(scores[good[-1]]) if good.size else 0.9
    return round(max(0.25, lowest), 3)


def no_score(pairs: Sequence[Pair]) -> float:
    """Highest score that the best card or lanyard reaches on 95 of 100 people who wear one."""
    best = sorted(found.best(BADGE) for found, truth in pairs if truth.has(BADGE))
    if not best:
        return 0.05
    return round(max(0.01, best[int((1 - WANTED_RECALL) * len(best))]), 3)


def recall_by_size(
    looks: Sequence[tuple[Image, Truth]],
    detect: Detect,
    class_id: int,
    sizes_px: Sequence[int],
    least_score: float,
) -> list[tuple[int, float, int]]:
    """Shrink every look until its object has each size, and count where the object is still found.

    Only looks whose object is found at full resolution count: the rest are missed for other reasons than size.

    Args:
        looks: Looks that show the class, at full resolution.
        detect: The net.
        class_id: 0 sizes by card width, 2 by the longer side of the cigarette's box.
        sizes_px: Sizes in pixels of the original picture.
        least_score: Score from which a detection counts.

    Returns:
        Size, part found, looks that were large enough to be shrunk so far.
    """
    table = []
    for size in sizes_px:
        seen = []
        for image, truth in looks:
            boxes = truth.xyxy[truth.class_id == class_id]
            sides = (boxes[:, 2:] - boxes[:, :2]) * image.shape[0]
            largest = float((sides[:, 0] if class_id == 0 else sides.max(1)).max())
            if largest < size or detect(image).best((class_id,)) < least_score:
                continue
            small = cv2.resize(image, None, fx=size / largest, fy=size / largest, interpolation=cv2.INTER_AREA)
            found = detect(np.asarray(small, np.uint8))
            seen.append(found.best((class_id,)) >= least_score)
        table.append((size, float(np.mean(seen)) if seen else float("nan"), len(seen)))
    return table


def floor_px(table: Sequence[tuple[int, float, int]]) -> int:
    """Smallest size from which on the part still found stays at .8."""
    usable = [(size, part) for size, part, count in table if count >= 8]
    if not usable:
        return max(size for size, _, _ in table)
    floor = usable[-1][0]
    for size, part in reversed(usable):
        if part < WANTED_PART:
            break
        floor = size
    return floor
