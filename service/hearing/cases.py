"""What is stored of a hearing: frozen values, never rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.hearing.stages import TURNS, Outcome, Stage, Step, StepKind, Turn


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """The hearing of one person about one confirmed flag; see `service.db.hearing_tables.CaseRow`."""

    case_id: str
    event_id: str
    officer_id: str | None
    person_name: str
    agency: str
    unit: str
    rule_id: str
    stage: Stage
    opened_by: int
    opened_at: datetime
    due_at: datetime | None
    outcome: Outcome | None
    concluded_at: datetime | None
    email: str
    language: str

    @property
    def turn(self) -> Turn:
        """Who is asked."""
        return TURNS[self.stage]

    def is_late(self, now: datetime) -> bool:
        """Tell whether the inspection should have acted by now."""
        return self.turn is Turn.INSPECTION and self.due_at is not None and now >= self.due_at


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that the person handed in.

    Attributes:
        name: As the person called it, cleaned; it is never part of a path.
        key: Where it lies in the evidence store.
    """

    attachment_id: int
    name: str
    key: str
    sha256: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step with what was said."""

    step_id: int
    kind: StepKind
    at: datetime
    user_id: int | None
    outcome: Outcome | None
    due_at: datetime | None
    is_complete: bool
    text: str
    request_id: str
    attachments: tuple[Attachment, ...] = ()

    @property
    def step(self) -> Step:
        """As `service.hearing.stages` takes it."""
        return Step(self.kind, self.at, self.user_id, self.outcome, self.due_at, self.is_complete)


def steps_in(records: Sequence[StepRecord]) -> list[Step]:
    """Return steps as `service.hearing.stages` takes them."""
    return [record.step for record in records]


@dataclass(frozen=True, slots=True)
class NewCase:
    """A hearing as it is opened.

    Attributes:
        request_id: The same opening sent twice is stored once.
    """

    event_id: str
    officer_id: str | None
    person_name: str
    agency: str
    unit: str
    rule_id: str
    opened_by: int
    opened_at: datetime
    due_at: datetime
    text: str
    request_id: str
    token_hash: str
    pin_hash: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A file as it is handed in; its bytes are in the store already."""

    name: str
    key: str
    sha256: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which hearings are wanted; None means any.

    Attributes:
        late_at: Only those that the inspection should have acted on by then.
    """

    turn: Turn | None = None
    stage: Stage | None = None
    late_at: datetime | None = None
