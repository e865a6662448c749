"""One process of ours: started from a fork server, so that all share what they have loaded, and the line to it."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

Work = Callable[[Connection], None]
"""What a process does, with its end of the line. It must be possible to pickle it."""

PRELOADED = "service.workers.preloaded"
NAME_LETTERS = 15
"""So much of a process's name the kernel keeps."""


def fork_server() -> ForkServerContext:
    """Return what starts processes; each begins as a copy of one that has loaded all that a camera needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([PRELOADED])
    return context


class Child:
    """A process that may be started again and again.

    The line to it is the only thing that it must listen to: when this process dies in whatever way, the line ends.
    """

    def __init__(self, name: str, context: ForkServerContext) -> None:
        self.name = name
        self._context = context
        self._process: BaseProcess | None = None
        self._line: Connection | None = None

    @property
    def pid(self) -> int | None:
        """Its number while it runs."""
        return None if self._process is None else self._process.pid

    @property
    def waitable(self) -> list[Connection | int]:
        """What becomes ready when it says something or ends."""
        ready: list[Connection | int] = [] if self._process is None else [self._process.sentinel]
        return ready if self._line is None else [*ready, self._line]

    def start(self, work: Work) -> None:
        """Start it. Raises `OSError` or `EOFError` where the fork server is away; it is a new one the next time."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_begin, args=(self.name, work, theirs), name=self.name, daemon=True)
        try:
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()  # else the line would not end with the process
        self._process, self._line = process, ours

    def take_words(self) -> list[object]:
        """Return what it has said since this was last asked."""
        words: list[object] = []
        try:
            while self._line is not None and self._line.poll():
                words.append(self._line.recv())
        except (EOFError, OSError):
            self._hang_up()
        return words

    def tell(self, word: object) -> None:
        """Say something to it; one that is gone hears nothing."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.send(word)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()

    @property
    def exit_code(self) -> int | None:
        """How it ended, below zero for the signal that ended it; None while it runs, or where none was started."""
        return None if self._process is None else self._process.exitcode

    def forget(self) -> None:
        """Let go of a process that has ended, once all it said has been taken."""
        # when the fork server was killed its processes count as ended, and live on until their line ends
        self._hang_up()
        if self._process is not None:
            self._process.close()
            self._process = None

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def _begin(name: str, work: Work, line: Connection) -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name[:NAME_LETTERS])  # for those who look with `ps` or `top`
    work(line)
