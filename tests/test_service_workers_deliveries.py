"""Another system is told of a closed period: signed, again and again until it takes it, and without anybody's name."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from service.attendance.facts import Period
from service.attendance.webhook import (
    DELIVERY_HEADER,
    PERIOD_CLOSED,
    SIGNATURE_HEADER,
    fault_of_address,
    period_message,
    sign,
    wait_after,
)
from service.db.corrections import CorrectionRepository, Delivery
from service.settings import Settings
from service.workers.deliveries import Deliverer, DeliveryThread, Receiver
from tests.commands import ROOT
from tests.web_world import World

SECRET = "chìa khóa chỉ hai bên biết"
NOW = datetime(2025, 11, 3, 2, 0, tzinfo=UTC)
PERIOD = Period(7, "trung-tam", date(2025, 10, 1), date(2025, 10, 31), 1, NOW, "ab" * 32, '{"officers":["Hạnh"]}')


class Taker(HTTPServer):
    """A receiver that answers as it is told, and remembers what came."""

    def __init__(self, *answers: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.taken: list[tuple[dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks/congvu"


class _Handler(BaseHTTPRequestHandler):
    server: Taker

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((dict(self.headers.items()), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextmanager
def taking(*answers: int) -> Iterator[Taker]:
    taker = Taker(*answers)
    thread = threading.Thread(target=taker.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield taker
    finally:
        taker.shutdown()
        taker.server_close()
        thread.join(10)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.database.close()


def queue(world: World) -> None:
    with world.database.transaction() as session:
        CorrectionRepository(session).queue_delivery(PERIOD_CLOSED, period_message(PERIOD), at=NOW)


def due(world: World, at: datetime) -> list[Delivery]:
    with world.database.transaction() as session:
        return CorrectionRepository(session).due_deliveries(at)


def deliverer(world: World, address: str) -> Deliverer:
    return Deliverer(world.database, Receiver(address, SECRET), timedelta(seconds=5))


def test_a_message_that_was_refused_twice_is_sent_again_later_and_then_no_more(world: World) -> None:
    queue(world)
    with taking(503, 500) as taker:
        sender = deliverer(world, taker.address)
        assert 0 == sender.run_once(NOW)
        assert 0 == sender.run_once(NOW + timedelta(seconds=59))  # not due yet
        assert 0 == sender.run_once(NOW + timedelta(seconds=60))
        assert 0 == sender.run_once(NOW + timedelta(seconds=179))
        assert 1 == sender.run_once(NOW + timedelta(seconds=180))
        assert 0 == sender.run_once(NOW + timedelta(days=30))
    assert 3 == len(taker.taken)
    assert 1 == len({headers[DELIVERY_HEADER] for headers, _ in taker.taken})


def test_the_signature_is_that_of_the_time_and_the_body(world: World) -> None:
    queue(world)
    with taking() as taker:
        assert 1 == deliverer(world, taker.address).run_once(NOW)
    ((headers, body),) = taker.taken
    seconds = int(NOW.timestamp())
    digest = hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert f"t={seconds},v1={digest}" == headers[SIGNATURE_HEADER]
    assert "application/json; charset=utf-8" == headers["Content-Type"]


def test_the_message_names_the_period_and_nobody() -> None:
    told = json.loads(period_message(PERIOD))
    assert {"event", "period_id", "site_id", "first", "last", "closed_at", "sha256", "link"} == set(told)
    assert ("trung-tam", "2025-10-01", "ab" * 32) == (told["site_id"], told["first"], told["sha256"])
    assert "Hạnh" not in period_message(PERIOD)


def test_a_redirect_is_a_refusal_and_is_not_followed(world: World) -> None:
    queue(world)
    with taking(302) as taker:
        assert 0 == deliverer(world, taker.address).run_once(NOW)
    assert 1 == len(taker.taken)
    (waiting,) = due(world, NOW + timedelta(days=1))
    assert (1, "answered with 302") == (waiting.attempts, waiting.last_error)


def test_a_receiver_that_is_away_is_tried_again_and_its_address_is_not_told(world: World) -> None:
    queue(world)
    with taking() as taker:
        address = taker.address
    assert 0 == deliverer(world, address).run_once(NOW)
    (waiting,) = due(world, NOW + timedelta(days=1))
    assert "cannot be reached" in waiting.last_error
    assert address not in waiting.last_error


def test_the_waits_double_from_a_minute_to_six_hours() -> None:
    minutes = [wait_after(attempts) / timedelta(minutes=1) for attempts in (1, 2, 3, 8, 9, 10, 10_000)]
    assert [1, 2, 4, 128, 256, 360, 360] == minutes


def test_the_thread_sends_what_is_due_and_stops(world: World) -> None:
    queue(world)
    world.clock.at = NOW
    with taking() as taker:
        thread = DeliveryThread(deliverer(world, taker.address), world.clock, every=timedelta(milliseconds=10))
        thread.start()
        for _ in range(6000):
            if not due(world, NOW + timedelta(days=1)):
                break
            threading.Event().wait(0.01)
        thread.stop()
        thread.join(60)
    assert not thread.is_alive()
    assert [] == due(world, NOW + timedelta(days=1))


@pytest.mark.parametrize(
    "address",
    ["hr.example.vn/hook", "ftp://hr.example.vn", "http://hr.example.vn/hook", "https://u:p@hr.example.vn", "https://"],
)
def test_an_address_that_would_tell_the_wrong_people_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fault_of_address(address)
    monkeypatch.setenv("CONGVU_PERIOD_WEBHOOK_URL", address)
    monkeypatch.setenv("CONGVU_PERIOD_WEBHOOK_SECRET", SECRET)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("address", ["https://hr.example.vn/hook", "http://127.0.0.1:9000/", "http://localhost/x"])
def test_an_address_wants_a_secret(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGVU_PERIOD_WEBHOOK_URL", address)
    monkeypatch.setenv("CONGVU_PERIOD_WEBHOOK_SECRET", "ngắn")
    with pytest.raises(ValidationError, match="CONGVU_PERIOD_WEBHOOK_SECRET"):
        Settings()
    monkeypatch.setenv("CONGVU_PERIOD_WEBHOOK_SECRET", SECRET)
    settings = Settings()
    assert address == settings.period_webhook_url
    assert SECRET not in repr(settings)


def test_the_check_that_the_documents_show_accepts_our_signature_and_no_other() -> None:
    shown = re.search(r"```python\n(.*?)```", (ROOT / "docs/hr-api.md").read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    names: dict[str, Any] = {}
    exec(shown.group(1), names)
    body = period_message(PERIOD).encode()
    header = sign(body, SECRET, NOW)
    assert True is names["is_ours"](SECRET.encode(), header, body)
    assert False is names["is_ours"](SECRET.encode(), header, body + b" ")
    assert False is names["is_ours"](b"another secret", header, body)
