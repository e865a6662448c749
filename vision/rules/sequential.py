"""Add up the evidence of single looks until it is strong enough: one look never makes an event.

Page's cumulative sum of log-likelihood ratios, the sequential test for a change whose time is unknown.

Source: E. S. Page, Continuous inspection schemes, Biometrika 41 (1954); A. Wald, Sequential Analysis (1947).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vision.errors import InvalidFact
from vision.rules.sustained import Closed, Opened, Transition
from vision.types import Answer, EndReason


@dataclass(frozen=True, slots=True)
class SequentialParams:
    """How looks are weighed.

    Attributes:
        hit_rate: Share of looks that say yes where it is so.
        false_rate: Share of looks that say yes where it is not so.
        odds: Likelihood ratio at which the evidence is enough.
        open_after: Besides, the evidence must span this much time.
        hold_unknown: For this long no look may give an answer before the event ends at its last evidence.
    """

    hit_rate: float
    false_rate: float
    odds: float
    open_after: timedelta
    hold_unknown: timedelta

    def __post_init__(self) -> None:
        if not 0.0 < self.false_rate < self.hit_rate < 1.0:
            raise InvalidFact(
                f"a look must say yes more often where it is so: wanted 0 < false_rate < hit_rate < 1, "
                f"got {self.false_rate} and {self.hit_rate}"
            )
        if self.odds <= 1.0:
            raise InvalidFact(f"odds: wanted more than 1, got {self.odds}")

    @property
    def weight_yes(self) -> float:
        """Log-likelihood ratio of a look that says yes, above 0."""
        return math.log(self.hit_rate / self.false_rate)

    @property
    def weight_no(self) -> float:
        """Log-likelihood ratio of a look that says no, below 0."""
        return math.log((1.0 - self.hit_rate) / (1.0 - self.false_rate))

    @property
    def bound(self) -> float:
        """The sum at which an event opens. The sum never grows beyond it, so that the end is noticed as fast."""
        return math.log(self.odds)


@dataclass(frozen=True, slots=True)
class Balance:
    """State of the sum.

    Attributes:
        total: Sum of log-likelihood ratios, 0 .. bound.
        since: First look of the present rise; None at 0.
        last_yes: Latest look that spoke for it.
        last_known: Latest look that answered at all.
        is_open: Whether an event has opened.
    """

    total: float = 0.0
    since: datetime | None = None
    last_yes: datetime | None = None
    last_known: datetime | None = None
    is_open: bool = False


LEVEL = Balance()


def step(state: Balance, at: datetime, answer: Answer, params: SequentialParams) -> tuple[Balance, Transition]:
    """Advance by one look. Pure; times must not decrease."""
    state, transition = expire(state, at, params)
    if answer is Answer.UNKNOWN or transition is not None:
        return state, transition
    if answer is Answer.YES:
        return _add(state, at, params)
    return _subtract(state, at, params)


def expire(state: Balance, at: datetime, params: SequentialParams) -> tuple[Balance, Transition]:
    """Let time pass without an answer."""
    if state.last_known is None or at - state.last_known <= params.hold_unknown:
        return state, None
    return close(state, EndReason.LOST_SIGHT)


def close(state: Balance, reason: EndReason) -> tuple[Balance, Transition]:
    """End at the last evidence, whatever the reason."""
    if not state.is_open or state.since is None or state.last_yes is None:
        return LEVEL, None
    return LEVEL, Closed(state.since, state.last_yes, reason)


def _add(state: Balance, at: datetime, params: SequentialParams) -> tuple[Balance, Transition]:
    since = state.since or at
    total = min(state.total + params.weight_yes, params.bound)
    # the sum is capped at the bound; the tolerance only forgives floating-point rounding
    opens = not state.is_open and total >= params.bound - 1e-9 and at - since >= params.open_after
    new = Balance(total, since, last_yes=at, last_known=at, is_open=state.is_open or opens)
    return new, Opened(since) if opens else None


def _subtract(state: Balance, at: datetime, params: SequentialParams) -> tuple[Balance, Transition]:
    total = state.total + params.weight_no
    if total > 0.0:
        return replace(state, total=total, last_known=at), None
    return close(state, EndReason.CEASED)
