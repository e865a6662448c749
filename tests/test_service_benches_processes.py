"""Processes and those that they start, as Linux counts them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from service.benches.over_time import Sample, sample_of, told_of
from service.benches.processes import Taken, family

STARTS_ANOTHER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "room = bytearray(60_000_000); print('up', flush=True); input()"],
                         stdin=subprocess.PIPE)
sum(range(10_000_000))
input()
child.communicate(b"\\n")
"""


def test_a_process_is_counted_with_those_it_started() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_ANOTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert "up\n" == parent.stdout.readline()
        taken = family([parent.pid])
        parent.communicate("\n")
    assert parent.pid in [each.pid for each in taken]
    assert 2 == len(taken)
    child = next(each for each in taken if each.pid != parent.pid)
    assert 57 < child.memory_mb < 120
    assert child.name.startswith("python")


def test_computing_is_counted() -> None:
    (before,) = (each for each in family([os.getpid()]) if each.pid == os.getpid())
    while (after := next(each for each in family([os.getpid()]) if each.pid == os.getpid())).cpu_s < before.cpu_s + 0.1:
        sum(range(1_000_000))
    assert after.cpu_s < before.cpu_s + 10


def test_who_has_ended_has_no_family() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
        assert [] == family([ended.pid])


def test_open_files_and_threads_are_counted(tmp_path: Path) -> None:
    def own() -> Taken:
        return next(each for each in family([os.getpid()]) if each.pid == os.getpid())

    before, end = own(), threading.Event()
    others = [threading.Thread(target=end.wait) for _ in range(3)]
    with ExitStack() as opened:
        for i in range(5):
            opened.enter_context((tmp_path / str(i)).open("w"))
        for other in others:
            other.start()
        during = own()
        end.set()
        for other in others:
            other.join()
    assert (before.open_files + 5, before.threads + 3) == (during.open_files, during.threads)


def test_growth_is_told_by_the_medians_of_the_quarters() -> None:
    def at(minute: int) -> Sample:
        taken = [Taken(1, "cam-01", 0.0, 50.0, 5, 3), Taken(2, "engine", 0.0, 100.0 + minute, 10 + minute // 50, 4)]
        return sample_of(taken, ["cam-01"], 60.0 * minute)

    told = told_of([at(minute) for minute in range(100)])
    assert {
        "memory_mb": [162.0, 187.0, 212.0, 237.0],
        "cameras_mb": [50.0] * 4,
        "open_files": [15, 15, 16, 16],
        "threads": [7] * 4,
        "processes": [2] * 4,
    } == told["quarters"]
    assert 100 == len(told["samples"])


def test_a_short_window_has_fewer_quarters() -> None:
    assert {"memory_mb": [1.0], "cameras_mb": [0], "open_files": [1], "threads": [1], "processes": [1]} == told_of(
        [sample_of([Taken(1, "x", 0.0, 1.0, 1, 1)], [], 5.0)]
    )["quarters"]
