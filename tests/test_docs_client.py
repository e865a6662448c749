"""The client and the examples in the documents work against a real server, with a real token."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.api.limits import RateLimits
from service.db.accounts import AccountRepository
from service.db.records import Role
from service.db.reviews import ReviewRepository
from service.rights import Right
from tests.commands import ROOT
from tests.test_service_api_limits import serving
from tests.web_world import MONDAY, World

EXAMPLES = ROOT / "docs" / "examples"
SCOPES = (Right.SEE_FLAGS, Right.JUDGE, Right.SEE_ATTENDANCE)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    world.add_user("quantri", Role.ADMIN, "Lê Thu Hà")
    world.add_run(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=9))
    world.add_event("presence", MONDAY, lasts=timedelta(hours=3))
    yield world
    world.database.close()


@pytest.fixture
def client_module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import client  # it is found only now

    yield client
    sys.modules.pop("client")


def token_of(world: World, login: str = "thanhtra", scopes: tuple[Right, ...] = SCOPES) -> str:
    with world.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user(login)
        assert user is not None
        now = world.clock.now()
        _, secret = accounts.make_token(
            user.user_id,
            "ví dụ",
            scopes=[str(scope) for scope in scopes],
            at=now,
            expires_at=now + timedelta(days=1),
        )
        return secret


def run(example: str, *asked: str, address: str, token: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / example), *asked],
        env={"CONGVU_URL": address, "CONGVU_TOKEN": token, "PYTHONIOENCODING": "utf-8", "PATH": ""},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_the_examples_list_flags_give_a_verdict_and_sum_a_month(world: World) -> None:
    event_ids = [world.add_event("left_post", MONDAY + timedelta(hours=i)) for i in range(3)]
    with serving(world, RateLimits()) as address:
        token = token_of(world)
        listed = run("list_flags.py", "--rule", "left_post", address=address, token=token)
        assert event_ids[::-1] == [line.split()[-1] for line in listed.stdout.splitlines()], listed.stderr
        given = run(
            "give_verdict.py", event_ids[0], "no_breach", "--reason", "colleague_covers", address=address, token=token
        )
        assert (0, True) == (given.returncode, "no_breach, colleague_covers" in given.stdout), given.stderr
        month = run("month_report.py", "2025-10", address=address, token=token)
    assert ["hanh", "Nguyễn Thị Hạnh", "Bộ phận một cửa"] == month.stdout.splitlines()[1].split(",")[:3], month.stderr
    with world.database.transaction() as session:
        assert ["no_breach"] == [str(review.verdict) for review in ReviewRepository(session).of(event_ids[0])]


def test_a_refusal_is_told_by_its_type_and_in_words(world: World) -> None:
    event_id = world.add_event("left_post")
    with serving(world, RateLimits()) as address:
        token = token_of(world, scopes=(Right.SEE_FLAGS,))
        given = run("give_verdict.py", event_id, "breach", address=address, token=token)
        nobody = run("list_flags.py", address=address, token="cvt_nobodys")
    assert (1, True) == (given.returncode, given.stderr.startswith("/problems/forbidden: 403 Không được phép"))
    assert (1, True) == (nobody.returncode, "401" in nobody.stderr)


def test_pages_are_read_to_their_end_and_what_has_not_changed_is_not_sent_again(
    world: World, client_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(7):
        world.add_event("left_post", MONDAY + timedelta(minutes=20 * i))
    statuses: list[int] = []
    with serving(world, RateLimits()) as address, client_module.Client(address, token_of(world)) as client:
        client._http.event_hooks = {"response": [lambda answer: statuses.append(answer.status_code)]}
        first = [flag.event_id for flag in client.flags(page=3)]
        again = [flag.event_id for flag in client.flags(page=3)]
        days = [(day.officer_id, day.day) for day in client.officer_days("2025-10-20", "2025-10-24")]
    assert (7, first) == (len(set(first)), again)
    assert [200, 200, 200, 304, 304, 304, 200] == statuses
    assert [("hanh", f"2025-10-{day}") for day in range(20, 25)] == days


def test_a_verdict_whose_answer_was_lost_is_sent_again_and_stored_once(
    world: World, client_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = world.add_event("left_post")
    monkeypatch.setattr("time.sleep", lambda _: None)

    class Lossy(httpx.HTTPTransport):
        """A line that breaks after the first two requests have arrived."""

        lost = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if self.lost < 2:
                self.lost += 1
                answer.close()
                raise httpx.ReadError("the line broke")
            return answer

    with serving(world, RateLimits()) as address, client_module.Client(address, token_of(world)) as client:
        client._http._transport = Lossy()
        stored = client.judge(event_id, "breach")
    assert "breach" == stored.verdict
    with world.database.transaction() as session:
        assert 1 == len(ReviewRepository(session).of(event_id))


def test_a_client_that_is_told_to_wait_waits_and_is_served(
    world: World, client_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("client.TRIES", 2)
    limits = RateLimits(session=2)
    with serving(world, limits) as address, client_module.Client(address, token_of(world)) as client:
        monkeypatch.setattr("client.time.sleep", waits.append)
        client.read("/session")
        client.read("/session")
        with pytest.raises(client_module.Refused) as refused:
            client.read("/session")
    assert (429, "/problems/too-many", [30.0]) == (refused.value.status, refused.value.type, waits)


def test_the_examples_are_typed() -> None:
    names = sorted(path.name for path in EXAMPLES.glob("*.py"))
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", *names],
        cwd=EXAMPLES,
        capture_output=True,
        encoding="utf-8",
        timeout=250,
    )
    assert 0 == checked.returncode, checked.stdout + checked.stderr
