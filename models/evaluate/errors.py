"""What can be wrong with a set of pictures, its labels or a truth file."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN_AT_MOST = 30
"""More faults than these are only counted: a wrong --classes makes one fault per label."""


class EvaluationInvalid(ValueError):
    """The material cannot be evaluated as it is. Nothing was measured.

    Attributes:
        faults: One line each: where, what was wrong, what was wanted.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        more = len(self.faults) - SHOWN_AT_MOST
        shown = [*self.faults[:SHOWN_AT_MOST], *([f"and {more} more"] if more > 0 else [])]
        super().__init__("\n".join(shown))
