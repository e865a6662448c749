"""What the parts of the accounts share: a row becomes a record, a token is stored as its sum."""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from service.db.account_tables import UserRow
from service.db.records import Role, UserRecord
from service.errors import NotFound


class AccountPart:
    """One part of the accounts within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _row(self, user_id: int) -> UserRow:
        row = self._session.get(UserRow, user_id)
        if row is None:
            raise NotFound(f"no user {user_id}")
        return row


def hash_token(token: str) -> str:
    """Return what is stored of a token. Tokens are long and random: a plain hash suffices."""
    return hashlib.sha256(token.encode()).hexdigest()


def user_of(row: UserRow) -> UserRecord:
    """Return the record of a row."""
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
