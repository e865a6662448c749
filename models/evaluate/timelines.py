"""Compare the events found in a recording with those that really happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from models.evaluate.intervals import Interval, poisson

PRESENCE = "presence"
"""The one rule that flags nobody: a visit at a desk."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that goes on from a start to an end, seconds from the start of the recording.

    Attributes:
        rule: Such as ``smoking``.
        place: Desk or zone; None in a truth that names no place: any place is right.
        end_s: None where the end is not known.
    """

    rule: str
    place: str | None
    start_s: float
    end_s: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How found events agree with the truth.

    Attributes:
        matches: Pairs of indices: into the truth, into what was found.
        missed, false: Indices of those without a partner.
    """

    truth: tuple[Span, ...]
    found: tuple[Span, ...]
    matches: tuple[tuple[int, int], ...]

    @property
    def missed(self) -> list[Span]:
        """What happened and was not found."""
        taken = {row for row, _ in self.matches}
        return [span for row, span in enumerate(self.truth) if row not in taken]

    @property
    def false(self) -> list[Span]:
        """What was found and did not happen."""
        taken = {column for _, column in self.matches}
        return [span for column, span in enumerate(self.found) if column not in taken]

    def errors_s(self) -> list[float]:
        """How far starts and ends of the matched lie from the truth; an end counts where both are known."""
        errors = []
        for row, column in self.matches:
            true, found = self.truth[row], self.found[column]
            errors.append(abs(found.start_s - true.start_s))
            if true.end_s is not None and found.end_s is not None:
                errors.append(abs(found.end_s - true.end_s))
        return errors

    def of_rule(self, rule: str) -> Comparison:
        """Only the events of one rule."""
        rows = [row for row, span in enumerate(self.truth) if span.rule == rule]
        columns = [column for column, span in enumerate(self.found) if span.rule == rule]
        return Comparison(
            tuple(self.truth[row] for row in rows),
            tuple(self.found[column] for column in columns),
            tuple((rows.index(row), columns.index(column)) for row, column in self.matches if row in rows),
        )


def compare(truth: Sequence[Span], found: Sequence[Span], *, tolerance_s: float) -> Comparison:
    """Match one to one: the same rule, the place where the truth names one, starts within the tolerance.

    As many as possible are matched; of all such ways, the one with the least sum of start errors.
    """
    cost = _costs(truth, found, tolerance_s)
    # a pair that may not be is dearer than all others together, so that no match is given up for it
    forbidden = (tolerance_s + 1.0) * (len(truth) + len(found) + 1)
    rows, columns = linear_sum_assignment(np.where(np.isnan(cost), forbidden, cost))
    matches = [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if not np.isnan(cost[r, c])]
    return Comparison(tuple(truth), tuple(found), tuple(matches))


def _costs(truth: Sequence[Span], found: Sequence[Span], tolerance_s: float) -> NDArray[np.float64]:
    """(truths, found), difference of the starts; NaN where the two cannot be the same event."""
    cost = np.full((len(truth), len(found)), np.nan)
    for row, true in enumerate(truth):
        for column, seen in enumerate(found):
            apart_s = abs(seen.start_s - true.start_s)
            is_place = true.place is None or true.place == seen.place
            # starts are written to the millisecond
            if true.rule == seen.rule and is_place and apart_s <= tolerance_s + 1e-6:
                cost[row, column] = apart_s
    return cost


def rate_per_hour(count: int, hours: float) -> tuple[float, Interval]:
    """How often per camera-hour, with the exact Poisson interval."""
    return count / hours, poisson(count, hours)
