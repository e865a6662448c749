"""Apply each rule to the answers about each subject and keep its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vision.errors import InvalidFact
from vision.rules import gesture, sequential, sustained
from vision.rules.case import Case, remember, remember_puff, trace_of
from vision.rules.gesture import GestureParams, Hand, RaiseKind
from vision.rules.sequential import Balance, SequentialParams, Vote
from vision.rules.sustained import Closed, Opened, Stretch, SustainedParams, Transition
from vision.types import Answer, EndReason, Event, Gap, Observation, PlaceId, Question, RuleId, Subject

PRESENCE = RuleId("presence")
LEFT_POST = RuleId("left_post")
COUNTER_UNATTENDED = RuleId("counter_unattended")
BADGE_MISSING = RuleId("badge_missing")
SMOKING = RuleId("smoking")
ALCOHOL_SEEN = RuleId("alcohol_seen")
CITIZENS_WAITING = RuleId("citizens_waiting")
TWO_AT_DESK = RuleId("two_at_desk")

_OPPOSITE = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: which question it listens to, which answer it means, how much of it makes an event.

    Attributes:
        accuses: The answer that feeds the rule: ``NO`` for a missing badge, ``YES`` for smoking.
        after_visit: Feed it only once somebody has been seen at the place (leaving needs an arrival).
        threshold: The score above which a look counted, written into the event.
        model_sha256: Weights that saw it, written into the event.
        gesture: How puffs add to looks; None where hands say nothing of the rule.

    Raises:
        InvalidFact: Gestures alone would be enough for an event, or nothing adds them up.
    """

    rule_id: RuleId
    question: Question
    accuses: Answer
    params: SustainedParams | SequentialParams
    after_visit: bool = False
    threshold: float = 0.0
    model_sha256: str = ""
    gesture: GestureParams | None = None

    def __post_init__(self) -> None:
        if self.gesture is None:
            return
        if not isinstance(self.params, SequentialParams):
            raise InvalidFact(f"rule {self.rule_id}: gestures need a rule that adds up evidence")
        if self.gesture.weight_most >= self.params.bound:
            raise InvalidFact(
                f"rule {self.rule_id}: gestures alone would be enough: wanted ratio ** counted below the odds "
                f"{self.params.odds:g}, got {self.gesture.ratio:g} ** {self.gesture.counted}"
            )


@dataclass(frozen=True, slots=True)
class Counter:
    """Desks that stand in for one another: the counter is unattended when all of them are empty."""

    place_id: PlaceId
    desks: tuple[PlaceId, ...]


