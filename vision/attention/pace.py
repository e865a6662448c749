"""When to ask the nets about the whole picture. Pure: told of changes, answers and the frames' own time.

The same picture gives the same answer. So while nothing has changed since the latest look, what it found holds, and
is said again; the nets are asked anew as soon as something changes, soon after an answer changed, and now and then.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from vision.errors import InvalidFact

ROUNDED = 0.9
"""A tenth of an interval forgives timestamps that were rounded."""


class Glance(Enum):
    """What becomes of one frame."""

    SKIP = "skip"
    """Nothing new, and the answers were said just now."""
    HOLD = "hold"
    """Nothing has changed: what the latest look found is said again."""
    LOOK = "look"
    """Ask the nets."""


@dataclass(frozen=True, slots=True)
class Paces:
    """Time between two looks at the whole picture.

    Attributes:
        quick: While answers change, and for ``calm_after`` after that.
        steady: While something moves and the answers stay what they are.
        idle: While nothing moves, somebody being there.
        empty: While nothing moves and nobody is there.
        hold: Time between two repetitions of answers that hold.
        glimpse: Time between two pictures that are decoded at all, while nothing moves.
        calm_after: Answers must have been the same for this long.
        crowded: Share of a pace by which it is stretched for each 100 ms that a look had to wait for the nets.
    """

    quick: timedelta = timedelta(milliseconds=200)
    steady: timedelta = timedelta(milliseconds=400)
    idle: timedelta = timedelta(seconds=4)
    empty: timedelta = timedelta(seconds=20)
    hold: timedelta = timedelta(milliseconds=500)
    glimpse: timedelta = timedelta(milliseconds=500)
    calm_after: timedelta = timedelta(seconds=1)
    crowded: float = 0.5

    def __post_init__(self) -> None:
        if not timedelta() < self.quick <= self.steady <= self.idle <= self.empty:
            raise InvalidFact(
                f"Paces: wanted 0 < quick <= steady <= idle <= empty, got {self.quick}, {self.steady}, {self.idle}, "
                f"{self.empty}"
            )
        if min(self.hold, self.glimpse) <= timedelta() or self.calm_after < self.quick or self.crowded < 0:
            raise InvalidFact(
                f"Paces: wanted hold and glimpse > 0, calm_after >= quick and crowded >= 0, got {self.hold}, "
                f"{self.glimpse}, {self.calm_after}, {self.crowded}"
            )


EVERY_FRAME = Paces(
    quick=timedelta(microseconds=1),
    steady=timedelta(microseconds=1),
    idle=timedelta(microseconds=1),
    empty=timedelta(microseconds=1),
    glimpse=timedelta(microseconds=1),
    calm_after=timedelta(microseconds=1),
)
"""Look at every frame, whatever happens: what sparing paces are compared with."""


@dataclass(frozen=True, slots=True)
class Attention:
    """What is known of one camera.

    Attributes:
        looked_at: Latest look; None before the first and after a gap.
        glanced_at: Latest picture that was decoded.
        has_moved: Whether that differed from the picture of the latest look.
        said_at: When answers were given last, by a look or by holding.
        told: What the latest look found, as far as it matters: who is at which place, what is not sure yet.
        changed_at: Latest look whose answers were not those of the look before.
        is_empty: Whether nobody was seen.
    """

    looked_at: datetime | None = None
    glanced_at: datetime | None = None
    has_moved: bool = False
    said_at: datetime | None = None
    told: frozenset[Hashable] = frozenset()
    changed_at: datetime | None = None
    is_empty: bool = True


ATTENTIVE = Attention()


def is_worth_decoding(state: Attention, at: datetime, paces: Paces) -> bool:
    """Tell whether anything could come of a frame: before the next pace is over nothing will be done with it."""
    if state.looked_at is None or state.glanced_at is None:
        return True
    if _is_restless(state, at, paces):
        return at - state.looked_at >= paces.quick * ROUNDED
    return at - state.glanced_at >= (min(paces.steady, paces.glimpse) if state.has_moved else paces.glimpse) * ROUNDED


def glance(state: Attention, at: datetime, *, moved: bool, waited: timedelta, paces: Paces) -> tuple[Attention, Glance]:
    """Decide about one frame that was decoded.

    Args:
        state: As it is after the frames before.
        at: The frame's time; times must not decrease.
        moved: Whether it differs from the frame of the latest look.
        waited: How long the latest look had to wait for the nets; with it the paces are stretched.
    """
    state = replace(state, glanced_at=at, has_moved=moved)
    if state.looked_at is None or state.said_at is None:
        return replace(state, looked_at=at, said_at=at), Glance.LOOK
    if at - state.looked_at >= pace_of(state, at, moved=moved, waited=waited, paces=paces) * ROUNDED:
        return replace(state, looked_at=at, said_at=at), Glance.LOOK
    # while something moves nobody knows whether the answers still hold: they are said when it is looked at
    if not moved and at - state.said_at >= paces.hold * ROUNDED:
        return replace(state, said_at=at), Glance.HOLD
    return state, Glance.SKIP


def pace_of(state: Attention, at: datetime, *, moved: bool, waited: timedelta, paces: Paces) -> timedelta:
    """Return how long after the latest look the next is due."""
    if _is_restless(state, at, paces):
        pace = paces.quick
    elif moved:
        pace = paces.steady
    else:
        return paces.empty if state.is_empty else paces.idle
    return pace * (1 + paces.crowded * (waited / timedelta(milliseconds=100)))


def _is_restless(state: Attention, at: datetime, paces: Paces) -> bool:
    return state.changed_at is not None and at - state.changed_at < paces.calm_after


def note(state: Attention, at: datetime, told: frozenset[Hashable], *, is_empty: bool) -> Attention:
    """Take what a look found."""
    changed_at = at if told != state.told or state.changed_at is None else state.changed_at
    return replace(state, told=told, changed_at=changed_at, is_empty=is_empty)
