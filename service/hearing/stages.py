"""Where a hearing stands and who may do the next step: a function of its steps and the present moment. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class StepKind(StrEnum):
    """What happened in a hearing."""

    NOTICE = "notice"
    """The inspection told the person what they are said to have done."""
    EXTENSION = "extension"
    """The inspection gave the person more time, for a reason; answering is open again."""
    RESPONSE = "response"
    """The person answered; they may add to it until the deadline."""
    NO_RESPONSE = "no_response"
    """The deadline passed in silence. Silence is no admission."""
    RESPONSE_OVER = "response_over"
    """The deadline passed for whoever answered and did not say that this was all."""
    CONCLUSION = "conclusion"
    APPEAL = "appeal"
    APPEAL_CONCLUSION = "appeal_conclusion"
    CLOSED = "closed"
    """The time for an appeal passed."""
    WITHDRAWN = "withdrawn"
    """The hearing was opened by mistake."""
    DOOR_CHANGED = "door_changed"
    """Somebody of the inspection made another link and number, and so might have come in by them."""


class Outcome(StrEnum):
    """What a hearing comes to."""

    UPHELD = "upheld"
    """There was a breach."""
    NOT_UPHELD = "not_upheld"
    CANNOT_ESTABLISH = "cannot_establish"
    """It cannot be established; this is in the person's favour."""


class Stage(StrEnum):
    """Where a hearing stands."""

    RESPONDING = "responding"
    CONCLUDING = "concluding"
    APPEALABLE = "appealable"
    APPEALED = "appealed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Turn(StrEnum):
    """Who is asked."""

    PERSON = "person"
    INSPECTION = "inspection"
    NOBODY = "nobody"


TURNS = {
    Stage.RESPONDING: Turn.PERSON,
    Stage.CONCLUDING: Turn.INSPECTION,
    Stage.APPEALABLE: Turn.PERSON,
    Stage.APPEALED: Turn.INSPECTION,
    Stage.CLOSED: Turn.NOBODY,
    Stage.WITHDRAWN: Turn.NOBODY,
}
BY_TIME = frozenset({StepKind.NO_RESPONSE, StepKind.RESPONSE_OVER, StepKind.CLOSED})
BY_PERSON = frozenset({StepKind.RESPONSE, StepKind.APPEAL})
CONCLUSIONS = frozenset({StepKind.CONCLUSION, StepKind.APPEAL_CONCLUSION})


@dataclass(frozen=True, slots=True)
class Step:
    """One step, as far as it counts here.

    Attributes:
        user_id: Who of the inspection did it; None where the person did, or time alone.
        outcome: What a conclusion comes to; None for other steps.
        due_at: Until when the next step is wanted; None where none is.
        is_complete: The person said that this answer is all.
    """

    kind: StepKind
    at: datetime
    user_id: int | None = None
    outcome: Outcome | None = None
    due_at: datetime | None = None
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Who wants to do a step.

    Attributes:
        user_id: Of an account; None for the person with their link.
        is_subject: The hearing is about them.
        may_hear: They are of the inspection.
        is_concerned: They are of the inspection, but it is about them or their desk: they have no part in it.
    """

    user_id: int | None
    is_subject: bool
    may_hear: bool
    is_concerned: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a hearing stands.

    Attributes:
        due_at: Until when whoever is asked should act; None where nobody is.
        answers_until: Until when the person may answer, as long as nothing is concluded.
        outcome: What the latest conclusion says; None while there is none.
    """

    stage: Stage
    due_at: datetime | None
    answers_until: datetime | None
    outcome: Outcome | None = None
    has_answer: bool = False

    @property
    def turn(self) -> Turn:
        """Who is asked."""
        return TURNS[self.stage]

    def is_late(self, now: datetime) -> bool:
        """Tell whether the inspection should have acted by now. The person is never late: they may be silent."""
        return self.turn is Turn.INSPECTION and self.due_at is not None and now >= self.due_at


def situation_of(steps: Sequence[Step]) -> Situation:
    """Add up steps, oldest first; the first one is the notice. What time alone does must be among them."""
    notice, *later = steps
    found = Situation(Stage.RESPONDING, notice.due_at, notice.due_at)
    for step in later:
        found = _after(found, step)
    return found


