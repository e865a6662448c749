"""How long the pages and lists of the queue take, asked for as browsers and programs do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import numpy as np
from rich.progress import Progress

from samples.province_page import serve
from samples.queue_fill import BUSY_AGENCY, DAYS, ENDS_AT, PROVINCE_READER, REMOTE_READER
from service.api.auth import SESSION_COOKIE
from service.db.accounts import AccountRepository
from service.db.session import Database
from service.errors import NotFound

WARM_UP = 3
PAGE_SIZE, DEEP_PAGE = 24, 40
DAY = (ENDS_AT - timedelta(days=DAYS // 2)).date().isoformat()
QUESTIONS: tuple[Mapping[str, object], ...] = (
    {},
    {"rule": "left_post"},
    {"rule": "smoking"},
    {"rule": "alcohol_seen"},
    {"camera": "cam-0007-2"},
    {"agency": BUSY_AGENCY},
    {"day": DAY},
    {"day": DAY, "rule": "badge_missing"},
    {"score": 0.9},
    {"score": 0.999},
    {"score": 0.9, "rule": "smoking"},
    {"state": "reviewed"},
    {"state": "reviewed", "rule": "left_post"},
    {"state": "breach"},
    {"state": "all"},
    {"state": "all", "rule": "badge_missing"},
    {"state": "all", "rule": "alcohol_seen"},
    {"state": "all", "agency": BUSY_AGENCY},
    {"state": "all", "score": 0.999},
    {"state": "mine"},
    {"state": "disputed"},
)
REMOTE_QUESTIONS: tuple[Mapping[str, object], ...] = (
    {},
    {"rule": "left_post"},
    {"state": "reviewed"},
    {"state": "all"},
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one page or list took, from the request to the last byte.

    Attributes:
        kind: ``page`` or ``list``.
        p95_ms: By linear interpolation between the nearest.
        cpu_ms: Processor time of asking and answering, without that of a database of its own.
    """

    kind: str
    reader: str
    asked: str
    median_ms: float
    p95_ms: float
    slowest_ms: float
    cpu_ms: float


def measure(database: Database, times: int, progress: Progress) -> list[Measured]:
    """Ask a real server for every page and list so many times; raises `RuntimeError` where one is refused."""
    wanted = [(kind, reader, asked) for reader, asked in _asked() for kind in ("page", "list")]
    task = progress.add_task("measured", total=len(wanted))
    tokens = {reader: _sign_in(database, reader) for reader in (PROVINCE_READER, REMOTE_READER)}
    found = []
    with TemporaryDirectory() as folder, serve(database, ENDS_AT, Path(folder)) as port:
        for kind, reader, asked in wanted:
            address = _address(kind, asked)
            taken = [_ask(port, tokens[reader], address) for _ in range(WARM_UP + times)][WARM_UP:]
            wall, cpu = zip(*taken, strict=True)
            figures = float(np.median(wall)), float(np.percentile(wall, 95)), max(wall), float(np.median(cpu))
            found.append(Measured(kind, reader, urlencode(asked), *figures))
            progress.advance(task)
    return found


def _asked() -> Iterator[tuple[str, Mapping[str, object]]]:
    for question in QUESTIONS:
        yield PROVINCE_READER, question
        yield PROVINCE_READER, {**question, "page": DEEP_PAGE}
    for question in REMOTE_QUESTIONS:
        yield REMOTE_READER, question


def _address(kind: str, asked: Mapping[str, object]) -> str:
    if kind == "page":
        return "/flags?" + urlencode(asked)
    page = int(str(asked.get("page", 1)))
    given = {name: value for name, value in asked.items() if name != "page"}
    return "/api/v1/events?" + urlencode({**given, "limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE})


def _sign_in(database: Database, login: str) -> str:
    with database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user(login)
        if user is None:
            raise NotFound(f"no user {login}: fill the database first")
        return accounts.open_session(user.user_id, at=ENDS_AT, lasts=timedelta(hours=1))


def _ask(port: int, token: str, address: str) -> tuple[float, float]:
    """Return how long one answer took, and how much of a processor, milliseconds."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    begin, worked = time.perf_counter(), time.process_time()
    connection.request("GET", address, headers={"Cookie": f"{SESSION_COOKIE}={token}"})
    answer = connection.getresponse()
    content = answer.read()
    taken_ms = (time.perf_counter() - begin) * 1000, (time.process_time() - worked) * 1000
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{address}: wanted an answer, got {answer.status}: {content[:300]!r}")
    return taken_ms
