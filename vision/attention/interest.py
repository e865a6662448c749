"""When to look closely at one person. Pure: told of answers and the frames' own time.

A badge that was seen worn look after look is still worn a second later; a hand that has just gone to the mouth is
worth every look there is.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from vision.attention.pace import ROUNDED
from vision.errors import InvalidFact


@dataclass(frozen=True, slots=True)
class LookPaces:
    """Time between two close looks at one person.

    Attributes:
        keen: While the answers change, and until they have been the same for ``sure_after``.
        calm: After that, while the person moves. A hand that goes to the mouth must be caught before and after:
            see `vision.rules.gesture.GestureParams.bridge`.
        still: The person has not moved since the latest look.
        sure_after: The answers must have been the same for this long.
        sure_accused: The same where one of them speaks for a breach.
        crowded: Share of a pace by which it is stretched for each 100 ms that a look had to wait for the nets.
    """

    keen: timedelta = timedelta(milliseconds=400)
    calm: timedelta = timedelta(milliseconds=800)
    still: timedelta = timedelta(seconds=2)
    sure_after: timedelta = timedelta(seconds=3)
    sure_accused: timedelta = timedelta(seconds=12)
    crowded: float = 1.0

    def __post_init__(self) -> None:
        if not timedelta() < self.keen <= self.calm <= self.still:
            raise InvalidFact(
                f"LookPaces: wanted 0 < keen <= calm <= still, got {self.keen}, {self.calm}, {self.still}"
            )


@dataclass(frozen=True, slots=True)
class Interest:
    """What is known of one person.

    Attributes:
        looked_at: Latest close look.
        answers: The latest answer to each question that had one.
        same_since: The look since which no answer has been another; None before the first.
        accuses: Whether one of the answers speaks for a breach.
    """

    looked_at: datetime | None = None
    answers: Mapping[Hashable, Hashable] = field(default_factory=dict)
    same_since: datetime | None = None
    accuses: bool = False


UNKNOWN_PERSON = Interest()


def is_due(state: Interest, at: datetime, *, moved: bool, waited: timedelta, paces: LookPaces) -> bool:
    """Tell whether it is time for another look.

    Args:
        moved: Whether the person differs from the latest look.
        waited: How long the latest look had to wait for the nets.
    """
    if state.looked_at is None or state.same_since is None:
        return True
    sure_after = paces.sure_accused if state.accuses else paces.sure_after
    is_sure = state.looked_at - state.same_since >= sure_after
    at_rest = paces.calm if moved else paces.still
    pace = at_rest if is_sure else paces.keen
    pace *= 1 + paces.crowded * (waited / timedelta(milliseconds=100))
    return at - state.looked_at >= pace * ROUNDED


def note(state: Interest, at: datetime, answers: Mapping[Hashable, Hashable], *, accuses: bool) -> Interest:
    """Take what a look said.

    Args:
        answers: By question, those that were answered: a hand before the badge for a moment changes nothing.
        accuses: Whether one of them speaks for a breach.
    """
    told = {**state.answers, **answers}
    same_since = state.same_since if told == state.answers and state.same_since is not None else at
    return replace(state, looked_at=at, answers=told, same_since=same_since, accuses=accuses)
