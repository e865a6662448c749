"""Others that look at the same recording, each in a process of its own that waits for its turn."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from models.catalog import load_catalog
from models.evaluate import rival
from service.errors import ServiceError
from vision.errors import BackendMissing

BACKENDS = ("torch", "openvino")


class Rival:
    """ultralytics' `track()` in another process."""

    def __init__(self, process: subprocess.Popen[str], said: IO[str]) -> None:
        """Wait until it is loaded; ``said`` is the file that it writes its messages to."""
        self._process = process
        self._said = said
        self._answer()

    def cpu_s(self) -> float:
        """Return the computing seconds of one pass over the recording."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        return float(self._answer()["cpu_s"])

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            answer: dict[str, float] = json.loads(line)
            return answer
        code = self._process.wait()
        self._said.seek(0)
        last = (self._said.read().strip().splitlines() or ["it said nothing"])[-1]
        if code == rival.MISSING:
            raise BackendMissing(
                f"comparing with ultralytics needs it and its tracker: pip install 'congvu[train]'. {last}"
            )
        raise ServiceError(f"ultralytics ended with code {code}: {last}")


@contextmanager
def ultralytics_rivals(video: Path) -> Iterator[dict[str, Rival]]:
    """Start ultralytics with PyTorch and with its OpenVINO export, by the names of the figures.

    Raises:
        BackendMissing: It is not installed.
        ServiceError: It failed.
    """
    checkpoint = load_catalog()["person"].checkpoint
    if checkpoint is None or not checkpoint.is_file():
        raise ServiceError(f"{checkpoint}: no such file; wanted the checkpoint of the net for persons")
    with ExitStack() as stack:
        yield {f"ultralytics_{name}": stack.enter_context(_started(video, checkpoint, name)) for name in BACKENDS}


@contextmanager
def _started(video: Path, checkpoint: Path, backend: str) -> Iterator[Rival]:
    command = [sys.executable, "-m", "models.evaluate.rival", str(video.resolve()), str(checkpoint), backend]
    # nobody reads its messages while it works: a pipe would fill
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True)
        try:
            yield Rival(process, said)
        finally:
            process.kill()
            process.communicate()
