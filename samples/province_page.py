"""How long the page of one agency takes, among all the agencies of a made-up province.

python -m samples.province --database postgresql+psycopg://... --officers 10000 --pages 40
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import numpy as np
import uvicorn

from service.api.app import create_app
from service.api.auth import SESSION_COOKIE
from service.api.context import WebContext
from service.custody import open_pen, replace_lost_key
from service.db.accounts import AccountRepository
from service.db.records import Role
from service.db.session import Database
from service.db.sites import SiteRepository
from service.errors import KeyNotInForce
from service.evidence.local import LocalStore
from service.evidence.signing import KeyFolder

LONGEST_PAGE = timedelta(milliseconds=200)
"""What 95 of 100 pages of one agency may take at most."""
WARM_UP_PAGES = 5
LOGIN = "measures"


@dataclass(frozen=True, slots=True)
class PageCost:
    """What the pages of different agencies took, from the request to the last byte.

    Attributes:
        p95_ms: By linear interpolation between the pages nearest to it.
    """

    officers: int
    pages: int
    median_ms: float
    p95_ms: float
    slowest_ms: float

    @property
    def is_too_slow(self) -> bool:
        """Whether more than 5 of 100 pages took longer than `LONGEST_PAGE`."""
        return timedelta(milliseconds=self.p95_ms) > LONGEST_PAGE


@dataclass(frozen=True, slots=True)
class StillClock:
    """Shows one moment: the province's month is over, and stays so."""

    moment: datetime

    def now(self) -> datetime:
        """Return that moment."""
        return self.moment


def page_cost(database: Database, month: str, *, officers: int, pages: int, at: datetime) -> PageCost:
    """Ask a server for the pages of different agencies, one after the other.

    Args:
        month: ``YYYY-MM``.
        officers: How many the province has; only written down.
        at: When the pages are asked for.

    Raises:
        RuntimeError: A page was refused, or does not show its agency.
    """
    agencies, token = _sign_in(database, at)
    asked = _spread(agencies, WARM_UP_PAGES + pages)
    with TemporaryDirectory() as folder, serve(database, at, Path(folder)) as port:
        taken_ms = [_ask(port, token, agency, month) for agency in asked][WARM_UP_PAGES:]
    return PageCost(
        officers,
        len(taken_ms),
        median_ms=round(float(np.median(taken_ms)), 1),
        p95_ms=round(float(np.percentile(taken_ms, 95)), 1),
        slowest_ms=round(max(taken_ms), 1),
    )


def _sign_in(database: Database, at: datetime) -> tuple[list[str], str]:
    with database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user(LOGIN) or accounts.add_user(
            LOGIN, display_name="Measures", role=Role.INSPECTOR, password_hash=None, at=at
        )
        agencies = sorted({site.agency for site in SiteRepository(session).sites()})
        return agencies, accounts.open_session(user.user_id, at=at, lasts=timedelta(hours=1))


def _spread(agencies: Sequence[str], count: int) -> list[str]:
    """Choose agencies from the first to the last; none twice while there are enough."""
    return [agencies[number * len(agencies) // count] for number in range(count)]


@contextmanager
def serve(database: Database, at: datetime, folder: Path) -> Iterator[int]:
    """Serve the application at a free port of this computer; yields the port."""
    clock = StillClock(at)
    keys = KeyFolder(folder / "keys")
    try:
        pen = open_pen(database, keys, clock)
    except KeyNotInForce:  # the key of an earlier measurement went with its folder
        replace_lost_key(database, keys, at=at, reason="another measurement")
        pen = open_pen(database, keys, clock)
    app = create_app(WebContext(database, LocalStore(folder), clock, pen))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as door:
        serving = threading.Thread(target=server.run, args=([door],), daemon=True)
        serving.start()
        try:
            yield int(door.getsockname()[1])
        finally:
            server.should_exit = True
            serving.join()


def _ask(port: int, token: str, agency: str, month: str) -> float:
    """Return how long one page took, milliseconds."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    address = "/attendance?" + urlencode({"agency": agency, "month": month})
    begin = time.perf_counter()
    connection.request("GET", address, headers={"Cookie": f"{SESSION_COOKIE}={token}"})
    answer = connection.getresponse()
    page = answer.read().decode()
    taken_ms = (time.perf_counter() - begin) * 1000
    connection.close()
    if answer.status != 200 or f'<p class="lead">{agency}' not in page:
        raise RuntimeError(f"{address}: wanted the page of {agency}, got {answer.status}: {page[:200]}")
    return taken_ms
