"""Fifty inspectors review at once against a real ``congvu serve``: ``python -m tests.reviewing_load --minutes 5``.

Each signs in, opens the queue and flags, plays their clips by ranges, claims them, gives verdicts, sends some of them
twice at once and takes some back. Afterwards what is stored is counted against what was answered, and the journal is
checked row by row. Exit code 1 where anything failed or is not as it was told.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from tests.reviewing_kept import faults_of
from tests.reviewing_served import LOGINS, fill, served
from tests.web_world import PASSWORD, form_token

RANGE_BYTES = 65_536
FLAG = re.compile(r'href="/flags/([0-9a-f-]{36})')
FINE = {"verdict": (200, 201, 409), "withdraw": (200, 409), "claim": (200,), "clip": (206,), "sign in": (303,)}


@dataclass
class Told:
    """What one inspector was answered.

    Attributes:
        taken_ms: How long each kind of request took.
        given: Verdicts that were answered with 201, by event and request; withdrawn: how many were taken back.
    """

    taken_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    given: list[tuple[str, str]] = field(default_factory=list)
    withdrawn: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)


class Inspector:
    """One browser. Its requests go one after the other, as an inspector's do."""

    def __init__(self, port: int, login: str, pause_s: float, seed: int) -> None:
        self._port, self._login, self._pause_s = port, login, pause_s
        self._chance = random.Random(seed)
        self._cookie = self._csrf = ""
        self.told = Told()

    def work(self, until: float) -> None:
        """Review until a moment of the monotonic clock."""
        time.sleep(self._chance.uniform(0, 2 * self._pause_s))
        try:
            self._sign_in()
            while time.monotonic() < until:
                self._review()
        except (OSError, HTTPException, RuntimeError) as error:
            self.told.faults.append(f"{self._login}: {type(error).__name__}: {error}")

    def _sign_in(self) -> None:
        token = form_token(self._ask("sign-in page", "GET", "/sign-in").decode())
        form = urlencode({"login": self._login, "password": PASSWORD, "form_token": token})
        self._ask("sign in", "POST", "/sign-in", form, kind="application/x-www-form-urlencoded")
        session = json.loads(self._ask("session", "GET", "/api/v1/session"))
        if "csrf_token" not in session:
            raise RuntimeError(f"not signed in: {session}")
        self._csrf = session["csrf_token"]

    def _review(self) -> None:
        """Choose one of the flags that the queue shows, look at it, and say what it is."""
        shown = sorted(set(FLAG.findall(self._ask("queue", "GET", "/flags").decode())))
        if not shown:
            raise RuntimeError("the queue is empty: there were too few flags for this many inspectors")
        event_id = self._chance.choice(shown)
        self._pause()
        self._ask("flag", "GET", f"/flags/{event_id}")
        self._ask("claim", "POST", f"/api/v1/events/{event_id}/claim", "{}")
        for n in range(3):
            span = f"bytes={n * RANGE_BYTES}-{(n + 1) * RANGE_BYTES - 1}"
            self._ask("clip", "GET", f"/api/v1/evidence/{event_id}/clip", span=span)
        self._pause()
        if self._judge(event_id) and self._chance.random() < 0.1:
            self._pause()
            self._ask("withdraw", "DELETE", f"/api/v1/events/{event_id}/reviews/latest")

    def _judge(self, event_id: str) -> bool:
        """Send a verdict; tell whether it was stored."""
        request_id = str(uuid.uuid4())
        verdict = self._chance.choice(("breach", "no_breach", "no_breach", "cannot_tell"))
        body = json.dumps({"verdict": verdict, "request_id": request_id})
        address = f"/api/v1/events/{event_id}/reviews"
        times = 2 if self._chance.random() < 0.1 else 1
        with ThreadPoolExecutor(times) as senders:  # a double click, or a retry after an answer that was late
            found = list(senders.map(lambda _: self._send("verdict", "POST", address, body), range(times)))
        answers = [status for status, _ in found]
        if answers.count(201) > 1:
            self.told.faults.append(f"{event_id}: one request was stored as two verdicts")
        if is_stored := 201 in answers:
            self.told.given.append((event_id, request_id))
        self.told.refused += 409 in answers
        return is_stored

    def _ask(
        self, name: str, method: str, address: str, body: str = "", *, kind: str = "application/json", span: str = ""
    ) -> bytes:
        status, content = self._send(name, method, address, body, kind=kind, span=span)
        if name == "withdraw" and status == 200:
            self.told.withdrawn += 1
        return content

    def _send(
        self, name: str, method: str, address: str, body: str = "", *, kind: str = "application/json", span: str = ""
    ) -> tuple[int, bytes]:
        headers = {"Cookie": self._cookie, "Content-Type": kind, "X-CSRF-Token": self._csrf}
        if span:
            headers["Range"] = span
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        begin = time.perf_counter()
        connection.request(method, address, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.told.taken_ms[name].append((time.perf_counter() - begin) * 1000)
        connection.close()
        if "set-cookie" in answer.headers:
            self._cookie = "; ".join(one.partition(";")[0] for one in answer.headers.get_all("set-cookie") or [])
        if answer.status not in FINE.get(name, (200,)):
            self.told.faults.append(f"{name} {address}: {answer.status} {content[:200]!r}")
        return answer.status, content

    def _pause(self) -> None:
        time.sleep(self._chance.expovariate(1 / self._pause_s))


def review(port: int, logins: Sequence[str], *, minutes: float, pause_s: float) -> list[Told]:
    """Let all work at once."""
    until = time.monotonic() + minutes * 60
    inspectors = [Inspector(port, login, pause_s, seed) for seed, login in enumerate(logins)]
    threads = [threading.Thread(target=one.work, args=(until,)) for one in inspectors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one.told for one in inspectors]


def lines_of(told: Sequence[Told]) -> Iterator[str]:
    """Say how often what was asked, and how long it took."""
    names = dict.fromkeys(name for one in told for name in one.taken_ms)
    for name in names:
        taken = sorted(ms for one in told for ms in one.taken_ms.get(name, ()))
        cuts = statistics.quantiles(taken, n=100) if len(taken) > 1 else taken * 99
        yield (
            f"{name:13} {len(taken):6} times   median {cuts[49]:7.1f} ms   p95 {cuts[94]:7.1f} ms"
            f"   p99 {cuts[98]:7.1f} ms   slowest {taken[-1]:7.1f} ms"
        )
    kinds = Counter(fault.split(" ")[0] for one in told for fault in one.faults)
    yield f"faults: {dict(kinds) or 'none'}"


def main() -> int:
    """Serve, review, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="", help="address of an empty database; default: SQLite in a new folder")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--inspectors", type=int, default=len(LOGINS))
    parser.add_argument("--flags", type=int, default=4000)
    parser.add_argument("--pause-s", type=float, default=2.0, help="mean of what an inspector takes to look and think")
    asked = parser.parse_args()
    logins = LOGINS[: asked.inspectors]
    with tempfile.TemporaryDirectory() as folder:
        database = asked.database or f"sqlite:///{folder}/congvu.db"
        fill(database, Path(folder), asked.flags, newest=datetime.now(UTC) - timedelta(hours=1))  # noqa: TID251
        with served(database, Path(folder)) as port:
            told = review(port, logins, minutes=asked.minutes, pause_s=asked.pause_s)
        faults = [fault for one in told for fault in one.faults] + faults_of(database, told)
    print("\n".join(lines_of(told)))
    given = sum(len(one.given) for one in told)
    print(
        f"{given} verdicts, {sum(one.refused for one in told)} refused, {sum(one.withdrawn for one in told)} taken back"
    )
    print("\n".join(faults[:20]))
    return 1 if faults or not given else 0


if __name__ == "__main__":
    sys.exit(main())
