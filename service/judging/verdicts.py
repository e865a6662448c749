"""Stored verdicts as evidence for `calibration`: one answer per flag, and what it is a fair sample of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from calibration.recall import is_drawn
from calibration.verdicts import JudgedScore, Resolved, resolve
from service.db.records import JudgedFlag, Queue, RuleMode, RuleState, RuleTrust, Verdict

MEANING: dict[Verdict, bool | None] = {
    Verdict.BREACH: True,
    Verdict.NO_BREACH: False,
    Verdict.CANNOT_TELL: None,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A flag with one answer.

    Attributes:
        at: Time of its latest verdict.
    """

    flag: JudgedFlag
    is_breach: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Answers:
    """All flags of a rule on a camera that have an answer, by the time of their latest verdict.

    Attributes:
        unclear: Flags of which nobody could tell.
        contradicted: Flags on which as many say the one as the other.
    """

    known: tuple[Answer, ...]
    unclear: int
    contradicted: int


def answer_flags(flags: Sequence[JudgedFlag]) -> Answers:
    """Turn verdicts into answers; flags without one are counted."""
    known: list[Answer] = []
    unclear = contradicted = 0
    for flag in flags:
        resolved = resolve([(reviewer, MEANING[verdict]) for reviewer, verdict, _ in flag.verdicts])
        if resolved is Resolved.CANNOT_TELL:
            unclear += 1
        elif resolved is Resolved.CONTRADICTED:
            contradicted += 1
        else:
            latest = max(at for _, _, at in flag.verdicts)
            known.append(Answer(flag, resolved is Resolved.BREACH, latest))
    known.sort(key=lambda answer: (answer.at, answer.flag.event_id))
    return Answers(tuple(known), unclear, contradicted)


def as_scores(answers: Sequence[Answer], history: Sequence[RuleState], trust: RuleTrust) -> list[JudgedScore]:
    """Say of each flag what it is a fair sample of: of all flags, or of those above the threshold then in force.

    Flags above the threshold that would have been drawn had they been under it stand with those that were drawn. They
    are thinned by the smallest probability that any was drawn with: where that was changed, low scores weigh too much,
    and never high ones.

    Args:
        history: States of the rule on this camera, oldest first.
    """
    probabilities = [a.flag.probability for a in answers if a.flag.queue is Queue.HELD and a.flag.probability]
    least = min([trust.random_checks, *probabilities])
    scores = []
    for answer in answers:
        flag = answer.flag
        score = min(max(flag.score, 0.0), 1.0)
        fair_from = 0.0
        if flag.probability is None and not is_drawn(UUID(flag.event_id), least, purpose=trust.rule_id):
            fair_from = min(threshold_at(history, flag.at), score)
        scores.append(JudgedScore(score, answer.is_breach, fair_from))
    return scores


def threshold_at(history: Sequence[RuleState], at: datetime) -> float:
    """Return the threshold in force at a moment; 0 where none was."""
    in_force = [state for state in history if state.at <= at]
    return (in_force[-1].threshold or 0.0) if in_force else 0.0


def mode_since(history: Sequence[RuleState]) -> tuple[RuleMode, datetime | None]:
    """Return the mode in force and since when; active since ever where there is no history."""
    if not history:
        return RuleMode.ACTIVE, None
    since: datetime | None = None
    mode = RuleMode.ACTIVE
    for state in history:
        if state.mode is not mode:
            mode, since = state.mode, state.at
    return mode, since


def last_suspended(history: Sequence[RuleState]) -> datetime | None:
    """Return when the rule was suspended last; None where it never was."""
    since: datetime | None = None
    mode = RuleMode.ACTIVE
    for state in history:
        if state.mode is RuleMode.SUSPENDED and mode is RuleMode.ACTIVE:
            since = state.at
        mode = state.mode
    return since
