"""The queue by the JSON API: claims, the next free flag, several at once, who gets which, kept filters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.db.accounts import AccountRepository
from service.db.journal import JournalRepository
from service.db.records import Role, Standing, Verdict
from service.db.repository import EventRepository
from service.db.reviews import FILTERS_MAX, ReviewRepository
from service.evidence.journal import RowKind, facts_of
from tests.verdicts import confirm, judge
from tests.web_world import MONDAY, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    world.add_user("hai", name="Lê Thị Hai")
    world.add_user("doan", Role.TEAM_LEADER, "Phạm Trưởng Đoàn")
    world.add_user("soat", Role.AUDITOR, "Kiểm toán")
    yield world
    world.database.close()


class Reader:
    """Somebody who is signed in."""

    def __init__(self, world: World, login: str = "thanhtra") -> None:
        self.client, csrf = world.reader(login)
        self.headers = {"X-CSRF-Token": csrf}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", params=query)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1/{path}", json=body, headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1/{path}", headers=self.headers)

    def next_after(self, event: str, **query: Any) -> str | None:
        answer = self.get("queue/next", after=event, **query)
        assert 200 == answer.status_code, answer.text
        found: str | None = answer.json()["event_id"]
        return found


def add_flags(world: World, count: int, rule: str = "left_post") -> list[str]:
    """Add flags; the first returned is the newest."""
    return [world.add_event(rule, MONDAY + timedelta(minutes=20 * i)) for i in range(count)][::-1]


def user_id(world: World, login: str) -> int:
    with world.database.transaction() as session:
        user = AccountRepository(session).find_user(login)
        assert user is not None
        return user.user_id


def say(world: World, event: str, verdict: Verdict, login: str) -> None:
    with world.database.transaction() as session:
        judge(session, event, verdict, by=user_id(world, login), at=world.clock.now())


def standings(world: World, events: list[str]) -> list[Standing]:
    with world.database.transaction() as session:
        return [EventRepository(session).get(event).standing for event in events]


def rows(world: World, kind: RowKind, subject: str) -> list[dict[str, Any]]:
    with world.database.transaction() as session:
        found = JournalRepository(session).latest(limit=1000)
    return [dict(facts_of(row) or {}) for row in found if row.kind == kind and row.subject == subject]


def test_a_claimed_flag_is_named_to_others_and_free_again_after_two_minutes(world: World) -> None:
    (event,) = add_flags(world, 1)
    mine, theirs = Reader(world), Reader(world, "hai")
    assert mine.post(f"events/{event}/claim").json()["is_mine"]
    claim = theirs.post(f"events/{event}/claim").json()
    assert (False, "Trần Văn Minh") == (claim["is_mine"], claim["user_name"])
    assert "2025-10-20T10:02:00Z" == claim["until"]
    world.clock.at += timedelta(seconds=90)
    assert "2025-10-20T10:03:30Z" == mine.post(f"events/{event}/claim").json()["until"]
    world.clock.at += timedelta(seconds=121)
    assert theirs.post(f"events/{event}/claim").json()["is_mine"]
    assert not mine.post(f"events/{event}/claim").json()["is_mine"]


def test_a_claim_is_given_back_by_its_owner_only(world: World) -> None:
    (event,) = add_flags(world, 1)
    mine, theirs = Reader(world), Reader(world, "hai")
    mine.post(f"events/{event}/claim")
    assert 204 == theirs.delete(f"events/{event}/claim").status_code
    assert not theirs.post(f"events/{event}/claim").json()["is_mine"]
    mine.delete(f"events/{event}/claim")
    assert theirs.post(f"events/{event}/claim").json()["is_mine"]


def test_the_time_a_verdict_took_begins_when_its_flag_was_shown_last(world: World) -> None:
    (event,) = add_flags(world, 1)
    mine = Reader(world)
    mine.post(f"events/{event}/claim")
    world.clock.at += timedelta(hours=20)  # left open and forgotten; looked at anew the next day
    mine.client, csrf = world.reader()
    mine.headers = {"X-CSRF-Token": csrf}
    mine.post(f"events/{event}/claim")
    world.clock.at += timedelta(seconds=8)
    mine.post(f"events/{event}/reviews", verdict="no_breach", request_id="request-1")
    with world.database.transaction() as session:
        assert [8.0] == [review.spent_s for review in ReviewRepository(session).of(event)]


def test_a_flag_fetched_ahead_is_noted_as_such_and_as_seen_once_it_is_shown(world: World) -> None:
    (event,) = add_flags(world, 1)
    mine = Reader(world)
    me = user_id(world, "thanhtra")
    mine.client.get(f"/flags/{event}", headers={"X-Ahead": "1"})
    assert [{"user": me, "ahead": True}] == rows(world, RowKind.EVENT_VIEWED, event)
    mine.post(f"events/{event}/claim", was_ahead=True)
    assert {"user": me} in rows(world, RowKind.EVENT_VIEWED, event)
    mine.post(f"events/{event}/claim")
    assert 2 == len(rows(world, RowKind.EVENT_VIEWED, event))


def test_who_only_reads_claims_nothing_and_is_led_nowhere(world: World) -> None:
    first, _ = add_flags(world, 2)
    auditor = Reader(world, "soat")
    assert 403 == auditor.post(f"events/{first}/claim").status_code
    assert 403 == auditor.get("queue/next", after=first).status_code
    assert (
        403 == auditor.post("reviews/bulk", event_ids=[first], reason="not_staff", request_id="bulk-0001").status_code
    )


def test_the_next_flag_is_the_next_older_one_that_is_free_else_the_next_newer(world: World) -> None:
    newest, second, third, oldest = add_flags(world, 4)
    mine, theirs = Reader(world), Reader(world, "hai")
    assert second == mine.next_after(newest)
    theirs.post(f"events/{second}/claim")
    assert third == mine.next_after(newest)
    assert second == theirs.next_after(newest)
    assert oldest == mine.next_after(newest, skip=third)
    assert third == mine.next_after(oldest)
    assert newest == mine.next_after(oldest, skip=third)
    assert mine.next_after(oldest, skip=f"{third},{newest}") is None


def test_what_i_judged_first_is_not_before_me_again_but_before_others(world: World) -> None:
    first, second = add_flags(world, 2)
    say(world, second, Verdict.BREACH, "thanhtra")
    assert Reader(world).next_after(first) is None
    assert second == Reader(world, "hai").next_after(first)
    assert first == Reader(world).next_after(second, rule="left_post")
    assert Reader(world).next_after(second, rule="smoking") is None


def test_several_flags_are_no_breach_at_once_and_each_is_in_the_journal(world: World) -> None:
    events = add_flags(world, 3)
    mine = Reader(world)
    body = {"event_ids": events, "reason": "system_mistake", "note": "bóng đổ", "request_id": "bulk-0001"}
    answer = mine.post("reviews/bulk", **body)
    assert [(event, True) for event in events] == [(i["event_id"], i["is_stored"]) for i in answer.json()["items"]]
    assert [Standing.NO_BREACH] * 3 == standings(world, events)
    for event in events:
        (row,) = rows(world, RowKind.VERDICT_GIVEN, event)
        assert ("no_breach", "system_mistake", "look") == (row["verdict"], row["reason"], row["part"])
    again = mine.post("reviews/bulk", **body).json()
    assert [True] * 3 == [item["is_stored"] for item in again["items"]]
    assert [1, 1, 1] == [len(rows(world, RowKind.VERDICT_GIVEN, event)) for event in events]


def test_what_is_not_free_or_waits_for_nobody_is_refused_one_by_one(world: World) -> None:
    fine, taken, mine_first, decided, visit = (*add_flags(world, 4), world.add_event("presence"))
    mine = Reader(world)
    Reader(world, "hai").post(f"events/{taken}/claim")
    say(world, mine_first, Verdict.BREACH, "thanhtra")
    with world.database.transaction() as session:
        confirm(session, decided, by=user_id(world, "hai"), at=world.clock.now())
    wanted = [fine, taken, mine_first, decided, visit, "nope"]
    items = mine.post("reviews/bulk", event_ids=wanted, reason="not_staff", request_id="bulk-0001").json()["items"]
    assert wanted == [item["event_id"] for item in items]
    assert [True, False, False, False, False, False] == [item["is_stored"] for item in items]
    assert "Có người khác đang xem phát hiện này" == items[1]["why"]
    assert Standing.SECOND is standings(world, [mine_first])[0]


def test_a_first_breach_that_others_saw_shows_in_no_answer(world: World) -> None:
    plain, second = add_flags(world, 2)
    say(world, second, Verdict.BREACH, "hai")
    items = (
        Reader(world)
        .post("reviews/bulk", event_ids=[plain, second], reason="not_staff", request_id="bulk-0001")
        .json()["items"]
    )
    assert [(True, None)] * 2 == [(item["is_stored"], item["why"]) for item in items]
    assert [Standing.NO_BREACH, Standing.DISPUTED] == standings(world, [plain, second])


def test_a_reason_is_needed_and_must_fit_each(world: World) -> None:
    (smoking,), (post,) = add_flags(world, 1, "smoking"), add_flags(world, 1)
    mine = Reader(world)
    unstated = mine.post("reviews/bulk", event_ids=[post], reason="unstated", request_id="bulk-0001")
    assert 422 == unstated.status_code
    items = mine.post("reviews/bulk", event_ids=[smoking, post], reason="not_tobacco", request_id="bulk-0002").json()[
        "items"
    ]
    assert [True, False] == [item["is_stored"] for item in items]


@pytest.mark.parametrize("count", [0, 51])
def test_at_most_fifty_are_decided_at_once(world: World, count: int) -> None:
    ids = [f"event-{i}" for i in range(count)]
    answer = Reader(world).post("reviews/bulk", event_ids=ids, reason="not_staff", request_id="bulk-0001")
    assert 422 == answer.status_code


def test_a_leader_gives_flags_to_inspectors_and_it_is_in_the_journal(world: World) -> None:
    first, _ = add_flags(world, 2)
    leader, hai = Reader(world, "doan"), user_id(world, "hai")
    assert 204 == leader.post("assignments", event_ids=[first], user_id=hai).status_code
    assert [first] == [e["event_id"] for e in Reader(world, "hai").get("events", state="mine").json()["items"]]
    assert [] == Reader(world).get("events", state="mine").json()["items"]
    assert 2 == Reader(world).get("events").json()["total"]  # it stays in the queue of the others
    assert [{"user": user_id(world, "doan"), "to": hai}] == rows(world, RowKind.FLAG_ASSIGNED, first)
    leader.post("assignments", event_ids=[first], user_id=None)
    assert [] == Reader(world, "hai").get("events", state="mine").json()["items"]


def test_flags_are_given_by_leaders_and_to_those_who_judge_only(world: World) -> None:
    (event,) = add_flags(world, 1)
    assert 403 == Reader(world).post("assignments", event_ids=[event], user_id=user_id(world, "hai")).status_code
    leader = Reader(world, "doan")
    assert 422 == leader.post("assignments", event_ids=[event], user_id=user_id(world, "soat")).status_code
    assert 404 == leader.post("assignments", event_ids=["nope"], user_id=user_id(world, "hai")).status_code


def test_kept_filters_hold_only_what_the_queue_understands_and_are_ones_own(world: World) -> None:
    mine = Reader(world)
    kept = mine.post("filters", name=" Thuốc lá ", query="?rule=smoking&score=0.9&evil=<script>&state=open").json()
    assert ("Thuốc lá", "rule=smoking&score=0.9") == (kept["name"], kept["query"])
    replaced = mine.post("filters", name="Thuốc lá", query="rule=smoking").json()
    assert [replaced] == mine.get("filters").json()
    assert [] == Reader(world, "hai").get("filters").json()
    assert 404 == Reader(world, "hai").delete(f"filters/{kept['filter_id']}").status_code
    assert 204 == mine.delete(f"filters/{kept['filter_id']}").status_code
    assert [] == mine.get("filters").json()


def test_there_is_an_end_to_kept_filters(world: World) -> None:
    mine = Reader(world)
    for number in range(FILTERS_MAX):
        assert 201 == mine.post("filters", name=f"bộ lọc {number}", query="").status_code
    assert 409 == mine.post("filters", name="thêm một", query="").status_code
    assert 422 == mine.post("filters", name="  ", query="").status_code


@pytest.mark.parametrize("path", ["events/{0}/claim", "reviews/bulk", "assignments", "filters"])
def test_changes_need_the_anti_forgery_token(world: World, path: str) -> None:
    (event,) = add_flags(world, 1)
    leader = Reader(world, "doan")
    leader.headers = {}
    bodies = {
        "reviews/bulk": {"event_ids": [event], "reason": "not_staff", "request_id": "bulk-0001"},
        "assignments": {"event_ids": [event], "user_id": None},
        "filters": {"name": "a", "query": ""},
    }
    assert 403 == leader.post(path.format(event), **bodies.get(path, {})).status_code
