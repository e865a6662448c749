"""Changes in a folder that outlast a power cut once they are said to be done."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from service.evidence.keys import PART

OURS_ONLY = 0o700
WRITABLE = 0o600


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each of them to stay. Raises `OSError`."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=OURS_ONLY if each == folder else 0o777, exist_ok=True)
        with contextlib.suppress(PermissionError):  # what we may enter but not list was not made by us just now
            sync_folder(each.parent)


@contextlib.contextmanager
def part_of(content: bytes, folder: Path) -> Iterator[Path]:
    """Write content to the disk, under a name that nobody else uses; what the block leaves of it is removed.

    Raises:
        OSError: It cannot be written; nothing is left.
    """
    # where the file of one object is named after its key, two processes write into the same one
    part = folder / f"{secrets.token_hex(12)}{PART}"
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, WRITABLE)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        yield part
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)


def move(source: Path, target: Path) -> None:
    """Let a file take a name, in place of what had it; folders are made. Only `sync_up` makes it stay."""
    os.makedirs(target.parent, mode=OURS_ONLY, exist_ok=True)
    os.replace(source, target)


def make_way(target: Path, top: Path) -> None:
    """Make the folders that lead to a file, to stay before it comes: else a power cut may end its old name alone."""
    os.makedirs(target.parent, mode=OURS_ONLY, exist_ok=True)
    sync_up(target.parent, top)


def sync_up(folder: Path, top: Path) -> None:
    """Make the names in a folder, and those of the folders that lead to it from `top`, outlast a power cut.

    All of them each time: whoever made one of these folders may have been killed before he came to this.
    """
    while True:
        with contextlib.suppress(FileNotFoundError):  # it was emptied and removed meanwhile
            sync_folder(folder)
        if folder == top:
            return
        folder = folder.parent


def sync_folder(folder: Path) -> None:
    """Make the names in one folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder, and those above it, as far as nothing is in them."""
    with contextlib.suppress(OSError):  # it is not empty
        while folder != top:
            os.rmdir(folder)
            folder = folder.parent


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other threads and processes out that use the same lock file. It ends with the process."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, WRITABLE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
