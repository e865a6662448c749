"""Addresses of notifications hold passwords: in the database they are sealed with a key that lies beside it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from service.errors import KeyUnusable
from service.evidence.durable import make_folder, part_of, sync_folder

KEY_FILE = "addresses.key"


class AddressSeal:
    """Seals and opens addresses. Whoever has a copy of the database alone cannot read them."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def seal(self, address: str) -> str:
        """Return what is stored of an address."""
        return self._fernet.encrypt(address.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """Return the address; None where it was sealed with a key that is lost."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def open_seal(folder: Path) -> AddressSeal:
    """Read the key in a folder, making it the first time. Raises `KeyUnusable`."""
    path = folder / KEY_FILE
    try:
        return AddressSeal(_read(path) or _make(path))
    except ValueError:
        raise KeyUnusable(f"{path}: is no key of addresses. Put back the file from your backup, or remove it") from None
    except OSError as error:
        raise KeyUnusable(f"{path}: cannot be read or written: {error.strerror}") from None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _make(path: Path) -> bytes:
    """Make a key. It appears whole or not at all; of two programs that make one at once, the first one's stays."""
    make_folder(path.parent)
    with part_of(Fernet.generate_key(), path.parent) as part, contextlib.suppress(FileExistsError):
        os.link(part, path)
    sync_folder(path.parent)
    return path.read_bytes()
