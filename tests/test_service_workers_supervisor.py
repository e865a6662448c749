"""Processes that fall, hang, give up or do not stop: real ones, which do next to nothing."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from service.evidence.disk import DiskState, DiskWatch
from service.evidence.levels import Level
from service.evidence.store import Room
from service.workers.child import Work
from service.workers.line import GIVEN_UP, GivenUp, Word
from service.workers.restarts import Patience
from service.workers.supervisor import Supervisor, words_of
from service.workers.watchdog import Watchdog

LONG_S = 60.0
"""A busy computer may take so long to start a process."""
HURRY = Patience(first_s=0.1, most_s=0.5, good_after_s=60.0, silent_most_s=LONG_S)

pytestmark = pytest.mark.timeout(200)


def work_well(line: Connection) -> None:
    """Tell that it goes on until told to stop."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    line.send(Word.WORKS)
    with suppress(EOFError, OSError):
        while True:
            line.send(Word.TURNS)
            if line.poll(0.2) and line.recv() is Word.STOP:
                break


def hang(line: Connection) -> None:
    """Say nothing and hear nothing."""
    time.sleep(1000)


def never_stop(line: Connection) -> None:
    """Go on whatever is said."""
    while True:
        line.send(Word.TURNS)
        time.sleep(0.2)


def refuse(line: Connection) -> None:
    """End for good."""
    line.send(GivenUp("camera door: refused"))
    os._exit(GIVEN_UP)


def keep_the_disk(file: Path, line: Connection) -> None:
    """Find the disk full, and write down what is told of it."""
    line.send(Word.DISK_FULL)
    with suppress(EOFError, OSError):
        while True:
            line.send(Word.TURNS)
            if line.poll(0.2):
                word = line.recv()
                if isinstance(word, DiskState):
                    file.write_text(word.level.word)
                if word is Word.STOP:
                    return


class Duty:
    """A job that remembers what it was told."""

    def __init__(self, name: str, work: Work = work_well) -> None:
        self.name = name
        self.works = 0
        self.lost: list[str] = []
        self.is_over = False
        self._work = work

    def next_work(self) -> Work:
        return self._work

    def note_works(self) -> None:
        self.works += 1

    def note_lost(self, reason: str) -> None:
        self.lost.append(reason)

    def note_over(self) -> None:
        self.is_over = True


@contextmanager
def supervised(
    *duties: Duty, dog: Watchdog | None = None, disk: DiskWatch | None = None, patience: Patience = HURRY
) -> Iterator[Supervisor]:
    supervisor = Supervisor(
        Duty("engine"), duties, disk=disk or DiskWatch(), dog=dog or Watchdog(None), patience=patience
    )
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        supervisor.join(LONG_S)


