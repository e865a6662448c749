"""Which events an inspector is shown: flags, and what was drawn at random from what was not flagged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.calibration import CalibrationRepository
from service.db.records import Queue, RuleMode, RuleState, RuleTrust
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database
from service.judging.desk import store_judged
from service.judging.policy import SHOWN, QueuePolicy
from tests.stories import SUBJECT, at
from vision.types import EndReason, Event, PlaceId, RuleId, Subject

SMOKE = Event(
    RuleId("smoking"), SUBJECT, at(2), 0.6, at(3), 0.5, "ab" * 32, ended_at=at(9), end_reason=EndReason.CEASED
)
VISIT = replace(SMOKE, rule_id=RuleId("presence"), started_at=at(0), ended_at=at(20), peak_score=0.9)
ACTIVE = RuleState(SUBJECT.camera_id, "smoking", at(0), RuleMode.ACTIVE, 0.7, True, 0.95, 0.91, 120, "threshold_earned")
SUSPENDED = replace(ACTIVE, mode=RuleMode.SUSPENDED)


def policy(random_checks: float) -> QueuePolicy:
    return QueuePolicy(RuleTrust(rule, 0.9, 0.7, random_checks) for rule in ("badge_missing", "smoking"))


def visits(count: int) -> list[Event]:
    return [replace(VISIT, started_at=at(0) - timedelta(minutes=i)) for i in range(count)]


def test_without_a_state_every_flag_is_shown() -> None:
    assert SHOWN == policy(1.0).decide(SMOKE, {}, at(9))
    assert SHOWN == policy(1.0).decide(SMOKE, {"smoking": replace(ACTIVE, threshold=None)}, at(9))


def test_a_rule_that_the_site_does_not_judge_is_shown() -> None:
    assert SHOWN == QueuePolicy([]).decide(SMOKE, {"smoking": SUSPENDED}, at(9))


def test_under_the_threshold_it_is_held_back_and_at_it_shown() -> None:
    states = {"smoking": ACTIVE}
    assert Queue.HELD is policy(0.0).decide(SMOKE, states, at(9)).queue
    assert Queue.FLAG is policy(0.0).decide(replace(SMOKE, peak_score=0.7), states, at(9)).queue


def test_what_is_held_back_may_be_drawn_and_its_probability_is_kept() -> None:
    drawn = policy(1.0).decide(SMOKE, {"smoking": ACTIVE}, at(9)).check
    assert drawn is not None
    assert (str(SMOKE.event_id), "smoking", 1.0, at(9)) == (
        drawn.event_id,
        drawn.rule_id,
        drawn.probability,
        drawn.drawn_at,
    )
    assert policy(0.0).decide(SMOKE, {"smoking": ACTIVE}, at(9)).check is None


def test_a_suspended_rule_shows_nothing_but_more_checks() -> None:
    flags = [replace(SMOKE, peak_score=0.99, started_at=at(1) - timedelta(minutes=i)) for i in range(300)]
    decisions = [policy(0.02).decide(flag, {"smoking": SUSPENDED}, at(9)) for flag in flags]
    assert {Queue.SUSPENDED} == {decision.queue for decision in decisions}
    checks = [decision.check for decision in decisions if decision.check]
    assert {0.2} == {check.probability for check in checks}
    assert 30 < len(checks) < 90
    assert policy(0.0).decide(SMOKE, {"smoking": SUSPENDED}, at(9)).check is None


def test_a_visit_is_drawn_for_one_rule_and_the_other_s_probability_says_so() -> None:
    checks = [policy(0.5).check_visit(visit, []) for visit in visits(400)]
    told = [(check.rule_id, check.probability) for check in checks if check]
    assert {("badge_missing", 0.5), ("smoking", 0.25)} == set(told)
    assert 150 < told.count(("badge_missing", 0.5)) < 250
    assert 60 < told.count(("smoking", 0.25)) < 140


def test_a_visit_with_a_flag_of_the_rule_is_not_drawn_for_it() -> None:
    check = policy(1.0).check_visit(VISIT, [("badge_missing", at(5), None)])
    assert check is not None
    assert "smoking" == check.rule_id
    both = [("badge_missing", at(5), None), ("smoking", at(2), at(9))]
    assert policy(1.0).check_visit(VISIT, both) is None


def test_a_flag_before_or_after_the_visit_does_not_keep_it_from_being_drawn() -> None:
    outside = [("badge_missing", at(-9), at(0)), ("badge_missing", at(20), None)]
    check = policy(1.0).check_visit(VISIT, outside)
    assert check is not None
    assert "badge_missing" == check.rule_id


def test_an_open_visit_and_a_flag_are_no_visits_to_draw() -> None:
    assert policy(1.0).check_visit(replace(VISIT, ended_at=None, end_reason=None), []) is None
    assert policy(1.0).check_visit(SMOKE, []) is None


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    database.upgrade()
    yield database
    database.close()


def store(database: Database, *events: Event, share: float = 1.0) -> None:
    with database.transaction() as session:
        repository, calibration = EventRepository(session), CalibrationRepository(session)
        store_judged(events, repository, calibration, policy=policy(share), scene_version=1)


def shown(database: Database) -> list[tuple[str, str | None]]:
    wanted = EventFilter(rules=("smoking", "badge_missing"), queued=True)
    with database.transaction() as session:
        found = EventRepository(session).find(wanted, newest_first=False)
    return [(event.rule_id, event.checked_rule) for event in found]


def test_flags_of_the_same_delivery_keep_their_visit_from_being_drawn_for_them(database: Database) -> None:
    store(database, VISIT, SMOKE)
    assert [("presence", "badge_missing"), ("smoking", None)] == shown(database)


def test_a_flag_at_another_desk_does_not(database: Database) -> None:
    elsewhere = replace(SMOKE, subject=Subject(SUBJECT.camera_id, SUBJECT.run_id, PlaceId("elsewhere")))
    store(database, elsewhere, replace(SMOKE, rule_id=RuleId("badge_missing")), VISIT)
    assert ("presence", "smoking") in shown(database)


def test_delivered_again_the_same_is_drawn(database: Database) -> None:
    for _ in range(2):
        store(database, *visits(20), share=0.3)
    with database.transaction() as session:
        counts = CalibrationRepository(session).drawn_counts(SUBJECT.camera_id, "badge_missing")
    drawn = [policy(0.3).check_visit(visit, []) for visit in visits(20)]
    assert {0.3: sum(check is not None and check.rule_id == "badge_missing" for check in drawn)} == counts


def test_without_a_policy_all_flags_are_shown_and_nothing_is_drawn(database: Database) -> None:
    with database.transaction() as session:
        repository, calibration = EventRepository(session), CalibrationRepository(session)
        calibration.add_rule_state(SUSPENDED)
        store_judged([SMOKE, VISIT], repository, calibration, policy=None, scene_version=None)
    assert [("smoking", None)] == shown(database)


def test_the_state_in_force_holds_a_flag_back_until_its_score_rises(database: Database) -> None:
    with database.transaction() as session:
        CalibrationRepository(session).add_rule_state(ACTIVE)
    store(database, replace(SMOKE, ended_at=None, end_reason=None), share=0.0)
    assert [] == shown(database)
    store(database, replace(SMOKE, peak_score=0.9), share=0.0)
    assert [("smoking", None)] == shown(database)
