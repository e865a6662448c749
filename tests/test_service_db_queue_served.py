"""Lists that are read on by `next`, and more requests at once than the server has threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest

from samples.province_page import serve
from service.api.auth import SESSION_COOKIE
from service.db.accounts import AccountRepository
from tests.web_world import MONDAY, World

AT_ONCE = 60
"""More than the 40 threads and 15 connections that there are."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.add_site()
    made.add_user()
    return made


def test_following_next_reads_every_event_once_though_new_ones_arrive(world: World) -> None:
    ids = [world.add_event(at=MONDAY + timedelta(minutes=n // 2), place=f"ban-{n}") for n in range(7)]
    client, _ = world.reader()
    seen, after = [], ""
    while after is not None:
        found = client.get("/api/v1/events", params={"limit": 3, "after": after}).json()
        seen += [event["event_id"] for event in found["items"]]
        after = found["next"]
        world.add_event(at=MONDAY + timedelta(hours=1, minutes=len(seen)))
    assert sorted(ids) == sorted(seen)


@pytest.mark.parametrize("after", ["x", "AAAA", "MjAyNi0xMC0wNVQwMTowMDowMCBh", "ÿ"])
def test_an_after_that_is_not_ours_is_refused(world: World, after: str) -> None:
    client, _ = world.reader()
    assert 422 == client.get("/api/v1/events", params={"after": after}).status_code


def test_more_requests_at_once_than_threads_are_all_answered(world: World) -> None:
    world.add_event()
    with world.database.transaction() as session:
        user = AccountRepository(session).find_user("thanhtra")
        assert user is not None
        token = AccountRepository(session).open_session(user.user_id, at=world.clock.now(), lasts=timedelta(hours=1))

    def ask(port: int) -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/flags", headers={"Cookie": f"{SESSION_COOKIE}={token}"})
        with closing(connection), connection.getresponse() as answer:
            return answer.status

    with serve(world.database, world.clock.now(), world.folder) as port, ThreadPoolExecutor(AT_ONCE) as browsers:
        assert [200] * AT_ONCE == list(browsers.map(ask, [port] * AT_ONCE))
