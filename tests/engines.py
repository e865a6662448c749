"""A real engine in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STARTS_WITHIN_S = 120.0
_MAIN = """
import sys
from pathlib import Path
from service.workers.engine import serve_engine
serve_engine(Path(sys.argv[1]), streams=2, device=sys.argv[2])
"""


def start_engine(address: Path, device: str = "") -> subprocess.Popen[bytes]:
    """Start one, and do not wait for it."""
    return subprocess.Popen([sys.executable, "-c", _MAIN, str(address), device], cwd=ROOT, stdout=subprocess.DEVNULL)


@contextmanager
def running_engine(address: Path, device: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Run one that listens at ``address``; it is ended in the end."""
    process = start_engine(address, device)
    try:
        wait_until_there(address)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()


def wait_until_there(address: Path) -> None:
    """Wait until something is at an address."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not address.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no engine at {address}")
        time.sleep(0.05)


def held_by(process: int) -> tuple[int, int]:
    """How many descriptors a process holds, and how many shared memories of connections it has mapped."""
    descriptors = os.listdir(f"/proc/{process}/fd")
    mapped = Path(f"/proc/{process}/maps").read_text(encoding="utf-8")
    return len(descriptors), mapped.count("memfd:congvu-engine")
