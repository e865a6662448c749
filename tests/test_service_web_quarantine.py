"""The page of what was set aside: who sees it, who brings things back, what it says of the disk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from service.api.app import create_app
from service.api.auth import SESSION_COOKIE
from service.api.context import WebContext
from service.db.accounts import AccountRepository
from service.db.owned import OwnedRepository
from service.db.records import EvidenceKind, Role
from service.evidence.disk import DiskState, DiskWatch
from service.evidence.levels import Level
from service.evidence.store import Room
from tests.web_world import TestClient, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.add_site()
    for role in Role:
        made.add_user(str(role), role)
    return made


def test_an_admin_brings_back_what_the_database_counts_on(world: World) -> None:
    world.add_event(evidence={EvidenceKind.CLIP: b"clip"})
    (each,) = world.store.stored()
    aside = world.store.set_aside(each.key, "unowned")
    client, token = world.reader("admin")
    page = client.get("/quarantine").text
    assert each.key in page
    answer = client.post("/quarantine/recover", data={"key": aside, "csrf_token": token}, follow_redirects=False)
    assert (303, "/quarantine?recovered=owned") == (answer.status_code, answer.headers["location"])
    assert [each.key] == [found.key for found in world.store.stored()]


def test_what_nobody_vouches_for_stays_and_the_page_says_why(world: World) -> None:
    world.store.put("somebody/else.bin", b"x")
    aside = world.store.set_aside("somebody/else.bin", "unowned")
    client, token = world.reader("admin")
    answer = client.post("/quarantine/recover", data={"key": aside, "csrf_token": token})
    assert 409 == answer.status_code
    assert "Cả cơ sở dữ liệu lẫn sổ nhật ký đều không ghi nhận" in answer.text
    assert [aside] == [found.key for found in world.store.stored()]


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("auditor", 200), ("inspector", 403), ("clerk", 403)])
def test_only_those_who_look_after_evidence_see_it(world: World, role: str, status: int) -> None:
    assert status == world.reader(role)[0].get("/quarantine").status_code


def test_an_auditor_looks_and_changes_nothing(world: World) -> None:
    world.add_event(evidence={EvidenceKind.CLIP: b"clip"})
    (each,) = world.store.stored()
    aside = world.store.set_aside(each.key, "unowned")
    client, token = world.reader("auditor")
    assert "/quarantine/recover" not in client.get("/quarantine").text
    assert 403 == client.post("/quarantine/recover", data={"key": aside, "csrf_token": token}).status_code
    assert 403 == world.reader("admin")[0].post("/quarantine/recover", data={"key": aside}).status_code
    assert [aside] == [found.key for found in world.store.stored()]


def test_what_is_missing_is_listed_with_its_event(world: World) -> None:
    event_id = world.add_event(evidence={EvidenceKind.CLIP: b"clip"})
    with world.database.transaction() as session:
        owners = OwnedRepository(session)
        (owned,) = next(owners.counted_on())
        owners.note_missing(owned, at=world.clock.now())
    assert f"/flags/{event_id}" in world.reader("auditor")[0].get("/quarantine").text


@pytest.mark.parametrize("level", [Level.ENOUGH, Level.TIGHT, Level.VERY_TIGHT, Level.FULL])
def test_every_page_says_that_the_disk_fills(world: World, level: Level) -> None:
    state = DiskState(level, Room(100, 1), 60, is_locked_high=level is Level.FULL)
    app = create_app(WebContext(world.database, world.store, world.clock, world.pen, disk=DiskWatch(state)))
    client = TestClient(app, base_url="http://centre.test")
    with world.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user("inspector")
        assert user is not None
        token = accounts.open_session(user.user_id, at=world.clock.now(), lasts=timedelta(hours=1))
    client.cookies.set(SESSION_COOKIE, token)
    page = client.get("/cameras").text
    assert (level is not Level.ENOUGH) == ("disk-alarm" in page)
    assert (level is Level.FULL) == ("60" in page.partition("disk-alarm")[2].partition("</p>")[0])
    assert {"status": "ok", "disk": level.word} == client.get("/healthz").json()
