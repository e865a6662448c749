"""What became of hearings: who answered, what was concluded, what an appeal changed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.hearing.stages import Outcome, StepKind


@dataclass(frozen=True, slots=True)
class Hearing:
    """One hearing, as far as it is counted.

    Attributes:
        person: Tells people apart.
        name: Shown only of those whose hearing came to a breach for good.
        at: When the event began that it is about.
        steps: What happened, oldest first; what was concluded, where the step is a conclusion.
    """

    case_id: str
    event_id: str
    person: str
    name: str
    agency: str
    unit: str
    rule: str
    at: datetime
    steps: tuple[tuple[StepKind, Outcome | None], ...]

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was opened by mistake."""
        return self._has(StepKind.WITHDRAWN)

    @property
    def has_answered(self) -> bool:
        """Whether the person answered; later answers are refused, so every answer came in time."""
        return self._has(StepKind.RESPONSE)

    @property
    def is_silent(self) -> bool:
        """Whether the time for an answer passed without one."""
        return self._has(StepKind.NO_RESPONSE) and not self.has_answered

    @property
    def has_appealed(self) -> bool:
        """Whether the person appealed."""
        return self._has(StepKind.APPEAL)

    @property
    def concluded(self) -> Outcome | None:
        """What was concluded first; None while it is not."""
        return self._outcome(StepKind.CONCLUSION)

    @property
    def appealed(self) -> Outcome | None:
        """What the appeal came to; None where there was none or it runs."""
        return self._outcome(StepKind.APPEAL_CONCLUSION)

    @property
    def is_changed(self) -> bool:
        """Whether the appeal came to something else than the conclusion."""
        return self.appealed is not None and self.appealed is not self.concluded

    @property
    def final(self) -> Outcome | None:
        """What it came to for good; None while anybody may still do something about it."""
        if self.is_withdrawn:
            return None
        if self.appealed is not None:
            return self.appealed
        is_over = self.concluded is Outcome.NOT_UPHELD or self._has(StepKind.CLOSED)
        return self.concluded if is_over else None

    def _has(self, kind: StepKind) -> bool:
        return any(found is kind for found, _ in self.steps)

    def _outcome(self, kind: StepKind) -> Outcome | None:
        return next((outcome for found, outcome in self.steps if found is kind), None)


@dataclass(frozen=True, slots=True)
class HearingFigures:
    """Sums over hearings. Those that were opened by mistake are only counted as such.

    Attributes:
        people: How many different people they are about.
        running: Not concluded yet, under appeal, or with time left for one.
        concluded: For good.
        changed: Appeals that came to something else than the conclusion.
    """

    opened: int
    withdrawn: int
    people: int
    answered: int
    silent: int
    running: int
    concluded: dict[Outcome, int]
    appeals: int
    appeals_decided: int
    changed: int


def hearing_figures(hearings: Sequence[Hearing]) -> HearingFigures:
    """Sum hearings."""
    held = [one for one in hearings if not one.is_withdrawn]
    finals = Counter(one.final for one in held if one.final is not None)
    return HearingFigures(
        opened=len(held),
        withdrawn=len(hearings) - len(held),
        people=len({one.person for one in held}),
        answered=sum(one.has_answered for one in held),
        silent=sum(one.is_silent for one in held),
        running=sum(one.final is None for one in held),
        concluded={outcome: finals[outcome] for outcome in Outcome},
        appeals=sum(one.has_appealed for one in held),
        appeals_decided=sum(one.appealed is not None for one in held),
        changed=sum(one.is_changed for one in held),
    )
