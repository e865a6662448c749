"""Two looks that do not know of each other: what the second must not learn, and what nobody may do twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.db.accounts import AccountRepository
from service.db.records import Role
from service.rights import Reach, Right
from tests.camera_world import CameraWorld
from tests.test_service_judging_api import judge_rules
from tests.web_world import CAMERA


@pytest.fixture
def world(tmp_path: Path) -> CameraWorld:
    world = CameraWorld(tmp_path)
    world.add_site()
    judge_rules(world)
    for login, role in (("mot", Role.INSPECTOR), ("hai", Role.INSPECTOR), ("ba", Role.INSPECTOR)):
        world.add_user(login, role, f"Thanh tra {login}")
    world.add_user("doan", Role.TEAM_LEADER, "Trưởng đoàn")
    return world


def say(world: CameraWorld, login: str, event_id: str, verdict: str, request_id: str = "") -> int:
    client, csrf = world.kept_reader(login)
    body = {"verdict": verdict, "request_id": request_id or f"request-{login}-{verdict.replace('_', '-')}"}
    answer = client.post(f"/api/v1/events/{event_id}/reviews", json=body, headers={"X-CSRF-Token": csrf})
    return answer.status_code


def take_back(world: CameraWorld, login: str, event_id: str, request_id: str = "") -> int:
    client, csrf = world.kept_reader(login)
    asked = {"request_id": request_id} if request_id else {}
    path = f"/api/v1/events/{event_id}/reviews/latest"
    return client.delete(path, params=asked, headers={"X-CSRF-Token": csrf}).status_code


def seen(world: CameraWorld, login: str, event_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = world.kept_reader(login)[0].get(f"/api/v1/events/{event_id}").json()
    return shown


def test_a_token_that_may_not_judge_is_told_no_more_than_its_owner(world: CameraWorld) -> None:
    event = world.add_event()
    say(world, "mot", event, "breach")
    client, csrf = world.kept_reader("hai")
    wanted = {"name": "máy", "scopes": [Right.SEE_FLAGS], "days": 30}
    token = client.post("/api/v1/account/tokens", json=wanted, headers={"X-CSRF-Token": csrf}).json()["token"]
    program = world.browser()
    answer = program.get(f"/api/v1/events/{event}", headers={"Authorization": f"Bearer {token}"}).json()
    assert ("open", []) == (answer["standing"], answer["reviews"])
    assert ("open", []) == (seen(world, "hai", event)["standing"], seen(world, "hai", event)["reviews"])


def test_figures_of_a_camera_do_not_tell_of_a_first_look(world: CameraWorld) -> None:
    flag, visit = world.add_event("smoking"), world.add_event("presence")
    world.add_check(visit, "smoking", 0.5)

    def shown() -> str:
        return world.kept_reader("hai")[0].get(f"/api/v1/cameras/{CAMERA}/rules").text

    before = shown()
    for event in (flag, visit):
        assert 201 == say(world, "mot", event, "breach", f"request-{event[:8]}")
    assert before == shown()
    assert 201 == say(world, "ba", flag, "breach")
    assert before != shown()


def test_who_gave_the_second_look_can_take_it_back_but_not_give_another(world: CameraWorld) -> None:
    event = world.add_event()
    say(world, "mot", event, "breach")
    assert 201 == say(world, "hai", event, "breach", "request-hai-1")
    # by now both have been shown what the other said
    assert [409, 409] == [say(world, login, event, "no_breach") for login in ("mot", "hai")]
    assert 200 == take_back(world, "hai", event)
    assert 409 == say(world, "hai", event, "no_breach", "request-hai-2")
    waiting = world.kept_reader("hai")[0].get("/api/v1/events").json()["items"]
    assert [] == [one["event_id"] for one in waiting]
    assert 201 == say(world, "ba", event, "no_breach")
    assert "disputed" == seen(world, "hai", event)["standing"]


def test_a_leader_who_took_a_look_back_is_still_a_party(world: CameraWorld) -> None:
    event = world.add_event()
    say(world, "mot", event, "breach")
    say(world, "doan", event, "no_breach", "request-doan-1")
    assert 200 == take_back(world, "doan", event)
    assert 201 == say(world, "hai", event, "no_breach")
    assert "disputed" == seen(world, "doan", event)["standing"]
    assert 409 == say(world, "doan", event, "no_breach", "request-doan-2")


def test_nobody_judges_a_flag_of_their_own_desk(world: CameraWorld) -> None:
    event = world.add_event()
    with world.database.transaction() as session:
        AccountRepository(session).add_user(
            "hanh",
            display_name="Nguyễn Thị Hạnh",
            role=Role.INSPECTOR,
            password_hash=None,
            at=world.clock.now(),
            reach=Reach(officer_id="hanh"),
        )
    client, csrf = world.kept_reader("hanh")
    head = {"X-CSRF-Token": csrf}
    assert 403 == say(world, "hanh", event, "no_breach")
    assert 403 == take_back(world, "hanh", event)
    assert 403 == client.post(f"/api/v1/events/{event}/claim", json={}, headers=head).status_code
    bulk = {"event_ids": [event], "reason": "not_staff", "request_id": "request-bulk"}
    (item,) = client.post("/api/v1/reviews/bulk", json=bulk, headers=head).json()["items"]
    assert not item["is_stored"]
    assert 'id="verdict"' not in client.get(f"/flags/{event}").text
    leader, token = world.kept_reader("doan")
    given = {"event_ids": [event], "user_id": world.user_id("hanh")}
    assert 422 == leader.post("/api/v1/assignments", json=given, headers={"X-CSRF-Token": token}).status_code
    assert "open" == seen(world, "mot", event)["standing"]


def test_a_verdict_named_by_its_request_is_taken_back_once(world: CameraWorld) -> None:
    event = world.add_event()
    say(world, "mot", event, "cannot_tell", "request-first")
    say(world, "mot", event, "no_breach", "request-second")
    assert [200, 200] == [take_back(world, "mot", event, "request-second") for _ in range(2)]
    assert "cannot_tell" == seen(world, "mot", event)["standing"]
    assert 409 == take_back(world, "mot", event, "request-unknown")
    assert 200 == take_back(world, "mot", event, "request-first")
    assert "open" == seen(world, "mot", event)["standing"]
