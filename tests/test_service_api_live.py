"""What pages are told while they stay open, and the wall: a real server, real streams."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI

from service.api import live
from service.api.app import create_app
from service.api.auth import SESSION_COOKIE
from service.api.context import WebContext
from service.api.live_room import STREAMS_PER_USER, LiveRoom
from service.api.wall_room import NOTED_EVERY, WIDTH_PX
from service.commands import PagesServer
from service.db.accounts import AccountRepository
from service.db.journal import JournalRepository
from service.db.live import LiveState
from service.db.records import OfficerRecord, Role, RunRecord, SiteRecord
from service.db.sites import SiteRepository
from service.evidence.cutter import to_jpeg
from service.evidence.journal import RowKind, facts_of
from service.notices.addresses import AddressBook, AddressRules
from service.notices.sealing import open_seal
from service.rights import Reach
from service.stills import still_key
from tests.commands import congvu, start_congvu
from tests.web_world import CAMERA, MONDAY, RUN, World, form_token
from vision.types import CameraId, RunId

PATIENCE_S = 60.0
AT_ONCE_S = 12.0
"""Less than a stream's beat: who ended only then was not told to."""
WARD_CAMERA = CameraId("cam-phuong")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    add_ward(world)
    world.add_user()
    world.add_user("quantri", Role.ADMIN)
    world.add_user("canbo", Role.OFFICER)
    yield world
    world.database.close()


def add_ward(world: World) -> None:
    with world.database.transaction() as session:
        site = SiteRecord("phuong", "Bộ phận một cửa", "UBND phường", "Asia/Ho_Chi_Minh", "", "", (), (0,), 5)
        officers = [OfficerRecord("lan", "Lê Thị Lan", "Một cửa")]
        SiteRepository(session).register(site, cameras=[(WARD_CAMERA, "Camera phường")], officers=officers, places=[])


