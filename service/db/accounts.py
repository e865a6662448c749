"""Who may sign in, and all that goes with it, within one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from service.db.account_factors import SecondFactors
from service.db.account_links import Links
from service.db.account_locks import Locks
from service.db.account_oidc import Vouching
from service.db.account_part import user_of
from service.db.account_sessions import SignedIn
from service.db.account_tables import UserRow
from service.db.account_tokens import Tokens
from service.db.records import Role, UserRecord
from service.errors import Refused, ServiceError
from service.rights import EVERYTHING, Reach


@dataclass(frozen=True, slots=True)
class UserSearch:
    """Which accounts are looked for.

    Attributes:
        text: Part of a login, name or e-mail address; empty for all.
        agency: Only this agency's; None: all.
        is_disabled: Only those locked out, or only those who are not; None: both.
    """

    text: str = ""
    role: Role | None = None
    agency: str | None = None
    is_disabled: bool | None = None


class AccountRepository(Locks, SignedIn, Links, SecondFactors, Tokens, Vouching):
    """Accounts within one transaction."""

    def add_user(
        self,
        login: str,
        *,
        display_name: str,
        role: Role,
        password_hash: str | None,
        at: datetime,
        reach: Reach = EVERYTHING,
        email: str = "",
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
            email=email,
            language="vi",
        )
        self._session.add(row)
        self._session.flush()
        return user_of(row)

    def user_count(self) -> int:
        """Count the users."""
        return self._session.scalar(select(func.count()).select_from(UserRow)) or 0

    def find_user(self, login: str) -> UserRecord | None:
        """Return a user by login."""
        row = self._session.scalar(select(UserRow).where(UserRow.login == login))
        return None if row is None else user_of(row)

    def user(self, user_id: int) -> UserRecord:
        """Return a user by number. Raises `NotFound`."""
        return user_of(self._row(user_id))

    def users(self, wanted: UserSearch, *, limit: int, offset: int = 0) -> list[UserRecord]:
        """Return the accounts that are looked for, by name."""
        rows = select(UserRow).where(*_matching(wanted)).order_by(UserRow.display_name, UserRow.user_id)
        return [user_of(row) for row in self._session.scalars(rows.limit(limit).offset(offset))]

    def count_users(self, wanted: UserSearch) -> int:
        """Count the accounts that are looked for."""
        return self._session.scalar(select(func.count()).select_from(UserRow).where(*_matching(wanted))) or 0

    def logins(self, user_ids: Iterable[int]) -> dict[int, str]:
        """Return the logins of these accounts, by number."""
        wanted = select(UserRow.user_id, UserRow.login).where(UserRow.user_id.in_(sorted(set(user_ids))))
        return {row.user_id: row.login for row in self._session.execute(wanted)}

    def names(self) -> dict[int, str]:
        """Return the name that is shown of each user, by number."""
        rows = self._session.execute(select(UserRow.user_id, UserRow.display_name))
        return {row.user_id: row.display_name for row in rows}

    def update_user(self, user_id: int, changes: Mapping[str, str | None]) -> UserRecord:
        """Change columns of a user: ``display_name``, ``role``, ``agency``, ``unit``, ``officer_id``, ``email``.

        Raises:
            NotFound: There is no such user.
            Refused: The last administrator of everything would be none any more.
        """
        had_admin = self._hold_admins()
        row = self._row(user_id)
        for column, value in changes.items():
            setattr(row, column, value)
        self._session.flush()
        self._want_an_admin(had_admin)
        return user_of(row)

    def officers_with_account(self, *, but: int | None = None) -> frozenset[str]:
        """Return the officers who have an officer's account, also one that is locked out; one account apart."""
        held = select(UserRow.officer_id).where(UserRow.role == Role.OFFICER.value, UserRow.officer_id.is_not(None))
        found = self._session.scalars(held if but is None else held.where(UserRow.user_id != but))
        return frozenset(officer for officer in found if officer is not None)

    def set_password(self, user_id: int, password_hash: str, at: datetime) -> None:
        """Store a new password hash and end what the old one opened: sessions, links, tokens of programs."""
        self._row(user_id).password_hash = password_hash
        self._end_all(user_id, at)

    def reset_factor(self, user_id: int, at: datetime) -> None:
        """Switch the second factor off for somebody who lost it; sessions and tokens that it opened end."""
        self.clear_totp(user_id)
        self.end_sessions(user_id)
        self.revoke_tokens(user_id, at)

    def disable(self, user_id: int, at: datetime) -> None:
        """Leave a user nothing to sign in with: no password, session, open link or token. Raises `Refused`."""
        had_admin = self._hold_admins()
        row = self._row(user_id)
        row.password_hash, row.disabled_at, row.oidc_subject = None, at, None
        self._end_all(user_id, at)
        self._session.flush()
        self._want_an_admin(had_admin)

    def enable(self, user_id: int) -> None:
        """Let a user in again; a one-time link or a new password is still wanted."""
        self._row(user_id).disabled_at = None

    def _end_all(self, user_id: int, at: datetime) -> None:
        self.end_sessions(user_id)
        self.spoil_links(user_id, at)
        self.revoke_tokens(user_id, at)

    def _hold_admins(self) -> bool:
        """Let whoever else changes an administrator wait, so that two cannot take each other's place away."""
        self._session.scalars(
            select(UserRow.user_id).where(UserRow.role == Role.ADMIN.value).order_by(UserRow.user_id).with_for_update()
        ).all()
        return self._has_admin()

    def _want_an_admin(self, had_admin: bool) -> None:
        if had_admin and not self._has_admin():
            raise Refused("nobody would be left to look after all accounts: make another administrator first")

    def _has_admin(self) -> bool:
        whole = select(UserRow.user_id).where(
            UserRow.role == Role.ADMIN.value, UserRow.agency == "", UserRow.disabled_at.is_(None)
        )
        return self._session.scalar(whole.limit(1)) is not None


def _matching(wanted: UserSearch) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.text:
        found = (column.icontains(wanted.text, autoescape=True) for column in _SEARCHED)
        conditions.append(or_(*found))
    if wanted.role is not None:
        conditions.append(UserRow.role == wanted.role.value)
    if wanted.agency is not None:
        conditions.append(UserRow.agency == wanted.agency)
    if wanted.is_disabled is not None:
        conditions.append(UserRow.disabled_at.is_not(None) if wanted.is_disabled else UserRow.disabled_at.is_(None))
    return conditions


_SEARCHED = (UserRow.login, UserRow.display_name, UserRow.email)
