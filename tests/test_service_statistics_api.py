"""Figures for programs: the same as the pages', within reach, and small where they are small."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.db.accounts import AccountRepository
from service.db.records import Role
from service.rights import Reach
from tests.counted_world import AGENCIES, FIRST, CountedWorld
from tests.web_world import World

OCTOBER = {"from": "2025-10-01", "to": "2025-10-31"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("statistics"))
    with world.database.transaction() as session:
        CountedWorld(session, seed=3).fill(120, days=31)
        accounts = AccountRepository(session)
        for login, role, reach in (
            ("truong", Role.TEAM_LEADER, Reach()),
            ("dong", Role.INSPECTOR, Reach(AGENCIES[0])),
            ("vanthu", Role.CLERK, Reach()),
        ):
            accounts.add_user(login, display_name=login, role=role, password_hash=None, at=FIRST, reach=reach)
    yield world
    world.database.close()


def test_figures_add_up_and_small_numbers_have_no_share(world: World) -> None:
    client, _ = world.reader("truong")
    found = client.get("/api/v1/statistics", params=OCTOBER).json()
    for group in ("by_rule", "by_camera", "by_agency", "by_hour", "by_weekday", "by_day"):
        assert found["total"]["flags"] == sum(tally["flags"] for tally in found[group]), group
    shares = [tally["precision"] for tally in found["by_day"]]
    assert all((share["value"] is None) == (share["whole"] < 10) for share in shares)
    assert "second" not in str(found), "whoever gives the second look is not told of the first"


def test_an_agency_gets_its_own_and_nothing_else_exists(world: World) -> None:
    client, _ = world.reader("dong")
    found = client.get("/api/v1/statistics", params=OCTOBER).json()
    assert [AGENCIES[0]] == [tally["key"] for tally in found["by_agency"]]
    for asked in ({"agency": AGENCIES[1]}, {"camera": "cam-tay-1"}, {"rule": "presence"}):
        assert 404 == client.get("/api/v1/statistics", params=OCTOBER | asked).status_code


def test_inspectors_are_named_to_their_leader_alone(world: World) -> None:
    leader, _ = world.reader("truong")
    inspectors = leader.get("/api/v1/statistics/inspectors", params=OCTOBER).json()
    assert {f"Thanh tra {n}" for n in range(6)} == {one["label"] for one in inspectors["inspectors"]}
    assert inspectors["units"]
    own, _ = world.reader("thanhtra0")
    mine = own.get("/api/v1/statistics/inspectors", params=OCTOBER).json()
    assert (["Thanh tra 0"], []) == ([one["label"] for one in mine["inspectors"]], mine["units"])


@pytest.mark.parametrize("path", ["/api/v1/statistics", "/api/v1/statistics/inspectors"])
def test_who_may_not_read_figures_is_refused(world: World, path: str) -> None:
    assert 401 == world.browser().get(path, params=OCTOBER).status_code
    client, _ = world.reader("vanthu")
    assert 403 == client.get(path, params=OCTOBER).status_code


def test_days_that_make_no_sense_are_refused(world: World) -> None:
    client, _ = world.reader("truong")
    for asked in ({"from": "2025-10-02", "to": "2025-10-01"}, {"from": "2024-01-01", "to": "2025-10-01"}, {}):
        assert 422 == client.get("/api/v1/statistics", params=asked).status_code
