"""What may be the key of evidence, and where evidence goes that is set aside."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from service.errors import EvidenceMissing

PART = ".part"
"""End of the name of what is half written."""
QUARANTINE = "quarantine"


def parts_of(key: str) -> tuple[str, ...]:
    """Return the parts of a key. Raises `EvidenceMissing` where it is none."""
    if not is_key(key):
        raise EvidenceMissing(f"evidence key {key!r} is not a relative path")
    return PurePosixPath(key).parts


def is_key(key: str) -> bool:
    """Tell whether this can be a key: then it has one way to be written, and no two stores read it differently."""
    parts = PurePosixPath(key).parts
    return (
        "/".join(parts) == key != ""
        and key.isprintable()
        and "\\" not in key
        and not any(part.startswith(".") or part.endswith(PART) for part in parts)
    )


def folder_of(prefix: str) -> str:
    """Return the folder that is meant, without a slash at its end. Raises `EvidenceMissing`."""
    return "/".join(parts_of(prefix.removesuffix("/"))) if prefix else ""


def places_aside(key: str, reason_folder: str) -> Iterator[str]:
    """Give the keys that an object may be set aside under, the wanted one first.

    Raises:
        EvidenceMissing: It is no key.
        ValueError: The reason cannot be the name of a folder.
    """
    parts_of(key)
    if not re.fullmatch(r"[a-z0-9-]+", reason_folder):
        raise ValueError(f"reason_folder wants small letters, digits and -, got {reason_folder!r}")
    # the number is the reason's: the key behind it stays as it was, whatever it looks like
    folders = itertools.chain([reason_folder], (f"{reason_folder}.{number}" for number in itertools.count(2)))
    return (f"{QUARANTINE}/{folder}/{key}" for folder in folders)


def place_before(quarantine_key: str) -> str:
    """Return the key that an object had before it was set aside. Raises `EvidenceMissing` where it never was."""
    first, *rest = parts_of(quarantine_key)
    if first != QUARANTINE or len(rest) < 2:
        raise EvidenceMissing(
            f"evidence {quarantine_key} is not in quarantine: its key does not begin with {QUARANTINE}/"
        )
    return "/".join(rest[1:])
