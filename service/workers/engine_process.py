"""The process of the engine: it serves, and a thread beside listens to the supervisor and tells it that it is there."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

from service.workers.line import Word

TELLS_EVERY_S = 1.0
STOPS_WITHIN_S = 0.8


def run_engine(address: Path, device: str, line: Connection) -> None:
    """Serve the cameras until the supervisor says stop or is gone. Raises as `serve_engine` does."""
    from service.workers.engine import serve_engine  # with OpenVINO, which no other process is to load

    threading.Thread(target=_listen, args=(line,), name="listen", daemon=True).start()
    serve_engine(address, device=device)
    os._exit(0)  # at once: taking down OpenVINO in order takes longer than a stop may


def _listen(line: Connection) -> None:
    """Tell that we are there, until told to stop; who does not stop by SIGTERM then is ended."""
    try:
        word: object = None
        while word is not Word.STOP:
            line.send(Word.TURNS)
            if line.poll(TELLS_EVERY_S):
                word = line.recv()
    except (EOFError, OSError):
        pass  # the supervisor is gone
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOPS_WITHIN_S)
    os._exit(1)
