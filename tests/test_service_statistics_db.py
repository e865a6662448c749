"""What the database counts is what counting by hand gives, on both databases, within everybody's reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from service.db.records import Part, Standing, Verdict
from service.db.statistics import STANDING_OF, StatisticsRepository
from service.hearing.stages import Outcome, StepKind
from service.rights import NOTHING, Reach
from service.statistics.figures import WAITING, Figures, Tally, figures_of
from service.statistics.rows import Scope
from tests.counted_world import AGENCIES, CAMERAS, FIRST, RULES, CountedWorld, ToldEvent
from tests.databases import KINDS, empty_database

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SPAN = Scope(FIRST, FIRST + timedelta(days=31))


@pytest.fixture(scope="module", params=KINDS)
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder: Path = tmp_path_factory.mktemp("counted")
    with empty_database(request.param, folder) as database, database.transaction() as session:
        yield session


@pytest.fixture(scope="module")
def world(session: Session) -> CountedWorld:
    world = CountedWorld(session, seed=8)
    world.fill(260)
    world.suspend(CAMERAS[0], "smoking")
    return world


def figures(session: Session, scope: Scope = SPAN, reach: Reach | None = None) -> Figures:
    store = StatisticsRepository(session) if reach is None else StatisticsRepository(session, reach)
    hearings = store.hearings(scope)
    return figures_of(store.count(scope, hearings), hearings, store.cameras())


def within(world: CountedWorld, keep: Callable[[ToldEvent], bool] = lambda _: True) -> list[ToldEvent]:
    return [event for event in world.events if SPAN.since <= event.at < SPAN.until and keep(event)]


def final(event: ToldEvent) -> Outcome | None:
    said = dict(event.steps)
    if StepKind.APPEAL in said:
        return said.get(StepKind.APPEAL_CONCLUSION)
    first = said.get(StepKind.CONCLUSION)
    return first if first is Outcome.NOT_UPHELD or StepKind.CLOSED in said else None


def tally(events: Iterable[ToldEvent]) -> Tally:
    counts: Counter[str] = Counter()
    for event in events:
        if event.is_flag:
            ended = final(event)
            standing = event.standing if ended is None else STANDING_OF[ended]
            counts["waiting" if standing in WAITING else str(standing)] += 1
    return Tally(flags=counts.total(), **counts)


def by_hand(world: CountedWorld, key: Callable[[ToldEvent], object]) -> dict[object, Tally]:
    keys = {key(event) for event in within(world) if event.is_flag}
    return {one: tally(event for event in within(world) if key(event) == one) for one in keys}


def local(event: ToldEvent) -> datetime:
    return event.at.astimezone(ZONE)


def test_flags_are_counted_by_everything_that_is_asked(session: Session, world: CountedWorld) -> None:
    found = figures(session)
    assert tally(within(world)) == found.total
    assert by_hand(world, lambda e: e.rule) == dict(found.by_rule)
    assert by_hand(world, lambda e: e.camera) == dict(found.by_camera)
    assert by_hand(world, lambda e: AGENCIES["tay" in e.camera]) == dict(found.by_agency)
    assert by_hand(world, lambda e: local(e).hour) == dict(found.by_hour)
    assert by_hand(world, lambda e: local(e).weekday()) == dict(found.by_weekday)
    assert by_hand(world, lambda e: local(e).date()) == dict(found.by_day)
    assert {FIRST.astimezone(ZONE).date()} == set(found.by_month)
    assert len(within(world, lambda e: not e.is_flag)) == found.checks
    assert 0 < found.total.waiting < found.total.flags, "the world holds flags of all kinds"


def test_verdicts_on_flags_that_wait_for_a_look_are_not_counted(session: Session, world: CountedWorld) -> None:
    shown = within(world, lambda e: e.standing not in WAITING)
    hidden = within(world, lambda e: e.standing in WAITING and bool(e.reviews))
    standing = Counter((one.part, one.verdict) for e in shown for one in e.reviews if not one.is_withdrawn)
    found = figures(session).verdicts
    assert {v: standing[Part.LOOK, v] for v in Verdict} == found.looks
    assert {v: standing[Part.RULING, v] for v in Verdict} == found.rulings
    assert sum(one.is_withdrawn for e in shown for one in e.reviews) == found.withdrawn
    assert hidden, "some wait for a second look, and their first one must not show"


def test_waiting_times_run_to_the_first_verdict_and_to_the_decision(session: Session, world: CountedWorld) -> None:
    first, decision = Counter[int](), Counter[int]()
    for event in within(world, lambda e: e.standing not in WAITING):
        told = [one.at for one in event.reviews if not one.is_withdrawn]
        first[int((min(told) - event.at).total_seconds()) // 60 * 60] += 1
        if event.standing is not Standing.DISPUTED:
            decision[int((max(told) - event.at).total_seconds()) // 60 * 60] += 1
    counted = StatisticsRepository(session).count(SPAN, [])
    assert first == Counter({one.length_s: one.count for one in counted.first_verdict})
    assert decision == Counter({one.length_s: one.count for one in counted.decision})


def test_pairs_are_the_last_words_of_the_first_two(session: Session, world: CountedWorld) -> None:
    wanted: Counter[tuple[Verdict, Verdict]] = Counter()
    for event in within(world, lambda e: e.standing not in WAITING):
        said: dict[int, Verdict] = {}
        for one in event.reviews:
            if one.part is Part.LOOK and not one.is_withdrawn:
                said[one.reviewer] = one.verdict  # a dict keeps the order of first words
        if len(said) > 1:
            first, second, *_ = said.values()
            wanted[first, second] += 1
    counted = StatisticsRepository(session).count(SPAN, [])
    assert wanted == Counter({(pair.first, pair.second): pair.count for pair in counted.pairs})
    assert len(wanted) > 2


def test_first_looks_are_counted_by_inspector_rule_and_desk(session: Session, world: CountedWorld) -> None:
    looks: Counter[tuple[int, str, str, str]] = Counter()
    breaches: Counter[tuple[int, str, str, str]] = Counter()
    for event in within(world, lambda e: e.standing not in WAITING):
        mine = [one for one in event.reviews if one.part is Part.LOOK and not one.is_withdrawn]
        last = [one.verdict for one in mine if one.reviewer == mine[0].reviewer][-1]
        if last is not Verdict.CANNOT_TELL:
            key = (mine[0].reviewer, event.rule, event.camera, event.place)
            looks[key] += 1
            breaches[key] += last is Verdict.BREACH
    found = StatisticsRepository(session).looks(SPAN)
    assert looks == Counter({(o.reviewer_id, o.rule, o.camera_id, o.place_id): o.looks for o in found})
    assert +breaches == +Counter({(o.reviewer_id, o.rule, o.camera_id, o.place_id): o.breaches for o in found})


def test_random_checks_are_counted_by_how_likely_they_were_drawn(session: Session, world: CountedWorld) -> None:
    wanted = Counter((e.rule, e.probability, e.standing) for e in within(world, lambda e: not e.is_flag))
    counted = StatisticsRepository(session).count(SPAN, [])
    assert wanted == Counter({(one.rule, one.probability, one.standing): one.count for one in counted.checks})


def test_hearings_are_summed(session: Session, world: CountedWorld) -> None:
    heard = within(world, lambda e: bool(e.steps))
    found = figures(session).hearings
    kinds = Counter(kind for event in heard for kind, _ in event.steps)
    assert (len(heard), 0) == (found.opened, found.withdrawn)
    assert len({event.person for event in heard}) == found.people
    assert (kinds[StepKind.RESPONSE], kinds[StepKind.NO_RESPONSE]) == (found.answered, found.silent)
    assert (kinds[StepKind.APPEAL], kinds[StepKind.APPEAL_CONCLUSION]) == (found.appeals, found.appeals_decided)
    ended = Counter(final(event) for event in heard)
    assert {outcome: ended[outcome] for outcome in Outcome} == found.concluded
    assert ended[None] == found.running
    assert found.changed > 0 and found.running > 0


@pytest.mark.parametrize("agency", AGENCIES)
def test_nobody_sees_another_agency(session: Session, world: CountedWorld, agency: str) -> None:
    mine = within(world, lambda e: AGENCIES["tay" in e.camera] == agency)
    for found in (
        figures(session, reach=Reach(agency)),
        figures(session, Scope(SPAN.since, SPAN.until, agency=agency)),
    ):
        assert tally(mine) == found.total
        assert {agency} == set(found.by_agency)
        assert sum(bool(event.steps) for event in mine) == found.hearings.opened
    other = next(one for one in AGENCIES if one != agency)
    both = figures(session, Scope(SPAN.since, SPAN.until, agency=other), Reach(agency))
    assert (Tally(), 0, 0) == (both.total, both.hearings.opened, both.verdicts.withdrawn)


@pytest.mark.parametrize("reach", [NOTHING, Reach(AGENCIES[0], "Bộ phận một cửa"), Reach(officer_id="cb-0-1")])
def test_figures_are_no_business_of_units_and_single_people(
    session: Session, world: CountedWorld, reach: Reach
) -> None:
    found = figures(session, reach=reach)
    assert (Tally(), 0, 0, ()) == (found.total, found.checks, found.hearings.opened, found.suspensions)
    assert [] == StatisticsRepository(session, reach).looks(SPAN)
    assert [] == StatisticsRepository(session, reach).cameras()


def test_one_rule_and_one_camera_may_be_asked_for(session: Session, world: CountedWorld) -> None:
    scope = Scope(SPAN.since, SPAN.until, camera_id=CAMERAS[0], rule=RULES[0])
    mine = within(world, lambda e: e.camera == CAMERAS[0] and e.rule == RULES[0])
    assert tally(mine) == figures(session, scope).total


def test_a_suspended_rule_is_told_with_its_camera(session: Session, world: CountedWorld) -> None:
    assert [(CAMERAS[0], "smoking")] == [(one.camera_id, one.rule) for one in figures(session).suspensions]
    assert () == figures(session, reach=Reach(AGENCIES[1])).suspensions