def token_of(world: World, login: str = "thanhtra") -> str:
    with world.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user(login)
        assert user is not None
        return accounts.open_session(user.user_id, at=world.clock.now(), lasts=timedelta(hours=12))


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    server = PagesServer(uvicorn.Config(app, port=0, log_level="warning", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def quick(app: FastAPI, monkeypatch: pytest.MonkeyPatch, beats_s: float = 0.2) -> FastAPI:
    """Let a stream go ten times as fast as in earnest."""
    monkeypatch.setattr(live, "BEATS_EVERY", timedelta(seconds=beats_s))
    app.state.live._every = timedelta(seconds=0.05)
    return app


class Stream:
    """One open stream, read in a thread."""

    def __init__(self, address: str, token: str, last_event_id: str = "") -> None:
        self.events: list[tuple[str, dict[str, Any], str]] = []
        self.comments = 0
        self.status = 0
        self.has_ended = threading.Event()
        self._arguments = (address, token, last_event_id)
        self._client = httpx.Client(timeout=PATIENCE_S)
        self._thread = threading.Thread(target=self._read)
        self._closing = threading.Event()
        self._thread.start()

    def _read(self) -> None:
        address, token, last_event_id = self._arguments
        headers = {"cookie": f"{SESSION_COOKIE}={token}"} | ({"last-event-id": last_event_id} if last_event_id else {})
        try:
            with self._client.stream("GET", f"{address}/api/v1/live", headers=headers) as answer:
                self.status = answer.status_code
                self._take_lines(answer)
        except (httpx.HTTPError, OSError):
            pass
        self._client.close()
        self.has_ended.set()

    def _take_lines(self, answer: httpx.Response) -> None:
        found: dict[str, str] = {}
        for line in answer.iter_lines():
            if self._closing.is_set():
                return
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                found[name] = value
            elif "event" in found:
                self.events.append((found["event"], json.loads(found["data"]), found.get("id", "")))
                found = {}

    def wait(self, condition: Callable[[Stream], bool]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not condition(self):
            assert time.monotonic() < until, (self.status, self.events)
            time.sleep(0.02)

    def last(self, name: str) -> dict[str, Any]:
        return next((fields for event, fields, _ in reversed(self.events) if event == name), {})

    def close(self) -> None:
        """Leave at the next line: beats come often in these tests."""
        self._closing.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


def notes(world: World) -> list[dict[str, Any]]:
    with world.database.transaction() as session:
        rows = JournalRepository(session).latest(limit=100, kinds=[RowKind.CAMERA_VIEWED])
        return [dict(facts_of(row) or {}) for row in rows]


def keep_still(world: World, camera_id: str, shade: int, width_px: int = 1280) -> None:
    world.store.put(still_key(camera_id), to_jpeg(np.full((720, width_px, 3), shade, np.uint8)))


def test_a_stream_tells_at_once_then_what_changes_and_repeats_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_event("left_post")
    with serving(quick(world.app, monkeypatch)) as address:
        token = token_of(world)
        stream = Stream(address, token)
        stream.wait(lambda each: each.last("alarms") != {})
        assert ["hello", "flags", "alarms"] == [name for name, _, _ in stream.events]
        assert {"open": 1, "newest_at": MONDAY.isoformat()} == stream.last("flags")
        assert {"count": 0} == stream.last("alarms")
        world.add_event("smoking", MONDAY + timedelta(hours=1))
        stream.wait(lambda each: each.last("flags")["open"] == 2)
        beats = stream.comments
        stream.wait(lambda each: each.comments > beats + 1)
        assert ["hello", "flags", "alarms", "flags"] == [name for name, _, _ in stream.events]
        known = stream.events[-1][2]
        again = Stream(address, token, known)
        again.wait(lambda each: each.comments > 1)
        assert ["hello"] == [name for name, _, _ in again.events]
        world.add_event("badge_missing", MONDAY + timedelta(hours=2))
        again.wait(lambda each: each.last("flags") != {})
        assert ["hello", "flags"] == [name for name, _, _ in again.events]
        for each in (stream, again):
            each.close()


def test_a_stream_holds_nothing_but_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_event("left_post")
    with serving(quick(world.app, monkeypatch)) as address:
        stream = Stream(address, token_of(world))
        stream.wait(lambda each: each.last("alarms") != {})
        stream.close()
    told = {(name, *fields) for name, fields, _ in stream.events}
    assert {("hello", "beats_every_s"), ("flags", "open", "newest_at"), ("alarms", "count")} == told


def test_a_stream_ends_where_the_agency_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_event("left_post")
    limit(world, "thanhtra", "UBND phường")
    with serving(quick(world.app, monkeypatch)) as address:
        stream, all_seeing = Stream(address, token_of(world)), Stream(address, token_of(world, "quantri"))
        for each in (stream, all_seeing):
            each.wait(lambda one: one.last("flags") != {})
        assert (0, 1) == (stream.last("flags")["open"], all_seeing.last("flags")["open"])
        for each in (stream, all_seeing):
            each.close()


def limit(world: World, login: str, agency: str) -> None:
    with world.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user(login)
        assert user is not None
        accounts._row(user.user_id).agency = agency


def test_those_without_the_right_and_programs_get_no_stream(world: World) -> None:
    for login, status in (("canbo", 403),):
        client, _ = world.reader(login)
        assert status == client.get("/api/v1/live").status_code
    assert 401 == world.browser().get("/api/v1/live").status_code


@pytest.mark.parametrize("ending", ["sign_out", "time", "role"])
def test_a_stream_ends_with_the_session(world: World, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    with serving(quick(world.app, monkeypatch)) as address:
        token = token_of(world)
        stream = Stream(address, token)
        stream.wait(lambda each: each.comments > 0)
        with world.database.transaction() as session:
            accounts = AccountRepository(session)
            if ending == "sign_out":
                accounts.close_session(token)
            elif ending == "role":
                accounts._row(1).role = Role.OFFICER
        if ending == "time":
            world.clock.at += timedelta(hours=13)
        assert stream.has_ended.wait(PATIENCE_S)


def test_a_stream_keeps_no_session_awake(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(quick(world.app, monkeypatch)) as address:
        stream = Stream(address, token_of(world))
        for _ in range(5):
            beats = stream.comments
            stream.wait(lambda each, beats=beats: each.comments > beats or each.has_ended.is_set())  # type: ignore[misc]
            world.clock.at += timedelta(minutes=59)
        assert stream.has_ended.wait(PATIENCE_S), "idle for more than four hours"


def test_the_server_stops_at_once_though_streams_are_open(world: World) -> None:
    with serving(world.app) as address:
        stream = Stream(address, token_of(world))
        stream.wait(lambda each: each.events != [])
        began = time.monotonic()
    assert time.monotonic() - began < AT_ONCE_S
    assert stream.has_ended.wait(PATIENCE_S)


def test_the_command_itself_ends_within_seconds_though_a_stream_is_open(tmp_path: Path) -> None:
    made = congvu("user", "add", "thu", "--name", "Thu", "--role", "admin", "--link", "--data", tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    process = start_congvu("serve", "--port", address.rpartition(":")[2], "--data", tmp_path)
    try:
        with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
            until = time.monotonic() + 2 * PATIENCE_S
            while not is_served(client):
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.1)
            token = made.stdout.partition("token=")[2].split()[0]
            form = {"token": token, "form_token": form_token(client.get("/sign-in/once", params={"token": token}).text)}
            client.post("/sign-in/once", data=form)
            stream = Stream(address, client.cookies[SESSION_COOKIE])
        stream.wait(lambda each: each.events != [])
        process.terminate()
        assert 0 == process.wait(AT_ONCE_S)
        assert stream.has_ended.wait(PATIENCE_S)
    finally:
        process.kill()
        process.communicate()


def is_served(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_one_person_has_so_many_streams_and_gets_one_back_when_it_closes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(quick(world.app, monkeypatch)) as address:
        token = token_of(world)
        streams = [Stream(address, token) for _ in range(STREAMS_PER_USER)]
        for each in streams:
            each.wait(lambda one: one.events != [])
        cookies = {SESSION_COOKIE: token}
        refused = httpx.get(f"{address}/api/v1/live", cookies=cookies, timeout=PATIENCE_S)
        assert (429, "Đang mở quá nhiều trang") == (refused.status_code, refused.json()["title"])
        other = Stream(address, token_of(world, "quantri"))
        other.wait(lambda one: one.events != [])
        streams[0].close()
        until = time.monotonic() + PATIENCE_S
        while (again := Stream(address, token)).has_ended.wait(0.3):
            assert time.monotonic() < until
        for each in (*streams[1:], other, again):
            each.close()


def test_the_database_is_asked_once_for_each_reach_however_many_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = quick(world.app, monkeypatch)
    asked: list[Reach] = []
    look: Callable[[Reach], LiveState] = app.state.live._look

    def counted(reach: Reach) -> LiveState:
        asked.append(reach)
        return look(reach)

    app.state.live._look = counted
    app.state.live._every = timedelta(seconds=0.3)
    with serving(app) as address:
        assert not app.state.live.is_watching
        streams = [Stream(address, token_of(world, login)) for login in ("thanhtra", "thanhtra", "quantri", "quantri")]
        for each in streams:
            each.wait(lambda one: one.last("flags") != {})
        began, before = time.monotonic(), len(asked)
        time.sleep(1.5)
        since = len(asked) - before
        rounds = (time.monotonic() - began) / 0.3
        assert since <= rounds + 1, "all four see everything: one question a round"
        for each in streams:
            each.close()
        until = time.monotonic() + PATIENCE_S
        while app.state.live.is_watching:
            assert time.monotonic() < until, "nobody looks: nobody asks"
            time.sleep(0.05)
    assert {Reach()} == set(asked)


def test_a_database_that_is_away_ends_no_stream(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = quick(world.app, monkeypatch)
    room: LiveRoom = app.state.live
    look, is_away = room._look, threading.Event()

    def failing(reach: Reach) -> LiveState:
        if is_away.is_set():
            raise OSError("away")
        return look(reach)

    room._look = failing
    with serving(app) as address:
        stream = Stream(address, token_of(world))
        stream.wait(lambda each: each.last("flags") != {})
        is_away.set()
        time.sleep(0.3)
        world.add_event("left_post")
        is_away.clear()
        stream.wait(lambda each: each.last("flags")["open"] == 1)
        stream.close()


def test_the_wall_tells_how_each_camera_is_alarms_first_and_only_within_reach(world: World) -> None:
    silent_from = world.clock.now() - timedelta(minutes=7)
    with world.database.transaction() as session:
        sites = SiteRepository(session)
        sites.store_run(RunRecord(WARD_CAMERA, RunId("r"), silent_from, silent_from, 10, 0, finished=False))
        sites.store_run(RunRecord(CAMERA, RUN, MONDAY, world.clock.now(), 10, 0, finished=False))
    client, _ = world.reader()
    found = client.get("/api/v1/wall").json()
    assert [(WARD_CAMERA, "silent", True), (CAMERA, "works", False)] == [
        (each["camera_id"], each["condition"], each["is_alarm"]) for each in found
    ]
    page = client.get("/wall").text
    assert "Không có hình trong 7 phút." in page
    assert page.index("Camera phường") < page.index("Camera quầy")
    assert "Camera quầy" not in client.get("/wall?health=alarms").text
    assert "Camera quầy" not in client.get("/wall", params={"agency": "UBND phường"}).text
    assert "Không có camera nào phù hợp" in client.get("/wall?health=idle").text
    limit(world, "thanhtra", "UBND phường")
    assert [WARD_CAMERA] == [each["camera_id"] for each in client.get("/api/v1/wall").json()]
    assert [WARD_CAMERA] == [each["camera_id"] for each in client.get("/wall/now").json()["cameras"]]
    assert 404 == client.get(f"/wall/{CAMERA}/still.jpg").status_code
    canbo, _ = world.reader("canbo")
    assert [403] * 4 == [
        canbo.get(page).status_code for page in ("/wall", "/wall/now", f"/wall/{CAMERA}/still.jpg", "/api/v1/wall")
    ]


def test_a_small_still_is_sent_once_and_then_only_when_it_has_changed(world: World) -> None:
    keep_still(world, CAMERA, 90)
    client, _ = world.reader()
    first = client.get(f"/wall/{CAMERA}/still.jpg")
    image = cv2.imdecode(np.frombuffer(first.content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert (270, WIDTH_PX, 3) == image.shape
    assert "no-store" == first.headers["cache-control"]
    known = {"If-None-Match": first.headers["etag"]}
    assert (304, b"") == ((again := client.get(f"/wall/{CAMERA}/still.jpg", headers=known)).status_code, again.content)
    keep_still(world, CAMERA, 200)
    changed = client.get(f"/wall/{CAMERA}/still.jpg", headers=known)
    assert 200 == changed.status_code
    assert first.headers["etag"] != changed.headers["etag"]
    assert 404 == client.get(f"/wall/{WARD_CAMERA}/still.jpg").status_code


def test_an_open_wall_is_one_row_in_ten_minutes_and_a_picture_by_itself_is_one_each(world: World) -> None:
    keep_still(world, CAMERA, 90)
    app = world.app
    client, _ = world.reader()
    client.app = app  # type: ignore[assignment]
    page = browser_of(world, app)
    page.get(f"/wall/{CAMERA}/still.jpg")
    assert [CAMERA] == [row["camera"] for row in notes(world)], "without the wall each look is told"
    page.get("/wall")
    for shade in range(60):
        keep_still(world, CAMERA, shade)
        page.get(f"/wall/{CAMERA}/still.jpg")
        page.get("/wall/now")
        world.clock.at += timedelta(seconds=9)
    assert [sorted([CAMERA, WARD_CAMERA])] == [row["wall"] for row in notes(world) if "wall" in row]
    assert 2 == len(notes(world))
    world.clock.at += NOTED_EVERY
    page.get("/wall/now")
    page.get(f"/wall/{CAMERA}/still.jpg")
    assert 3 == len(notes(world))
    other = browser_of(world, app)
    other.get(f"/wall/{CAMERA}/still.jpg")
    assert 4 == len(notes(world)), "another browser's wall tells nothing of this one"


def browser_of(world: World, app: FastAPI) -> Any:
    client = type(world.browser())(app, base_url="http://centre.test")
    client.cookies.set(SESSION_COOKIE, token_of(world))
    return client


def told_world(world: World, **rules: Any) -> FastAPI:
    book = AddressBook(AddressRules(**rules), open_seal(world.folder / "keys"))
    context = WebContext(world.database, world.store, world.clock, world.pen)
    return create_app(replace(context, addresses=book))


def test_addresses_are_added_tested_and_removed_by_their_owner_and_shown_masked(world: World) -> None:
    app = told_world(world, private_hosts=("203.0.113.0/24",))
    mine, other = browser_of(world, app), browser_of(world, app)
    other.cookies.set(SESSION_COOKIE, token_of(world, "quantri"))
    csrf = {"X-CSRF-Token": mine.get("/api/v1/session").json()["csrf_token"]}
    theirs = {"X-CSRF-Token": other.get("/api/v1/session").json()["csrf_token"]}
    asked = {
        "address": "jsons://u:hunter2@203.0.113.7/hook",
        "kinds": ["appeal"],
        "quiet_from": "22:00",
        "quiet_to": "06:30",
    }
    assert 403 == mine.post("/api/v1/subscriptions", json=asked).status_code
    stored = mine.post("/api/v1/subscriptions", json=asked, headers=csrf)
    assert (201, "jsons://…@203.0.113.7") == (stored.status_code, stored.json()["shown"])
    number = stored.json()["subscription_id"]
    listed = mine.get("/api/v1/subscriptions")
    assert "hunter2" not in listed.text + mine.get("/account/notifications").text
    assert [number] == [each["subscription_id"] for each in listed.json()]
    assert [] == other.get("/api/v1/subscriptions").json()
    for way in ("post", "delete"):
        path = f"/api/v1/subscriptions/{number}" + ("/test" if way == "post" else "")
        assert 404 == getattr(other, way)(path, headers=theirs).status_code
    tested = mine.post(f"/api/v1/subscriptions/{number}/test", headers=csrf)
    assert (202, True) == (tested.status_code, tested.json()["is_waiting"])
    assert 204 == mine.delete(f"/api/v1/subscriptions/{number}", headers=csrf).status_code
    assert [] == mine.get("/api/v1/subscriptions").json()
    assert not any(b"hunter2" in path.read_bytes() for path in world.folder.glob("congvu.db*"))
    with world.database.transaction() as session:
        rows = JournalRepository(session).latest(limit=10, kinds=[RowKind.ACCOUNT_CHANGED])
    assert ["unsubscribed", "subscribed"] == [(facts_of(row) or {})["change"] for row in rows]


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"address": "json://127.0.0.1/"}, "Địa chỉ này dẫn vào mạng nội bộ"),
        ({"address": "json://khong-co.invalid/"}, "Không tìm thấy máy chủ của địa chỉ này"),
        ({"address": "xml://203.0.113.7/"}, "Cách gửi này chưa được mở ở đây"),
        ({"address": "jsons://203.0.113.7/?template=/etc/passwd"}, "Địa chỉ có phần không được phép"),
        ({"address": "slack://nonsense"}, "Không hiểu địa chỉ này"),
        ({"address": "minh@coquan.gov.vn"}, "Hệ thống chưa gửi được thư điện tử"),
        ({"quiet_from": "22:00"}, "Giờ không làm phiền chưa đủ"),
        ({"kinds": ["disk_alarm"]}, "Hãy chọn việc bạn muốn được báo"),
        ({"kinds": []}, "Hãy chọn việc bạn muốn được báo"),
    ],
)
def test_what_is_wrong_is_said_in_words_and_nothing_is_stored(world: World, change: dict[str, Any], title: str) -> None:
    page = browser_of(world, told_world(world, private_hosts=("203.0.113.0/24",)))
    csrf = page.get("/api/v1/session").json()["csrf_token"]
    asked = {"address": "jsons://203.0.113.7/hook", "kinds": ["appeal"], "quiet_from": "", "quiet_to": ""} | change
    shown = page.post("/account/notifications", data=asked | {"csrf_token": csrf})
    assert 422 == shown.status_code
    assert title in shown.text
    assert [] == page.get("/api/v1/subscriptions").json()
    if asked["kinds"]:
        answer = page.post("/api/v1/subscriptions", json=asked, headers={"X-CSRF-Token": csrf})
        assert (422, title) == (answer.status_code, answer.json()["title"])


def test_the_page_adds_tests_and_removes_without_script(world: World) -> None:
    page = browser_of(world, told_world(world, has_mail=True))
    csrf = {"csrf_token": page.get("/api/v1/session").json()["csrf_token"]}
    asked = {"address": "minh@coquan.gov.vn", "kinds": ["appeal", "flags_waiting"]}
    assert 403 == page.post("/account/notifications", data=asked).status_code
    added = page.post("/account/notifications", data=asked | csrf)
    assert "m…@coquan.gov.vn" in added.text
    assert "Chưa gửi tin nào" in added.text
    assert "Đang chờ gửi" in page.post("/account/notifications/1/test", data=csrf).text
    assert "m…@" not in page.post("/account/notifications/1/remove", data=csrf).text
    assert 404 == page.post("/account/notifications/1/remove", data=csrf).status_code


def test_nobody_has_more_than_ten_addresses(world: World) -> None:
    page = browser_of(world, told_world(world, has_mail=True))
    csrf = {"csrf_token": page.get("/api/v1/session").json()["csrf_token"]}
    codes = [
        page.post(
            "/account/notifications", data={"address": f"m{i}@coquan.gov.vn", "kinds": ["appeal"]} | csrf
        ).status_code
        for i in range(11)
    ]
    assert [200] * 10 + [409] == codes


def test_where_nothing_is_set_up_the_page_says_so(world: World) -> None:
    client, csrf = world.reader()
    assert "Hệ thống này chưa thiết lập thông báo" in client.get("/account/notifications").text
    asked = {"address": "jsons://203.0.113.7/hook", "kinds": ["appeal"]}
    assert 404 == client.post("/api/v1/subscriptions", json=asked, headers={"X-CSRF-Token": csrf}).status_code
    canbo, _ = world.reader("canbo")
    assert 403 == canbo.get("/account/notifications").status_code
