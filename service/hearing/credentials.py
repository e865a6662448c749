"""What the personal page is opened with: a link that cannot be guessed, and a number that comes another way."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

from service.db.account_part import hash_token

TOKEN_BYTES = 32
PIN_DIGITS = 8
_HASHER = PasswordHash.recommended()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Shown once, when they are made; only `token_hash` and `pin_hash` are stored.

    Attributes:
        token: What the link ends in: 256 bits.
        pin: Eight digits.
    """

    token: str
    pin: str

    @property
    def token_hash(self) -> str:
        """What is stored of the link."""
        return hash_token(self.token)

    @property
    def pin_shown(self) -> str:
        """The number in two groups, as it is read out."""
        return f"{self.pin[:4]} {self.pin[4:]}"


def new_credentials() -> Credentials:
    """Make a link and a number."""
    pin = "".join(str(secrets.randbelow(10)) for _ in range(PIN_DIGITS))
    return Credentials(secrets.token_urlsafe(TOKEN_BYTES), pin)


def hash_pin(pin: str) -> str:
    """Return what is stored of a number: argon2, for eight digits are soon tried."""
    return _HASHER.hash(pin)


def is_pin(given: str, pin_hash: str | None) -> bool:
    """Tell whether the number fits. Without a hash nothing does, and finding that out takes as long."""
    digits = re.sub(r"[\s.-]", "", given)
    if not re.fullmatch(rf"[0-9]{{{PIN_DIGITS}}}", digits):
        digits = "x" * PIN_DIGITS  # hashed all the same: the time tells nothing
    try:
        return _HASHER.verify(digits, pin_hash or _nobodys_hash()) and pin_hash is not None
    except PwdlibError:
        return False


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this number")
