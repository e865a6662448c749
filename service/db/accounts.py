"""Users, sessions and one-time sign-in links. Only hashes of tokens are stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from service.db.account_tables import ApiTokenRow, SessionRow, SignInLinkRow, UserRow
from service.db.records import Role, SessionRecord, UserRecord
from service.errors import NotFound, ServiceError
from service.rights import EVERYTHING, Reach

USE_NOTED_EVERY = timedelta(minutes=5)
"""A program may ask many times a second; when it asked last is noted so often."""


class AccountRepository:
    """Accounts within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_user(
        self,
        login: str,
        *,
        display_name: str,
        role: Role,
        password_hash: str | None,
        at: datetime,
        reach: Reach = EVERYTHING,
    ) -> UserRecord:
        """Store a new user; raises `ServiceError` where the login is taken."""
        if self._session.scalar(select(UserRow).where(UserRow.login == login)) is not None:
            raise ServiceError(f"there is already a user {login!r}; choose another login")
        row = UserRow(
            login=login,
            display_name=display_name,
            role=role,
            password_hash=password_hash,
            created_at=at,
            failed_sign_ins=0,
            locked_until=None,
            agency=reach.agency or "",
            unit=reach.unit or "",
            officer_id=reach.officer_id,
            email="",
            language="vi",
        )
        self._session.add(row)
        self._session.flush()
        return _user(row)

    def user_count(self) -> int:
        """Count the users."""
        return self._session.scalar(select(func.count()).select_from(UserRow)) or 0

    def find_user(self, login: str) -> UserRecord | None:
        """Return a user by login."""
        row = self._session.scalar(select(UserRow).where(UserRow.login == login))
        return None if row is None else _user(row)

    def names(self) -> dict[int, str]:
        """Return the name that is shown of each user, by number."""
        rows = self._session.execute(select(UserRow.user_id, UserRow.display_name))
        return {row.user_id: row.display_name for row in rows}

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Store a new password hash and end every session of the user."""
        self._row(user_id).password_hash = password_hash
        self._session.execute(delete(SessionRow).where(SessionRow.user_id == user_id))

    def disable(self, user_id: int, at: datetime) -> None:
        """Leave a user without password, sessions or open links: nothing is left to sign in with."""
        row = self._row(user_id)
        row.password_hash, row.disabled_at, row.oidc_subject = None, at, None
        self._session.execute(delete(SessionRow).where(SessionRow.user_id == user_id))
        self._session.execute(
            update(SignInLinkRow)
            .where(SignInLinkRow.user_id == user_id, SignInLinkRow.used_at.is_(None))
            .values(used_at=at)
        )

    def note_failure(self, user_id: int, at: datetime) -> int:
        """Count a failed sign-in; return how many there are now. Where a lock has run out, counting starts anew.

        The database counts: guesses that arrive together each count.
        """
        has_run_out = UserRow.locked_until <= at  # unknown, hence no, where there is no lock
        counted: int | None = self._session.scalar(
            update(UserRow)
            .where(UserRow.user_id == user_id)
            .values(
                failed_sign_ins=case((has_run_out, 1), else_=UserRow.failed_sign_ins + 1),
                locked_until=case((has_run_out, None), else_=UserRow.locked_until),
            )
            .returning(UserRow.failed_sign_ins),
            execution_options={"synchronize_session": "fetch"},
        )
        if counted is None:
            raise NotFound(f"no user {user_id}")
        return counted

    def lock(self, user_id: int, until: datetime) -> None:
        """Lock an account until a time; a lock that holds longer stays."""
        self._session.execute(
            update(UserRow)
            .where(UserRow.user_id == user_id, or_(UserRow.locked_until.is_(None), UserRow.locked_until < until))
            .values(locked_until=until),
            execution_options={"synchronize_session": "fetch"},
        )

    def note_success(self, user_id: int, at: datetime) -> bool:
        """Forget failed sign-ins; False, and nothing forgotten, where the account is locked by now."""
        free = self._session.scalar(
            update(UserRow)
            .where(UserRow.user_id == user_id, or_(UserRow.locked_until.is_(None), UserRow.locked_until <= at))
            .values(failed_sign_ins=0, locked_until=None)
            .returning(UserRow.user_id),
            execution_options={"synchronize_session": "fetch"},
        )
        return free is not None

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

        Sessions and links that have expired are deleted on this occasion.
        """
        self._session.execute(delete(SessionRow).where(SessionRow.expires_at <= at))
        self._session.execute(delete(SignInLinkRow).where(SignInLinkRow.expires_at <= at))
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

    def find_session(self, token: str, at: datetime) -> SessionRecord | None:
        """Return the session of a token, unless it has expired."""
        row = self._session.get(SessionRow, hash_token(token))
        if row is None or row.expires_at <= at:
            return None
        return _session(row, _user(self._row(row.user_id)))

    def find_token(self, token: str, at: datetime) -> SessionRecord | None:
        """Return what a program's token stands for, unless it has expired, was revoked, or its owner is locked out."""
        row = self._session.scalar(select(ApiTokenRow).where(ApiTokenRow.token_hash == hash_token(token)))
        if row is None or row.expires_at <= at or row.revoked_at is not None:
            return None
        user = _user(self._row(row.user_id))
        if user.disabled_at is not None:
            return None
        if row.used_at is None or at - row.used_at > USE_NOTED_EVERY:
            row.used_at = at
        return SessionRecord(user, "", row.expires_at, f"token-{row.token_id}", tuple(row.scopes))

    def close_session(self, token: str) -> None:
        """End a session."""
        self._session.execute(delete(SessionRow).where(SessionRow.token_hash == hash_token(token)))

    def make_link(self, user_id: int, *, at: datetime, lasts: timedelta) -> str:
        """Make a one-time sign-in link; returns its token."""
        token = secrets.token_urlsafe(24)
        self._session.add(
            SignInLinkRow(token_hash=hash_token(token), user_id=user_id, expires_at=at + lasts, used_at=None)
        )
        return token

    def use_link(self, token: str, at: datetime) -> UserRecord | None:
        """Use up a link; None where it is unknown, used or expired."""
        # one statement: of two browsers that come at once, only one finds it unused
        user_id = self._session.scalar(
            update(SignInLinkRow)
            .where(
                SignInLinkRow.token_hash == hash_token(token),
                SignInLinkRow.used_at.is_(None),
                SignInLinkRow.expires_at > at,
            )
            .values(used_at=at)
            .returning(SignInLinkRow.user_id),
            execution_options={"synchronize_session": "fetch"},
        )
        return None if user_id is None else _user(self._row(user_id))

    def _row(self, user_id: int) -> UserRow:
        row = self._session.get(UserRow, user_id)
        if row is None:
            raise NotFound(f"no user {user_id}")
        return row


def hash_token(token: str) -> str:
    """Return what is stored of a token. Tokens are long and random: a plain hash suffices."""
    return hashlib.sha256(token.encode()).hexdigest()


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


def _user(row: UserRow) -> UserRecord:
    return UserRecord(
        user_id=row.user_id,
        login=row.login,
        display_name=row.display_name,
        role=Role(row.role),
        password_hash=row.password_hash,
        failed_sign_ins=row.failed_sign_ins,
        locked_until=row.locked_until,
        agency=row.agency,
        unit=row.unit,
        officer_id=row.officer_id,
        email=row.email,
        language=row.language,
        disabled_at=row.disabled_at,
        totp_secret=row.totp_secret,
        totp_confirmed_at=row.totp_confirmed_at,
        totp_step=row.totp_step,
        oidc_subject=row.oidc_subject,
        created_at=row.created_at,
    )
