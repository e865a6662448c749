"""Verdicts for tests, given as the service gives them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from service.db.accounts import AccountRepository
from service.db.records import Part, Role, Standing, Verdict
from service.db.reviews import NewReview, ReviewRepository


def judge(
    session: Session,
    event_id: str,
    verdict: Verdict,
    *,
    by: int,
    at: datetime,
    request_id: str | None = None,
    part: Part = Part.LOOK,
) -> Standing:
    """Give one verdict; return what all on the flag come to."""
    wanted = NewReview(by, verdict, "unstated", "", at, request_id or f"{event_id}-{by}", part)
    return ReviewRepository(session).add(event_id, wanted)


def confirm(session: Session, event_id: str, *, by: int, at: datetime) -> Standing:
    """Let two inspectors see a breach."""
    judge(session, event_id, Verdict.BREACH, by=by, at=at)
    return second_breach(session, event_id, at=at)


def second_breach(session: Session, event_id: str, *, at: datetime) -> Standing:
    """Let a second inspector see the breach that a first saw."""
    accounts = AccountRepository(session)
    second = accounts.find_user("nguoi-thu-hai") or accounts.add_user(
        "nguoi-thu-hai", display_name="Người thứ hai", role=Role.INSPECTOR, password_hash=None, at=at
    )
    return judge(session, event_id, Verdict.BREACH, by=second.user_id, at=at)
