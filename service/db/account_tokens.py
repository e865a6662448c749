"""What programs sign in with. Only hashes are stored; a token never has rights that its owner lacks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from service.db.account_part import AccountPart, hash_token, user_of
from service.db.account_tables import ApiTokenRow
from service.db.records import SessionRecord

TOKEN_PREFIX = "cvt_"
"""By it, tools that look for leaked secrets know a token."""
USE_NOTED_EVERY = timedelta(minutes=5)
"""A program may ask many times a second; when it asked last is noted so often."""


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A program's token, as its owner sees it.

    Attributes:
        scopes: What it may do; see `service.rights`.
        used_at: When it was used last, to five minutes; None where never.
    """

    token_id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class Tokens(AccountPart):
    """Tokens of programs."""

    def make_token(
        self, user_id: int, name: str, *, scopes: Sequence[str], at: datetime, expires_at: datetime
    ) -> tuple[TokenRecord, str]:
        """Store a token; returns it and its secret, which is stored nowhere."""
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        row = ApiTokenRow(
            user_id=user_id,
            name=name,
            token_hash=hash_token(secret),
            scopes=list(scopes),
            created_at=at,
            expires_at=expires_at,
            used_at=None,
            revoked_at=None,
        )
        self._session.add(row)
        self._session.flush()
        return _token(row), secret

    def tokens_of(self, user_id: int) -> list[TokenRecord]:
        """Return somebody's tokens, the newest first, those that no longer work too."""
        rows = select(ApiTokenRow).where(ApiTokenRow.user_id == user_id).order_by(ApiTokenRow.token_id.desc())
        return [_token(row) for row in self._session.scalars(rows)]

    def find_token(self, token: str, at: datetime) -> SessionRecord | None:
        """Return what a program's token stands for, unless it has expired, was revoked, or its owner is locked out."""
        row = self._session.scalar(select(ApiTokenRow).where(ApiTokenRow.token_hash == hash_token(token)))
        if row is None or row.expires_at <= at or row.revoked_at is not None:
            return None
        user = user_of(self._row(row.user_id))
        if user.disabled_at is not None:
            return None
        if row.used_at is None or at - row.used_at > USE_NOTED_EVERY:
            row.used_at = at
        return SessionRecord(user, "", row.expires_at, f"token-{row.token_id}", tuple(row.scopes))

    def revoke_token(self, user_id: int, token_id: int, at: datetime) -> bool:
        """End one of somebody's own tokens; False where it is not theirs or has ended."""
        revoked = self._session.scalar(
            update(ApiTokenRow)
            .where(ApiTokenRow.user_id == user_id, ApiTokenRow.token_id == token_id, ApiTokenRow.revoked_at.is_(None))
            .values(revoked_at=at)
            .returning(ApiTokenRow.token_id),
            execution_options={"synchronize_session": "fetch"},
        )
        return revoked is not None

    def revoke_tokens(self, user_id: int, at: datetime) -> None:
        """End all of somebody's tokens."""
        self._session.execute(
            update(ApiTokenRow)
            .where(ApiTokenRow.user_id == user_id, ApiTokenRow.revoked_at.is_(None))
            .values(revoked_at=at)
        )


def _token(row: ApiTokenRow) -> TokenRecord:
    return TokenRecord(
        row.token_id, row.name, tuple(row.scopes), row.created_at, row.expires_at, row.used_at, row.revoked_at
    )
