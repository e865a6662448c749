"""The second factor: codes by the time of day (RFC 6238), good once, and recovery codes for when the app is lost."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import pyotp
import segno

from service.api.passwords import locked_until
from service.db.accounts import AccountRepository
from service.db.records import UserRecord

STEP = timedelta(seconds=30)
DRIFT = 1
"""Steps that a telephone's clock may be off, either way."""
CODES = 10
RECOVERY_GROUPS, RECOVERY_GROUP = 4, 4
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike: 16 of them hold 79 bits
CODE_MAX_CHARS = 40
ISSUER = "Công Vụ"


def new_secret() -> str:
    """Return a fresh secret, 160 bits in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, login: str) -> str:
    """Return the address that an app takes a secret from."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def picture_of(secret: str, login: str) -> str:
    """Return the QR code of a secret as SVG to stand within a page: dark on light in either scheme."""
    return segno.make(address_of(secret, login), error="m").svg_inline(
        dark="#000", light="#fff", border=4, omitsize=True
    )


def step_at(at: datetime) -> int:
    """Return the number of the time step of a moment."""
    return int(at.timestamp()) // int(STEP.total_seconds())


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the time step that a code belongs to, of those near; None where it belongs to none."""
    wanted = "".join(code.split())
    now, found = step_at(at), None
    for step in range(now - DRIFT, now + DRIFT + 1):  # all are compared: time tells nothing
        if secrets.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), wanted.encode()):
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """Return fresh recovery codes, as they are shown."""
    return tuple(
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(RECOVERY_GROUP)) for _ in range(RECOVERY_GROUPS))
        for _ in range(CODES)
    )


def plain_code(code: str) -> str:
    """Return a recovery code as it is stored, whatever of case, spaces and dashes was typed."""
    return "".join(character for character in code.casefold() if character.isalnum())


def check_code(accounts: AccountRepository, user: UserRecord, code: str, *, at: datetime) -> bool:
    """Use up a code of the app, or a recovery code; False, and the attempt counted, where it is not good.

    Each attempt is counted before the code is looked at. From the fifth in vain on the account pauses, each time
    for longer, and no pause resets the count: 5 guesses a pause would otherwise find a code within weeks.
    """
    tried = accounts.count_code(user.user_id, at)
    if tried is None or user.totp_secret is None:
        return False
    if _is_good(accounts, user, user.totp_secret, code, at):
        return accounts.note_success(user.user_id, at)
    until = locked_until(tried, at)
    if until is not None:
        accounts.lock(user.user_id, until)
    return False


def _is_good(accounts: AccountRepository, user: UserRecord, secret: str, code: str, at: datetime) -> bool:
    step = step_of(secret, code, at)
    if step is not None:
        return accounts.use_step(user.user_id, step)
    return accounts.use_recovery_code(user.user_id, plain_code(code), at)


def switch_on(accounts: AccountRepository, user_id: int, secret: str, *, step: int, at: datetime) -> tuple[str, ...]:
    """Switch the second factor on; returns its recovery codes, which are stored nowhere."""
    accounts.set_totp(user_id, secret, step=step, at=at)
    return renew_recovery_codes(accounts, user_id)


def renew_recovery_codes(accounts: AccountRepository, user_id: int) -> tuple[str, ...]:
    """Make new recovery codes in place of those from before; returns them, as they are shown."""
    codes = new_recovery_codes()
    accounts.set_recovery_codes(user_id, [plain_code(code) for code in codes])
    return codes
