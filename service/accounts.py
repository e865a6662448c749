"""Who may sign in: what the operator does with users from the command line. Each step is in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from service.api.account_changes import known_to, note_account
from service.api.account_rules import Account, fault_of_login, faults_of
from service.api.auth import Work, work_in
from service.api.context import WebContext
from service.api.password_rules import fault_of_password
from service.api.passwords import hash_password
from service.db.accounts import AccountRepository
from service.db.records import Role, UserRecord
from service.errors import NotFound, Refused, ServiceError
from service.rights import Reach
from service.wiring import Parts, pen_of

LINK_LASTS = timedelta(hours=24)


@contextmanager
def _working(parts: Parts) -> Iterator[Work]:
    """Open a transaction in which the operator, who is nobody's account, changes accounts."""
    with work_in(WebContext(parts.database, parts.store, parts.clock, pen_of(parts))) as work:
        yield work


def sign_in_token(parts: Parts, login: str, *, name: str, role: Role) -> str:
    """Return the token of a fresh one-time link, making the user where there is none."""
    with _working(parts) as work:
        user = work.accounts.find_user(login) or _add(work, login, Account(name, role), None)
        return _link(work, user)


def add_user(parts: Parts, login: str, account: Account, *, password: str | None) -> str | None:
    """Store a user with a password, or without one and a one-time link, whose token is returned.

    Raises:
        ServiceError: The login is taken, the account does not fit its role, or the password will not do.
    """
    hashed = None if password is None else _hash_of_new(password, login, account.display_name)
    with _working(parts) as work:
        fault = fault_of_login(login)
        faults = ((fault,) if fault else ()) + faults_of(account, known_to(work.sites))
        if faults:
            raise ServiceError("\n".join(faults))
        if work.accounts.has_name(login):
            raise ServiceError(f"there is already a user {login!r}, or one with this address; choose another login")
        if work.accounts.has_name(account.email):
            raise ServiceError(f"another account has the address {account.email}")
        if account.role is Role.OFFICER and account.officer_id in work.accounts.officers_with_account():
            raise ServiceError(f"officer {account.officer_id} has an account already")
        user = _add(work, login, account, hashed)
        return _link(work, user) if password is None else None


def find_user(parts: Parts, login: str) -> UserRecord:
    """Return a user; raises `NotFound`."""
    with parts.database.transaction() as session:
        user = AccountRepository(session).find_user(login)
    if user is None:
        raise NotFound(f"no user {login!r}; `congvu user add` makes one")
    return user


def link_user(parts: Parts, login: str) -> str:
    """Return the token of a fresh one-time link for a user; raises `NotFound`, `Refused`."""
    user = find_user(parts, login)
    if user.disabled_at is not None:
        raise Refused(f"user {login!r} is locked out; `congvu user enable {login}` lets them in again")
    with _working(parts) as work:
        return _link(work, user)


def set_password(parts: Parts, user: UserRecord, password: str) -> None:
    """Give a user a new password; sessions, links and tokens of theirs end."""
    hashed = _hash_of_new(password, user.login, user.display_name)
    with _working(parts) as work:
        work.accounts.set_password(user.user_id, hashed, work.now())
        note_account(work, None, user.user_id, "password")


def disable_user(parts: Parts, login: str) -> None:
    """Leave a user nothing to sign in with; verdicts keep the name. Raises `NotFound`, `Refused`."""
    user = find_user(parts, login)
    with _working(parts) as work:
        work.accounts.disable(user.user_id, parts.clock.now())
        note_account(work, None, user.user_id, "locked_out")


def enable_user(parts: Parts, login: str) -> str:
    """Let a user in again; returns the token of a one-time link. Raises `NotFound`."""
    user = find_user(parts, login)
    with _working(parts) as work:
        work.accounts.enable(user.user_id)
        note_account(work, None, user.user_id, "let_in")
        return _link(work, user)


def reset_factor(parts: Parts, login: str) -> None:
    """Switch a user's second factor off; sessions and tokens of theirs end. Raises `NotFound`."""
    user = find_user(parts, login)
    with _working(parts) as work:
        work.accounts.reset_factor(user.user_id, work.now())
        note_account(work, None, user.user_id, "factor_reset")


def _add(work: Work, login: str, account: Account, hashed: str | None) -> UserRecord:
    user = work.accounts.add_user(
        login,
        display_name=account.display_name,
        role=account.role,
        password_hash=hashed,
        at=work.now(),
        reach=Reach(account.agency or None, account.unit or None, account.officer_id),
        email=account.email,
    )
    note_account(work, None, user.user_id, "made", role=str(account.role), officer=account.officer_id)
    return user


def _link(work: Work, user: UserRecord) -> str:
    note_account(work, None, user.user_id, "link")
    return work.accounts.make_link(user.user_id, at=work.now(), lasts=LINK_LASTS)


def _hash_of_new(password: str, login: str, name: str) -> str:
    fault = fault_of_password(password, login=login, name=name)
    if fault:
        raise ServiceError(fault)
    return hash_password(password)
