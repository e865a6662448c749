"""Write what somebody asked for into a file: as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from service.errors import StoreUnwritable


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all. Raises `StoreUnwritable`."""
    with writing(path) as out:
        out.write(content)


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, as a whole or not at all. Raises `StoreUnwritable`."""
    with writing(path) as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(content)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its name when the block ends well; else what was there before stays.

    Raises:
        StoreUnwritable: It cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(path)
    except OSError as error:
        raise StoreUnwritable(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