def _after(before: Situation, step: Step) -> Situation:
    match step.kind:
        case StepKind.EXTENSION:
            return replace(before, stage=Stage.RESPONDING, due_at=step.due_at, answers_until=step.due_at)
        case StepKind.RESPONSE if step.is_complete:
            return replace(before, stage=Stage.CONCLUDING, due_at=step.due_at, has_answer=True)
        case StepKind.RESPONSE:
            return replace(before, stage=Stage.RESPONDING, due_at=before.answers_until, has_answer=True)
        case StepKind.NO_RESPONSE | StepKind.RESPONSE_OVER:
            return replace(before, stage=Stage.CONCLUDING, due_at=step.due_at)
        case StepKind.CONCLUSION if step.outcome is Outcome.NOT_UPHELD:
            return replace(before, stage=Stage.CLOSED, due_at=None, outcome=step.outcome)
        case StepKind.CONCLUSION:
            return replace(before, stage=Stage.APPEALABLE, due_at=step.due_at, outcome=step.outcome)
        case StepKind.APPEAL:
            return replace(before, stage=Stage.APPEALED, due_at=step.due_at)
        case StepKind.APPEAL_CONCLUSION:
            return replace(before, stage=Stage.CLOSED, due_at=None, outcome=step.outcome)
        case StepKind.WITHDRAWN:
            return replace(before, stage=Stage.WITHDRAWN, due_at=None)
        case StepKind.DOOR_CHANGED:
            return before
        case _:
            return replace(before, stage=Stage.CLOSED, due_at=None)


def passed(steps: Sequence[Step], now: datetime, *, decide_within: timedelta) -> Step | None:
    """Return the step that time alone has done since the last one; None where none. A second call adds nothing."""
    found = situation_of(steps)
    if found.due_at is None or now < found.due_at:
        return None
    if found.stage is Stage.RESPONDING:
        kind = StepKind.RESPONSE_OVER if found.has_answer else StepKind.NO_RESPONSE
        return Step(kind, found.due_at, due_at=found.due_at + decide_within)
    return Step(StepKind.CLOSED, found.due_at) if found.stage is Stage.APPEALABLE else None


def open_steps(
    steps: Sequence[Step], now: datetime, actor: Actor, *, judges: Iterable[int] = ()
) -> frozenset[StepKind]:
    """Return the steps that somebody may do now; what time alone has done is among ``steps`` already.

    Args:
        judges: Who gave a verdict on the flag, also one that was taken back: they may not decide on an appeal.
    """
    found = situation_of(steps)
    if actor.is_subject:
        return _of_person(found, now)
    if not actor.may_hear or actor.is_concerned:
        return frozenset()
    if found.stage in (Stage.RESPONDING, Stage.CONCLUDING):
        beside = {StepKind.EXTENSION, StepKind.WITHDRAWN}
        concludes = found.stage is Stage.CONCLUDING and actor.user_id not in _who_did(steps, StepKind.DOOR_CHANGED)
        return frozenset(beside | ({StepKind.CONCLUSION} if concludes else set()))
    if found.stage is Stage.APPEALED and actor.user_id not in {*judges, *took_part(steps)}:
        return frozenset({StepKind.APPEAL_CONCLUSION})
    return frozenset()


def _of_person(found: Situation, now: datetime) -> frozenset[StepKind]:
    if found.stage is Stage.APPEALABLE:
        return frozenset({StepKind.APPEAL})
    is_asked = found.stage in (Stage.RESPONDING, Stage.CONCLUDING)
    has_time = found.answers_until is not None and now < found.answers_until
    return frozenset({StepKind.RESPONSE}) if is_asked and has_time else frozenset()


def may_change_door(steps: Sequence[Step], actor: Actor) -> bool:
    """Tell whether somebody may make another link and number now.

    They might come in by them in the person's place: whoever does it concludes nothing, and whoever concluded does not
    do it.
    """
    if actor.is_subject or actor.is_concerned or not actor.may_hear:
        return False
    is_over = situation_of(steps).turn is Turn.NOBODY
    return not is_over and actor.user_id not in _who_did(steps, StepKind.CONCLUSION)


def _who_did(steps: Iterable[Step], kind: StepKind) -> frozenset[int]:
    return took_part(step for step in steps if step.kind is kind)


def took_part(steps: Iterable[Step]) -> frozenset[int]:
    """Return who of the inspection did any step."""
    return frozenset(step.user_id for step in steps if step.user_id is not None)
