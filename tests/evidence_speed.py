"""Measure how long a store takes for a clip of 2 MB: ``python -m tests.evidence_speed FOLDER``."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from service.evidence.local import LocalStore
from tests.evidence_places import read

CLIP_BYTES = 2_000_000
TIMES = 200


def main(folder: Path) -> None:
    """Print median and 95th percentile of each thing that is done to a clip, in its own folder as clips are."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = LocalStore(Path(place))
        content = os.urandom(CLIP_BYTES)

        def key(number: int) -> str:
            return f"camera/2026-10-05/event-{number}/clip.mp4"

        report("put", lambda number: store.put(key(number), content))
        report("put again", lambda number: store.put(key(number), content))
        report("put_once, there already", lambda number: store.put_once(key(number), content))
        report("read", lambda number: read(store, key(number)))
        report("hold", lambda number: store.hold(key(number)))
        report("release", lambda number: store.release(key(number)))
        report("set_aside", lambda number: store.set_aside(key(number), "speed"))
        report("delete", lambda number: store.delete(f"quarantine/speed/{key(number)}"))


def report(name: str, work: Callable[[int], object]) -> None:
    """Do something many times and print how long it took."""
    took = []
    for number in range(TIMES):
        began = time.perf_counter()
        work(number)
        took.append((time.perf_counter() - began) * 1000)
    print(f"{name:24} median {statistics.median(took):6.2f} ms, p95 {statistics.quantiles(took, n=20)[-1]:6.2f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
