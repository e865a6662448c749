"""When a rule on a camera is no longer trusted, and when it has earned trust again: two sums of evidence over verdicts.

Each verdict weighs the logarithm of how much likelier it is at the floor than at the target. While the rule is active,
the sum is kept at nought or above; once it reaches `DOUBT`, and the share of breaches since it left nought is
under the floor, the rule is suspended. While it is suspended, the same sum with its sign turned has to reach `TRUST`,
from verdicts on flags checked at random.

Source: Page, Biometrika 41 (1954); Lorden, Ann. Math. Stat. 42 (1971).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calibration.errors import VerdictsUnfit
from calibration.shares import check_share, share_high, share_low

DOUBT = 6.0
"""Verdicts are exp(6) = 400 times likelier at the floor than at the target. Counted on simulated cameras, target .9,
floor .7: .98 of falls from .95 to .6 are noticed within 50 verdicts; docs/thresholds.md has the rest."""
TRUST = math.log(100.0)
"""A hundred times likelier at the target: at least 19 breaches in a row."""
CONFIDENCE = 0.95


class Mode(StrEnum):
    """Whether the rule flags."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Cause(StrEnum):
    """Why the mode changed."""

    FELL_BELOW_FLOOR = "fell_below_floor"
    EARNED_AGAIN = "earned_again"
    LIFTED_BY_HAND = "lifted_by_hand"
    SUSPENDED_BY_HAND = "suspended_by_hand"


@dataclass(frozen=True, slots=True)
class SuspensionParams:
    """What is wanted of a rule, as shares of breaches among its flags.

    Attributes:
        target: What it should reach.
        floor: What it must not fall under.
    """

    target: float = 0.9
    floor: float = 0.7

    def __post_init__(self) -> None:
        check_share("precision target", self.target)
        check_share("precision floor", self.floor)
        if self.floor >= self.target:
            raise VerdictsUnfit(f"precision floor: wanted below the target {self.target}, got {self.floor}")

    def doubt_of(self, is_breach: bool) -> float:
        """Return how much one verdict speaks for the floor and against the target."""
        if is_breach:
            return math.log(self.floor / self.target)
        return math.log((1 - self.floor) / (1 - self.target))


@dataclass(frozen=True, slots=True)
class JudgedAt:
    """A flag's answer, at the time of its latest verdict."""

    at: datetime
    is_breach: bool


@dataclass(frozen=True, slots=True)
class Trust:
    """How a rule on a camera stands.

    Attributes:
        evidence: Sum for the other mode, 0 or above.
        breaches, judged: Counted since the sum left nought.
        last_at: Time of the latest verdict or change; None before the first.
    """

    mode: Mode = Mode.ACTIVE
    evidence: float = 0.0
    breaches: int = 0
    judged: int = 0
    last_at: datetime | None = None


NEW = Trust()


@dataclass(frozen=True, slots=True)
class ModeChange:
    """A change of mode, for the history.

    Attributes:
        mode: From now on.
        precision: Share of breaches in the verdicts that it rests on; None by hand without any.
        interval: 95 % interval of that share, exact.
        n: Those verdicts.
        note: What the person said, by hand.
    """

    at: datetime
    mode: Mode
    precision: float | None
    interval: tuple[float, float] | None
    n: int
    cause: Cause
    note: str = ""


def step(trust: Trust, verdict: JudgedAt, params: SuspensionParams) -> tuple[Trust, ModeChange | None]:
    """Take one more verdict in.

    Raises:
        VerdictsUnfit: It is older than what was taken in before.
    """
    if trust.last_at is not None and verdict.at < trust.last_at:
        raise VerdictsUnfit(f"verdicts out of order: {verdict.at} came after {trust.last_at}; sort them by time")
    sign = 1.0 if trust.mode is Mode.ACTIVE else -1.0
    evidence = trust.evidence + sign * params.doubt_of(verdict.is_breach)
    if evidence <= 0.0:
        return Trust(trust.mode, last_at=verdict.at), None
    heard = Trust(trust.mode, evidence, trust.breaches + verdict.is_breach, trust.judged + 1, verdict.at)
    if not _is_enough(heard, params):
        return heard, None
    mode, cause = (
        (Mode.SUSPENDED, Cause.FELL_BELOW_FLOOR) if heard.mode is Mode.ACTIVE else (Mode.ACTIVE, Cause.EARNED_AGAIN)
    )
    return Trust(mode, last_at=verdict.at), _change(heard, verdict.at, mode, cause)


def _is_enough(heard: Trust, params: SuspensionParams) -> bool:
    if heard.mode is Mode.ACTIVE:
        return heard.evidence >= DOUBT and heard.breaches < params.floor * heard.judged
    return heard.evidence >= TRUST


def _change(heard: Trust, at: datetime, mode: Mode, cause: Cause, note: str = "") -> ModeChange:
    if heard.judged == 0:
        return ModeChange(at, mode, None, None, 0, cause, note)
    tail = 1 - (1 - CONFIDENCE) / 2
    interval = share_low(heard.breaches, heard.judged, tail), share_high(heard.breaches, heard.judged, tail)
    return ModeChange(at, mode, heard.breaches / heard.judged, interval, heard.judged, cause, note)


def set_by_hand(trust: Trust, mode: Mode, *, at: datetime, note: str) -> tuple[Trust, ModeChange]:
    """Suspend a rule, or lift its suspension, because a person says so. What was counted starts anew.

    Raises:
        VerdictsUnfit: It is in that mode already, or the person gives no reason.
    """
    if trust.mode is mode:
        raise VerdictsUnfit(f"the rule is {mode} already")
    if not note.strip():
        raise VerdictsUnfit("a change by hand needs a note that says why")
    cause = Cause.LIFTED_BY_HAND if mode is Mode.ACTIVE else Cause.SUSPENDED_BY_HAND
    return Trust(mode, last_at=at), _change(trust, at, mode, cause, note.strip())


def replay(
    verdicts: Iterable[JudgedAt], params: SuspensionParams, *, start: Trust = NEW
) -> tuple[Trust, list[ModeChange]]:
    """Take in many verdicts in order of time; return how the rule stands and every change."""
    trust, changes = start, []
    for verdict in verdicts:
        trust, change = step(trust, verdict, params)
        if change is not None:
            changes.append(change)
    return trust, changes
