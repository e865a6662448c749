"""Signing in: passwords, one-time links, lockout, anti-forgery tokens, roles, headers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.api.auth import SESSION_COOKIE
from service.api.passwords import FIRST_LOCK, FREE_FAILURES, LONGEST_LOCK, locked_until
from service.db.records import Role
from service.web.sign_in import local_path
from tests.web_world import MONDAY, PASSWORD, World, form_token, sign_in


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


def try_password(world: World, password: str, login: str = "thanhtra") -> int:
    with world.browser() as client:
        token = form_token(client.get("/sign-in").text)
        answer = client.post(
            "/sign-in",
            data={"login": login, "password": password, "form_token": token},
            follow_redirects=False,
        )
        return answer.status_code


def test_the_right_password_opens_the_queue(world: World) -> None:
    client = world.browser()
    sign_in(client)
    assert "Trần Văn Minh" in client.get("/flags").text


def test_the_session_cookie_is_out_of_reach_of_scripts(world: World) -> None:
    client = world.browser()
    token = form_token(client.get("/sign-in").text)
    answer = client.post(
        "/sign-in",
        data={"login": "thanhtra", "password": PASSWORD, "form_token": token},
        follow_redirects=False,
    )
    cookie = next(
        c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE) and "Max-Age=43" in c
    )
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


@pytest.mark.parametrize("login", ["thanhtra", "nobody", "", "<script>alert(1)</script>"])
def test_a_wrong_password_and_an_unknown_login_read_the_same(world: World, login: str) -> None:
    client = world.browser()
    token = form_token(client.get("/sign-in").text)
    answer = client.post("/sign-in", data={"login": login, "password": "wrong", "form_token": token})
    assert 401 == answer.status_code
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng" in answer.text
    assert "<script>alert" not in answer.text


def test_five_failures_pause_the_account_even_for_the_right_password(world: World) -> None:
    for _ in range(FREE_FAILURES):
        assert 401 == try_password(world, "wrong")
    assert 401 == try_password(world, PASSWORD)
    world.clock.at += FIRST_LOCK
    assert 303 == try_password(world, PASSWORD)
    assert 401 == try_password(world, "wrong")
    assert 303 == try_password(world, PASSWORD)


def test_whoever_goes_on_guessing_waits_longer_each_time(world: World) -> None:
    for _ in range(FREE_FAILURES):
        try_password(world, "wrong")
    for pause in (FIRST_LOCK, 2 * FIRST_LOCK, 4 * FIRST_LOCK):
        world.clock.at += pause - timedelta(seconds=1)
        assert 401 == try_password(world, PASSWORD)
        world.clock.at += timedelta(seconds=1)
        assert 401 == try_password(world, "wrong")
    world.clock.at += 8 * FIRST_LOCK
    assert 303 == try_password(world, PASSWORD)


def test_each_pause_is_longer_up_to_a_limit() -> None:
    assert locked_until(FREE_FAILURES - 1, MONDAY) is None
    assert MONDAY + FIRST_LOCK == locked_until(FREE_FAILURES, MONDAY)
    assert MONDAY + 2 * FIRST_LOCK == locked_until(FREE_FAILURES + 1, MONDAY)
    assert MONDAY + LONGEST_LOCK == locked_until(10_000, MONDAY)


def test_looking_at_a_link_does_not_use_it_up_and_it_signs_in_once(world: World) -> None:
    token = world.make_link()
    for _ in range(3):  # link previews
        world.browser().get(f"/sign-in/once?token={token}")
    client = world.browser()
    page = client.get(f"/sign-in/once?token={token}")
    assert "no-referrer" == page.headers["referrer-policy"]
    data = {"token": token, "form_token": form_token(page.text)}
    assert "Trần Văn Minh" in client.post("/sign-in/once", data=data).text
    again = world.browser()
    data["form_token"] = form_token(again.get("/sign-in").text)
    answer = again.post("/sign-in/once", data=data)
    assert 410 == answer.status_code
    assert "Liên kết đã được dùng" in answer.text


def test_an_expired_link_does_not_sign_in(world: World) -> None:
    token = world.make_link(lasts=timedelta(minutes=10))
    world.clock.at += timedelta(minutes=10)
    client = world.browser()
    data = {"token": token, "form_token": form_token(client.get("/sign-in").text)}
    assert 410 == client.post("/sign-in/once", data=data).status_code


def test_a_session_ends_by_itself(world: World) -> None:
    client, _ = world.reader()
    world.clock.at += timedelta(hours=12)
    assert 401 == client.get("/api/v1/events").status_code


def test_sign_out_ends_the_session_on_the_server(world: World) -> None:
    client = world.browser()
    csrf = sign_in(client)
    held = client.cookies[SESSION_COOKIE]
    client.post("/sign-out", data={"csrf_token": csrf})
    client.cookies.clear()
    client.cookies.set(SESSION_COOKIE, held)
    assert 401 == client.get("/api/v1/session").status_code


def test_the_api_can_sign_out(world: World) -> None:
    client, csrf = world.reader()
    assert 403 == client.delete("/api/v1/session").status_code
    assert 204 == client.delete("/api/v1/session", headers={"X-CSRF-Token": csrf}).status_code
    assert 401 == client.get("/api/v1/session").status_code


@pytest.mark.parametrize("path", ["/", "/flags", "/flags/x", "/attendance", "/cameras"])
def test_pages_lead_strangers_to_the_sign_in(world: World, path: str) -> None:
    answer = world.browser().get(path, follow_redirects=False)
    assert 303 == answer.status_code
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "path", ["events", "events/x", "evidence/x/clip", "attendance", "attendance.csv", "cameras", "openapi.json"]
)
def test_the_api_refuses_strangers(world: World, path: str) -> None:
    answer = world.browser().get(f"/api/v1/{path}")
    assert 401 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
    assert "Cần đăng nhập" == answer.json()["title"]


def test_after_signing_in_one_is_where_one_wanted_to_go(world: World) -> None:
    client = world.browser()
    page = client.get("/flags?state=all")
    assert 'name="next" value="/flags?state=all"' in page.text
    answer = client.post(
        "/sign-in",
        data={
            "login": "thanhtra",
            "password": PASSWORD,
            "form_token": form_token(page.text),
            "next": "/flags?state=all",
        },
        follow_redirects=False,
    )
    assert "/flags?state=all" == answer.headers["location"]


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\nb", "/\t/x"]
)
def test_no_link_leads_to_another_site(world: World, wanted: str) -> None:
    assert "/" == local_path(wanted)
    answer = world.browser().get("/language/en", params={"next": wanted}, follow_redirects=False)
    assert "/" == answer.headers["location"]


def test_a_sign_in_form_from_elsewhere_is_refused(world: World) -> None:
    client = world.browser()
    answer = client.post("/sign-in", data={"login": "thanhtra", "password": PASSWORD, "form_token": "forged"})
    assert 403 == answer.status_code
    client.get("/sign-in")
    answer = client.post("/sign-in", data={"login": "thanhtra", "password": PASSWORD, "form_token": ""})
    assert 403 == answer.status_code


def test_changes_without_the_anti_forgery_token_are_refused(world: World) -> None:
    event = world.add_event()
    client, _ = world.reader()
    body = {"verdict": "breach", "request_id": "request-1"}
    for headers in ({}, {"X-CSRF-Token": "forged"}, {"X-CSRF-Token": ""}):
        assert 403 == client.post(f"/api/v1/events/{event}/reviews", json=body, headers=headers).status_code
    assert 403 == client.post(f"/flags/{event}/verdict", data={**body, "csrf_token": "forged"}).status_code
    assert 403 == client.post("/sign-out", data={"csrf_token": "forged"}).status_code
    assert [] == client.get(f"/api/v1/events/{event}").json()["reviews"]


def test_an_auditor_reads_but_gives_no_verdict(world: World) -> None:
    world.add_user("giamsat", Role.AUDITOR, "Vũ Đình Khoa")
    event = world.add_event()
    client, csrf = world.reader("giamsat")
    page = client.get(f"/flags/{event}").text
    assert 'id="verdict"' not in page and "chỉ được xem" in page
    body = {"verdict": "breach", "request_id": "request-1"}
    answer = client.post(f"/api/v1/events/{event}/reviews", json=body, headers={"X-CSRF-Token": csrf})
    assert 403 == answer.status_code
    assert 403 == client.post(f"/flags/{event}/verdict", data={**body, "csrf_token": csrf}).status_code


def test_every_answer_carries_the_strict_headers(world: World) -> None:
    event = world.add_event()
    client, _ = world.reader()
    for path in (
        "/flags",
        f"/flags/{event}",
        "/attendance",
        "/nowhere",
        "/api/v1/events",
        "/static/base.css",
        "/healthz",
    ):
        headers = client.get(path).headers
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "nosniff" == headers["x-content-type-options"]
        assert "same-origin" == headers["referrer-policy"]
        assert ("no-cache" if path.startswith("/static") else "no-store") == headers["cache-control"]


def test_a_failure_shows_a_page_without_its_cause_and_with_the_strict_headers(world: World) -> None:
    from fastapi.testclient import TestClient

    app = world.app

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret cause")

    answer = TestClient(app, raise_server_exceptions=False).get("/broken")
    assert 500 == answer.status_code
    assert "Hệ thống gặp lỗi" in answer.text and "secret cause" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_monitors_need_no_session(world: World) -> None:
    assert {"status": "ok", "disk": "enough"} == world.browser().get("/healthz").json()
