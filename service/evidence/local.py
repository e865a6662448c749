"""Evidence in local folders."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from service.errors import EvidenceMissing, StoreUnwritable

TEMPORARY = ".part"


class LocalStore:
    """Objects as files under one folder: written under a temporary name, flushed, then renamed.

    Raises:
        StoreUnwritable: The folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # clips are for inspectors, not for every user
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise StoreUnwritable(
                f"{folder}: cannot be written: {error.strerror}. Choose another data folder or change its owner"
            ) from None

    def put(self, key: str, content: bytes) -> str:
        """Store an object whole or not at all. Returns its sha256."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # the name of the temporary file follows from the key: what a killed process left is written over
            part = path.with_name(path.name + TEMPORARY)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            raise StoreUnwritable(f"{path}: cannot be written: {error.strerror}") from None
        return hashlib.sha256(content).hexdigest()

    def open(self, key: str) -> BinaryIO:
        """Open an object for reading. Raises `EvidenceMissing`."""
        try:
            return self._path(key).open("rb")
        except OSError:
            raise EvidenceMissing(f"evidence {key} is not in the store") from None

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key).parts
        if not parts or key.startswith("/") or any(part in ("..", ".") for part in parts) or "\\" in key:
            raise EvidenceMissing(f"evidence key {key!r} is not a relative path")
        return self._folder.joinpath(*parts)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
