"""The sum that an object is known by, of a file that is read piece by piece."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

CHUNK_BYTES = 1 << 20


def sum_of_file(file: BinaryIO) -> str:
    """Return the sha256, in hexadecimal digits, of what is left to read in a file."""
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
