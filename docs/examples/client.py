"""A small client of Công Vụ's API: a token, conditional reading, paging, and sending again without doing it twice.

Needs Python 3.11 and httpx. It knows the fields that the examples beside it use; what else an answer holds is in `raw`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any

import httpx

Params = Mapping[str, str | int | float | None]
TRIES = 5
LONGEST_WAIT_S = 60.0


@dataclass(eq=False)
class Refused(Exception):
    """The service said no. What it says is for people; `type` is for programs and stays the same."""

    status: int
    type: str
    title: str
    detail: str
    faults: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([f"{self.status} {self.title}. {self.detail}", *self.faults])


@dataclass(frozen=True)
class Flag:
    """A possible breach; never a finding."""

    event_id: str
    rule_id: str
    camera_name: str
    place_name: str
    started_at: datetime
    duration_s: float | None
    peak_score: float
    standing: str
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Flag:
        """Make it from JSON."""
        return cls(
            event_id=raw["event_id"],
            rule_id=raw["rule_id"],
            camera_name=raw["camera_name"],
            place_name=raw["place_name"],
            started_at=datetime.fromisoformat(raw["started_at"]),
            duration_s=raw["duration_s"],
            peak_score=raw["peak_score"],
            standing=raw["standing"],
            raw=raw,
        )


@dataclass(frozen=True)
class Verdict:
    """What was stored of a verdict."""

    verdict: str
    reason: str
    at: datetime

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Verdict:
        """Make it from JSON."""
        return cls(raw["verdict"], raw["reason"], datetime.fromisoformat(raw["at"]))


@dataclass(frozen=True)
class OfficerDay:
    """One officer's day, with approved corrections. None: no camera could see enough to say so."""

    officer_id: str
    officer_name: str
    unit: str
    day: str
    worked_s: int
    late_s: int
    is_late: bool | None
    coverage: float
    change_token: str
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> OfficerDay:
        """Make it from JSON."""
        figures = raw["corrected"]
        return cls(
            officer_id=raw["officer_id"],
            officer_name=raw["officer_name"],
            unit=raw["unit"],
            day=raw["day"],
            worked_s=figures["worked_s"],
            late_s=figures["late_s"],
            is_late=figures["is_late"],
            coverage=figures["coverage"],
            change_token=raw["change_token"],
            raw=raw,
        )


class Client:
    """One connection to the service. Use it in a ``with`` statement.

    Args:
        address: Of the service, as ``https://congvu.example.vn``.
        token: Made on the account's page; it begins with ``cvt_``.
        language: Of titles and details, ``vi`` or ``en``.
    """

    def __init__(self, address: str, token: str, *, language: str = "vi") -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        self._http = httpx.Client(base_url=f"{address.rstrip('/')}/api/v1", headers=headers, timeout=30.0)
        self._known: dict[str, tuple[str, Any]] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def flags(self, *, state: str = "open", page: int = 100, **filters: str | int | float | None) -> Iterator[Flag]:
        """Yield flags, newest first, page by page. Filters: rule, camera, agency, day, until, score."""
        after: str | None = None
        while True:
            found = self.read("/events", {"state": state, "limit": page, "after": after, **filters})
            yield from (Flag.of(raw) for raw in found["items"])
            after = found["next"]
            if after is None:
                return

    def flag(self, event_id: str) -> Flag:
        """Read one flag; that it was read is noted in the journal."""
        return Flag.of(self.read(f"/events/{event_id}"))

    def judge(self, event_id: str, verdict: str, *, reason: str = "unstated", note: str = "") -> Verdict:
        """Give a verdict: ``breach``, ``no_breach`` or ``cannot_tell``. A lost answer is asked for again."""
        body = {"verdict": verdict, "reason": reason, "note": note, "request_id": str(uuid.uuid4())}
        return Verdict.of(self._send("POST", f"/events/{event_id}/reviews", json=body).json())

    def officer_days(self, first: str, last: str, **filters: str | None) -> Iterator[OfficerDay]:
        """Yield officer-days by officer and day, page by page. Filters: site, agency, unit, officer."""
        cursor: str | None = None
        while True:
            found = self.read("/attendance/days", {"from": first, "to": last, "cursor": cursor, **filters})
            yield from (OfficerDay.of(raw) for raw in found["items"])
            cursor = found["next_cursor"]
            if cursor is None:
                return

    def read(self, path: str, params: Params | None = None) -> Any:
        """Read JSON; what has not changed since it was read last is not sent again."""
        asked = {name: value for name, value in (params or {}).items() if value is not None}
        key = f"{path}?{httpx.QueryParams(asked)}"
        etag, kept = self._known.get(key, (None, None))
        answer = self._send("GET", path, params=asked, headers={"If-None-Match": etag} if etag else {})
        if answer.status_code == 304:
            return kept
        if "ETag" in answer.headers:
            self._known[key] = (answer.headers["ETag"], answer.json())
        return answer.json()

    def _send(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """Send, and again where the connection broke or the service asks to wait. Whatever is sent bears that."""
        for number in range(TRIES):
            is_last = number == TRIES - 1
            try:
                answer = self._http.request(method, path, **asked)
            except httpx.TransportError:
                if is_last:
                    raise
                time.sleep(0.5 * 2**number)
                continue
            if answer.status_code not in (429, 503) or is_last:
                return _checked(answer)
            time.sleep(min(float(answer.headers.get("Retry-After", 2**number)), LONGEST_WAIT_S))
        raise AssertionError("the last try either answers or raises")


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code < 400:
        return answer
    if answer.headers.get("content-type") != "application/problem+json":
        answer.raise_for_status()
    said = answer.json()
    raise Refused(answer.status_code, said["type"], said["title"], said["detail"], tuple(said["faults"]))
