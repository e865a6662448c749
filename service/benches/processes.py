"""What processes take: computing time and memory, as Linux counts them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process has taken so far.

    Attributes:
        name: As the kernel keeps it.
        cpu_s: Of all its threads, and of those it started that have ended and were waited for.
        memory_mb: Its share of the memory: what several share counts to each in parts (PSS); 0 of one that has ended.
        open_files: Files, sockets and pipes; 0 of one that has ended.
    """

    pid: int
    name: str
    cpu_s: float
    memory_mb: float
    open_files: int
    threads: int


def family(roots: Iterable[int]) -> list[Taken]:
    """Return processes and all that they started, directly or not, as far as they live."""
    known: dict[int, _Stat] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            told = _stat(folder)
            if told is not None:
                known[int(folder.name)] = told
    wanted = set(roots) & set(known)
    while True:
        more = {pid for pid, told in known.items() if told.parent in wanted} - wanted
        if not more:
            break
        wanted |= more
    return [
        Taken(pid, known[pid].name, known[pid].cpu_s, _memory_mb(pid), _open_files(pid), known[pid].threads)
        for pid in sorted(wanted)
    ]


class _Stat(NamedTuple):
    parent: int
    name: str
    cpu_s: float
    threads: int


def _stat(folder: Path) -> _Stat | None:
    """Return what the kernel tells; None where it has ended meanwhile."""
    try:
        before, _, after = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = after.split()
    ticks = sum(int(field) for field in fields[11:15])
    return _Stat(int(fields[1]), before.partition("(")[2], ticks / os.sysconf("SC_CLK_TCK"), int(fields[17]))


def _open_files(pid: int) -> int:
    try:
        return len(os.listdir(PROC / str(pid) / "fd"))
    except OSError:
        return 0  # it has ended


def _memory_mb(pid: int) -> float:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0  # it has ended
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
