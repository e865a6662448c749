"""How far a rule is trusted on a camera, brought up to date after each verdict. Changes are appended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from calibration.pooled import PrecisionPrior, fit_prior
from calibration.suspension import JudgedAt, Mode, ModeChange, SuspensionParams, Trust, replay
from calibration.thresholds import Outcome, ThresholdChoice, choose_threshold, milestone
from service.db.records import JudgedFlag, Queue, RuleMode, RuleState, RuleTrust
from service.judging.verdicts import Answer, answer_flags, as_scores, last_suspended, mode_since

VERDICTS_AT_MOST = 1000
"""Older verdicts are of a camera, a net and a light that may have changed."""


class ThresholdCause(StrEnum):
    """Why the threshold changed; for a changed mode see `calibration.suspension.Cause`."""

    EARNED = "threshold_earned"
    WORKING = "threshold_working"
    """Other cameras suggest it; nothing is earned."""
    NO_LONGER_SHOWN = "threshold_no_longer_shown"
    """It stays in force, but the camera's verdicts do not carry a guarantee any more."""
    CANNOT_REACH = "threshold_cannot_reach"
    NOT_ENOUGH_YET = "threshold_not_enough_yet"


class VerdictStore(Protocol):
    """What is asked of `service.db.calibration.CalibrationRepository`."""

    def rule_history(self, camera_id: str, rule_id: str) -> list[RuleState]:
        """Return every state, oldest first."""
        ...

    def judged_flags(self, camera_id: str | None, rule_id: str, *, since: datetime | None = None) -> list[JudgedFlag]:
        """Return the events of a rule that have a verdict."""
        ...

    def add_rule_state(self, state: RuleState) -> None:
        """Append a state."""
        ...


@dataclass(frozen=True, slots=True)
class _Case:
    """A rule on a camera and all that is known of it."""

    camera_id: str
    trust: RuleTrust
    history: tuple[RuleState, ...]
    answers: tuple[Answer, ...]
    now: datetime

    @property
    def before(self) -> RuleState:
        if self.history:
            return self.history[-1]
        return RuleState(self.camera_id, self.trust.rule_id, self.now, RuleMode.ACTIVE, None, False, None, None, 0, "")


def refresh_rule(store: VerdictStore, camera_id: str, trust: RuleTrust, *, now: datetime) -> RuleState | None:
    """Bring the trust in a rule on a camera up to date after a verdict; return the new state, if anything changed."""
    history = tuple(store.rule_history(camera_id, trust.rule_id))
    answers = answer_flags(store.judged_flags(camera_id, trust.rule_id)).known
    case = _Case(camera_id, trust, history, answers, now)
    change = _mode_change(case)
    if change is not None:
        state = _changed(case, change)
    elif mode_since(history)[0] is RuleMode.SUSPENDED:
        return None
    else:
        chosen = _choose(case, store)
        if chosen is None:
            return None
        state = chosen
    store.add_rule_state(state)
    return state


def _mode_change(case: _Case) -> ModeChange | None:
    """Return the first change of mode in the verdicts since the mode in force began."""
    mode, since = mode_since(case.history)
    if mode is RuleMode.ACTIVE:
        heard = [a for a in case.answers if a.flag.queue is Queue.FLAG and (since is None or a.flag.at >= since)]
    else:
        threshold = case.before.threshold or 0.0
        heard = [
            a
            for a in case.answers
            if a.flag.queue is Queue.SUSPENDED and a.flag.score >= threshold and since is not None and a.at >= since
        ]
    params = SuspensionParams(case.trust.precision_target, case.trust.precision_floor)
    _, changes = replay([JudgedAt(a.at, a.is_breach) for a in heard], params, start=Trust(Mode(mode)))
    return changes[0] if changes else None


def _changed(case: _Case, change: ModeChange) -> RuleState:
    return replace(
        case.before,
        at=case.now,
        mode=RuleMode(change.mode),
        earned=False,
        precision=change.precision,
        precision_low=change.interval[0] if change.interval else None,
        verdicts=change.n,
        cause=str(change.cause),
        user_id=None,
        note="",
    )


def _choose(case: _Case, store: VerdictStore) -> RuleState | None:
    """Choose the threshold anew at a milestone, from flags since the rule was last suspended; None: nothing changes."""
    since = last_suspended(case.history)
    usable = [a for a in case.answers if since is None or a.flag.at >= since]
    if not usable or len(usable) != milestone(len(usable)):
        return None
    scores = as_scores(usable[-VERDICTS_AT_MOST:], case.history, case.trust)
    choice = choose_threshold(scores, target=case.trust.precision_target)
    if choice.outcome is Outcome.NOT_ENOUGH_YET:
        prior = _prior(case, store)
        choice = choose_threshold(scores, target=case.trust.precision_target, prior=prior)
    state = _chosen(case, choice)
    before = case.before
    is_same = (state.threshold, state.earned) == (before.threshold, before.earned)
    return None if is_same and (case.history or state.threshold is None) else state


def _chosen(case: _Case, choice: ThresholdChoice) -> RuleState:
    is_earned = choice.outcome is Outcome.EARNED
    threshold, cause = choice.threshold, _CAUSES[choice.outcome]
    if choice.outcome is Outcome.NOT_ENOUGH_YET:
        before = case.before
        if before.threshold is not None and before.cause != ThresholdCause.WORKING:
            # dropping it would flood the queue with what was held back, for want of a verdict or two; and after a
            # suspension it was from this threshold on that the rule earned trust again
            threshold, cause = before.threshold, ThresholdCause.NO_LONGER_SHOWN
        elif threshold is not None:
            cause = ThresholdCause.WORKING
    return replace(
        case.before,
        at=case.now,
        mode=RuleMode.ACTIVE,
        threshold=threshold,
        earned=is_earned,
        precision=choice.precision,
        precision_low=choice.precision_low,
        verdicts=choice.n_used,
        cause=str(cause),
        user_id=None,
        note="",
    )


_CAUSES = {
    Outcome.EARNED: ThresholdCause.EARNED,
    Outcome.CANNOT_REACH: ThresholdCause.CANNOT_REACH,
    Outcome.NOT_ENOUGH_YET: ThresholdCause.NOT_ENOUGH_YET,
}


def _prior(case: _Case, store: VerdictStore) -> PrecisionPrior | None:
    """Fit what the other cameras' verdicts on this rule let one expect here."""
    others: dict[str, list[JudgedFlag]] = {}
    for flag in store.judged_flags(None, case.trust.rule_id):
        if flag.camera_id != case.camera_id:
            others.setdefault(flag.camera_id, []).append(flag)
    return fit_prior(
        [
            as_scores(answer_flags(flags).known, store.rule_history(camera_id, case.trust.rule_id), case.trust)
            for camera_id, flags in others.items()
        ]
    )


def trust_of(judging: Sequence[RuleTrust], rule_id: str) -> RuleTrust | None:
    """Return what a site asks of a rule; None for rules that are not judged."""
    return next((trust for trust in judging if trust.rule_id == rule_id), None)
