"""Passwords: hashed with argon2, checked in about the same time whoever asks, slowed down when guessed."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

from service.api.password_rules import PASSWORD_MAX_CHARS
from service.db.accounts import AccountRepository
from service.db.records import UserRecord

FREE_FAILURES = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(hours=1)

_HASHER = PasswordHash.recommended()


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return _HASHER.hash(password)


def check_password(accounts: AccountRepository, login: str, password: str, *, at: datetime) -> UserRecord | None:
    """Return the user if login and password fit and the account is not paused; count what fails.

    An unknown login costs as much time as a wrong password, so that the answer does not tell who has an account.
    """
    user = accounts.find_user(login)
    stored = user.password_hash if user is not None else None
    fits = _verify(password, stored or _nobodys_hash()) and stored is not None
    if user is None:
        return None
    if user.locked_until is not None and at < user.locked_until:
        return None
    if not fits:
        until = locked_until(accounts.note_failure(user.user_id, at), at)
        if until is not None:
            accounts.lock(user.user_id, until)
        return None
    # guesses that were checked at the same time may have locked the account meanwhile
    if user.has_totp:  # what failed is forgotten once the second factor fits too: else it could be guessed for ever
        return user if accounts.is_free(user.user_id, at) else None
    return user if accounts.note_success(user.user_id, at) else None


def locked_until(failures: int, at: datetime) -> datetime | None:
    """Return until when an account pauses after so many failures: twice as long for each one too many.

    Nothing counts during a pause; after it, failures go on counting from where they stood.
    """
    if failures < FREE_FAILURES:
        return None
    doublings = min(failures - FREE_FAILURES, 20)
    return at + min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def _verify(password: str, stored: str) -> bool:
    if len(password) > PASSWORD_MAX_CHARS:
        return False
    try:
        return _HASHER.verify(password, stored)
    except PwdlibError:  # a hash of another kind: no password fits it
        return False


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
