"""The commands that rule who may sign in, and what several sign-ins at once can and cannot do."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
import structlog

from service.api.auth import SESSION_COOKIE
from service.api.passwords import FIRST_LOCK, FREE_FAILURES
from service.db.account_locks import FORGIVEN_AFTER
from service.db.accounts import AccountRepository
from service.db.records import Role, UserRecord
from tests.commands import congvu
from tests.web_world import PASSWORD, World, form_token, sign_in

NEW_PASSWORD = "một mật khẩu khác hẳn"
Answer = TypeVar("Answer")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_user()
    yield world
    world.database.close()


def user_of(world: World, login: str = "thanhtra") -> UserRecord:
    with world.database.transaction() as session:
        user = AccountRepository(session).find_user(login)
    assert user is not None
    return user


def fail(world: World) -> int:
    with world.database.transaction() as session:
        return AccountRepository(session).note_failure(user_of(world).user_id, world.clock.now())


def use(world: World, token: str) -> bool:
    with world.database.transaction() as session:
        return AccountRepository(session).use_link(token, world.clock.now()) is not None


def at_once(times: int, act: Callable[[], Answer]) -> list[Answer]:
    """Do something in several threads that all start together."""
    barrier = Barrier(times)

    def start() -> Answer:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(times) as pool:
        return [done.result() for done in [pool.submit(start) for _ in range(times)]]


def answer_prompt(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setattr("typer.prompt", lambda *_, **__: password)


def test_failures_at_the_same_time_all_count(world: World) -> None:
    assert list(range(1, 9)) == sorted(at_once(8, lambda: fail(world)))
    assert 8 == user_of(world).failed_sign_ins


def test_of_several_browsers_with_one_link_one_is_let_in(world: World) -> None:
    token = world.make_link()
    assert [True] == [found for found in at_once(8, lambda: use(world, token)) if found]


def test_a_lock_is_neither_lifted_nor_shortened(world: World) -> None:
    until = world.clock.at + FIRST_LOCK
    user_id = user_of(world).user_id
    with world.database.transaction() as session:
        accounts = AccountRepository(session)
        accounts.lock(user_id, until)
        accounts.lock(user_id, until - timedelta(seconds=10))
        accounts.note_failure(user_id, world.clock.at)
        assert not accounts.note_success(user_id, world.clock.at)
    assert (until, 1) == (user_of(world).locked_until, user_of(world).failed_sign_ins)


def test_failures_are_forgotten_long_after_the_pause_not_at_its_end(world: World) -> None:
    for _ in range(FREE_FAILURES):
        fail(world)
    with world.database.transaction() as session:
        AccountRepository(session).lock(user_of(world).user_id, world.clock.at + FIRST_LOCK)
    world.clock.at += FIRST_LOCK
    assert [FREE_FAILURES + 1, FREE_FAILURES + 2] == [fail(world), fail(world)]
    world.clock.at += FORGIVEN_AFTER
    assert [1, 2] == [fail(world), fail(world)]
    assert user_of(world).locked_until is None


def test_a_new_session_sweeps_out_what_has_expired(world: World, tmp_path: Path) -> None:
    world.reader()
    world.make_link()
    world.clock.at += timedelta(hours=12)
    kept = world.make_link()
    world.reader()
    with sqlite3.connect(tmp_path / "congvu.db") as raw:
        counts = [raw.execute(f"select count(*) from {table}").fetchone()[0] for table in ("sessions", "sign_in_links")]
    raw.close()
    assert [1, 1] == counts
    assert use(world, kept)


def test_a_link_for_somebody_who_has_an_account(world: World, tmp_path: Path) -> None:
    done = congvu("user", "link", "thanhtra", "--data", tmp_path)
    assert 0 == done.returncode, done.stderr
    path, _, token = done.stdout.strip().partition("?token=")
    assert "/sign-in/once" == path
    client = world.browser()
    data = {"token": token, "form_token": form_token(client.get(done.stdout.strip()).text)}
    assert "Trần Văn Minh" in client.post("/sign-in/once", data=data).text


def test_a_new_password_ends_every_session(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = world.reader()
    answer_prompt(monkeypatch, NEW_PASSWORD)
    assert 0 == congvu("user", "password", "thanhtra", "--data", tmp_path).returncode
    assert 401 == client.get("/api/v1/session").status_code
    assert sign_in(world.browser(), password=NEW_PASSWORD)


def test_a_short_password_changes_nothing(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = world.reader()
    answer_prompt(monkeypatch, "ngắn")
    done = congvu("user", "password", "thanhtra", "--data", tmp_path)
    assert 1 == done.returncode
    assert "at least 12 characters" in done.stderr
    assert 200 == client.get("/api/v1/session").status_code


def test_a_disabled_user_has_neither_session_nor_password_nor_link(world: World, tmp_path: Path) -> None:
    client, _ = world.reader()
    token = world.make_link()
    assert 0 == congvu("user", "disable", "thanhtra", "--data", tmp_path).returncode
    assert user_of(world).password_hash is None
    assert 401 == client.get("/api/v1/session").status_code
    assert not use(world, token)
    stranger = world.browser()
    form = {"login": "thanhtra", "password": PASSWORD, "form_token": form_token(stranger.get("/sign-in").text)}
    assert 401 == stranger.post("/sign-in", data=form).status_code
    assert SESSION_COOKIE not in stranger.cookies


@pytest.mark.parametrize("command", ["link", "password", "disable"])
def test_an_unknown_login_is_named_before_anything_is_asked(
    world: World, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.prompt", lambda *_, **__: pytest.fail("nobody to ask a password for"))
    done = congvu("user", command, "nobody", "--data", tmp_path)
    assert (1, "") == (done.returncode, done.stdout)
    assert "no user 'nobody'" in done.stderr and "Traceback" not in done.stderr


def test_serving_logs_who_opened_what_while_commands_stay_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []
    monkeypatch.setattr("service.commands.check_port", lambda *_: None)
    monkeypatch.setattr(
        "service.commands.serve", lambda *_, **__: told.append(structlog.get_logger().is_enabled_for(logging.INFO))
    )
    assert 0 == congvu("serve", "--data", tmp_path).returncode
    assert 0 == congvu("models", "list").returncode
    told.append(structlog.get_logger().is_enabled_for(logging.INFO))
    assert [True, False] == told


def test_an_account_with_reach_is_added_and_one_that_does_not_fit_its_role_is_not(world: World, tmp_path: Path) -> None:
    world.add_site()
    fits = ("--role", "officer", "--agency", "UBND tỉnh", "--officer", "hanh", "--email", "hanh@tinh.gov.vn")
    assert 0 == congvu("user", "add", "hanh.le", "--name", "Lê Hạnh", *fits, "--link", "--data", tmp_path).returncode
    made = user_of(world, "hanh.le")
    assert (Role.OFFICER, "UBND tỉnh", "hanh") == (made.role, made.agency, made.officer_id)
    assert "hanh@tinh.gov.vn" == made.email
    done = congvu("user", "add", "x.y", "--name", "X", "--role", "unit_head", "--link", "--data", tmp_path)
    assert (1, "") == (done.returncode, done.stdout)
    assert "needs an agency and a unit" in done.stderr


def test_a_disabled_user_gets_no_link_until_enabled(world: World, tmp_path: Path) -> None:
    congvu("user", "disable", "thanhtra", "--data", tmp_path)
    done = congvu("user", "link", "thanhtra", "--data", tmp_path)
    assert (1, "") == (done.returncode, done.stdout) and "user enable thanhtra" in done.stderr
    done = congvu("user", "enable", "thanhtra", "--data", tmp_path)
    assert use(world, done.stdout.strip().partition("token=")[2])


def test_the_second_factor_of_a_lost_telephone_is_reset(world: World, tmp_path: Path) -> None:
    with world.database.transaction() as session:
        AccountRepository(session).set_totp(user_of(world).user_id, "A" * 32, step=1, at=world.clock.at)
    assert user_of(world).has_totp
    assert 0 == congvu("user", "reset-factor", "thanhtra", "--data", tmp_path).returncode
    assert not user_of(world).has_totp