class Rulebook:
    """Keeps the state of every rule for every subject of one camera. Reads no clock but the frames'."""

    def __init__(
        self,
        rules: Sequence[Rule],
        counters: Sequence[Counter] = (),
        on_duty: Callable[[datetime], bool] = lambda _: True,
    ) -> None:
        """Start with no state.

        Args:
            rules: What is looked for; ``presence`` first, since leaving is judged by it.
            counters: Desks that stand in for one another.
            on_duty: Whether a desk must be attended at a time; outside, nobody can leave their post.
        """
        self._rules = tuple(rules)
        self._on_duty = on_duty
        self._counters = tuple(counters)
        self._cases: dict[tuple[RuleId, Subject], Case] = {}
        self._visited: set[Subject] = set()
        self._presence: dict[PlaceId, Observation] = {}
        self._hands: dict[tuple[RuleId, Subject], Hand] = {}

    def advance(self, observations: Iterable[Observation], at: datetime) -> list[Event]:
        """Take the answers of one frame; return events that opened or closed."""
        answered = list(observations)
        answered += self._judge_counters(answered)
        if not self._on_duty(at):
            self._visited.clear()
        events = []
        for rule in self._rules:
            self._follow_hands(rule, answered, at)
            for observation in answered:
                if observation.question is rule.question and self._applies(rule, observation):
                    events += self._feed(rule, observation)
        return events + self._expire(at)

    def interrupt(self, gap: Gap) -> list[Event]:
        """Nothing was seen for a while: what a rule cannot bridge ends at its last evidence."""
        self._presence.clear()
        self._hands = {key: gesture.interrupt(hand) for key, hand in self._hands.items()}
        return self._expire(gap.end, EndReason.INTERRUPTED)

    def finish(self, reason: EndReason = EndReason.RECORDING_ENDED) -> list[Event]:
        """The recording is over, or broke off: close whatever is still open, at its last evidence."""
        events = []
        for rule, subject, case in self._open_cases():
            events += self._end(rule, subject, case, reason)
        self._hands.clear()
        return events

    def _open_cases(self) -> list[tuple[Rule, Subject, Case]]:
        """List all cases, visits last: a visit that ends closes the judgements made during it."""
        keys = sorted(self._cases, key=lambda key: key[0] == PRESENCE)
        return [(self._rule(rule_id), subject, self._cases[rule_id, subject]) for rule_id, subject in keys]

    def _rule(self, rule_id: RuleId) -> Rule:
        return next(rule for rule in self._rules if rule.rule_id == rule_id)

    def _applies(self, rule: Rule, observation: Observation) -> bool:
        is_counter = any(counter.place_id == observation.subject.place_id for counter in self._counters)
        if rule.question is Question.PRESENCE and is_counter != (rule.rule_id == COUNTER_UNATTENDED):
            return False
        if not rule.after_visit:
            return True
        # an absence that goes on when the shift ends is still told to its end
        return observation.subject in self._visited or (rule.rule_id, observation.subject) in self._cases

    def _judge_counters(self, observations: Sequence[Observation]) -> list[Observation]:
        """Somebody at any desk attends the counter; unknown at one, and nobody elsewhere, is unknown."""
        for observation in observations:
            if observation.question is Question.PRESENCE:
                self._presence[observation.subject.place_id] = observation
        judged = []
        for counter in self._counters:
            known = [self._presence[desk] for desk in counter.desks if desk in self._presence]
            if len(known) < len(counter.desks) or not known:
                continue
            latest = max(known, key=lambda o: o.at)
            by_answer = {o.answer: o for o in known}
            decisive = by_answer.get(Answer.YES) or by_answer.get(Answer.UNKNOWN) or latest
            subject = Subject(decisive.subject.camera_id, decisive.subject.run_id, counter.place_id)
            if decisive.answer is Answer.YES:
                self._visited.add(subject)
            judged.append(replace(decisive, subject=subject, at=latest.at, box_px=None))
        return judged

    def _follow_hands(self, rule: Rule, observations: Sequence[Observation], at: datetime) -> None:
        """Find puffs, and forget hands of which nothing matters any more."""
        if rule.gesture is None:
            return
        for observation in observations:
            if observation.question is not Question.HAND_AT_MOUTH:
                continue
            key = (rule.rule_id, observation.subject)
            self._hands[key], over = gesture.step(self._hands.get(key, gesture.AT_REST), observation, rule.gesture)
            case = self._cases.get(key)
            is_puff = over is not None and over.kind(rule.gesture) is RaiseKind.PUFF
            if over is not None and is_puff and case is not None:
                self._cases[key] = remember_puff(case, over)
        idle = [key for key, hand in self._hands.items() if key[0] == rule.rule_id and hand.is_idle(at, rule.gesture)]
        for key in idle:
            del self._hands[key]

    def _feed(self, rule: Rule, observation: Observation) -> list[Event]:
        key = (rule.rule_id, observation.subject)
        hand = self._hands.get(key, gesture.AT_REST)
        case = self._cases.get(key) or Case(_initial(rule), puffs=hand.puffs)
        answer = observation.answer if rule.accuses is Answer.YES else _OPPOSITE[observation.answer]
        if rule.after_visit and answer is Answer.NO and self._is_visited_now(observation.subject):
            # somebody is there and a visit is open: nobody is away, however often the detector misses them
            return self._end(rule, observation.subject, case, EndReason.CEASED)
        if rule.after_visit and not self._on_duty(observation.at):
            answer = Answer.UNKNOWN
        support = 0.0 if rule.gesture is None else gesture.support(hand, observation.at, rule.gesture)
        state, transition = _step(case.state, Vote(observation.at, answer, observation.score), rule, support)
        case = replace(case, state=state)
        if isinstance(transition, Closed):
            events = self._settle(rule, observation.subject, case, transition)
            if state.since is not None:  # a new stretch began with this very answer
                self._cases[key] = remember(Case(state), observation, answer)
            return events
        if state.since is None:
            self._cases.pop(key, None)
            return []
        return self._settle(rule, observation.subject, remember(case, observation, answer), transition)

    def _is_visited_now(self, subject: Subject) -> bool:
        """Tell whether a visit is open at a desk, or at any desk of a counter."""
        desks = next((c.desks for c in self._counters if c.place_id == subject.place_id), (subject.place_id,))
        cases = (self._cases.get((PRESENCE, replace(subject, place_id=desk))) for desk in desks)
        return any(case is not None and case.state.is_open for case in cases)

    def _end(self, rule: Rule, subject: Subject, case: Case, reason: EndReason) -> list[Event]:
        """End a case at its last evidence and forget it; one that was still pending was nothing."""
        _, transition = _close(case.state, reason)
        return self._settle(rule, subject, replace(case, state=_initial(rule)), transition)

    def _end_judgement(self, subject: Subject, visit_ended: EndReason) -> list[Event]:
        """A visit is over: what was seen of this visitor must not count against the next."""
        reason = EndReason.INTERRUPTED if visit_ended is EndReason.INTERRUPTED else EndReason.LOST_SIGHT
        events = []
        for rule in self._rules:
            case = self._cases.get((rule.rule_id, subject))
            self._hands.pop((rule.rule_id, subject), None)
            if rule.question is not Question.PRESENCE and case is not None:
                events += self._end(rule, subject, case, reason)
        return events

    def _expire(self, at: datetime, reason: EndReason | None = None) -> list[Event]:
        events = []
        for rule, subject, case in self._open_cases():
            state, transition = _expire(case.state, at, rule)
            if state is case.state or (rule.rule_id, subject) not in self._cases:
                continue
            if reason is not None and isinstance(transition, Closed):
                transition = replace(transition, reason=reason)
            events += self._settle(rule, subject, replace(case, state=state), transition)
        return events

    def _settle(self, rule: Rule, subject: Subject, case: Case, transition: Transition) -> list[Event]:
        """Store the case and turn a transition into the event it means."""
        key = (rule.rule_id, subject)
        if isinstance(transition, Opened):
            if rule.rule_id == PRESENCE:
                self._visited.add(subject)
            self._cases[key] = case
            return [_make_event(rule, subject, case, transition.started_at)]
        if isinstance(transition, Closed):
            self._cases.pop(key, None)
            event = _make_event(rule, subject, case, transition.started_at)
            closed = replace(event, ended_at=transition.ended_at, end_reason=transition.reason)
            return [closed, *(self._end_judgement(subject, transition.reason) if rule.rule_id == PRESENCE else [])]
        if case.state.since is None:
            self._cases.pop(key, None)
        else:
            self._cases[key] = case
        return []


