"""Found and true boxes in tests, written as rows."""

from __future__ import annotations

import numpy as np

from models.evaluate.matching import Found, Truth

BOX = [0.1, 0.1, 0.3, 0.3]
ELSEWHERE = [0.6, 0.6, 0.8, 0.8]


def found(*rows: tuple[list[float], float, int]) -> Found:
    """Box, score and class of each detection."""
    return Found(
        np.array([box for box, _, _ in rows], float).reshape(-1, 4),
        np.array([score for _, score, _ in rows], float),
        np.array([kind for _, _, kind in rows], np.int64),
    )


def truth(*rows: tuple[list[float], int]) -> Truth:
    """Box and class of each true thing."""
    boxes = np.array([box for box, _ in rows], float).reshape(-1, 4)
    return Truth(boxes, np.array([kind for _, kind in rows], np.int64))
