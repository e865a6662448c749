"""Write what somebody asked for into a file: as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

from service.errors import StoreUnwritable


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all. Raises `StoreUnwritable`."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise StoreUnwritable(f"{path}: cannot be written: {error.strerror}") from None
