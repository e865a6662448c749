"""Keep processes going: start them, start them again, end those that hang, and tell systemd how it is."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Protocol

import structlog

from service.evidence.disk import DiskState, DiskWatch
from service.workers import restarts, watchdog
from service.workers.child import Child, Work, fork_server
from service.workers.line import GIVEN_UP, GivenUp, Word
from service.workers.restarts import PATIENCE, Due, Patience, Phase
from service.workers.watchdog import Watchdog

log = structlog.get_logger(__name__)

TURN_S = 0.5
STOPS_WITHIN_S = 4.5
"""Who has not finished by then is killed: with the engine after it, a stop takes less than 5 s."""
ENGINE_STOPS_WITHIN_S = 1.0
STUCK_AFTER_S = 30.0
"""A process that is there for so long after it should have been killed cannot be: systemd begins the whole anew."""


class Job(Protocol):
    """One thing that a process is to do as long as the service runs."""

    @property
    def name(self) -> str:
        """Name of its process."""
        ...

    def next_work(self) -> Work:
        """Return what the next process is to do."""
        ...

    def note_works(self) -> None:
        """A process has done what it is for at least once."""
        ...

    def note_lost(self, reason: str) -> None:
        """A process ended that was not asked to; another will follow."""
        ...

    def note_over(self) -> None:
        """No process of it is there, and none will follow."""
        ...


class Kept:
    """One job with its process."""

    def __init__(self, job: Job, child: Child, now_s: float) -> None:
        self.job = job
        self.child = child
        self.upkeep = restarts.to_be_started(now_s)
        self.failure: str | None = None
        self.disk_told: DiskState | None = None
        self.is_killed = False


class Supervisor(threading.Thread):
    """Keeps the processes of some jobs going until stopped, or until all of them are given up.

    Attributes:
        failures: Why jobs were given up.
    """

    def __init__(
        self,
        engine: Job,
        jobs: Sequence[Job],
        *,
        disk: DiskWatch,
        dog: Watchdog,
        patience: Patience = PATIENCE,
    ) -> None:
        """Take jobs and the engine that all of them need; ``disk`` is passed on to their processes."""
        super().__init__(name="supervisor")
        self.failures: list[str] = []
        self._disk = disk
        self._dog = dog
        self._patience = patience
        context, now_s = fork_server(), time.monotonic()
        self._engine = Kept(engine, Child(engine.name, context), now_s)
        self._jobs = [Kept(job, Child(job.name, context), now_s) for job in jobs]
        self._stop_asked = threading.Event()
        self._woken, self._waker = os.pipe()
        self._is_ready = False
        self._told = ""

    @property
    def pids(self) -> dict[str, int]:
        """The numbers of the processes that are there, by name."""
        found = {kept.job.name: kept.child.pid for kept in self._all}
        return {name: pid for name, pid in found.items() if pid is not None}

    def stop(self) -> None:
        """Ask it to end all processes, and itself, within 5 s."""
        self._stop_asked.set()
        os.write(self._waker, b".")

    def run(self) -> None:
        """Keep them going."""
        try:
            while not self._stop_asked.is_set() and any(kept.upkeep.phase is not Phase.GIVEN_UP for kept in self._jobs):
                self._turn()
        finally:
            self._dog.tell(watchdog.STOPPING)
            self._end(self._jobs, STOPS_WITHIN_S)
            self._end([self._engine], ENGINE_STOPS_WITHIN_S)

    @property
    def _all(self) -> list[Kept]:
        return [self._engine, *self._jobs]

    def _turn(self) -> None:
        for kept in self._all:
            self._hear(kept)
            if self._stop_asked.is_set():
                return
            self._do_due(kept)
        self._tell_systemd()
        self._wait(self._all, TURN_S)

    def _do_due(self, kept: Kept) -> None:
        self._take_words(kept)  # while another job was seen to, it may have said that it is well
        now_s = time.monotonic()
        match restarts.due(kept.upkeep, now_s, self._patience):
            case Due.START:
                self._start(kept)
            case Due.KILL if not kept.is_killed:
                log.error("hangs, killed", process=kept.job.name, silent_s=round(now_s - kept.upkeep.heard_s))
                kept.is_killed = True
                kept.child.kill()
            case _:
                self._pass_on_disk(kept)

    def _start(self, kept: Kept) -> None:
        kept.is_killed, kept.disk_told = False, None
        try:
            kept.child.start(kept.job.next_work())
        except Exception as error:
            # a full process table, a fork server that was killed: tried again like one that fell
            log.error("process not started", process=kept.job.name, error=repr(error))
            kept.upkeep = self._note_ended(kept)
            return
        kept.upkeep = restarts.note_started(kept.upkeep, time.monotonic())

    def _note_ended(self, kept: Kept) -> restarts.Upkeep:
        jitter = random.uniform(0.8, 1.2)
        return restarts.note_ended(kept.upkeep, time.monotonic(), jitter=jitter, patience=self._patience)

    def _pass_on_disk(self, kept: Kept) -> None:
        """Whether there is room for evidence, one thread of this process knows."""
        state, told = self._disk.state, kept.disk_told
        if state.room is None or kept.upkeep.phase is not Phase.RUNNING:
            return  # nobody has looked
        if told is None or (told.level, told.is_locked_high) != (state.level, state.is_locked_high):
            kept.disk_told = state
            kept.child.tell(state)

    def _wait(self, some: Sequence[Kept], seconds: float) -> None:
        waitable: list[Connection | int] = [ready for kept in some for ready in kept.child.waitable]
        if self._woken in wait([*waitable, self._woken], timeout=max(seconds, 0)):
            os.read(self._woken, 1)

    def _hear(self, kept: Kept) -> None:
        code = self._take_ended(kept)
        if code is None:
            return
        if code == GIVEN_UP and kept.failure is not None:
            log.error("given up", process=kept.job.name, reason=kept.failure)
            self.failures.append(kept.failure)
            kept.upkeep = restarts.note_given_up(kept.upkeep)
            return
        kept.upkeep = self._note_ended(kept)
        reason = "hung and was killed" if kept.is_killed else f"ended by {words_of(code)}"
        pause_s = kept.upkeep.since_s - time.monotonic()
        log.error("process lost, started again", process=kept.job.name, reason=reason, after_s=round(pause_s, 1))
        self._safely(kept, lambda: kept.job.note_lost(reason))

    def _take_ended(self, kept: Kept) -> int | None:
        """Take in what a process has said, and return how it ended, if it has."""
        code = kept.child.exit_code  # before its words: the last one is said before the end
        self._take_words(kept)
        if code is not None:
            kept.child.forget()
        return code

    def _take_words(self, kept: Kept) -> None:
        for word in kept.child.take_words():
            match word:
                case Word.TURNS:
                    kept.upkeep = restarts.note_heard(kept.upkeep, time.monotonic())
                case Word.WORKS:
                    kept.job.note_works()
                case Word.DISK_FULL:
                    kept.disk_told = None
                    self._disk.note_full()
                case GivenUp(reason):
                    kept.failure = reason

    def _safely(self, kept: Kept, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            # a database that is away must not end the watching
            log.error("not stored", process=kept.job.name, error=repr(error))

    def _tell_systemd(self) -> None:
        stuck_s = self._patience.silent_most_s + STUCK_AFTER_S
        now_s = time.monotonic()
        if any(restarts.is_silent(kept.upkeep, now_s, stuck_s) for kept in self._all):
            return
        messages = [watchdog.ALIVE]
        if not self._is_ready and all(kept.upkeep.phase is not Phase.WAITING for kept in self._all):
            self._is_ready = True
            messages.append(watchdog.READY)
        words = status_words([kept.upkeep.phase for kept in self._jobs])
        if words != self._told:
            self._told = words
            messages.append(watchdog.status(words))
        self._dog.tell(*messages)

    def _end(self, some: Sequence[Kept], within_s: float) -> None:
        """Ask to stop, wait, and kill who has not ended."""
        until_s = time.monotonic() + within_s
        for kept in some:
            kept.child.tell(Word.STOP)
        running = [kept for kept in some if kept.child.pid is not None]
        while running and time.monotonic() < until_s:
            self._wait(running, min(TURN_S, until_s - time.monotonic()))
            running = [kept for kept in running if self._take_ended(kept) is None]
        for kept in running:
            log.error("does not stop, killed", process=kept.job.name, after_s=within_s)
            kept.child.kill()
        while running and time.monotonic() < until_s + 1:
            self._wait(running, TURN_S)
            running = [kept for kept in running if self._take_ended(kept) is None]
        for kept in some:
            self._safely(kept, kept.job.note_over)


def words_of(exit_code: int) -> str:
    """Say how a process ended; -9 is the signal SIGKILL."""
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"


def status_words(phases: Sequence[Phase]) -> str:
    """Say in one line how many cameras are watched."""
    running, given_up = phases.count(Phase.RUNNING), phases.count(Phase.GIVEN_UP)
    words = f"{running} of {len(phases)} cameras watched"
    return f"{words}, {given_up} given up" if given_up else words
