"""Links that are good once: to sign in, or to choose a new password. Only hashes of their tokens are stored."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update

from service.db.account_part import AccountPart, hash_token, user_of
from service.db.account_tables import SignInLinkRow, UserRow
from service.db.records import UserRecord


class LinkPurpose(StrEnum):
    """What a link is good for."""

    SIGN_IN = "sign_in"
    RESET = "reset"


class Links(AccountPart):
    """One-time links."""

    def make_link(
        self, user_id: int, *, at: datetime, lasts: timedelta, purpose: LinkPurpose = LinkPurpose.SIGN_IN
    ) -> str:
        """Make a link; returns its token."""
        token = secrets.token_urlsafe(24)
        self._session.add(
            SignInLinkRow(
                token_hash=hash_token(token),
                user_id=user_id,
                expires_at=at + lasts,
                used_at=None,
                purpose=purpose.value,
            )
        )
        return token

    def find_link(self, token: str, at: datetime, *, purpose: LinkPurpose) -> UserRecord | None:
        """Return whose link it is, without using it up; None where it is unknown, used or expired."""
        row = self._session.get(SignInLinkRow, hash_token(token))
        if row is None or row.used_at is not None or row.expires_at <= at or row.purpose != purpose:
            return None
        return self._let_in(row.user_id)

    def use_link(self, token: str, at: datetime, *, purpose: LinkPurpose = LinkPurpose.SIGN_IN) -> UserRecord | None:
        """Use up a link; None where it is unknown, used, expired, or its owner is locked out."""
        # one statement: of two browsers that come at once, only one finds it unused
        user_id = self._session.scalar(
            update(SignInLinkRow)
            .where(
                SignInLinkRow.token_hash == hash_token(token),
                SignInLinkRow.purpose == purpose.value,
                SignInLinkRow.used_at.is_(None),
                SignInLinkRow.expires_at > at,
            )
            .values(used_at=at)
            .returning(SignInLinkRow.user_id),
            execution_options={"synchronize_session": "fetch"},
        )
        return None if user_id is None else self._let_in(user_id)

    def spoil_links(self, user_id: int, at: datetime) -> None:
        """Use up every open link of somebody."""
        self._session.execute(
            update(SignInLinkRow)
            .where(SignInLinkRow.user_id == user_id, SignInLinkRow.used_at.is_(None))
            .values(used_at=at)
        )

    def links_since(self, user_id: int, expiring_after: datetime, *, purpose: LinkPurpose) -> int:
        """Count links of one purpose that expire, or expired, after a time."""
        found = select(func.count()).where(
            SignInLinkRow.user_id == user_id,
            SignInLinkRow.purpose == purpose.value,
            SignInLinkRow.expires_at > expiring_after,
        )
        return self._session.scalar(found) or 0

    def hold_user(self, user_id: int) -> None:
        """Let whatever else concerns this account wait for the end of this transaction."""
        self._session.scalar(select(UserRow.user_id).where(UserRow.user_id == user_id).with_for_update())

    def _let_in(self, user_id: int) -> UserRecord | None:
        user = user_of(self._row(user_id))
        return None if user.disabled_at is not None else user
