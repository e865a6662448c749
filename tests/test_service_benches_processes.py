"""Processes and those that they start, as Linux counts them."""

from __future__ import annotations

import os
import subprocess
import sys

from service.benches.processes import family

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
