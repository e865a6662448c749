"""Evidence in local folders."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from service.errors import (
    EvidenceExists,
    EvidenceHeld,
    EvidenceMissing,
    EvidenceUnreachable,
    StoreFull,
    StoreUnwritable,
)
from service.evidence import durable, files
from service.evidence.keys import PART, folder_of, parts_of, place_before, places_aside
from service.evidence.store import Room, StoredObject
from service.evidence.sums import sum_of_file

PARTS_FOLDER = ".parts"
"""Where objects are written before they have their name: one folder, so that what was left there is found at once."""
LEFT_AFTER = timedelta(hours=1)
"""No put takes as long; what is older was left by a process that was killed."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalStore:
    """Objects as files under one folder: written under a temporary name, flushed, then renamed.

    A file that nobody may write is held: mode 0400, else 0600. The mode alone would not stop root, so it is asked for
    before each change. Symbolic links inside the folder are not followed.

    Raises:
        StoreUnwritable: The folder cannot be made or written. A full one opens: it can be read.
    """

    def __init__(self, folder: Path) -> None:
        try:
            durable.make_folder(folder)
            self._folder = folder.resolve()
            self._parts = self._folder / PARTS_FOLDER
            durable.make_folder(self._parts)
            _try_writing(self._folder)
            self.sweep_parts()
        except OSError as error:
            raise StoreUnwritable(
                f"{folder}: cannot be written: {error.strerror}. Choose another data folder or change its owner"
            ) from None

    def put(self, key: str, content: bytes) -> str:
        """Store an object whole or not at all; the same key again replaces it. Returns its sha256."""
        path = self._path(key)
        with self._changing(path), durable.part_of(content, self._parts) as part:
            with self._locked():
                self._refuse_held(path, key)
                durable.move(part, path)
            durable.sync_up(path.parent, self._folder)
        return hashlib.sha256(content).hexdigest()

    def put_once(self, key: str, content: bytes) -> str:
        """Store an object under a key that nothing has yet; the same bytes again are no error. Returns its sha256."""
        path, sha256 = self._path(key), hashlib.sha256(content).hexdigest()
        with self._changing(path):
            while not self._was_placed(path, content):
                try:
                    there = self._sha256_of(key)
                except EvidenceMissing:
                    continue  # it was deleted meanwhile
                if there != sha256:
                    raise EvidenceExists(
                        f"evidence {key} is in the store with other bytes: sha256 {there}, not {sha256}"
                    )
                break
            # also where it was there: whoever put it may not have come to this yet
            durable.sync_up(path.parent, self._folder)
        return sha256

    def open(self, key: str) -> BinaryIO:
        """Open an object for reading. Raises `EvidenceMissing`, `EvidenceUnreachable`."""
        path = self._path(key)
        try:
            if files.is_behind_link(path) or files.found(path) is None:
                self._require_folder()
                raise EvidenceMissing(f"evidence {key} is not in the store")
            return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
        except OSError as error:
            if error.errno in files.NOT_THERE:
                raise EvidenceMissing(f"evidence {key} is not in the store") from None
            raise EvidenceUnreachable(f"evidence {key} cannot be read: {error.strerror}") from None

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        path = self._path(key)
        with self._changing(path):
            with self._locked():
                if self._refuse_held(path, key) is None:
                    return
                os.unlink(path)
            durable.sync_up(path.parent, self._folder)
            self._tidy(path.parent)

    def hold(self, key: str) -> None:
        """Let an object be neither deleted nor replaced nor moved. Raises `EvidenceMissing`."""
        self._set_mode(key, files.HELD_MODE)

    def release(self, key: str) -> None:
        """End a hold. Raises `EvidenceMissing`."""
        self._set_mode(key, durable.WRITABLE)

    def stored(self, prefix: str = "") -> Iterator[StoredObject]:
        """Go through what lies under a folder, sorted by key. Raises `EvidenceUnreachable`."""
        folder = folder_of(prefix)
        try:
            self._require_folder()
            top = self._folder / folder
            if not files.is_behind_link(top / "any") and top.is_dir():
                yield from files.walk(top, f"{folder}/" if folder else "")
        except OSError as error:
            raise EvidenceUnreachable(f"{self._folder}: cannot be read: {error}") from None

    def room(self) -> Room:
        """Return the room of the disk that the folder is on. Raises `EvidenceUnreachable`."""
        try:
            disk = os.statvfs(self._folder)
        except OSError as error:
            raise EvidenceUnreachable(f"{self._folder}: cannot be read: {error.strerror}") from None
        # what is kept back for root is not free for us
        return Room(total_bytes=disk.f_blocks * disk.f_frsize, free_bytes=disk.f_bavail * disk.f_frsize)

    def set_aside(self, key: str, reason_folder: str) -> str:
        """Move an object to ``quarantine/REASON_FOLDER/KEY``, numbered where that is taken. Returns its new key."""
        path, places = self._path(key), places_aside(key, reason_folder)
        with self._changing(path):
            with self._locked():
                if self._refuse_held(path, key) is None:
                    raise EvidenceMissing(f"evidence {key} is not in the store")
                aside = next(place for place in places if not os.path.lexists(self._path(place)))
                self._move(path, self._path(aside))
            self._settle(path, self._path(aside))
        return aside

    def restore(self, quarantine_key: str) -> str:
        """Move an object that was set aside to where it was. Returns its key from now on."""
        key = place_before(quarantine_key)
        aside, path = self._path(quarantine_key), self._path(key)
        with self._changing(path):
            with self._locked():
                if self._refuse_held(aside, quarantine_key) is None:
                    raise EvidenceMissing(f"evidence {quarantine_key} is not in the store")
                if os.path.lexists(path):
                    raise EvidenceExists(f"evidence {key} is in the store: {quarantine_key} stays in quarantine")
                self._move(aside, path)
            self._settle(aside, path)
        return key

    def sweep_parts(self) -> int:
        """Remove what processes left half written that were killed. Returns how many there were."""
        now = _now_of(self._parts / "lock")
        removed = 0
        for part in self._parts.glob(f"*{PART}"):
            with contextlib.suppress(FileNotFoundError):  # another process takes it away at the same time
                if now - part.stat().st_mtime > LEFT_AFTER.total_seconds():
                    part.unlink()
                    removed += 1
        return removed

    def _was_placed(self, path: Path, content: bytes) -> bool:
        if files.found(path) is not None:
            return False
        with durable.part_of(content, self._parts) as part, self._locked():
            if files.found(path) is not None:
                return False
            durable.move(part, path)
        return True

    def _sha256_of(self, key: str) -> str:
        with self.open(key) as file:
            return sum_of_file(file)

    def _set_mode(self, key: str, mode: int) -> None:
        path = self._path(key)
        with self._changing(path), self._locked():
            if files.found(path) is None:
                raise EvidenceMissing(f"evidence {key} is not in the store")
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.fchmod(descriptor, mode)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _move(self, source: Path, target: Path) -> None:
        _refuse_link(target)
        durable.make_way(target, self._folder)
        durable.move(source, target)

    def _settle(self, source: Path, target: Path) -> None:
        # the new name first: a power cut between the two leaves both names, never none
        durable.sync_up(target.parent, self._folder)
        durable.sync_up(source.parent, self._folder)
        self._tidy(source.parent)

    def _tidy(self, folder: Path) -> None:
        # only once the end of the last name in it is on the disk, and while nobody is about to put anything there
        with self._locked():
            durable.remove_empty(folder, self._folder)

    def _refuse_held(self, path: Path, key: str) -> os.stat_result | None:
        seen = files.found(path)
        if seen is not None and files.is_held(seen):
            raise EvidenceHeld(f"evidence {key} is held: release it first")
        return seen

    @contextlib.contextmanager
    def _changing(self, path: Path) -> Iterator[None]:
        try:
            _refuse_link(path)
            yield
        except EvidenceUnreachable as error:
            raise StoreUnwritable(str(error)) from None
        except OSError as error:
            message = f"{path}: cannot be written: {error.strerror}"
            if error.errno in FULL:
                raise StoreFull(f"{message}. Make room on the disk") from None
            raise StoreUnwritable(message) from None

    def _locked(self) -> AbstractContextManager[None]:
        return durable.locked(self._parts / "lock")

    def _require_folder(self) -> None:
        """An empty folder where a disk should be would read as if all evidence were lost."""
        if not self._parts.is_dir():
            raise EvidenceUnreachable(f"{self._folder}: the evidence folder is not there. Is its disk mounted?")

    def _path(self, key: str) -> Path:
        return self._folder.joinpath(*parts_of(key))


def _refuse_link(path: Path) -> None:
    if files.is_behind_link(path):
        raise StoreUnwritable(f"{path}: cannot be written: a symbolic link leads there, and none is followed")


def _try_writing(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        if error.errno not in FULL:
            raise


def _now_of(path: Path) -> float:
    """Tell the time by the clock that stamps the files, which on a network drive is not this computer's."""
    with durable.locked(path):
        os.utime(path)
        return path.stat().st_mtime
