"""Which files under a folder are evidence: plain files with a key for a name, reached through no symbolic link."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from service.evidence.keys import is_key
from service.evidence.store import StoredObject

NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG})
HELD_MODE = 0o400
FOREIGN = frozenset({"lost+found"})
"""What a file system puts into its own top folder."""


def found(path: Path) -> os.stat_result | None:
    """Look at an object; None where there is none: a folder and a link are none. Raises `OSError`."""
    try:
        seen = os.lstat(path)
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise
    return seen if stat.S_ISREG(seen.st_mode) else None


def is_held(seen: os.stat_result) -> bool:
    """Tell whether nobody may write a file. The mode alone would not stop root."""
    return not seen.st_mode & stat.S_IWUSR


def is_behind_link(path: Path) -> bool:
    """Tell whether a link leads to the folder that a file is in, or would be in."""
    return os.path.realpath(path.parent) != str(path.parent)


def walk(folder: Path, before: str = "") -> Iterator[StoredObject]:
    """Go through the objects under a folder, sorted by key. Raises `OSError`.

    Args:
        folder: Where to look.
        before: What stands before the names in this folder in a key: nothing, or a folder with its slash.
    """
    for name in _names_in(folder):
        key = before + name
        if name.endswith("/"):
            if key.removesuffix("/") not in FOREIGN:
                yield from walk(folder / name, key)
        elif (seen := found(folder / name)) is not None and is_key(key):
            modified_at = datetime.fromtimestamp(seen.st_mtime, UTC)
            yield StoredObject(key, seen.st_size, modified_at, is_held(seen))


def _names_in(folder: Path) -> list[str]:
    """List a folder in the order of keys: there the name of a folder goes on with its slash."""
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name + ("/" if entry.is_dir(follow_symlinks=False) else "")
                for entry in entries
                if not entry.name.startswith(".") and not entry.is_symlink()
            ]
    except FileNotFoundError:  # it was emptied and removed meanwhile
        return []
    return sorted(names)
