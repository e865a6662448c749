"""Somebody who looks at the flags all the time, through the API."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import httpx

from service.api.auth import SESSION_COOKIE
from service.benches.happenings import Flag
from service.db.accounts import AccountRepository
from service.db.records import Role
from service.errors import ServiceError
from service.parts import Parts
from vision.clock import Clock

LOOKS_EVERY_S = 0.25
LOGIN = "measures"


def sign_in(parts: Parts) -> str:
    """Make a user who may see flags, and return their session."""
    at = parts.clock.now()
    with parts.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.add_user(LOGIN, display_name="Measures", role=Role.INSPECTOR, password_hash=None, at=at)
        return accounts.open_session(user.user_id, at=at, lasts=timedelta(hours=12))


class Watcher:
    """Asks for the newest flags again and again.

    Attributes:
        flags: All that were seen, each with the time of the first answer that held it.
    """

    def __init__(self, port: int, cookie: str, clock: Clock) -> None:
        self.flags: list[Flag] = []
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", cookies={SESSION_COOKIE: cookie}, timeout=30, trust_env=False
        )
        self._known: set[str] = set()
        # events are told by the time of day, streams by the clock that is never set
        self._zero = clock.now() - timedelta(seconds=time.monotonic())

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def wait_for_answer(self, ends_s: float) -> None:
        """Wait until the pages are served, or until then. Raises `ServiceError` where they are not."""
        while time.monotonic() < ends_s:
            try:
                self._look()
            except httpx.TransportError:
                time.sleep(0.5)
            else:
                return
        raise ServiceError("`congvu serve` did not answer")

    def look_until(self, ends_s: float) -> None:
        """Look every `LOOKS_EVERY_S` until then, seconds of `monotonic`. Raises `httpx.HTTPError`."""
        while (now_s := time.monotonic()) < ends_s:
            self._look()
            time.sleep(max(0.0, now_s + LOOKS_EVERY_S - time.monotonic()))

    def _look(self) -> None:
        answer = self._http.get("/api/v1/events", params={"limit": 200})
        answer.raise_for_status()
        seen_s = time.monotonic()
        for event in answer.json()["items"]:
            if event["event_id"] not in self._known:
                self._known.add(event["event_id"])
                starts_s = (datetime.fromisoformat(event["started_at"]) - self._zero).total_seconds()
                self.flags.append(Flag(event["camera_id"], event["rule_id"], event["place_id"], starts_s, seen_s))
