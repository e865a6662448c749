"""Find puffs: a hand that goes to the mouth, stays there for some seconds, and leaves it.

How long a hand is raised tells what it does: under 2 s it touches the face, for 2 to 5 s it brings a cigarette to the
mouth and away, beyond that it holds a phone or a chin. One raise says little, since cups and nails are brought to the
mouth as well; three puffs within 90 s are the rhythm of smoking. So gestures are a second cue beside the cigarette
itself: they lower how much of it must be seen, and never replace it.

Only raises seen from end to end count. Where the hand was out of sight as it came or went, nobody knows how long it
was there. The cue and its confusion with eating and drinking: Lopez-Meyer et al., Detection of hand-to-mouth gestures
using a RF operated proximity sensor for monitoring cigarette smoking, Open Biomed. Eng. J. 9 (2013).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from vision.errors import InvalidFact
from vision.types import Answer, Observation


class RaiseKind(StrEnum):
    """What a raised hand most likely does, by how long it stays."""

    TOUCH = "touch"
    PUFF = "puff"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class GestureParams:
    """When a raise is a puff, and what puffs weigh.

    Attributes:
        puff_least, puff_most: How long a puff lasts, both included.
        bridge: Looks that say yes belong to one raise if they are at most this far apart, so that a single missed
            look between looks every 0.4 s splits nothing. An end counts as seen if a no is as near.
        window: For how long a puff is remembered.
        ratio: How much likelier such a puff is of a smoker than of another person: an assumption, on the low side,
            because drinkers do the same. 1 switches the cue off.
        counted: How many puffs within the window count at most.
    """

    puff_least: timedelta = timedelta(seconds=2)
    puff_most: timedelta = timedelta(seconds=5)
    bridge: timedelta = timedelta(seconds=1)
    window: timedelta = timedelta(seconds=90)
    ratio: float = 2.0
    counted: int = 3

    def __post_init__(self) -> None:
        if not timedelta() < self.puff_least < self.puff_most < self.window:
            raise InvalidFact(
                f"a puff: wanted 0 < puff_least < puff_most < window, "
                f"got {self.puff_least}, {self.puff_most}, {self.window}"
            )
        if not timedelta() < self.bridge < self.puff_least:
            raise InvalidFact(
                f"bridge: wanted more than 0 and less than puff_least {self.puff_least}, got {self.bridge}"
            )
        if self.ratio < 1.0 or self.counted < 1:
            raise InvalidFact(f"puffs: wanted ratio and counted of at least 1, got {self.ratio} and {self.counted}")

    @property
    def weight_most(self) -> float:
        """The most that gestures can add, a log-likelihood ratio."""
        return self.counted * math.log(self.ratio)


@dataclass(frozen=True, slots=True)
class Raise:
    """A hand that was at the mouth, seen from end to end.

    Attributes:
        before: The last look without it.
        first, last: First and last look with it.
        after: The first look without it again.
    """

    before: Observation
    first: Observation
    last: Observation
    after: Observation

    @property
    def lasted(self) -> timedelta:
        """Its length, each end taken midway between two looks: wrong by half the time between looks at most."""
        return (self.last.at + (self.after.at - self.last.at) / 2) - (
            self.before.at + (self.first.at - self.before.at) / 2
        )

    def kind(self, params: GestureParams) -> RaiseKind:
        """Say what it was, by its length."""
        if self.lasted < params.puff_least:
            return RaiseKind.TOUCH
        return RaiseKind.PUFF if self.lasted <= params.puff_most else RaiseKind.PHONE


@dataclass(frozen=True, slots=True)
class Hand:
    """State: one raise in progress, and the puffs of the last ``window``.

    Attributes:
        latest_no: Latest look without the hand.
        before: Look without it that came just before the raise in progress; None if its start was not seen.
        first, last: First and latest look with it; None while the hand is down.
        after: First look without it after ``last``.
        puffs: Oldest first.
    """

    latest_no: Observation | None = None
    before: Observation | None = None
    first: Observation | None = None
    last: Observation | None = None
    after: Observation | None = None
    puffs: tuple[Raise, ...] = ()

    def is_idle(self, at: datetime, params: GestureParams) -> bool:
        """Tell whether nothing in it matters any more."""
        told = [o.at for o in (self.latest_no, self.last) if o is not None]
        return all(at - moment > params.window for moment in (*told, *(puff.last.at for puff in self.puffs)))


AT_REST = Hand()


def step(hand: Hand, told: Observation, params: GestureParams) -> tuple[Hand, Raise | None]:
    """Advance by one answer to the question whether a hand is at the mouth. Pure; times must not decrease.

    Returns:
        The new state, and the raise that is now known to be over, if any.
    """
    hand, over = expire(hand, told.at, params)
    if told.answer is Answer.YES:
        if hand.first is None:
            near = hand.latest_no is not None and told.at - hand.latest_no.at <= params.bridge
            hand = replace(hand, before=hand.latest_no if near else None, first=told)
        return replace(hand, last=told, after=None), over
    if told.answer is Answer.NO:
        is_first = hand.last is not None and hand.after is None
        hand = replace(hand, latest_no=told, after=told if is_first else hand.after)
    return hand, over


def expire(hand: Hand, at: datetime, params: GestureParams) -> tuple[Hand, Raise | None]:
    """Let time pass: a raise is over once the hand has not been seen at the mouth for longer than ``bridge``."""
    hand = replace(hand, puffs=tuple(puff for puff in hand.puffs if at - puff.last.at <= params.window))
    if hand.last is None or at - hand.last.at <= params.bridge:
        return hand, None
    down = Hand(latest_no=hand.latest_no, puffs=hand.puffs)
    if hand.before is None or hand.first is None or hand.after is None:
        return down, None
    over = Raise(hand.before, hand.first, hand.last, hand.after)
    if over.kind(params) is RaiseKind.PUFF:
        down = replace(down, puffs=(*hand.puffs, over))
    return down, over


def interrupt(hand: Hand) -> Hand:
    """Nothing was seen for a while: drop the raise in progress, keep the puffs."""
    return Hand(puffs=hand.puffs)


def support(hand: Hand, at: datetime, params: GestureParams) -> float:
    """Return what the puffs up to a moment add to the evidence of smoking: a log-likelihood ratio, 0 or more."""
    recent = sum(1 for puff in hand.puffs if at - puff.last.at <= params.window)
    return min(recent, params.counted) * math.log(params.ratio)
