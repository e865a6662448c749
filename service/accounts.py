"""Who may sign in: what the operator does with users from the command line."""

from __future__ import annotations

from datetime import timedelta

from service.api.passwords import hash_password
from service.db.accounts import AccountRepository
from service.db.records import Role, UserRecord
from service.errors import NotFound, ServiceError
from service.wiring import Parts

LINK_LASTS = timedelta(hours=24)
PASSWORD_MIN_CHARS = 12


def sign_in_token(parts: Parts, login: str, *, name: str, role: Role) -> str:
    """Return the token of a fresh one-time link, making the user where there is none."""
    at = parts.clock.now()
    with parts.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user(login) or accounts.add_user(
            login, display_name=name, role=role, password_hash=None, at=at
        )
        return accounts.make_link(user.user_id, at=at, lasts=LINK_LASTS)


def add_user(parts: Parts, login: str, *, name: str, role: Role, password: str | None) -> str | None:
    """Store a user with a password, or without one and a one-time link, whose token is returned."""
    at = parts.clock.now()
    hashed = None if password is None else _hash_of_new(password)
    with parts.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.add_user(login, display_name=name, role=role, password_hash=hashed, at=at)
        return accounts.make_link(user.user_id, at=at, lasts=LINK_LASTS) if password is None else None


def find_user(parts: Parts, login: str) -> UserRecord:
    """Return a user; raises `NotFound`."""
    with parts.database.transaction() as session:
        user = AccountRepository(session).find_user(login)
    if user is None:
        raise NotFound(f"no user {login!r}; `congvu user add` makes one")
    return user


def link_user(parts: Parts, login: str) -> str:
    """Return the token of a fresh one-time link for a user; raises `NotFound`."""
    user = find_user(parts, login)
    with parts.database.transaction() as session:
        return AccountRepository(session).make_link(user.user_id, at=parts.clock.now(), lasts=LINK_LASTS)


def set_password(parts: Parts, user: UserRecord, password: str) -> None:
    """Give a user a new password and end every session of theirs."""
    hashed = _hash_of_new(password)
    with parts.database.transaction() as session:
        AccountRepository(session).set_password(user.user_id, hashed)


def disable_user(parts: Parts, login: str) -> None:
    """Leave a user nothing to sign in with; verdicts keep the name. Raises `NotFound`."""
    user = find_user(parts, login)
    with parts.database.transaction() as session:
        AccountRepository(session).disable(user.user_id, parts.clock.now())


def _hash_of_new(password: str) -> str:
    if len(password) < PASSWORD_MIN_CHARS:
        raise ServiceError(f"the password is too short: wanted at least {PASSWORD_MIN_CHARS} characters")
    return hash_password(password)
