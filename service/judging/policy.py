"""Which events are put before an inspector: flags, and some of what was not flagged, drawn at random."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from calibration.recall import is_drawn
from service.db.records import Queue, RandomCheck, RuleMode, RuleState, RuleTrust
from vision.rules.rulebook import ALCOHOL_SEEN, BADGE_MISSING, CITIZENS_WAITING, PRESENCE, SMOKING, TWO_AT_DESK
from vision.types import Event

CHECKED_AT_VISITS = (BADGE_MISSING, SMOKING, ALCOHOL_SEEN)
"""Rules about a person at a desk: what they miss is a visit at which nothing was flagged."""
NOTED_RULES = (CITIZENS_WAITING, TWO_AT_DESK)
"""Rules that say how things were, for attendance and the comparison with the time clock: no breach, so no flag."""
SUSPENDED_CHECKS = 0.2
"""At least so many flags of a suspended rule are drawn, if any are: nobody sees the others, and some twenty answers are
needed to earn trust again. At one in fifty that would be a thousand flags."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one event.

    Attributes:
        check: That it is shown although it was not flagged; None: it is not drawn.
    """

    queue: Queue
    check: RandomCheck | None = None


SHOWN = Decision(Queue.FLAG)


class QueuePolicy:
    """Decides for one site. Deciding again about the same event, in a replay, draws the same."""

    def __init__(self, judging: Iterable[RuleTrust]) -> None:
        self._judging: Mapping[str, RuleTrust] = {trust.rule_id: trust for trust in judging}

    def decide(self, event: Event, states: Mapping[str, RuleState], at: datetime) -> Decision:
        """Decide about a flag.

        Args:
            states: In force on the event's camera, by rule.
            at: Noted as when it was drawn.
        """
        state, trust = states.get(event.rule_id), self._judging.get(event.rule_id)
        if state is None or trust is None:
            return SHOWN
        if state.mode is RuleMode.SUSPENDED:
            share = max(trust.random_checks, SUSPENDED_CHECKS) if trust.random_checks > 0 else 0.0
            return Decision(Queue.SUSPENDED, _draw(event, event.rule_id, share, at))
        if state.threshold is not None and event.peak_score < state.threshold:
            return Decision(Queue.HELD, _draw(event, event.rule_id, trust.random_checks, at))
        return SHOWN

    def check_visit(self, visit: Event, flags: Sequence[tuple[str, datetime, datetime | None]]) -> RandomCheck | None:
        """Draw a closed visit at a desk, to ask whether a rule missed something in it.

        One event is asked about one rule: where two would draw it, the first of `CHECKED_AT_VISITS` does, and the
        probability of the second is lessened by that.

        Args:
            flags: (rule, start, end or None while it goes on) of the flags at the same desk.
        """
        if visit.rule_id != PRESENCE or visit.ended_at is None:
            return None
        left = 1.0
        for rule_id in CHECKED_AT_VISITS:
            trust = self._judging.get(rule_id)
            if trust is None or any(rule == rule_id and _overlap(visit, start, end) for rule, start, end in flags):
                continue
            share = trust.random_checks
            if is_drawn(visit.event_id, share, purpose=rule_id):
                return RandomCheck(str(visit.event_id), rule_id, share * left, visit.ended_at)
            left *= 1.0 - share
        return None


def is_visit_end(event: Event) -> bool:
    """Tell whether an event is a visit at a desk that is over."""
    return event.rule_id == PRESENCE and event.ended_at is not None


def _overlap(visit: Event, start: datetime, end: datetime | None) -> bool:
    return visit.ended_at is not None and start < visit.ended_at and (end is None or end > visit.started_at)


def _draw(event: Event, rule_id: str, share: float, at: datetime) -> RandomCheck | None:
    if not is_drawn(event.event_id, share, purpose=rule_id):
        return None
    return RandomCheck(str(event.event_id), rule_id, share, at)
