"""Guesses are counted by the database: those that arrive together each count."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, or_, select, update

from service.db.account_part import AccountPart
from service.db.account_tables import UserRow
from service.errors import NotFound

FORGIVEN_AFTER = timedelta(hours=12)
"""So long after a pause failures are forgotten. Were they forgotten at its end, every pause would be the shortest."""


class Locks(AccountPart):
    """Failed sign-ins and the pauses that follow."""

    def note_failure(self, user_id: int, at: datetime) -> int:
        """Count a failed sign-in; return how many there are now. Long after a pause, counting starts anew."""
        has_run_out = UserRow.locked_until <= at - FORGIVEN_AFTER  # unknown, hence no, where there is no lock
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

    def count_code(self, user_id: int, at: datetime) -> int | None:
        """Count a code of the second factor before it is looked at; None while the account is locked.

        Counted first, within the transaction that may lock: guesses sent together wait for one another.
        """
        return self._session.scalar(
            update(UserRow)
            .where(UserRow.user_id == user_id, _is_free(at))
            .values(factor_failures=UserRow.factor_failures + 1)
            .returning(UserRow.factor_failures),
            execution_options={"synchronize_session": "fetch"},
        )

    def lock(self, user_id: int, until: datetime) -> None:
        """Lock an account until a time; a lock that holds longer stays."""
        self._session.execute(
            update(UserRow)
            .where(UserRow.user_id == user_id, or_(UserRow.locked_until.is_(None), UserRow.locked_until < until))
            .values(locked_until=until),
            execution_options={"synchronize_session": "fetch"},
        )

    def is_free(self, user_id: int, at: datetime) -> bool:
        """Tell whether an account is not locked, as the database knows it by now."""
        return self._session.scalar(select(UserRow.user_id).where(UserRow.user_id == user_id, _is_free(at))) is not None

    def note_success(self, user_id: int, at: datetime) -> bool:
        """Forget failed sign-ins; False, and nothing forgotten, where the account is locked by now."""
        free = self._session.scalar(
            update(UserRow)
            .where(UserRow.user_id == user_id, _is_free(at))
            .values(failed_sign_ins=0, factor_failures=0, locked_until=None)
            .returning(UserRow.user_id),
            execution_options={"synchronize_session": "fetch"},
        )
        return free is not None


def _is_free(at: datetime) -> ColumnElement[bool]:
    return or_(UserRow.locked_until.is_(None), UserRow.locked_until <= at)
