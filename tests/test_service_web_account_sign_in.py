"""Signing in with a second factor, and what an attacker tries: fixation, replay, enumeration, redirects, guessing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from service.api.auth import HALF_LASTS, SESSION_COOKIE
from service.api.passwords import FIRST_LOCK, FREE_FAILURES
from service.db.accounts import AccountRepository
from service.db.records import Role
from service.web.sign_in_forms import FORM_COOKIE, local_path
from tests.account_world import AccountWorld, codes_shown, cookie_of, is_signed_in, secret_shown
from tests.web_world import PASSWORD, form_token


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AccountWorld]:
    world = AccountWorld(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


def test_password_and_code_open_the_queue(world: AccountWorld) -> None:
    secret, _ = world.add_factor()
    client = world.browser()
    assert "/sign-in/code" == world.give_password(client).headers["location"]
    answer = world.give_code(client, world.code(secret))
    assert (303, "/") == (answer.status_code, answer.headers["location"])
    assert is_signed_in(client)


def test_with_the_password_alone_nothing_opens(world: AccountWorld) -> None:
    world.add_factor()
    client = world.half()
    for path in ("/", "/flags", "/account", "/account/second-factor", "/users", "/cameras"):
        answer = client.get(path, follow_redirects=False)
        assert (303, "/sign-in") == (answer.status_code, answer.headers["location"].partition("?")[0]), path
    for path in ("session", "events", "openapi.json", "account/tokens"):
        assert 401 == client.get(f"/api/v1/{path}").status_code, path
    assert 303 == client.post("/account/password", data={"password": "x"}, follow_redirects=False).status_code
    assert 401 == client.post("/api/v1/account/tokens", json={"name": "x", "scopes": ["judge"]}).status_code


def test_the_time_between_password_and_code_is_short(world: AccountWorld) -> None:
    secret, _ = world.add_factor()
    client = world.half()
    world.clock.at += HALF_LASTS
    assert "/sign-in" == client.get("/sign-in/code", follow_redirects=False).headers["location"]
    answer = client.post("/sign-in/code", data={"code": world.code(secret), "form_token": client.cookies[FORM_COOKIE]})
    assert "/sign-in" == answer.url.path and not is_signed_in(client)


def test_a_code_that_was_used_is_refused(world: AccountWorld) -> None:
    secret, _ = world.add_factor()
    code = world.code(secret)
    assert 303 == world.give_code(world.half(), code).status_code
    second = world.half()
    assert 401 == world.give_code(second, code).status_code
    assert not is_signed_in(second)
    world.clock.at += timedelta(seconds=30)
    assert 303 == world.give_code(second, world.code(secret)).status_code


def test_the_right_password_again_and_again_does_not_make_guessing_codes_free(world: AccountWorld) -> None:
    secret, codes = world.add_factor()
    for _ in range(FREE_FAILURES):
        assert 401 == world.give_code(world.half(), "000000").status_code
    assert 401 == world.give_password(world.browser()).status_code  # the account pauses, for passwords too
    world.clock.at += FIRST_LOCK
    client = world.half()
    assert 401 == world.give_code(client, "zzzz-zzzz-zzzz-zzzz").status_code  # a recovery code is guessed no faster
    assert 401 == world.give_code(client, codes[0]).status_code  # pausing again, twice as long
    world.clock.at += FIRST_LOCK
    assert 401 == world.give_password(world.browser()).status_code
    world.clock.at += FIRST_LOCK
    assert 303 == world.give_code(world.half(), world.code(secret)).status_code
    assert (0, None) == (world.user().failed_sign_ins, world.user().locked_until)


def test_a_recovery_code_signs_in_once_and_is_noted(world: AccountWorld) -> None:
    _, codes = world.add_factor()
    assert 303 == world.give_code(world.half(), codes[3]).status_code
    assert 401 == world.give_code(world.half(), codes[3]).status_code
    assert [("recovery_code_used", 9)] == [(facts["change"], facts.get("left")) for facts in world.noted()]


def test_a_one_time_link_stands_for_the_password_not_for_the_code(world: AccountWorld) -> None:
    world.add_factor()
    client, token = world.browser(), world.make_link()
    page = client.get(f"/sign-in/once?token={token}").text
    answer = client.post("/sign-in/once", data={"token": token, "form_token": form_token(page)}, follow_redirects=False)
    assert "/sign-in/code" == answer.headers["location"]
    assert not is_signed_in(client)


def test_a_link_that_leads_nowhere_says_so_before_anybody_presses_the_button(world: AccountWorld) -> None:
    client, token = world.browser(), world.make_link()
    shown = client.get(f"/sign-in/once?token={token}")
    assert 200 == shown.status_code and "thanhtra" in shown.text
    client.post("/sign-in/once", data={"token": token, "form_token": form_token(shown.text)})
    for dead in (token, "none", ""):
        answer = world.browser().get(f"/sign-in/once?token={dead}")
        assert 410 == answer.status_code and "<button" not in answer.text.split("<main")[1]


def test_whoever_has_to_have_a_second_factor_sets_it_up_before_anything_else(world: AccountWorld) -> None:
    world.set_up(totp_roles=frozenset({Role.INSPECTOR}))
    client = world.browser()
    assert "/sign-in/second-factor" == world.give_password(client).headers["location"]
    assert not is_signed_in(client)
    page = client.get("/sign-in/second-factor").text
    secret = secret_shown(page)
    assert secret == secret_shown(client.get("/sign-in/second-factor").text)  # a reload spoils no picture taken
    wrong = client.post("/sign-in/second-factor", data={"code": "000000", "form_token": form_token(page)})
    assert 401 == wrong.status_code and not is_signed_in(client)
    before = cookie_of(client)
    done = client.post("/sign-in/second-factor", data={"code": world.code(secret), "form_token": form_token(page)})
    assert 10 == len(set(codes_shown(done.text)))
    assert is_signed_in(client) and before != cookie_of(client)
    again = world.half()
    assert 401 == world.give_code(again, world.code(secret)).status_code  # used up by setting up
    world.clock.at += timedelta(seconds=30)
    assert 303 == world.give_code(again, world.code(secret)).status_code


def test_sessions_and_tokens_from_before_the_rule_are_good_for_nothing_either(world: AccountWorld) -> None:
    client, _ = world.reader()
    held, token = cookie_of(client), world.token("thanhtra", "see_flags")
    assert is_signed_in(client)
    world.set_up(totp_roles=frozenset({Role.INSPECTOR}))
    later = world.browser()
    later.cookies.set(SESSION_COOKIE, held)
    assert not is_signed_in(later)
    assert 200 == later.get("/sign-in/second-factor").status_code
    answer = world.browser().get("/api/v1/events", headers={"Authorization": f"Bearer {token}"})
    assert 401 == answer.status_code


def test_a_cookie_that_was_planted_before_the_sign_in_is_never_taken_over(world: AccountWorld) -> None:
    secret, _ = world.add_factor()
    attacker, planted = world.half(), "planted-by-somebody"
    for value in (planted, cookie_of(attacker)):  # an invented one, and a real one of the attacker's own
        victim = world.browser()
        victim.cookies.set(SESSION_COOKIE, value, domain="centre.test", path="/")
        world.clock.at += timedelta(seconds=60)
        assert 303 == world.give_password(victim).status_code
        half = victim.cookies.get(SESSION_COOKIE, domain="centre.test")
        assert 303 == world.give_code(victim, world.code(secret)).status_code
        whole = victim.cookies.get(SESSION_COOKIE, domain="centre.test")
        assert 3 == len({value, half, whole})
        for known in (value, half):
            thief = world.browser()
            thief.cookies.set(SESSION_COOKIE, str(known))
            assert not is_signed_in(thief)
        assert is_signed_in(victim)


def test_the_cookies_flags(world: AccountWorld) -> None:
    world.set_up(secure_cookies=True)
    client = world.browser()
    client.base_url = "https://centre.test"
    answer = world.give_password(client)
    cookies = [c for c in answer.headers.get_list("set-cookie") if not c.startswith(FORM_COOKIE)]
    opened = next(c for c in cookies if "Max-Age=43200" in c)
    assert opened.startswith(f"{SESSION_COOKIE}=")
    for flag in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert flag in opened
    assert "Domain" not in opened  # for this very host only
    form = next(c for c in client.get("/sign-in").headers.get_list("set-cookie") if c.startswith(FORM_COOKIE))
    for flag in ("HttpOnly", "SameSite=lax", "Secure", "Path=/sign-in"):
        assert flag in form


def test_an_idle_session_ends_and_one_that_is_used_does_not(world: AccountWorld) -> None:
    idle, _ = world.reader()
    used, _ = world.reader()
    for _ in range(5):
        world.clock.at += timedelta(hours=1)
        assert is_signed_in(used)
    assert not is_signed_in(idle)
    world.clock.at += timedelta(hours=3, minutes=59)
    assert is_signed_in(used)


def test_the_time_somebody_was_seen_is_written_at_most_every_minute(world: AccountWorld) -> None:
    client, _ = world.reader()
    begun = world.clock.at

    def seen() -> list[timedelta]:
        with world.database.transaction() as session:
            found = AccountRepository(session).sessions_of(
                world.user().user_id, world.clock.now(), idle=timedelta(hours=4)
            )
        return [one.seen_at - begun for one in found if one.seen_at is not None]

    for seconds in (30, 59):
        world.clock.at = begun + timedelta(seconds=seconds)
        assert is_signed_in(client)
        assert [timedelta(0)] == seen()
    world.clock.at = begun + timedelta(seconds=60)
    assert is_signed_in(client)
    assert [timedelta(seconds=60)] == seen()


HOSTILE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
    "https:evil.example", "javascript:alert(1)", "data:text/html,x", "/\t/evil.example", "/a\nb",
    "/a\r\nSet-Cookie: x=y", "\t//evil.example", " //evil.example", "evil.example", "@evil.example", "/\x00",
    "/ /evil.example", "//evil.example\n", "/a\n",
]  # fmt: skip


@pytest.mark.parametrize("wanted", HOSTILE)
def test_no_step_of_signing_in_leads_to_another_site_or_splits_a_header(world: AccountWorld, wanted: str) -> None:
    assert "/" == local_path(wanted)
    secret, _ = world.add_factor()
    client = world.browser()
    form = {"login": "thanhtra", "password": PASSWORD, "next": wanted}
    form["form_token"] = form_token(client.get("/sign-in", params={"next": wanted}).text)
    answer = client.post("/sign-in", data=form, follow_redirects=False)
    assert "/sign-in/code" == answer.headers["location"]
    page = client.get("/sign-in/code", params={"next": wanted}).text
    assert 'name="next" value="/"' in page
    code = {"code": world.code(secret), "next": wanted, "form_token": form_token(page)}
    answer = client.post("/sign-in/code", data=code, follow_redirects=False)
    assert "/" == answer.headers["location"] and "x=y" not in str(answer.headers)


@pytest.mark.parametrize("wanted", ["/%2f%2fevil.example", "/%5cevil.example", "/flags?next=//evil.example"])
def test_an_encoded_address_stays_a_path_of_this_site(world: AccountWorld, wanted: str) -> None:
    client = world.browser()
    page = client.get("/sign-in", params={"next": wanted}).text
    form = {"login": "thanhtra", "password": PASSWORD, "next": wanted, "form_token": form_token(page)}
    answer = client.post("/sign-in", data=form, follow_redirects=False)
    assert "centre.test" == answer.next_request.url.host  # type: ignore[union-attr]


def test_who_has_no_account_cannot_be_told_by_the_answer_or_its_time(world: AccountWorld) -> None:
    world.add_account("khong-mat-khau")
    with world.database.transaction() as session:
        AccountRepository(session).disable(world.user("khong-mat-khau").user_id, world.clock.now())
    client = world.browser()
    times: dict[str, list[float]] = {"thanhtra": [], "nobody": [], "khong-mat-khau": []}
    pages = set()
    for _ in range(FREE_FAILURES - 1):
        for login, measured in times.items():
            token = form_token(client.get("/sign-in").text)
            started = time.perf_counter()
            answer = client.post("/sign-in", data={"login": login, "password": "wrong", "form_token": token})
            measured.append(time.perf_counter() - started)
            assert 401 == answer.status_code
            pages.add(answer.text.replace(f'value="{login}"', 'value="X"'))
    assert 1 == len(pages)
    slow, fast = max(map(statistics.median, times.values())), min(map(statistics.median, times.values()))
    assert fast > slow / 3  # without the hash for nobody the difference is tenfold


@pytest.mark.parametrize(
    "path", ["/sign-in/code", "/sign-in/second-factor", "/sign-in/once", "/sign-in/forgotten", "/sign-in/reset"]
)
def test_forms_before_signing_in_are_refused_without_their_own_token(world: AccountWorld, path: str) -> None:
    secret, _ = world.add_factor()
    client = world.half()
    form = {"code": world.code(secret), "token": "x", "login": "thanhtra", "password": "x"}
    for token in ({}, {"form_token": ""}, {"form_token": "forged"}):
        assert 403 == client.post(path, data={**form, **token}).status_code
    client.cookies.delete(FORM_COOKIE)
    assert 403 == client.post(path, data={**form, "form_token": ""}).status_code
    assert not is_signed_in(client)


def test_a_disabled_user_is_out_at_once_by_every_way(world: AccountWorld) -> None:
    secret, _ = world.add_factor()
    client, _ = world.reader()
    half, link, token = world.half(), world.make_link(), world.token("thanhtra", "see_flags")
    program = world.browser()
    bearer = {"Authorization": f"Bearer {token}"}
    assert 200 == program.get("/api/v1/events", headers=bearer).status_code
    world.disable()
    assert not is_signed_in(client)
    assert 401 == program.get("/api/v1/events", headers=bearer).status_code
    answer = half.post("/sign-in/code", data={"code": world.code(secret), "form_token": half.cookies[FORM_COOKIE]})
    assert "/sign-in" == answer.url.path and not is_signed_in(half)
    other = world.browser()
    assert 410 == other.get(f"/sign-in/once?token={link}").status_code
    page = other.get("/sign-in").text
    assert 410 == other.post("/sign-in/once", data={"token": link, "form_token": form_token(page)}).status_code
    with world.database.transaction() as session:
        AccountRepository(session).enable(world.user().user_id)
    assert 401 == program.get("/api/v1/events", headers=bearer).status_code  # let in again, old tokens stay dead
    assert pyotp.TOTP(secret).now()
