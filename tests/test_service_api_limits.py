"""Nobody is served more often than is good for the others: token buckets, and what the server makes of them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.api.app import create_app
from service.api.auth import SESSION_COOKIE
from service.api.context import WebContext
from service.api.limits import NS, Answer, Buckets, Policy, RateLimits, take
from service.api.throttle import Throttle, address_of
from service.db.accounts import AccountRepository
from service.settings import Settings
from tests.web_world import PASSWORD, World, form_token

PATIENCE_S = 60.0
get = partial(httpx.get, timeout=PATIENCE_S)

POLICIES = st.builds(Policy, st.just("some"), st.integers(1, 500), st.integers(1, 120))


@dataclass
class LevelBucket:
    """The same told the other way round: a level that rises by one each nanosecond; one request drinks a step."""

    policy: Policy
    level_ns: int
    at_ns: int

    def take(self, now_ns: int) -> tuple[bool, int, int]:
        """Return whether it is served, how many are left, and how long to wait."""
        self.level_ns = min(self.level_ns + now_ns - self.at_ns, self.policy.quota * self.policy.step_ns)
        self.at_ns = now_ns
        if self.level_ns < self.policy.step_ns:
            return False, 0, self.policy.step_ns - self.level_ns
        self.level_ns -= self.policy.step_ns
        return True, self.level_ns // self.policy.step_ns, 0


def asked(policy: Policy, pauses_ns: list[int]) -> list[tuple[int, Answer]]:
    found, state, now = [], 0, 0
    for pause in pauses_ns:
        now += pause
        state, answer = take(policy, state, now)
        found.append((now, answer))
    return found


@given(POLICIES, st.lists(st.one_of(st.just(0), st.integers(0, 3 * NS), st.integers(0, 200 * NS)), max_size=300))
def test_a_bucket_answers_as_a_rising_level_does(policy: Policy, pauses_ns: list[int]) -> None:
    oracle = LevelBucket(policy, policy.quota * policy.step_ns, 0)
    for now, answer in asked(policy, pauses_ns):
        assert oracle.take(now) == (answer.is_allowed, answer.remaining, answer.wait_ns)


@given(POLICIES, st.lists(st.integers(0, NS), min_size=1, max_size=300))
def test_no_stretch_of_time_serves_more_than_the_quota_and_what_came_in_meanwhile(
    policy: Policy, pauses_ns: list[int]
) -> None:
    served = [now for now, answer in asked(policy, pauses_ns) if answer.is_allowed]
    for i, begin in enumerate(served):
        for j, end in enumerate(served[i:], start=1):
            assert j <= policy.quota + (end - begin) // policy.step_ns


@given(POLICIES, st.lists(st.integers(0, NS // 10), min_size=1, max_size=200))
def test_who_waits_as_told_is_served_and_who_comes_earlier_is_not(policy: Policy, pauses_ns: list[int]) -> None:
    state, now = 0, 0
    for pause in pauses_ns:
        now += pause
        state, answer = take(policy, state, now)
        if not answer.is_allowed:
            assert not take(policy, state, now + answer.wait_ns - 1)[1].is_allowed
            assert take(policy, state, now + answer.wait_ns)[1].is_allowed


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), max_size=200))
def test_memory_is_bounded_and_what_was_given_back_may_be_taken_again(steps: list[tuple[str, bool]]) -> None:
    buckets = Buckets(Policy("some", 3), keys_at_most=4)
    for key, is_given_back in steps:
        first = buckets.take(key, 0)
        if is_given_back and first.is_allowed:
            buckets.give_back(key)
            assert first == buckets.take(key, 0)
        assert len(buckets) <= 4 and key in buckets


def test_the_headers_say_the_policy_and_when_to_come_again() -> None:
    policy, state = Policy("session", 2, 60), 0
    state, first = take(policy, state, 0)
    state, _ = take(policy, state, 0)
    _, refused = take(policy, state, 500_000_000)
    assert {"RateLimit-Policy": '"session";q=2;w=60', "RateLimit": '"session";r=1;t=30'} == first.headers
    assert ('"session";r=0;t=60', "30") == (refused.headers["RateLimit"], refused.headers["Retry-After"])


@pytest.mark.parametrize(
    ("client", "counted_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(client: str, counted_as: str) -> None:
    assert counted_as == address_of({"client": (client, 1)})


SMALL = RateLimits(session=5, media=8, anonymous=3, sign_in=2)


@contextmanager
def serving(world: World, limits: RateLimits = SMALL, proxies: str = "") -> Iterator[str]:
    """Serve the world with limits, as the service does; yields its address."""
    app = create_app(WebContext(world.database, world.store, world.clock, world.pen, rate_limits=limits))
    (throttle,) = [layer for layer in app.user_middleware if layer.cls is Throttle]
    throttle.kwargs["now_ns"] = lambda: 0  # however long a busy computer takes, nothing comes in meanwhile
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                ws="none",
                lifespan="off",
                proxy_headers=bool(proxies),
                forwarded_allow_ips=proxies,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


def session_of(world: World) -> dict[str, str]:
    with world.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user("thanhtra")
        assert user is not None
        token = accounts.open_session(user.user_id, at=world.clock.now(), lasts=timedelta(hours=12))
    return {"Cookie": f"{SESSION_COOKIE}={token}"}


def statuses(address: str, path: str, count: int, **asked: dict[str, str]) -> list[int]:
    return [get(address + path, **asked).status_code for _ in range(count)]  # type: ignore[arg-type]


def test_who_is_not_signed_in_is_counted_by_address_and_static_files_are_not_counted(world: World) -> None:
    with serving(world) as address:
        assert [200] * 6 == statuses(address, "/static/base.css", 6)
        assert [401, 401, 401, 429] == statuses(address, "/api/v1/session", 4)
        refused = get(f"{address}/api/v1/session", headers={"Accept-Language": "en"})
    assert (429, "application/problem+json") == (refused.status_code, refused.headers["content-type"])
    assert ("/problems/too-many", "Too many requests at once") == (refused.json()["type"], refused.json()["title"])
    assert ('"anonymous";q=3;w=60', "20") == (refused.headers["RateLimit-Policy"], refused.headers["Retry-After"])


def test_each_session_is_counted_by_itself_whatever_else_comes_from_its_address(world: World) -> None:
    with serving(world) as address:
        first, second = session_of(world), session_of(world)
        assert [200] * 5 + [429] == statuses(address, "/api/v1/session", 6, headers=first)
        assert [200] * 5 + [429] == statuses(address, "/api/v1/session", 6, headers=second)
        assert [401] * 3 + [429] == statuses(address, "/api/v1/session", 4)


def test_made_up_sessions_and_tokens_are_counted_by_address(world: World) -> None:
    with serving(world) as address:
        found = [
            get(f"{address}/api/v1/session", headers={name: value}).status_code
            for name, value in (
                ("Cookie", f"{SESSION_COOKIE}=one"),
                ("Cookie", f"{SESSION_COOKIE}=two"),
                ("Authorization", "Bearer three"),
                ("Authorization", "Bearer four"),
            )
        ]
    assert [401, 401, 401, 429] == found


def test_a_session_that_was_closed_is_counted_by_address_again(world: World) -> None:
    with serving(world) as address:
        headers = session_of(world)
        csrf = get(f"{address}/api/v1/session", headers=headers).json()["csrf_token"]
        closed = httpx.delete(
            f"{address}/api/v1/session", headers={**headers, "X-CSRF-Token": csrf}, timeout=PATIENCE_S
        )
        assert 204 == closed.status_code
        assert [401] * 4 + [429] == statuses(address, "/api/v1/session", 5, headers=headers)


def test_pieces_of_evidence_are_not_counted_with_the_rest(world: World) -> None:
    with serving(world) as address:
        headers = session_of(world)
        assert 200 == get(f"{address}/api/v1/session", headers=headers).status_code
        assert [404] * 8 + [429] == statuses(address, "/api/v1/evidence/nothing/clip", 9, headers=headers)
        assert [200] * 4 + [429] == statuses(address, "/api/v1/session", 5, headers=headers)


def attempt(address: str, password: str) -> int:
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        # the form itself counts as anonymous, so it is read once by the caller's limits
        token = form_token(client.get("/sign-in").text)
        return client.post(
            "/sign-in", data={"login": "thanhtra", "password": password, "form_token": token}
        ).status_code


def test_only_attempts_to_sign_in_that_fail_are_counted(world: World) -> None:
    with serving(world, RateLimits(anonymous=100, sign_in=2)) as address:
        assert [303, 303, 303] == [attempt(address, PASSWORD) for _ in range(3)]
        assert [401, 401, 429] == [attempt(address, "falsch") for _ in range(3)]
        assert 429 == attempt(address, PASSWORD)


def test_an_office_of_fifty_signs_in_at_once_but_right_passwords_are_not_looked_at_without_end(world: World) -> None:
    with serving(world, RateLimits()) as address, httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        token = form_token(client.get("/sign-in").text)
        cookie = {"Cookie": f"congvu_form={client.cookies['congvu_form']}"}
        form = {"login": "thanhtra", "password": PASSWORD, "form_token": token}
        found = [httpx.post(f"{address}/sign-in", data=form, headers=cookie, timeout=PATIENCE_S) for _ in range(50)]
        assert [303] * 50 == [answer.status_code for answer in found]
    with serving(world, RateLimits(password=2)) as address:
        assert [303, 303, 429] == [attempt(address, PASSWORD) for _ in range(3)]


def test_a_right_password_is_counted_wherever_it_is_looked_at(world: World) -> None:
    client, csrf = world.reader()
    with serving(world, RateLimits(password=2)) as address:
        headers = {"Cookie": f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"}
        form = {"csrf_token": csrf, "old": PASSWORD, "password": "ngắn", "again": "ngắn"}
        assert [422, 422, 429] == [
            httpx.post(f"{address}/account/password", data=form, headers=headers, timeout=PATIENCE_S).status_code
            for _ in range(3)
        ]
        assert 429 == attempt(address, PASSWORD)
        assert 200 == get(f"{address}/account", headers=headers).status_code


@pytest.mark.parametrize("made_up", ["x{}", "Basic {}", "bearer {}", "Bearer"])
def test_no_header_that_signs_nobody_in_makes_a_session_count_anew(world: World, made_up: str) -> None:
    with serving(world) as address:
        found = [
            get(
                f"{address}/api/v1/session", headers={**session_of_once, "Authorization": made_up.format(i)}
            ).status_code
            for session_of_once in [session_of(world)]
            for i in range(7)
        ]
    assert [200] * 5 + [429] * 2 == found


def test_a_token_counts_as_one_however_it_is_written_and_pages_do_not_count_it_anew(world: World) -> None:
    with world.database.transaction() as session:
        accounts, at = AccountRepository(session), world.clock.now()
        user = accounts.find_user("thanhtra")
        assert user is not None
        _, token = accounts.make_token(
            user.user_id, "x", scopes=["see_flags"], at=at, expires_at=at + timedelta(days=1)
        )

    def ask(address: str, path: str, spaces: int) -> int:
        return get(address + path, headers={"Authorization": f"Bearer {' ' * spaces}{token}"}).status_code

    with serving(world) as address:
        assert [200] * 4 == [ask(address, "/api/v1/session", spaces) for spaces in range(4)]
        assert 303 == ask(address, "/flags", 0)
        assert [200, 429, 429] == [ask(address, "/api/v1/session", spaces) for spaces in range(3)]


def test_a_page_of_too_many_requests_says_so_in_words(world: World) -> None:
    with serving(world) as address:
        statuses(address, "/sign-in", 3)
        page = get(f"{address}/sign-in")
    assert (429, "20") == (page.status_code, page.headers["Retry-After"])
    assert "Quá nhiều yêu cầu cùng lúc" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_forwarded_address_is_believed_of_trusted_proxies_only(world: World) -> None:
    def ask(address: str, forwarded: str) -> int:
        return get(f"{address}/api/v1/session", headers={"X-Forwarded-For": forwarded}).status_code

    people = [f"203.0.113.{i}" for i in range(4)]
    with serving(world, proxies="127.0.0.0/8") as address:
        assert [401] * 4 == [ask(address, person) for person in people]
        # what a client writes there itself stands left of what the proxy adds, and is not believed
        assert [401, 401, 429] == [ask(address, f"{fake}, 203.0.113.1") for fake in ("1.1.1.1", "2.2.2.2", "3.3.3.3")]
    with serving(world) as address:
        assert [401, 401, 401, 429] == [ask(address, person) for person in people]


def test_settings_name_the_limits_and_refuse_proxies_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert RateLimits() == Settings().rate_limits
    monkeypatch.setenv("CONGVU_RATE_LIMIT_SESSION", "900")
    monkeypatch.setenv("CONGVU_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    assert (900, "10.0.0.0/8, ::1") == (Settings().rate_limits.session, Settings().trusted_proxies)
    monkeypatch.setenv("CONGVU_TRUSTED_PROXIES", "proxy.example.vn")
    with pytest.raises(ValidationError, match="wants addresses or networks"):
        Settings()
