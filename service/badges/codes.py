"""What is printed on a badge for cameras to read: a token that says nothing to a stranger, or a marker's number.

A code says whose badge it is. It proves nothing: whoever has a picture of the badge can print it again.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from service.errors import SiteInvalid
from service.site_tables import OfficerTable
from vision.observation.badge_code import marker_text

VERSION = "CV1"
TOKEN_LENGTH = 7
"""35 bits: of 1,000 officers any two get the same token with a chance of 1 in 70,000; then that is told."""
CHECK_LENGTH = 4
"""20 bits of a CRC."""


@dataclass(frozen=True, slots=True)
class BadgeCode:
    """The codes of one officer.

    Attributes:
        qr: Text of the QR code, such as ``CV1:K5TQ2ZA:F7XU``: capitals and digits, so that 21 x 21 modules suffice.
        marker: Number of the ArUco marker; None where the officer has none.
    """

    officer_id: str
    qr: str
    marker: int | None


def token_of(officer_id: str) -> str:
    """Return the token of an officer: always the same, and no name, even where the id is one."""
    digest = hashlib.sha256(f"{VERSION}\x1f{officer_id}".encode()).digest()
    return base64.b32encode(digest).decode()[:TOKEN_LENGTH]


def qr_text(officer_id: str) -> str:
    """Return the text of an officer's QR code: version, token, check."""
    token = token_of(officer_id)
    return f"{VERSION}:{token}:{check_of(token)}"


def check_of(token: str) -> str:
    """Return what catches a token that was misread or typed wrong."""
    return base64.b32encode(zlib.crc32(token.encode()).to_bytes(4, "big")).decode()[:CHECK_LENGTH]


def badge_codes(officers: Sequence[OfficerTable]) -> list[BadgeCode]:
    """Return the codes of officers.

    Raises:
        SiteInvalid: Two of them would have the same token.
    """
    codes = [BadgeCode(officer.id, qr_text(officer.id), officer.badge_code) for officer in officers]
    owner: dict[str, str] = {}
    for code in codes:
        other = owner.setdefault(code.qr, code.officer_id)
        if other != code.officer_id:
            raise SiteInvalid(
                [f"officers {other!r} and {code.officer_id!r} have the same badge token: give one of them another id"]
            )
    return codes


def known_codes(officers: Sequence[OfficerTable]) -> dict[str, str]:
    """Return whose badge each legible text is: text to id of the officer. Raises `SiteInvalid`."""
    codes = badge_codes(officers)
    known = {code.qr: code.officer_id for code in codes}
    return known | {marker_text(code.marker): code.officer_id for code in codes if code.marker is not None}
