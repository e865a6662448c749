"""Tell another system that a period was closed: what is sent, how it is signed, when it is sent again. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from service.attendance.facts import Period

PERIOD_CLOSED = "period.closed"
SIGNATURE_HEADER = "X-Congvu-Signature"
DELIVERY_HEADER = "X-Congvu-Delivery"
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)


def period_message(period: Period) -> str:
    """Return the body that tells of a closed period, JSON. It names nobody: the figures are fetched at ``link``."""
    return json.dumps(
        {
            "event": PERIOD_CLOSED,
            "period_id": period.period_id,
            "site_id": period.site_id,
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "closed_at": period.closed_at.isoformat(),
            "sha256": period.sha256,
            "link": f"/api/v1/periods/{period.period_id}",
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def sign(body: bytes, secret: str, at: datetime) -> str:
    """Return the value of `SIGNATURE_HEADER`: ``t=<seconds since 1970>,v1=<HMAC-SHA256 of "t.body", hexadecimal>``.

    The time is signed too, so that who listens can refuse an old message that is sent again by somebody else.
    """
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts in vain: a minute, doubled each time, at most six hours."""
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def fault_of_address(address: str) -> str:
    """Say what is wrong with the address of a webhook; empty where it is good."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018  # raises where it is no number
    except ValueError as error:
        return f"is no address: {error}"
    if not host or parts.scheme not in ("http", "https"):
        return "is no address; wanted one such as https://hr.example.gov.vn/hooks/congvu"
    if parts.username or parts.password:
        return "holds a user name or password; the signature says who sends it"
    if parts.scheme == "http" and not _is_this_machine(host):
        return "is not encrypted; wanted https:// (http:// only for this very machine)"
    return ""


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
