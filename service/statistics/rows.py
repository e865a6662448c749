"""What the database counts for the figures: numbers by rule, camera, hour and verdict, never a name. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.db.records import Part, Standing, Verdict


@dataclass(frozen=True, slots=True)
class Scope:
    """What figures are wanted of; None means any.

    Attributes:
        since, until: Events that began in [since, until).
    """

    since: datetime
    until: datetime
    agency: str | None = None
    camera_id: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """A camera, whose it is, and by which clock its days are counted."""

    camera_id: str
    name: str
    agency: str
    timezone: str


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How many flags stand alike; less than none where another count holds too many.

    Attributes:
        standing: What the verdicts come to; where a hearing was concluded, what it came to.
    """

    rule: str
    camera_id: str
    standing: Standing
    count: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """The same for one hour of all cameras.

    Attributes:
        at: Beginning of the hour, by the clock of the cameras' sites.
    """

    rule: str
    at: datetime
    standing: Standing
    count: int


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many verdicts are alike. On flags that wait for a look none is counted: that look is to be blind."""

    part: Part
    verdict: Verdict
    is_withdrawn: bool
    count: int


@dataclass(frozen=True, slots=True)
class LengthCount:
    """How many things took so long, to the second or to the minute."""

    length_s: int
    count: int


@dataclass(frozen=True, slots=True)
class PairCount:
    """How often a first and a second inspector said this of the same flag."""

    first: Verdict
    second: Verdict
    count: int


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How many events that were drawn at random with one probability stand alike."""

    rule: str
    probability: float
    standing: Standing
    count: int


@dataclass(frozen=True, slots=True)
class LookCount:
    """How often an inspector who was first to look at flags of a rule at a desk saw a breach.

    Attributes:
        looks: First looks that saw a breach or none; where nobody could tell, nothing is counted.
    """

    reviewer_id: int
    rule: str
    camera_id: str
    place_id: str
    looks: int
    breaches: int


@dataclass(frozen=True, slots=True)
class Suspension:
    """A rule that is suspended on a camera."""

    camera_id: str
    rule: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """All that the figures are made from."""

    flags: tuple[FlagCount, ...] = ()
    hours: tuple[HourCount, ...] = ()
    checks: tuple[CheckCount, ...] = ()
    verdicts: tuple[VerdictCount, ...] = ()
    first_verdict: tuple[LengthCount, ...] = ()
    decision: tuple[LengthCount, ...] = ()
    looking: tuple[LengthCount, ...] = ()
    pairs: tuple[PairCount, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
