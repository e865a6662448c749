"""The stages of a hearing: stories, and random sequences of steps against an oracle that keeps no state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from service.hearing.stages import (
    BY_PERSON,
    BY_TIME,
    CONCLUSIONS,
    Actor,
    Outcome,
    Stage,
    Step,
    StepKind,
    Turn,
    may_change_door,
    open_steps,
    passed,
    situation_of,
    took_part,
)

START = datetime(2025, 10, 20, 2, tzinfo=UTC)
DAY = timedelta(days=1)
ANSWER, DECIDE, APPEAL = 5 * DAY, 10 * DAY, 10 * DAY
PERSON = Actor(None, is_subject=True, may_hear=False)
JUDGES = (1, 2)
OPENER, LEADER, OTHER = (Actor(n, is_subject=False, may_hear=True) for n in (1, 3, 4))
AUDITOR = Actor(9, is_subject=False, may_hear=False)
OFFICER_IN_THE_INSPECTION = Actor(5, is_subject=True, may_hear=True)
OF_THE_DESK = Actor(6, is_subject=False, may_hear=True, is_concerned=True)
ACTORS = (PERSON, OPENER, LEADER, OTHER, AUDITOR, OFFICER_IN_THE_INSPECTION, OF_THE_DESK)


class Hearing:
    """Plays steps the way the service does: time first, then the step if it is open."""

    def __init__(self) -> None:
        self.now = START
        self.steps = [Step(StepKind.NOTICE, START, 1, due_at=START + ANSWER)]

    def wait(self, length: timedelta) -> None:
        self.now += length
        while (over := passed(self.steps, self.now, decide_within=DECIDE)) is not None:
            self.steps.append(over)

    def may(self, actor: Actor) -> frozenset[StepKind]:
        return open_steps(self.steps, self.now, actor, judges=JUDGES)

    def do(self, kind: StepKind, actor: Actor, outcome: Outcome | None = None, *, is_complete: bool = False) -> None:
        assert kind in self.may(actor)
        due = {
            StepKind.EXTENSION: self.now + ANSWER,
            StepKind.RESPONSE: self.now + DECIDE if is_complete else None,
            StepKind.CONCLUSION: self.now + APPEAL,
            StepKind.APPEAL: self.now + DECIDE,
        }.get(kind)
        by = None if kind in BY_PERSON else actor.user_id
        self.steps.append(Step(kind, self.now, by, outcome, due, is_complete))

    def change_door(self, actor: Actor) -> None:
        self.steps.append(Step(StepKind.DOOR_CHANGED, self.now, actor.user_id))

    @property
    def stage(self) -> Stage:
        return situation_of(self.steps).stage

    @property
    def kinds(self) -> list[StepKind]:
        return [step.kind for step in self.steps]


def test_silence_until_the_deadline_lets_the_inspection_conclude_and_is_no_conclusion_itself() -> None:
    hearing = Hearing()
    hearing.wait(ANSWER - timedelta(seconds=1))
    assert StepKind.CONCLUSION not in hearing.may(LEADER)
    hearing.wait(timedelta(seconds=1))
    assert [StepKind.NOTICE, StepKind.NO_RESPONSE] == hearing.kinds
    assert (Stage.CONCLUDING, None) == (hearing.stage, situation_of(hearing.steps).outcome)
    assert frozenset() == hearing.may(PERSON)
    assert StepKind.CONCLUSION in hearing.may(LEADER)


def test_an_answer_may_be_added_to_and_is_waited_for_until_the_person_says_that_it_is_all() -> None:
    hearing = Hearing()
    hearing.do(StepKind.RESPONSE, PERSON)
    assert StepKind.CONCLUSION not in hearing.may(LEADER)
    hearing.do(StepKind.RESPONSE, PERSON, is_complete=True)
    assert StepKind.CONCLUSION in hearing.may(LEADER)
    assert StepKind.RESPONSE in hearing.may(PERSON)
    hearing.do(StepKind.RESPONSE, PERSON)
    assert StepKind.CONCLUSION not in hearing.may(LEADER)
    hearing.wait(ANSWER)
    assert StepKind.RESPONSE_OVER == hearing.kinds[-1]
    assert StepKind.CONCLUSION in hearing.may(LEADER)


def test_more_time_opens_the_answer_again_also_after_silence() -> None:
    hearing = Hearing()
    hearing.wait(ANSWER)
    hearing.do(StepKind.EXTENSION, LEADER)
    assert {StepKind.RESPONSE} == hearing.may(PERSON)
    assert StepKind.CONCLUSION not in hearing.may(LEADER)


def test_an_appeal_is_decided_by_whoever_neither_judged_nor_opened_nor_concluded() -> None:
    hearing = Hearing()
    hearing.wait(ANSWER)
    hearing.do(StepKind.CONCLUSION, LEADER, Outcome.UPHELD)
    assert {StepKind.APPEAL} == hearing.may(PERSON)
    hearing.do(StepKind.APPEAL, PERSON)
    second_judge = Actor(2, is_subject=False, may_hear=True)
    for party in (OPENER, second_judge, LEADER, PERSON, AUDITOR, OFFICER_IN_THE_INSPECTION):
        assert frozenset() == hearing.may(party)
    hearing.do(StepKind.APPEAL_CONCLUSION, OTHER, Outcome.NOT_UPHELD)
    found = situation_of(hearing.steps)
    assert (Stage.CLOSED, Turn.NOBODY, Outcome.NOT_UPHELD) == (found.stage, found.turn, found.outcome)


def test_what_is_not_upheld_is_over_at_once_and_the_rest_when_the_time_for_an_appeal_has_passed() -> None:
    for outcome, stage in ((Outcome.NOT_UPHELD, Stage.CLOSED), (Outcome.CANNOT_ESTABLISH, Stage.APPEALABLE)):
        hearing = Hearing()
        hearing.wait(ANSWER)
        hearing.do(StepKind.CONCLUSION, LEADER, outcome)
        assert stage is hearing.stage
        hearing.wait(APPEAL)
        assert (Stage.CLOSED, frozenset()) == (hearing.stage, hearing.may(PERSON))


def test_only_the_inspection_is_ever_late() -> None:
    hearing = Hearing()
    hearing.wait(ANSWER + DECIDE - timedelta(seconds=1))
    assert not situation_of(hearing.steps).is_late(hearing.now)
    hearing.wait(timedelta(seconds=1))
    assert situation_of(hearing.steps).is_late(hearing.now)
    hearing.do(StepKind.EXTENSION, LEADER)
    assert not situation_of(hearing.steps).is_late(hearing.now + 99 * DAY)


def test_an_inspector_who_is_the_subject_may_only_answer() -> None:
    assert {StepKind.RESPONSE} == Hearing().may(OFFICER_IN_THE_INSPECTION)


def test_whoever_made_another_link_concludes_nothing_and_whoever_concluded_makes_none() -> None:
    hearing = Hearing()
    before = situation_of(hearing.steps)
    hearing.change_door(LEADER)
    assert before == situation_of(hearing.steps)
    hearing.wait(ANSWER)
    assert [False, True] == [StepKind.CONCLUSION in hearing.may(actor) for actor in (LEADER, OTHER)]
    hearing.do(StepKind.CONCLUSION, OTHER, Outcome.UPHELD)
    assert [True, False] == [may_change_door(hearing.steps, actor) for actor in (LEADER, OTHER)]
    hearing.do(StepKind.APPEAL, PERSON)
    assert frozenset() == hearing.may(LEADER)


MOVES = st.lists(
    st.one_of(
        st.sampled_from(ACTORS),
        st.floats(0.01, 12).map(lambda days: days * DAY),
        st.tuples(st.sampled_from(StepKind), st.sampled_from(ACTORS), st.sampled_from(Outcome), st.booleans()),
    ),
    max_size=30,
)


@settings(max_examples=500)
@given(MOVES)
def test_no_sequence_of_steps_breaks_the_promises_to_the_person(
    moves: list[timedelta | Actor | tuple[StepKind, Actor, Outcome, bool]],
) -> None:
    hearing = Hearing()
    for move in moves:
        if isinstance(move, timedelta):
            hearing.wait(move)
            continue
        if isinstance(move, Actor):
            assert may_change_door(hearing.steps, move) == _may_change_door(hearing, move)
            if may_change_door(hearing.steps, move):
                hearing.change_door(move)
            continue
        kind, actor, outcome, is_complete = move
        assert (kind in hearing.may(actor)) == _oracle(hearing, kind, actor), (kind, actor, hearing.steps)
        if kind in hearing.may(actor):
            hearing.do(kind, actor, outcome if kind in CONCLUSIONS else None, is_complete=is_complete)
    kinds = hearing.kinds
    assert 1 == kinds.count(StepKind.NOTICE)
    assert all(kinds.count(kind) <= 1 for kind in (*CONCLUSIONS, StepKind.APPEAL, StepKind.CLOSED, StepKind.WITHDRAWN))
    for step in hearing.steps:
        assert step.kind not in BY_TIME or step.at <= hearing.now


def _may_change_door(hearing: Hearing, actor: Actor) -> bool:
    """Say from the bare list of steps whether somebody may make another link and number."""
    ended = {StepKind.WITHDRAWN, StepKind.CLOSED, StepKind.APPEAL_CONCLUSION} & set(hearing.kinds)
    concluded = [step for step in hearing.steps if step.kind is StepKind.CONCLUSION]
    is_over = bool(ended) or any(step.outcome is Outcome.NOT_UPHELD for step in concluded)
    is_inspection = actor.may_hear and not actor.is_subject and not actor.is_concerned
    return is_inspection and not is_over and actor.user_id not in [step.user_id for step in concluded]


def _oracle(hearing: Hearing, kind: StepKind, actor: Actor) -> bool:
    """Say from the bare list of steps, without the machine's states, whether a step is allowed."""
    steps, now, kinds = hearing.steps, hearing.now, hearing.kinds
    given_until = [s.due_at for s in steps if s.kind in (StepKind.NOTICE, StepKind.EXTENSION) and s.due_at][-1]
    since = max(i for i, s in enumerate(steps) if s.kind in (StepKind.NOTICE, StepKind.EXTENSION))
    answers = [s for s in steps[since:] if s.kind is StepKind.RESPONSE]
    is_ended = StepKind.WITHDRAWN in kinds or StepKind.CONCLUSION in kinds
    first = next((s for s in steps if s.kind is StepKind.CONCLUSION), None)
    is_inspection = actor.may_hear and not actor.is_subject and not actor.is_concerned
    renewed = [step.user_id for step in steps if step.kind is StepKind.DOOR_CHANGED]
    match kind:
        case StepKind.RESPONSE:
            return actor.is_subject and not is_ended and now < given_until
        case StepKind.EXTENSION | StepKind.WITHDRAWN:
            return is_inspection and not is_ended
        case StepKind.CONCLUSION:
            said_all = bool(answers) and answers[-1].is_complete
            return is_inspection and not is_ended and (said_all or now >= given_until) and actor.user_id not in renewed
        case StepKind.APPEAL:
            in_time = first is not None and first.due_at is not None and now < first.due_at
            is_against = first is not None and first.outcome is not Outcome.NOT_UPHELD
            return actor.is_subject and in_time and is_against and StepKind.APPEAL not in kinds
        case StepKind.APPEAL_CONCLUSION:
            waits = StepKind.APPEAL in kinds and StepKind.APPEAL_CONCLUSION not in kinds
            return is_inspection and waits and actor.user_id not in {*JUDGES, *took_part(steps)}
        case _:
            return False
