"""How far two inspectors say the same of the same flag. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.db.records import Verdict
from service.statistics.rows import PairCount
from service.statistics.shares import SHARE_AT_LEAST, Share

_TWO_SIDED_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance, Cohen's kappa, with its 95 % interval; 1 is full, 0 is what chance alone gives."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two looks at the same flags compare.

    Attributes:
        same: Share of pairs in which both said the same.
        confirmed: Of the flags in which the first saw a breach: those in which the second did too.
        disputed: Pairs of a breach and something else.
        kappa: None with few pairs, and where first looks that saw no breach are too few: a second look is asked for
            only after a breach, and then kappa is 0 whatever people see.
    """

    same: Share
    confirmed: Share
    disputed: int
    kappa: Kappa | None


def agreement_of(pairs: Sequence[PairCount]) -> Agreement:
    """Compare first and second looks."""
    total = sum(pair.count for pair in pairs)
    first_breach = [pair for pair in pairs if pair.first is Verdict.BREACH]
    after_breach = sum(pair.count for pair in first_breach)
    confirmed = sum(pair.count for pair in first_breach if pair.second is Verdict.BREACH)
    disputed = sum(pair.count for pair in pairs if (pair.first is Verdict.BREACH) != (pair.second is Verdict.BREACH))
    is_blind_enough = min(after_breach, total - after_breach) >= SHARE_AT_LEAST
    return Agreement(
        same=Share(sum(pair.count for pair in pairs if pair.first is pair.second), total),
        confirmed=Share(confirmed, after_breach),
        disputed=disputed,
        kappa=_kappa(pairs) if is_blind_enough else None,
    )


def _kappa(pairs: Sequence[PairCount]) -> Kappa | None:
    """Return Cohen's kappa with the large-sample error of Fleiss, Cohen & Everitt, Psychol. Bull. 72 (1969), eq. 13."""
    order = list(Verdict)
    table = np.zeros((len(order), len(order)))
    for pair in pairs:
        table[order.index(pair.first), order.index(pair.second)] += pair.count
    count = table.sum()
    table /= count
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    same, chance = float(np.trace(table)), float(rows @ columns)
    if chance >= 1.0:
        return None  # both always said one thing: there is nothing to agree about
    kappa = (same - chance) / (1 - chance)
    weights = (columns[:, None] + rows[None, :]) * (1 - kappa)
    on = sum(table[i, i] * (1 - weights[i, i]) ** 2 for i in range(len(order)))
    off = (1 - kappa) ** 2 * float(
        sum(table[i, j] * (columns[i] + rows[j]) ** 2 for i in range(len(order)) for j in range(len(order)) if i != j)
    )
    variance = max(0.0, (on + off - (kappa - chance * (1 - kappa)) ** 2) / (count * (1 - chance) ** 2))
    margin = _TWO_SIDED_95 * math.sqrt(variance)
    return Kappa(kappa, max(-1.0, kappa - margin), min(1.0, kappa + margin))
