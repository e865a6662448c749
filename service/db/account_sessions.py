"""Where somebody is signed in. Only hashes of tokens are stored; a token is new at every sign-in."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from service.db.account_part import AccountPart, hash_token, user_of
from service.db.account_tables import OidcAttemptRow, SessionRow, SignInLinkRow
from service.db.records import SessionRecord, UserRecord

SEEN_NOTED_EVERY = timedelta(minutes=1)
"""A page asks many times a minute; when somebody was seen last is noted so often."""
LINKS_KEPT = timedelta(hours=1)
"""Links that have expired are kept so long: how many letters went out in an hour is counted by them."""


class SignedIn(AccountPart):
    """Sessions of browsers."""

    def open_session(
        self,
        user_id: int,
        *,
        at: datetime,
        lasts: timedelta,
        is_whole: bool = True,
        agent: str = "",
        address: str = "",
    ) -> str:
        """Start a session; returns the token for the cookie, which is stored nowhere else.

        Sessions, links and visits to the identity provider that have expired are deleted on this occasion.
        """
        self._session.execute(delete(SessionRow).where(SessionRow.expires_at <= at))
        self._session.execute(delete(SignInLinkRow).where(SignInLinkRow.expires_at <= at - LINKS_KEPT))
        self._session.execute(delete(OidcAttemptRow).where(OidcAttemptRow.expires_at <= at))
        token = secrets.token_urlsafe(32)
        self._session.add(
            SessionRow(
                token_hash=hash_token(token),
                user_id=user_id,
                csrf_token=secrets.token_urlsafe(32),
                created_at=at,
                expires_at=at + lasts,
                session_id=secrets.token_hex(8),
                seen_at=at,
                agent=agent[:200],
                address=address[:64],
                is_whole=is_whole,
            )
        )
        return token

    def find_session(self, token: str, at: datetime, *, idle: timedelta | None = None) -> SessionRecord | None:
        """Return the session of a token, unless it has expired, was idle for too long or its owner is locked out."""
        row = self._session.get(SessionRow, hash_token(token))
        if row is None or row.expires_at <= at:
            return None
        seen_at = row.seen_at or row.created_at
        if idle is not None and at - seen_at >= idle:
            return None
        user = user_of(self._row(row.user_id))
        if user.disabled_at is not None:
            return None
        if at - seen_at >= SEEN_NOTED_EVERY:
            row.seen_at = at
        return _session(row, user)

    def sessions_of(self, user_id: int, at: datetime, *, idle: timedelta) -> list[SessionRecord]:
        """Return where somebody is signed in at present, the latest seen first."""
        user = user_of(self._row(user_id))
        rows = self._session.scalars(
            select(SessionRow).where(
                SessionRow.user_id == user_id,
                SessionRow.expires_at > at,
                SessionRow.seen_at > at - idle,
                SessionRow.is_whole,
            )
        )
        found = [_session(row, user) for row in rows]
        return sorted(found, key=lambda session: session.seen_at or at, reverse=True)

    def close_session(self, token: str) -> None:
        """End a session."""
        self._session.execute(delete(SessionRow).where(SessionRow.token_hash == hash_token(token)))

    def end_session(self, user_id: int, session_id: str) -> bool:
        """End one session of somebody's own; False where it is not theirs or has ended."""
        ended = self._session.execute(
            delete(SessionRow)
            .where(SessionRow.user_id == user_id, SessionRow.session_id == session_id)
            .returning(SessionRow.session_id)
        )
        return ended.first() is not None

    def end_sessions(self, user_id: int, *, but: str = "") -> int:
        """End all sessions of somebody, but for one; return how many."""
        ended = self._session.execute(
            delete(SessionRow)
            .where(SessionRow.user_id == user_id, SessionRow.session_id != but)
            .returning(SessionRow.session_id)
        )
        return len(ended.all())

    def pending_secret(self, session_id: str) -> str | None:
        """Return the secret of the second factor that is being set up in a browser."""
        return self._session.scalar(select(SessionRow.pending_totp).where(SessionRow.session_id == session_id))

    def set_pending_secret(self, session_id: str, secret: str) -> None:
        """Keep the secret of a second factor until it is confirmed in the same browser."""
        row = self._session.scalar(select(SessionRow).where(SessionRow.session_id == session_id))
        if row is not None:
            row.pending_totp = secret


def _session(row: SessionRow, user: UserRecord) -> SessionRecord:
    return SessionRecord(
        user=user,
        csrf_token=row.csrf_token,
        expires_at=row.expires_at,
        session_id=row.session_id,
        is_whole=row.is_whole,
        created_at=row.created_at,
        seen_at=row.seen_at,
        agent=row.agent,
        address=row.address,
    )
