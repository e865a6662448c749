"""What is done beside the watching of a camera, turn by turn, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

import structlog

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=1)
ENDS_WITHIN = timedelta(seconds=5)


class Task(Protocol):
    """Something that is done again and again."""

    def turn(self) -> None:
        """Do what there is to do."""
        ...

    def finish(self) -> None:
        """Do what is left; nothing comes after this."""
        ...


class Turns:
    """Runs tasks for as long as the block lasts. What fails is logged and tried again: it stops no watching."""

    def __init__(self, name: str, tasks: Sequence[Task]) -> None:
        self._name = name
        self._tasks = tasks
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._failed: set[str] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(ENDS_WITHIN.total_seconds())

    def _run(self) -> None:
        while True:
            is_last = self._stop.wait(EVERY.total_seconds())
            for task in self._tasks:
                try:
                    task.turn()
                    if is_last:
                        task.finish()
                except Exception as error:
                    if repr(error) not in self._failed:
                        log.error("failed, tried again", task=self._name, error=repr(error))
                    self._failed.add(repr(error))
            if is_last:
                return
