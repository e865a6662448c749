"""How verdicts move the trust in a rule: thresholds earned, suspension, trust earned again, recall."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from calibration.recall import RecallOutcome, is_drawn
from service.db.accounts import AccountRepository
from service.db.calibration import CalibrationRepository
from service.db.records import JudgedFlag, Queue, RandomCheck, Role, RuleMode, RuleState, RuleTrust, Verdict
from service.db.repository import EventRepository
from service.db.session import Database
from service.judging.recall import recall_of
from service.judging.trust import refresh_rule, trust_of
from service.judging.verdicts import answer_flags, as_scores
from tests.stories import SUBJECT, at
from tests.verdicts import judge, second_breach
from vision.types import EndReason, Event, RuleId

TRUST = RuleTrust("smoking", 0.9, 0.7, 0.05)
CAMERA = "cam-1"


@dataclass
class MemoryStore:
    """States and verdicts in memory; one reviewer, unless told otherwise."""

    states: list[RuleState] = field(default_factory=list)
    flags: list[JudgedFlag] = field(default_factory=list)
    trust: RuleTrust = TRUST

    def rule_history(self, camera_id: str, rule_id: str) -> list[RuleState]:
        return [state for state in self.states if (state.camera_id, state.rule_id) == (camera_id, rule_id)]

    def judged_flags(self, camera_id: str | None, rule_id: str, *, since: datetime | None = None) -> list[JudgedFlag]:
        return [flag for flag in self.flags if camera_id in (None, flag.camera_id)]

    def add_rule_state(self, state: RuleState) -> None:
        self.states.append(state)

    def judge(
        self,
        is_breach: bool,
        *,
        score: float = 0.8,
        camera: str = CAMERA,
        queue: Queue = Queue.FLAG,
        probability: float | None = None,
    ) -> RuleState | None:
        """Let a flag come and be judged half a minute later; the trust is brought up to date."""
        moment = at(60 * len(self.flags))
        event_id = str(uuid.uuid5(uuid.NAMESPACE_OID, str(len(self.flags))))
        told = Verdict.BREACH if is_breach else Verdict.NO_BREACH
        later = moment + timedelta(seconds=30)
        self.flags.append(JudgedFlag(event_id, camera, score, moment, ((1, told, later),), queue, probability))
        return refresh_rule(self, camera, self.trust, now=later)


def test_thirty_breaches_earn_a_threshold_that_holds_nothing_back() -> None:
    store = MemoryStore()
    states = [store.judge(True) for _ in range(30)]
    assert [None] * 29 == states[:29]
    state = states[29]
    assert state is not None
    assert (0.0, True, 30, "threshold_earned", RuleMode.ACTIVE) == (
        state.threshold,
        state.earned,
        state.verdicts,
        state.cause,
        state.mode,
    )
    assert [state] == store.states


def test_a_threshold_between_good_and_bad_flags_is_earned() -> None:
    store = MemoryStore(trust=replace(TRUST, precision_floor=0.3))
    for i in range(120):
        store.judge(i % 3 != 2, score=0.5 if i % 3 == 2 else 0.9)
    assert (0.9, True) == (store.states[-1].threshold, store.states[-1].earned)


def test_what_does_not_change_is_not_stored_again() -> None:
    store = MemoryStore()
    for _ in range(100):
        store.judge(True)
    assert 1 == len(store.states)


def test_six_mistakes_suspend_and_checks_at_random_earn_it_again() -> None:
    store = MemoryStore()
    for _ in range(30):
        store.judge(True)
    fallen = [store.judge(False) for _ in range(6)]
    assert [None] * 5 == fallen[:5]
    assert fallen[5] is not None
    assert (RuleMode.SUSPENDED, "fell_below_floor", False, 0.0) == (
        fallen[5].mode,
        fallen[5].cause,
        fallen[5].earned,
        fallen[5].precision,
    )
    waiting = [store.judge(True, queue=Queue.SUSPENDED, probability=0.2) for _ in range(18)]
    assert [None] * 18 == waiting
    risen = store.judge(True, queue=Queue.SUSPENDED, probability=0.2)
    assert risen is not None
    assert (RuleMode.ACTIVE, "earned_again", 19) == (risen.mode, risen.cause, risen.verdicts)
    assert store.judge(False) is None, "what was counted before the suspension is not counted again"


def test_while_suspended_flags_shown_before_it_do_not_count() -> None:
    store = MemoryStore()
    for _ in range(6):
        store.judge(False)
    assert RuleMode.SUSPENDED is store.states[-1].mode
    assert [None] * 40 == [store.judge(True, queue=Queue.FLAG) for _ in range(40)]


def test_lifted_by_hand_it_starts_anew() -> None:
    store = MemoryStore()
    for _ in range(6):
        store.judge(False)
    lifted = replace(
        store.states[-1], mode=RuleMode.ACTIVE, at=at(60 * 6), cause="lifted_by_hand", user_id=1, note="đã chỉnh"
    )
    store.add_rule_state(lifted)
    assert [None] * 5 == [store.judge(False) for _ in range(5)]
    state = store.judge(False)
    assert state is not None
    assert (RuleMode.SUSPENDED, None, "") == (state.mode, state.user_id, state.note)


def test_an_earned_threshold_that_can_no_longer_be_shown_stays_without_its_guarantee() -> None:
    store = MemoryStore()
    for _ in range(30):
        store.judge(True)
    for is_breach in (True, True, True, False, True, True, False, True, True, True):
        store.judge(is_breach)
    state = store.states[-1]
    assert (0.0, False, "threshold_no_longer_shown") == (state.threshold, state.earned, state.cause)


def test_other_cameras_give_a_new_one_a_working_threshold() -> None:
    store = MemoryStore()
    for camera in ("a", "b", "c"):
        for i in range(60):
            store.judge(i % 2 == 0, score=0.9 if i % 2 == 0 else 0.4, camera=camera)
    told = [store.judge(True, score=0.9) for _ in range(10)]
    assert [None] * 9 == told[:9]
    state = told[9]
    assert state is not None
    assert (False, "threshold_working") == (state.earned, state.cause)
    assert state.threshold is not None and 0.4 < state.threshold <= 0.9


def test_flags_contradicted_or_unclear_are_counted_and_left_out() -> None:
    flag = JudgedFlag(str(uuid.uuid4()), CAMERA, 0.8, at(0), ((1, Verdict.BREACH, at(1)),), Queue.FLAG, None)
    unclear = replace(flag, verdicts=((1, Verdict.CANNOT_TELL, at(1)),))
    contradicted = replace(flag, verdicts=((1, Verdict.BREACH, at(1)), (2, Verdict.NO_BREACH, at(2))))
    corrected = replace(flag, verdicts=((1, Verdict.BREACH, at(1)), (1, Verdict.NO_BREACH, at(5))))
    answers = answer_flags([flag, unclear, contradicted, corrected])
    assert (1, 1) == (answers.unclear, answers.contradicted)
    assert [(True, at(1)), (False, at(5))] == [(answer.is_breach, answer.at) for answer in answers.known]


def test_a_flag_judged_for_being_high_is_no_sample_of_low_ones_unless_it_would_have_been_drawn() -> None:
    state = RuleState(CAMERA, "smoking", at(100), RuleMode.ACTIVE, 0.7, True, 0.95, 0.91, 50, "threshold_earned")
    verdicts = ((1, Verdict.BREACH, at(400)),)
    ids = [str(uuid.uuid5(uuid.NAMESPACE_OID, str(i))) for i in range(200)]
    after = [JudgedFlag(i, CAMERA, 0.8, at(300), verdicts, Queue.FLAG, None) for i in ids]
    scores = as_scores(answer_flags(after).known, [state], TRUST)
    wanted = sorted(0.0 if is_drawn(uuid.UUID(i), 0.05, purpose="smoking") else 0.7 for i in ids)
    assert wanted == sorted(score.fair_from for score in scores)
    assert 0 < wanted.count(0.0) < 30
    before = [replace(flag, at=at(50)) for flag in after]
    assert {0.0} == {score.fair_from for score in as_scores(answer_flags(before).known, [state], TRUST)}
    held = [replace(after[0], score=0.3, queue=Queue.HELD, probability=0.05)]
    assert [0.0] == [score.fair_from for score in as_scores(answer_flags(held).known, [state], TRUST)]


def test_a_rule_that_is_not_judged_has_no_trust() -> None:
    assert trust_of([TRUST], "smoking") == TRUST
    assert trust_of([TRUST], "presence") is None


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    database.upgrade()
    yield database
    database.close()


def make(rule: str, minute: int) -> Event:
    start = at(60 * minute)
    return Event(RuleId(rule), SUBJECT, start, 0.8, start, 0.5, "ab" * 32, ended_at=start, end_reason=EndReason.CEASED)


def test_recall_is_estimated_from_what_the_database_holds(database: Database) -> None:
    with database.transaction() as session:
        events, calibration = EventRepository(session), CalibrationRepository(session)
        reviewer = AccountRepository(session).add_user(
            "an", display_name="An", role=Role.INSPECTOR, password_hash=None, at=at(0)
        )

        def judge_it(event: Event, verdict: Verdict) -> None:
            judge(session, str(event.event_id), verdict, by=reviewer.user_id, at=at(9000))
            if verdict is Verdict.BREACH:
                second_breach(session, str(event.event_id), at=at(9000))

        for i in range(40):
            flag = make("smoking", i)
            events.upsert(flag)
            judge_it(flag, Verdict.BREACH)
        empty = recall_of(calibration, SUBJECT.camera_id, "smoking")
        for i in range(40):
            visit = make("presence", i)
            events.upsert(visit)
            calibration.add_random_check(RandomCheck(str(visit.event_id), "smoking", 0.1, at(0)))
            if i < 32:
                judge_it(visit, Verdict.BREACH if i == 0 else Verdict.NO_BREACH)
        estimate = recall_of(calibration, SUBJECT.camera_id, "smoking")
    assert RecallOutcome.NOT_ENOUGH_YET is empty.outcome
    assert (RecallOutcome.ESTIMATED, 32) == (estimate.outcome, estimate.checks)
    assert estimate.missed == pytest.approx(1 / (0.1 * 32 / 40))
    assert estimate.recall == pytest.approx(40 / 52.5)
