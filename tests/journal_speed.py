"""How long pages of a long journal take: ``python -m tests.journal_speed --rows 1000000``.

With ``--postgresql`` on a PostgreSQL server instead of SQLite in a file. Exit code 1 where pages take longer than is
promised.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI
from rich.progress import Progress

from samples.journal import ROWS_PER_EVENT, START, Grower, p95
from service.api.app import create_app
from service.api.auth import SESSION_COOKIE
from service.api.context import WebContext
from service.attendance.intervals import microseconds
from service.db.accounts import AccountRepository
from service.db.records import Role
from service.db.session import Database
from service.evidence.journal import JournalEnd, RowKind, body_of, next_row, signed
from service.evidence.local import LocalStore
from service.evidence.offline.journal_rows import JournalRow
from tests.databases import new_postgresql
from tests.pens import pen_in
from tests.web_world import SettableClock, TestClient

PAGE_P95_MS = 150.0
LOOKS = 60
ROW_EVERY = timedelta(seconds=7)
RARE = {997: RowKind.LOCKED, 100_003: RowKind.EXPORTED}
"""Every so many rows one of a rare kind; all others are looks."""


class MixedGrower(Grower):
    """Grows a journal of some rows a minute, most of them looks."""

    def _next(self, subject: str) -> JournalRow:
        facts = {"kind": "clip", "sha256": f"{self.size:064x}", "user": self.size % 40, "part": "whole"}
        kind = next((kind for every, kind in RARE.items() if self.size % every == 0), RowKind.EVIDENCE_VIEWED)
        at = START + self.size * ROW_EVERY
        row = next_row(
            JournalEnd(self.size, self._leaf, self._latest.get(subject)),
            kind,
            subject=subject,
            body=body_of(facts),
            at_us=microseconds(at),
            key_id=self._signer.key_id,
        )
        return signed(row, self._signer.sign_row(row.header()))


class Figures(NamedTuple):
    """Of one kind of page, in milliseconds."""

    median: float
    p95: float
    worked_p95: float


def looks(rows: int, chance: random.Random) -> dict[str, Callable[[], str]]:
    """Return addresses of the kinds of pages, at places drawn at random."""

    def seq() -> int:
        return chance.randrange(2, rows)

    def day() -> str:
        return str((START + seq() * ROW_EVERY).date())

    return {
        "newest": lambda: "/journal",
        "far back": lambda: f"/journal?before={seq()}",
        "one kind": lambda: f"/journal?kind=evidence_viewed&before={seq()}",
        "rare kind": lambda: "/journal?kind=exported",
        "kind that is not there": lambda: "/journal?kind=key_lost",
        "one subject": lambda: f"/journal?subject=event-{seq() // ROWS_PER_EVENT}",
        "kind and subject": lambda: f"/journal?kind=evidence_viewed&subject=event-{seq() // ROWS_PER_EVENT}",
        "one day": lambda: f"/journal?day={(d := day())}&until={d}",
        "rare kind since a day": lambda: f"/journal?kind=locked&day={day()}",
        "API, far back": lambda: f"/api/v1/journal?before_seq={seq()}",
        "one row": lambda: f"/journal/{seq()}",
        "a page checked": lambda: f"/journal?before={seq()}&check=1",
    }


def taken_ms(client: TestClient, address: str) -> tuple[float, float]:
    """Ask for a page; return how long it took, and how much of that this process worked: others may be busy too."""
    begun, worked = time.perf_counter(), time.process_time()
    answer = client.get(address)
    assert 200 == answer.status_code, answer.text
    return (time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000


def figures(client: TestClient, rows: int) -> Iterator[tuple[str, Figures]]:
    """Yield each kind of page with what it takes."""
    for name, address in looks(rows, random.Random(1)).items():
        taken_ms(client, address())
        taken, worked = zip(*(taken_ms(client, address()) for _ in range(LOOKS)), strict=True)
        yield name, Figures(statistics.median(taken), p95(taken), p95(worked))


def signed_in(app: FastAPI, database: Database, clock: SettableClock) -> TestClient:
    """Return the browser of an auditor."""
    with database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user("auditor") or accounts.add_user(
            "auditor", display_name="Auditor", role=Role.AUDITOR, password_hash=None, at=clock.at
        )
        token = accounts.open_session(user.user_id, at=clock.at, lasts=timedelta(hours=12))
    client = TestClient(app, base_url="http://centre.test")
    client.cookies.set(SESSION_COOKIE, token)
    return client


def main() -> int:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL started for it")
    parser.add_argument("--folder", type=Path, help="where database and key lie; a journal there is continued")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as new, Progress() as progress:
        folder = asked.folder or Path(new)
        database = Database(new_postgresql() if asked.postgresql else f"sqlite:///{folder}/congvu.db")
        database.upgrade()
        clock = SettableClock(START)
        pen = pen_in(folder, database, clock)
        MixedGrower(database, pen.signer).to(asked.rows, progress)
        clock.at = START + asked.rows * ROW_EVERY
        app = create_app(WebContext(database, LocalStore(folder / "evidence"), clock, pen))
        client, slow = signed_in(app, database, clock), 0
        for name, found in figures(client, asked.rows):
            told = f"median {found.median:.0f} ms, p95 {found.p95:.0f} ms, of work p95 {found.worked_p95:.0f} ms"
            progress.console.print(f"{name}: {told}")
            slow += found.p95 > PAGE_P95_MS
        database.close()
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
