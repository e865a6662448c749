"""The second factor: a secret shared with an app, codes that are good once, and codes for when the app is lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update

from service.db.account_part import AccountPart, hash_token
from service.db.account_tables import RecoveryCodeRow, UserRow


class SecondFactors(AccountPart):
    """Second factors and their recovery codes."""

    def set_totp(self, user_id: int, secret: str, *, step: int, at: datetime) -> None:
        """Store a secret that was confirmed by the code of a time step; that code is used up."""
        row = self._row(user_id)
        row.totp_secret, row.totp_confirmed_at, row.totp_step, row.factor_failures = secret, at, step, 0

    def clear_totp(self, user_id: int) -> None:
        """Switch the second factor off; its recovery codes go with it."""
        row = self._row(user_id)
        row.totp_secret = row.totp_confirmed_at = row.totp_step = None
        row.factor_failures = 0
        self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))

    def use_step(self, user_id: int, step: int) -> bool:
        """Use up the code of a time step; False where it, or a later one, was used before."""
        # one statement: of two browsers with the same code, one is let in
        used = self._session.scalar(
            update(UserRow)
            .where(UserRow.user_id == user_id, or_(UserRow.totp_step.is_(None), UserRow.totp_step < step))
            .values(totp_step=step)
            .returning(UserRow.user_id),
            execution_options={"synchronize_session": "fetch"},
        )
        return used is not None

    def set_recovery_codes(self, user_id: int, codes: Iterable[str]) -> None:
        """Store recovery codes in place of those from before."""
        self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
        self._session.add_all(
            RecoveryCodeRow(code_hash=_hash_of(user_id, code), user_id=user_id, used_at=None) for code in codes
        )

    def use_recovery_code(self, user_id: int, code: str, at: datetime) -> bool:
        """Use up a recovery code; False where it is unknown or was used."""
        used = self._session.scalar(
            update(RecoveryCodeRow)
            .where(RecoveryCodeRow.code_hash == _hash_of(user_id, code), RecoveryCodeRow.used_at.is_(None))
            .values(used_at=at)
            .returning(RecoveryCodeRow.user_id),
            execution_options={"synchronize_session": "fetch"},
        )
        return used is not None

    def recovery_codes_left(self, user_id: int) -> int:
        """Count the recovery codes that were not used."""
        left = select(func.count()).where(RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.used_at.is_(None))
        return self._session.scalar(left) or 0


def _hash_of(user_id: int, code: str) -> str:
    return hash_token(f"{user_id}:{code}")