def _make_event(rule: Rule, subject: Subject, case: Case, started_at: datetime) -> Event:
    peak = case.peak
    return Event(
        rule_id=rule.rule_id,
        subject=subject,
        started_at=started_at,
        peak_score=peak.score if peak else 0.0,
        peak_at=peak.at if peak else started_at,
        threshold=rule.threshold,
        model_sha256=rule.model_sha256,
        box_px=peak.box_px if peak else None,
        trace=trace_of(case),
    )


def _initial(rule: Rule) -> Stretch | Balance:
    return sustained.NOTHING if isinstance(rule.params, SustainedParams) else sequential.LEVEL


def _step(state: Stretch | Balance, vote: Vote, rule: Rule, support: float) -> tuple[Stretch | Balance, Transition]:
    if isinstance(state, Stretch) and isinstance(rule.params, SustainedParams):
        return sustained.step(state, vote.at, vote.answer, rule.params)
    if isinstance(state, Balance) and isinstance(rule.params, SequentialParams):
        return sequential.step(state, vote, rule.params, support=support)
    raise TypeError(f"rule {rule.rule_id}: {type(state).__name__} does not go with {type(rule.params).__name__}")


def _expire(state: Stretch | Balance, at: datetime, rule: Rule) -> tuple[Stretch | Balance, Transition]:
    if isinstance(state, Stretch) and isinstance(rule.params, SustainedParams):
        return sustained.expire(state, at, rule.params)
    if isinstance(state, Balance) and isinstance(rule.params, SequentialParams):
        return sequential.expire(state, at, rule.params)
    raise TypeError(f"rule {rule.rule_id}: {type(state).__name__} does not go with {type(rule.params).__name__}")


def _close(state: Stretch | Balance, reason: EndReason) -> tuple[Stretch | Balance, Transition]:
    if isinstance(state, Stretch):
        return sustained.close(state, reason)
    return sequential.close(state, reason)
