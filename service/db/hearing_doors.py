"""The personal door to a hearing: link and number, wrong numbers, and the browsers that are in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from service.db.account_part import hash_token
from service.db.hearing_tables import CaseRow, CaseSessionRow, CaseStepRow
from service.errors import NotFound
from service.hearing.stages import TURNS, Stage, Turn


@dataclass(frozen=True, slots=True)
class Door:
    """What a link leads to.

    Attributes:
        over_at: When the hearing was closed or withdrawn; None while it goes on.
    """

    case_id: str
    pin_hash: str
    locked_until: datetime | None
    over_at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonSession:
    """A browser in which the person gave link and number.

    Attributes:
        csrf_token: What the forms of its pages carry.
    """

    case_id: str
    csrf_token: str
    expires_at: datetime


class DoorRepository:
    """Personal doors within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, token: str) -> Door | None:
        """Return where a link leads; None where it is unknown."""
        row = self._session.scalar(select(CaseRow).where(CaseRow.token_hash == hash_token(token)))
        return None if row is None else self._door(row)

    def door_of(self, case_id: str) -> Door:
        """Return the door of a hearing; raises `NotFound`."""
        row = self._session.get(CaseRow, case_id)
        if row is None:
            raise NotFound(f"no hearing {case_id}")
        return self._door(row)

    def _door(self, row: CaseRow) -> Door:
        over_at = None
        if TURNS[Stage(row.stage)] is Turn.NOBODY:
            last = select(func.max(CaseStepRow.at)).where(CaseStepRow.case_id == row.case_id)
            over_at = self._session.scalar(last)
        return Door(row.case_id, row.pin_hash, row.pin_locked_until, over_at)

    def change(self, case_id: str, *, token_hash: str, pin_hash: str) -> None:
        """Give a hearing another link and number; those before lead nowhere, and every browser is out."""
        values = {"token_hash": token_hash, "pin_hash": pin_hash, "pin_failures": 0, "pin_locked_until": None}
        self._session.execute(
            update(CaseRow).where(CaseRow.case_id == case_id).values(values),
            execution_options={"synchronize_session": "fetch"},
        )
        self.end_sessions(case_id)

    def end_sessions(self, case_id: str) -> None:
        """Send out every browser that is in."""
        self._session.execute(delete(CaseSessionRow).where(CaseSessionRow.case_id == case_id))

    def note_failure(self, case_id: str) -> int:
        """Count a wrong number; return how many there were since the last right one: a pause forgets none.

        The database counts: guesses that arrive together each count.
        """
        counted: int | None = self._session.scalar(
            update(CaseRow)
            .where(CaseRow.case_id == case_id)
            .values(pin_failures=CaseRow.pin_failures + 1)
            .returning(CaseRow.pin_failures),
            execution_options={"synchronize_session": "fetch"},
        )
        if counted is None:
            raise NotFound(f"no hearing {case_id}")
        return counted

    def lock(self, case_id: str, until: datetime) -> None:
        """Let no number be tried until a time; a lock that holds longer stays."""
        locked = CaseRow.pin_locked_until
        self._session.execute(
            update(CaseRow)
            .where(CaseRow.case_id == case_id, or_(locked.is_(None), locked < until))
            .values(pin_locked_until=until),
            execution_options={"synchronize_session": "fetch"},
        )

    def note_success(self, case_id: str, at: datetime) -> bool:
        """Forget wrong numbers; False, and nothing forgotten, where the door is locked by now."""
        locked = CaseRow.pin_locked_until
        free = self._session.scalar(
            update(CaseRow)
            .where(CaseRow.case_id == case_id, or_(locked.is_(None), locked <= at))
            .values(pin_failures=0, pin_locked_until=None)
            .returning(CaseRow.case_id),
            execution_options={"synchronize_session": "fetch"},
        )
        return free is not None

    def let_in(self, case_id: str, *, at: datetime, lasts: timedelta) -> str:
        """Start a session; returns the token for the cookie, which is stored nowhere else."""
        self._session.execute(delete(CaseSessionRow).where(CaseSessionRow.expires_at <= at))
        token = secrets.token_urlsafe(32)
        self._session.add(
            CaseSessionRow(
                token_hash=hash_token(token),
                case_id=case_id,
                csrf_token=secrets.token_urlsafe(32),
                expires_at=at + lasts,
            )
        )
        self._session.flush()
        return token

    def who_is_in(self, token: str, at: datetime) -> PersonSession | None:
        """Return the session of a token, unless it has expired."""
        row = self._session.get(CaseSessionRow, hash_token(token))
        if row is None or row.expires_at <= at:
            return None
        return PersonSession(row.case_id, row.csrf_token, row.expires_at)

    def stay(self, token: str, until: datetime) -> None:
        """Let a session last longer."""
        self._session.execute(
            update(CaseSessionRow).where(CaseSessionRow.token_hash == hash_token(token)).values(expires_at=until)
        )

    def leave(self, token: str) -> None:
        """End a session."""
        self._session.execute(delete(CaseSessionRow).where(CaseSessionRow.token_hash == hash_token(token)))
