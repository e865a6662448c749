"""Note what a program does to a folder, and make the folder as a power cut at any moment may leave it.

The rules are those that every file system keeps: the bytes of a file outlast the cut as they were when the file was
last flushed, a name as its folder was when that was last flushed. Of what came later each change may be there or not.
After a rename both names may be there, never none: file systems with a journal, or that copy on write, keep to that.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass(slots=True)
class File:
    """A file, whatever its names are.

    Attributes:
        content: Its bytes now.
        mode: Its mode now.
    """

    content: bytes = b""
    mode: int = 0o600


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was done.

    Attributes:
        kind: ``name`` (a folder's name now means this file, folder or nothing), ``bytes`` or ``mode`` of a file, or
            ``sync`` of a file or folder.
        where: Folder of the name, or the file.
        name: The name.
        what: What the name means, the bytes, or the mode.
        ends_rename: The name means nothing any more because the change before gave the file another one.
    """

    kind: str
    where: str | int
    name: str = ""
    what: object = None
    ends_rename: bool = False


@dataclass(slots=True)
class Recorder:
    """Everything that was done, in its order."""

    changes: list[Change] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    opened: dict[int, str | int] = field(default_factory=dict)

    def note(self, kind: str, where: str | int, name: str = "", what: object = None) -> None:
        self.changes.append(Change(kind, where, name, what))

    def name(self, path: Any, what: object) -> None:
        folder, name = os.path.split(os.fspath(path))
        self.note("name", folder, name, what)

    def on_open(self, descriptor: int, path: Any, flags: int) -> None:
        if (flags & os.O_TMPFILE) == os.O_TMPFILE:
            return
        place = os.fspath(path)
        if flags & os.O_DIRECTORY:
            self.opened[descriptor] = place
            return
        if flags & os.O_CREAT and place not in self.numbers:
            self.numbers[place] = len(self.files)
            self.files.append(File())
            self.name(place, self.numbers[place])
        if place in self.numbers:
            self.opened[descriptor] = self.numbers[place]

    def on_replace(self, source: Any, target: Any) -> None:
        number = self.numbers.pop(os.fspath(source))
        self.numbers[os.fspath(target)] = number
        self.name(target, number)
        folder, name = os.path.split(os.fspath(source))
        self.changes.append(Change("name", folder, name, ends_rename=True))

    def on_unlink(self, path: Any) -> None:
        self.numbers.pop(os.fspath(path), None)
        self.name(path, None)


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Note what is done in the block with the calls of `os`."""
    recorder = Recorder()
    real = {name: getattr(os, name) for name in CALLS}

    def wrap(name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            result = real[name](*arguments, **named)
            _note(recorder, name, arguments, result)
            return result

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, wrap(name))
        yield recorder


CALLS = ("open", "close", "write", "fsync", "fchmod", "replace", "unlink", "mkdir", "rmdir")


def _note(recorder: Recorder, name: str, arguments: tuple[Any, ...], result: Any) -> None:
    first = arguments[0]
    if name == "open":
        recorder.on_open(result, first, arguments[1])
    elif name == "close":
        recorder.opened.pop(first, None)
    elif name in ("write", "fsync", "fchmod") and first in recorder.opened:
        where = recorder.opened[first]
        kind = {"write": "bytes", "fsync": "sync", "fchmod": "mode"}[name]
        recorder.note(kind, where, what=bytes(arguments[1][:result]) if name == "write" else (*arguments, None)[1])
    elif name == "replace":
        recorder.on_replace(first, arguments[1])
    elif name == "unlink":
        recorder.on_unlink(first)
    elif name == "mkdir":
        recorder.name(first, "folder")
    elif name == "rmdir":
        recorder.name(first, None)


def after_power_cut(changes: list[Change], top: Path, into: Path, luck: random.Random | None) -> None:
    """Make a folder as it may be after the cut.

    Args:
        changes: What was done up to the cut.
        top: The folder that it was done in, which was there before.
        into: Where to make it.
        luck: Which of the changes that were not flushed are there nevertheless; None for none of them.
    """
    outlasts = [_outlasts(number, changes, luck) for number in range(len(changes))]
    kept = [
        change
        for number, change in enumerate(changes)
        if outlasts[number] and not (change.ends_rename and not outlasts[number - 1])
    ]
    files: dict[int, File] = {}
    names: dict[str, dict[str, object]] = {}
    for change in kept:
        if change.kind == "name":
            names.setdefault(str(change.where), {})[change.name] = change.what
        elif change.kind == "bytes":
            assert isinstance(change.where, int) and isinstance(change.what, bytes)
            files.setdefault(change.where, File()).content += change.what
        elif change.kind == "mode":
            assert isinstance(change.where, int) and isinstance(change.what, int)
            files.setdefault(change.where, File()).mode = change.what
    into.mkdir()
    _write(names, files, str(top), into)


def _outlasts(number: int, changes: list[Change], luck: random.Random | None) -> bool:
    change = changes[number]
    if any(later.kind == "sync" and later.where == change.where for later in changes[number + 1 :]):
        return True
    return luck is not None and luck.random() < 0.5


def _write(names: dict[str, dict[str, object]], files: dict[int, File], folder: str, into: Path) -> None:
    for name, what in names.get(folder, {}).items():
        if what == "folder":
            (into / name).mkdir()
            _write(names, files, f"{folder}/{name}", into / name)
        elif isinstance(what, int):
            file = files.get(what, File())
            (into / name).write_bytes(file.content)
            (into / name).chmod(file.mode)
