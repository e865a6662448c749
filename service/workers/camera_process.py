"""The process of one camera: its thread watches, and this listens to the supervisor and tells it how it is."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection

import structlog

from service.evidence.disk import DiskState, DiskWatch
from service.workers.camera import CameraThread
from service.workers.line import GIVEN_UP, GivenUp, Word
from service.workers.pulse import Pulse

log = structlog.get_logger(__name__)

TELLS_EVERY = timedelta(seconds=1)
PATIENT_FOR = timedelta(seconds=1)
"""So long the picture that is being looked at may take when the watching is to stop."""
ORPHAN_STOPS_WITHIN = timedelta(seconds=4)
"""So long a process has to finish whose supervisor is gone."""


class ToldDisk(DiskWatch):
    """The state of the disk as the supervisor tells it: whoever finds the disk full asks the supervisor to look."""

    def __init__(self) -> None:
        super().__init__()
        self._is_look_wanted = False

    def note_full(self) -> None:
        """A writer met the end of the disk."""
        super().note_full()
        self._is_look_wanted = True

    def take_wanted(self) -> bool:
        """Tell whether somebody should look, once."""
        wanted, self._is_look_wanted = self._is_look_wanted, False
        return wanted


def mind_signals() -> None:
    """Leave Ctrl-C, which reaches every process of a terminal, and SIGTERM of a whole group to the supervisor."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def run_camera(
    thread: CameraThread, line: Connection, *, pulse: Pulse, disk: ToldDisk, let_go: Callable[[], None]
) -> None:
    """Watch until the supervisor says stop or is gone, or the camera is given up; then end the process.

    Args:
        let_go: Ends what the thread may be waiting for when it is to stop.
    """
    thread.start()
    try:
        if _listen(thread, line, pulse=pulse, disk=disk):
            thread.stop()
            thread.join(PATIENT_FOR.total_seconds())
            let_go()
            thread.join(PATIENT_FOR.total_seconds())
            if thread.is_alive() and pulse.is_waiting:
                _leave(0)  # it waits for a camera's very first answer: nothing is open that could be finished
        thread.join()
    except (EOFError, OSError):
        log.warning("the supervisor is gone, this process ends too", process=thread.name)
        thread.stop()
        let_go()
        thread.join(ORPHAN_STOPS_WITHIN.total_seconds())
        _leave(1)
    if thread.failure is not None:
        line.send(GivenUp(str(thread.failure)))
        _leave(GIVEN_UP)
    _leave(0)


def _listen(thread: CameraThread, line: Connection, *, pulse: Pulse, disk: ToldDisk) -> bool:
    """Return whether it was told to stop; else nothing is watched any more. Raises `EOFError` when left alone."""
    has_told_works = False
    while thread.is_alive():
        if pulse.take():
            line.send(Word.TURNS)
        if pulse.has_worked and not has_told_works:
            has_told_works = True
            line.send(Word.WORKS)
        if disk.take_wanted():
            line.send(Word.DISK_FULL)
        if not line.poll(TELLS_EVERY.total_seconds()):
            continue
        word = line.recv()
        if word is Word.STOP:
            return True
        if isinstance(word, DiskState):
            disk.note(word)
    return False


def _leave(code: int) -> None:
    """End at once: nothing is left to do, and a reader that hangs in a decoder would keep the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
