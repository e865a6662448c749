"""Verdicts, claims and filters in both databases, also where two come at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table, create_engine, insert, select
from sqlalchemy.orm import Session

from service.db.accounts import AccountRepository
from service.db.records import Part, Role, Standing, Verdict, WaitsFor
from service.db.repository import EventRepository
from service.db.reviews import FILTERS_MAX, Claim, NewReview, ReviewRepository
from service.db.session import Database
from service.db.tables import EventRow, ReviewRow
from service.errors import NotFound, Refused
from tests.databases import KINDS, empty_database, new_postgresql
from tests.test_service_db_session import bring_to
from tests.verdicts import judge
from tests.web_world import make_event

AT = datetime(2026, 10, 5, 2, tzinfo=UTC)
LASTS = timedelta(minutes=2)
AN, BINH, LEADER = 1, 2, 3


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as opened:
        with opened.transaction() as session:
            for login, role in (("an", Role.INSPECTOR), ("binh", Role.INSPECTOR), ("truong-doan", Role.TEAM_LEADER)):
                AccountRepository(session).add_user(login, display_name=login, role=role, password_hash=None, at=AT)
        yield opened


def add_flag(database: Database, rule: str = "smoking", at: datetime = AT) -> str:
    event = make_event(rule, at, lasts=timedelta(minutes=1), place="ban-1", score=0.9)
    with database.transaction() as session:
        EventRepository(session).upsert(event)
    return str(event.event_id)


def at_once(database: Database, *works: Callable[[Session], object]) -> list[object]:
    """Do things in transactions that begin together; return what came of each, or what it raised."""
    together, found = threading.Barrier(len(works)), [None] * len(works)

    def work(number: int) -> None:
        try:
            together.wait(timeout=20)
            with database.transaction() as session:
                found[number] = works[number](session)  # type: ignore[call-overload]
        except Exception as error:
            found[number] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return list(found)


def give(event_id: str, verdict: Verdict, by: int, request_id: str = "") -> Callable[[Session], Standing]:
    def work(session: Session) -> Standing:
        reviews = ReviewRepository(session)
        reviews.hold(event_id)
        return reviews.add(event_id, NewReview(by, verdict, "unstated", "", AT, request_id or f"request-{by}"))

    return work


def stands(database: Database, event_id: str) -> tuple[str, str]:
    with database.transaction() as session:
        row = session.execute(select(EventRow.standing, EventRow.waits_for).where(EventRow.event_id == event_id)).one()
    return row.standing, row.waits_for


def test_of_two_who_claim_at_once_one_has_it_and_the_other_is_told_who(database: Database) -> None:
    event_id = add_flag(database)

    def claim(user_id: int) -> Callable[[Session], Claim]:
        return lambda session: ReviewRepository(session).claim(event_id, user_id, at=AT, lasts=LASTS)

    claims = at_once(database, *(claim(user_id) for user_id in (AN, BINH, AN, BINH)))
    assert all(isinstance(one, Claim) for one in claims), claims
    assert 1 == len({one.user_id for one in claims if isinstance(one, Claim)})


def test_a_claim_is_held_longer_runs_out_and_is_given_back(database: Database) -> None:
    event_id = add_flag(database)
    with database.transaction() as session:
        reviews = ReviewRepository(session)
        assert AN == reviews.claim(event_id, AN, at=AT, lasts=LASTS).user_id
        longer = reviews.claim(event_id, AN, at=AT + timedelta(minutes=1), lasts=LASTS)
        assert (AT, AT + timedelta(minutes=3)) == (longer.claimed_at, longer.until)
        assert AN == reviews.claim(event_id, BINH, at=AT + timedelta(minutes=2), lasts=LASTS).user_id
        late = AT + timedelta(minutes=3)
        assert {} == reviews.claims_on([event_id], late)
        assert BINH == reviews.claim(event_id, BINH, at=late, lasts=LASTS).user_id
        reviews.release(event_id, AN)
        assert "binh" == reviews.claims_on([event_id], late)[event_id].user_name
        reviews.release(event_id, BINH)
        assert {} == reviews.claims_on([event_id], late)


@pytest.mark.parametrize(
    ("second", "standing", "waiting"),
    [(Verdict.BREACH, "breach", "nobody"), (Verdict.NO_BREACH, "disputed", "ruling")],
)
def test_two_verdicts_at_once_are_both_counted(
    database: Database, second: Verdict, standing: str, waiting: str
) -> None:
    event_id = add_flag(database)
    at_once(database, give(event_id, Verdict.BREACH, AN), give(event_id, second, BINH))
    assert (standing, waiting) == stands(database, event_id)


def test_the_same_request_at_once_is_one_verdict(database: Database) -> None:
    event_id = add_flag(database)
    found = at_once(database, *[give(event_id, Verdict.BREACH, AN, "twice-sent")] * 3)
    assert [Standing.SECOND] * 3 == found
    with database.transaction() as session:
        assert 1 == len(ReviewRepository(session).of(event_id))


def test_what_is_taken_back_counts_no_more_and_stays_on_record(database: Database) -> None:
    event_id = add_flag(database)
    with database.transaction() as session:
        judge(session, event_id, Verdict.BREACH, by=AN, at=AT)
        judge(session, event_id, Verdict.BREACH, by=BINH, at=AT)
        reviews = ReviewRepository(session)
        taken, standing = reviews.withdraw(event_id, BINH, AT + LASTS)
        assert (BINH, Standing.SECOND) == (taken.reviewer_id, standing)
        assert [None, AT + LASTS] == [one.withdrawn_at for one in reviews.of(event_id)]
        assert AN == [one for one in reviews.of(event_id) if one.withdrawn_at is None][-1].reviewer_id
        with pytest.raises(NotFound):
            reviews.withdraw(event_id, BINH, AT)
    assert ("second", "look") == stands(database, event_id)


def test_a_ruling_closes_a_dispute(database: Database) -> None:
    event_id = add_flag(database)
    with database.transaction() as session:
        judge(session, event_id, Verdict.BREACH, by=AN, at=AT)
        judge(session, event_id, Verdict.NO_BREACH, by=BINH, at=AT)
        assert Standing.NO_BREACH is judge(session, event_id, Verdict.NO_BREACH, by=LEADER, at=AT, part=Part.RULING)
    assert ("no_breach", "nobody") == stands(database, event_id)


def test_a_verdict_ends_ones_own_claim_and_tells_how_long_it_took(database: Database) -> None:
    event_id = add_flag(database)
    with database.transaction() as session:
        reviews = ReviewRepository(session)
        reviews.claim(event_id, AN, at=AT, lasts=LASTS)
        judge(session, event_id, Verdict.NO_BREACH, by=BINH, at=AT + timedelta(seconds=5))
        assert event_id in reviews.claims_on([event_id], AT)
        judge(session, event_id, Verdict.NO_BREACH, by=AN, at=AT + timedelta(seconds=40))
        assert {} == reviews.claims_on([event_id], AT)
        assert [None, 40.0] == [one.spent_s for one in reviews.of(event_id)]


def test_filters_are_kept_by_name_and_are_nobody_elses(database: Database) -> None:
    with database.transaction() as session:
        reviews = ReviewRepository(session)
        first = reviews.keep_filter(AN, "Sáng thứ hai", "day=2026-10-05", AT)
        again = reviews.keep_filter(AN, "Sáng thứ hai", "day=2026-10-12", AT)
        assert (first.filter_id, "day=2026-10-12") == (again.filter_id, again.query)
        assert [] == reviews.filters_of(BINH)
        with pytest.raises(NotFound):
            reviews.drop_filter(BINH, first.filter_id)
        for number in range(FILTERS_MAX - 1):
            reviews.keep_filter(AN, f"{number:02}", "", AT)
        with pytest.raises(Refused):
            reviews.keep_filter(AN, "quá nhiều", "", AT)
        reviews.drop_filter(AN, first.filter_id)
        assert FILTERS_MAX - 1 == len(reviews.filters_of(AN))


def test_of_one_track_are_the_undecided_flags_of_the_same_rule(database: Database) -> None:
    first, second, decided = (add_flag(database, at=AT + timedelta(minutes=n)) for n in range(3))
    add_flag(database, "badge_missing", AT)
    with database.transaction() as session:
        judge(session, decided, Verdict.NO_BREACH, by=AN, at=AT)
        reviews = ReviewRepository(session)
        assert [second] == reviews.of_one_track(first)
        assert [first, second] == reviews.of_one_track(decided)
        assert [] == reviews.of_one_track("unknown")


@pytest.mark.parametrize("kind", KINDS)
def test_verdicts_of_the_version_before_stand_as_they_come_to(kind: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}" if kind == "sqlite" else new_postgresql()
    bring_to(url, "0004")
    said = {
        "open": (),
        "second": ((AN, "breach"),),
        "breach": ((AN, "breach"), (BINH, "breach")),
        "disputed": ((AN, "breach"), (BINH, "cannot_tell")),
        "no_breach": ((AN, "breach"), (AN, "no_breach")),
        "cannot_tell": ((BINH, "cannot_tell"),),
        "drawn": (),
        "held": (),
        "visit": (),
    }
    _fill_old(url, said)
    database = Database(url)
    database.upgrade()
    waiting = {"open": "look", "second": "look", "drawn": "look", "held": "look", "visit": "look", "disputed": "ruling"}
    rules = {"drawn": "left_post", "held": None, "visit": None}
    with database.transaction() as session:
        columns = select(EventRow.event_id, EventRow.standing, EventRow.waits_for, EventRow.asked_rule)
        found = {row.event_id: (row.standing, row.waits_for, row.asked_rule) for row in session.execute(columns)}
        assert {"look"} == set(session.scalars(select(ReviewRow.part)))
    database.close()
    expected = {
        name: (name if said[name] else "open", waiting.get(name, WaitsFor.NOBODY), rules.get(name, "smoking"))
        for name in said
    }
    assert expected == found


def _fill_old(url: str, said: dict[str, tuple[tuple[int, str], ...]]) -> None:
    engine = create_engine(url)
    users, events, reviews, checks = (
        Table(name, MetaData(), autoload_with=engine) for name in ("users", "events", "reviews", "random_checks")
    )
    with engine.begin() as connection:
        for user_id, login in ((AN, "an"), (BINH, "binh")):
            connection.execute(
                insert(users).values(
                    user_id=user_id, login=login, display_name=login, role="inspector", created_at=AT, failed_sign_ins=0
                )
            )
        for name, verdicts in said.items():
            rule = "presence" if name in ("drawn", "visit") else "smoking"
            connection.execute(
                insert(events).values(
                    event_id=name,
                    rule_id=rule,
                    camera_id="c",
                    run_id="r",
                    place_id="p",
                    started_at=AT,
                    peak_score=0.9,
                    peak_at=AT,
                    threshold=0.5,
                    model_sha256="",
                    trace=[],
                    queue="held" if name == "held" else "flag",
                )
            )
            for n, (by, verdict) in enumerate(verdicts):
                connection.execute(
                    insert(reviews).values(
                        event_id=name,
                        reviewer_id=by,
                        verdict=verdict,
                        reason="unstated",
                        note="",
                        at=AT,
                        request_id=f"{name}-{n}",
                    )
                )
        connection.execute(insert(checks).values(event_id="drawn", rule_id="left_post", probability=0.1, drawn_at=AT))
    engine.dispose()
