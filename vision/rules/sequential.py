"""Add up the evidence of single looks until it is strong enough: one look never makes an event.

Page's cumulative sum of log-likelihood ratios, the sequential test for a change whose time is unknown. Where scores
are calibrated, a look weighs what its own score says; else every yes weighs the same, and every no.

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
        base_rate: Share of the looks behind the calibration of the scores in which it was so. A look then weighs
            logit(probability that it is so) - logit(base_rate), and the two rates above are the most that it may say.
            None where scores are not calibrated: looks weigh by the two rates alone.
        discount: What a look's own weight is multiplied by, because looks at one person share light, pose and
            background. Assumed, not measured: errors 0.4 s apart correlate by about a third, so that a look brings
            (1 - 1/3) / (1 + 1/3) of what an independent one would. It does not lower the most that a look may say,
            which the two rates hold already.
    """

    hit_rate: float
    false_rate: float
    odds: float
    open_after: timedelta
    hold_unknown: timedelta
    base_rate: float | None = None
    discount: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.false_rate < self.hit_rate < 1.0:
            raise InvalidFact(
                f"a look must say yes more often where it is so: wanted 0 < false_rate < hit_rate < 1, "
                f"got {self.false_rate} and {self.hit_rate}"
            )
        if self.odds <= 1.0:
            raise InvalidFact(f"odds: wanted more than 1, got {self.odds}")
        if self.base_rate is not None and not 0.0 < self.base_rate < 1.0:
            raise InvalidFact(f"base_rate: wanted a share between 0 and 1, got {self.base_rate}")
        if not 0.0 < self.discount <= 1.0:
            raise InvalidFact(f"discount: wanted more than 0 and at most 1, got {self.discount}")

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

    def weight(self, vote: Vote) -> float:
        """Log-likelihood ratio of one look; 0 of one that does not know.

        An answer never speaks against itself: a yes that is less likely than the base rate weighs nothing, and so
        does a no that is likelier. What lies between them was no clear answer, whatever the calibration says.
        """
        if vote.answer is Answer.UNKNOWN:
            return 0.0
        is_yes = vote.answer is Answer.YES
        if self.base_rate is None:
            return self.weight_yes if is_yes else self.weight_no
        own = self.discount * (_logit(vote.score if is_yes else 1.0 - vote.score) - _logit(self.base_rate))
        return min(max(own, 0.0), self.weight_yes) if is_yes else max(min(own, 0.0), self.weight_no)


@dataclass(frozen=True, slots=True)
class Vote:
    """What one look says of the accusation.

    Attributes:
        answer: ``YES`` speaks for it, ``NO`` against it.
        score: Probability that this answer is right, 0..1; read only where a base rate is given.
    """

    at: datetime
    answer: Answer
    score: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise InvalidFact(f"Vote: wanted a score of 0..1, got {self.score}")


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


def step(state: Balance, vote: Vote, params: SequentialParams, *, support: float = 0.0) -> tuple[Balance, Transition]:
    """Advance by one look. Pure; times must not decrease.

    Args:
        support: Log-likelihood ratio of another cue at this time, at least 0 and below the bound: so much less must
            the looks say before an event opens. An event still opens only at a look that speaks for it.

    Raises:
        InvalidFact: ``support`` alone would be enough, or is negative.
    """
    if not 0.0 <= support < params.bound:
        raise InvalidFact(f"support: wanted 0 or more and less than the bound {params.bound:.2f}, got {support:.2f}")
    state, transition = expire(state, vote.at, params)
    if vote.answer is Answer.UNKNOWN or transition is not None:
        return state, transition
    weight = params.weight(vote)
    if weight > 0.0:
        return _add(state, vote.at, params, weight=weight, enough=params.bound - support)
    if weight < 0.0:
        return _subtract(state, vote.at, weight)
    return (state if state.since is None else replace(state, last_known=vote.at)), None


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


def _add(
    state: Balance, at: datetime, params: SequentialParams, *, weight: float, enough: float
) -> tuple[Balance, Transition]:
    since = state.since or at
    total = min(state.total + weight, params.bound)
    # the sum is capped at the bound; the tolerance only forgives floating-point rounding
    opens = not state.is_open and total >= enough - 1e-9 and at - since >= params.open_after
    new = Balance(total, since, last_yes=at, last_known=at, is_open=state.is_open or opens)
    return new, Opened(since) if opens else None


def _subtract(state: Balance, at: datetime, weight: float) -> tuple[Balance, Transition]:
    total = state.total + weight
    if total > 0.0:
        return replace(state, total=total, last_known=at), None
    return close(state, EndReason.CEASED)


def _logit(probability: float) -> float:
    """Log odds; certainty is taken as one in a million, beyond which no calibration reaches."""
    inner = min(max(probability, 1e-6), 1.0 - 1e-6)
    return math.log(inner / (1.0 - inner))
