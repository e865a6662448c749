"""A real disk that is soon full: a small file system of its own, mounted for one test."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SIZE_BYTES = 8 * 1024 * 1024
FILE_SYSTEMS = ("tmpfs", "ext4")


@contextmanager
def small_disk(file_system: str, folder: Path) -> Iterator[Path]:
    """Mount 8 MiB; the test is skipped where that is not allowed, which it mostly is for root alone."""
    mounted = folder / "disk"
    mounted.mkdir()
    if file_system == "tmpfs":
        wanted = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(mounted)]
    else:
        image = folder / "disk.img"
        with image.open("wb") as file:
            file.truncate(SIZE_BYTES)
        _need("mkfs.ext4", ["mkfs.ext4", "-q", "-m", "0", str(image)])
        wanted = ["mount", "-o", "loop", str(image), str(mounted)]
    _need("mount", wanted)
    try:
        yield mounted
    finally:
        subprocess.run(["umount", str(mounted)], check=True, capture_output=True)


def _need(program: str, command: list[str]) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program} for a disk that is soon full")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a small disk cannot be had here: {done.stderr.strip()}")
