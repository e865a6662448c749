"""How sure a share is: exact one-sided bounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv

from calibration.errors import VerdictsUnfit

Floats = NDArray[np.float64]


def check_share(name: str, share: float) -> None:
    """Raise `VerdictsUnfit` unless a share lies strictly between 0 and 1."""
    if not 0.0 < share < 1.0:
        raise VerdictsUnfit(f"{name}: wanted a share above 0 and below 1, such as 0.9, got {share}")


def share_low(part: float, whole: float, confidence: float) -> float:
    """Lower bound of a share, one-sided, exact; 0 from nothing.

    Source: Clopper & Pearson, Biometrika 26 (1934).
    """
    return float(betaincinv(part, whole - part + 1, 1 - confidence)) if part > 0 else 0.0


def share_high(part: float, whole: float, confidence: float) -> float:
    """Upper bound of a share, one-sided, exact; 1 from nothing."""
    return float(betaincinv(part + 1, whole - part, confidence)) if part < whole else 1.0


def chance_of_more(part: Floats, whole: Floats, share: float) -> Floats:
    """Chance of at least ``part`` of ``whole`` where the true share is ``share``."""
    least = np.maximum(part, 1e-12)
    return np.where(part > 0, betainc(least, whole - least + 1, share), 1.0)


def chance_of_fewer(part: Floats, whole: Floats, share: float) -> Floats:
    """Chance of at most ``part`` of ``whole`` where the true share is ``share``."""
    rest = np.maximum(whole - part, 1e-12)
    return np.where(part < whole, betainc(rest, part + 1, 1 - share), 1.0)
