"""Heads of a journal that were given out: whoever keeps one can show that the journal was changed since."""

from __future__ import annotations

import json
from dataclasses import dataclass

from service.evidence.offline.faults import Fault, fault
from service.evidence.offline.journal_rows import HEAD_DOMAIN, canonical, is_signed, sum_of
from service.evidence.offline.timestamps import TokenBroken, check_token

HEADS = "published heads"


@dataclass(frozen=True, slots=True)
class GivenHead:
    """A head that somebody kept.

    Attributes:
        size: How many rows the journal had; root: of its tree, in hexadecimal digits.
        content: What is signed: canonical JSON.
        token: RFC 3161 timestamp of it (DER); empty where there is none.
    """

    size: int
    root: str
    key_id: str
    content: bytes
    signature: bytes
    token: bytes


def head_from(line: bytes) -> GivenHead:
    """Read a line of the file of heads. Raises ValueError."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is no head of a journal: it is not JSON") from None
    try:
        head = value["head"]
        if not isinstance(head["size"], int) or isinstance(head["size"], bool):
            raise ValueError("is no head of a journal: size is no whole number")
        return GivenHead(
            head["size"],
            str(head["root"]),
            str(head["key"]),
            canonical(head),
            bytes.fromhex(value["signature"]),
            bytes.fromhex(value["token"]),
        )
    except (KeyError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(f"is no head of a journal: {type(error).__name__}") from None


def head_faults(head: GivenHead, *, root: bytes, key_id: str, public_key: bytes) -> list[Fault]:
    """Check a head against the journal that it is said to be of.

    Args:
        root: Of the journal's first ``head.size`` rows.
        key_id: Of the key in force after them; ``public_key`` is that key.
    """
    name = f"{HEADS}, {head.size} rows"
    found = []
    if root.hex() != head.root:
        found.append(fault(name, "head_differs", size=head.size))
    if head.key_id != key_id or not is_signed(public_key, head.signature, HEAD_DOMAIN + head.content):
        found.append(fault(name, "head_unsigned"))
    if head.token:
        try:
            check_token(head.token, bytes.fromhex(sum_of(head.content)))
        except TokenBroken as error:
            found.append(fault(name, "timestamp_broken", why=str(error)))
    return found