def wait_for(condition: Callable[[], object], timeout_s: float = LONG_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def is_there(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be fetched does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.expects_errors
def test_one_that_is_killed_is_started_again_and_no_other_notices() -> None:
    door, hall = Duty("door"), Duty("hall")
    with supervised(door, hall) as supervisor:
        wait_for(lambda: door.works and hall.works)
        before = supervisor.pids
        os.kill(before["door"], signal.SIGKILL)
        wait_for(lambda: door.works == 2)
        after = supervisor.pids
    assert ["ended by SIGKILL"] == door.lost
    assert [] == hall.lost
    assert (before["hall"], before["engine"]) == (after["hall"], after["engine"])
    assert before["door"] != after["door"]


@pytest.mark.expects_errors
def test_one_that_breaks_its_memory_is_started_again() -> None:
    door = Duty("door")
    with supervised(door) as supervisor:
        wait_for(lambda: door.works)
        os.kill(supervisor.pids["door"], signal.SIGSEGV)
        wait_for(lambda: door.works == 2)
    assert ["ended by SIGSEGV"] == door.lost


@pytest.mark.expects_errors
def test_one_that_hangs_is_killed_and_started_again() -> None:
    door = Duty("door", hang)
    with supervised(door, patience=replace(HURRY, silent_most_s=3.0)):
        wait_for(lambda: len(door.lost) >= 2)
    assert {"hung and was killed"} == set(door.lost)


@pytest.mark.expects_errors
def test_when_all_are_given_up_it_ends_and_says_why() -> None:
    door, hall = Duty("door", refuse), Duty("hall", refuse)
    supervisor = Supervisor(Duty("engine"), [door, hall], disk=DiskWatch(), dog=Watchdog(None), patience=HURRY)
    supervisor.start()
    supervisor.join(LONG_S)
    assert not supervisor.is_alive()
    assert ["camera door: refused"] * 2 == supervisor.failures
    assert door.is_over and hall.is_over
    assert {} == supervisor.pids


@pytest.mark.expects_errors
def test_one_that_is_given_up_ends_no_other() -> None:
    door, hall = Duty("door", refuse), Duty("hall")
    with supervised(door, hall) as supervisor:
        wait_for(lambda: supervisor.failures and hall.works)
        time.sleep(1)
        assert supervisor.is_alive()
        assert {"engine", "hall"} == set(supervisor.pids)
    assert [] == door.lost


@pytest.mark.expects_errors
def test_a_stop_takes_less_than_five_seconds_whoever_hangs(logged_errors: object) -> None:
    door, hall = Duty("door", never_stop), Duty("hall")
    with supervised(door, hall, patience=Patience()) as supervisor:
        wait_for(lambda: hall.works and len(supervisor.pids) == 3)
        pids = list(supervisor.pids.values())
        asked_at = time.monotonic()
        supervisor.stop()
        supervisor.join(LONG_S)
        took_s = time.monotonic() - asked_at
    assert 15 > took_s  # five, and ten for a busy computer
    assert not any(is_there(pid) for pid in pids)
    entries = [entry for entry in logged_errors.entries if "does not stop" in entry["event"]]  # type: ignore[attr-defined]
    assert [("door", True)] == [(entry["process"], entry["after_s"] < 5) for entry in entries]
    assert door.is_over and hall.is_over


@pytest.mark.expects_errors
def test_a_fork_server_that_is_killed_is_replaced_and_leaves_no_orphans() -> None:
    door = Duty("door")
    with supervised(door) as supervisor:
        wait_for(lambda: door.works and len(supervisor.pids) == 2)
        before = supervisor.pids
        os.kill(int(Path(f"/proc/{before['door']}/stat").read_text().rpartition(")")[2].split()[1]), signal.SIGKILL)
        wait_for(lambda: door.works == 2)
        wait_for(lambda: not any(is_there(pid) for pid in before.values()))


def test_systemd_is_told_that_all_is_started_well_and_over(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(LONG_S)
        with supervised(Duty("door"), Duty("hall"), dog=Watchdog(address)):
            first = listener.recv(4096).decode().split("\n")
            second = listener.recv(4096).decode().split("\n")
        told = []
        while "STOPPING=1" not in told:
            told += listener.recv(4096).decode().split("\n")
    assert ["WATCHDOG=1", "READY=1", "STATUS=2 of 2 cameras watched"] == first
    assert ["WATCHDOG=1"] == second


@pytest.mark.expects_errors
def test_what_is_known_of_the_disk_reaches_processes_and_theirs_comes_back(tmp_path: Path) -> None:
    disk, file = DiskWatch(), tmp_path / "level"
    disk.note(DiskState(Level.ENOUGH, Room(50, 100)))
    with supervised(Duty("door", partial(keep_the_disk, file)), disk=disk):
        wait_for(lambda: disk.state.level is Level.FULL)
        wait_for(lambda: file.exists() and file.read_text() == Level.FULL.word)
        disk.note(DiskState(Level.TIGHT, Room(9, 100)))
        wait_for(lambda: file.read_text() == Level.TIGHT.word)


@pytest.mark.parametrize(
    ("code", "words"), [(1, "exit code 1"), (0, "exit code 0"), (-11, "SIGSEGV"), (-9, "SIGKILL"), (-200, "signal 200")]
)
def test_how_it_ended_is_said_in_words(code: int, words: str) -> None:
    assert words == words_of(code)
