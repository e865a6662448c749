"""What people and devices say of attendance, beside what cameras saw: leave, cover, punches, badges, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from service.attendance.intervals import Interval


class LeaveKind(StrEnum):
    """Why an officer need not be at the post."""

    ANNUAL = "annual"
    SICK = "sick"
    SICK_CHILD = "sick_child"
    MATERNITY = "maternity"
    UNPAID = "unpaid"
    COMPENSATORY = "compensatory"
    OTHER_LEAVE = "other_leave"
    DUTY_TRIP = "duty_trip"
    MEETING = "meeting"
    TRAINING = "training"

    @property
    def is_work(self) -> bool:
        """Whether the time counts as worked: elsewhere than at the post, but for the agency."""
        return self in (LeaveKind.DUTY_TRIP, LeaveKind.MEETING, LeaveKind.TRAINING)


LEAVE_KINDS = tuple(LeaveKind)
"""In this order wherever a kind is a number."""


class Direction(StrEnum):
    """Which way somebody went, where the clock or the line says so."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Leave:
    """An officer need not be at the post. Whole days run from local midnight to local midnight.

    Attributes:
        document: Number or name of the paper that grants it; may be empty.
        source: ``entered``, or the name of the file that it was imported from.
    """

    officer_id: str
    kind: LeaveKind
    span: Interval
    document: str = ""
    note: str = ""
    source: str = "entered"
    leave_id: int | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """An officer sits at a desk in place of those it belongs to: what is seen there in that time is theirs."""

    camera_id: str
    desk_id: str
    officer_id: str
    span: Interval
    note: str = ""
    source: str = "entered"
    cover_id: int | None = None


@dataclass(frozen=True, slots=True)
class Punch:
    """One stamp of a time clock."""

    officer_id: str
    at: datetime
    direction: Direction = Direction.UNKNOWN
    device: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class BadgeRead:
    """A badge's printed code was read while its wearer crossed an entrance line."""

    officer_id: str
    camera_id: str
    line_id: str
    at: datetime
    direction: Direction


class CorrectionKind(StrEnum):
    """What a correction says of a stretch of time."""

    PRESENT = "present"
    """The officer was at work, whatever the camera saw."""
    NOT_PRESENT = "not_present"
    """Whoever was seen there was somebody else."""
    EXCUSED = "excused"
    """The officer need not have been there: see ``leave_kind``."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A change that was asked for, and what became of it. Never edited: the value before stays in the record.

    Attributes:
        asked_for: Who wants it, in words: the officer or the unit.
        document: Name of the paper that supports it; ``document_key`` is where its copy is kept, empty where none is.
        observed: What the cameras' figures said when it was asked for, one line for people to read.
        approved: None while nobody has decided.
        adjusts_period: The period that had been closed when it was asked for; None: it was open.
    """

    correction_id: int
    officer_id: str
    day: date
    kind: CorrectionKind
    span: Interval
    leave_kind: LeaveKind | None
    reason: str
    document: str
    document_key: str
    observed: str
    asked_by: int
    asked_for: str
    asked_at: datetime
    approved: bool | None = None
    decided_by: int | None = None
    decided_at: datetime | None = None
    decision_note: str = ""
    adjusts_period: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days of one site that was closed: its figures are sealed, later changes are adjustments.

    Attributes:
        sha256: Of ``content``, the canonical JSON of the figures at the moment of closing.
    """

    period_id: int
    site_id: str
    first: date
    last: date
    closed_by: int
    closed_at: datetime
    sha256: str
    content: str = ""
