"""The label files of a prepared set: how they are written, and what is true of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.evaluate.matching import Truth
from models.train.sources import label_of, yolo_rows


def label_lines(marks: Iterable[tuple[int, Sequence[float] | NDArray[np.float64]]]) -> str:
    """YOLO's text for classes and boxes (left top right bottom, fractions of the picture)."""
    lines = (f"{kind} {(a + c) / 2:.5f} {(b + d) / 2:.5f} {c - a:.5f} {d - b:.5f}" for kind, (a, b, c, d) in marks)
    return "\n".join(lines)


def truth_of(image: Path) -> Truth:
    """What the label file of a picture says, boxes in fractions of the picture."""
    rows = yolo_rows(label_of(image))
    boxes = np.array([box for _, box in rows], np.float64).reshape(-1, 4)
    return Truth(boxes, np.array([kind for kind, _ in rows], np.int64))
