"""What a family of processes holds, again and again: what it leaks grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from service.benches.processes import Taken

SAMPLES = 120
EVERY_LEAST_S = 5.0
QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """What all processes held at one moment.

    Attributes:
        at_s: Since counting began.
        memory_mb: Their shares of the memory (PSS).
        cameras_mb: Those of the cameras' processes alone.
        open_files: Files, sockets and pipes.
    """

    at_s: float
    memory_mb: float
    cameras_mb: float
    open_files: int
    threads: int
    processes: int


def sample_of(taken: Iterable[Taken], cameras: Iterable[str], at_s: float) -> Sample:
    """Add up; ``cameras`` are the names of the cameras' processes."""
    known, every = set(cameras), list(taken)
    return Sample(
        at_s=round(at_s, 1),
        memory_mb=round(sum(each.memory_mb for each in every), 1),
        cameras_mb=round(sum(each.memory_mb for each in every if each.name in known), 1),
        open_files=sum(each.open_files for each in every),
        threads=sum(each.threads for each in every),
        processes=len(every),
    )


def every_s(seconds: float) -> float:
    """Return how far samples of a window of so many seconds lie apart."""
    return max(EVERY_LEAST_S, seconds / SAMPLES)


def told_of(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return JSON values: all samples, and the median of each quarter of the window, which tells growth from noise."""
    figures = ("memory_mb", "cameras_mb", "open_files", "threads", "processes")
    cuts = [round(len(samples) * i / QUARTERS) for i in range(QUARTERS + 1)]
    parts = [samples[first:last] for first, last in pairwise(cuts) if last > first]
    return {
        "quarters": {name: [median(getattr(one, name) for one in part) for part in parts] for name in figures},
        "samples": [asdict(sample) for sample in samples],
    }
