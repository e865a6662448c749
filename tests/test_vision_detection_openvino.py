"""Nets of OpenVINO in several threads at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.commands import ROOT, environment

FIRST_LOOKS_AT_ONCE = """
import sys, threading
import numpy as np
from models.catalog import load_catalog
from vision.detection.openvino import OpenVinoNet

sys.setswitchinterval(1e-6)
entry, start = load_catalog()["pose"], threading.Barrier(2)

def look():
    net = OpenVinoNet(entry, threads=1)
    start.wait()
    net.infer(np.zeros((*net.input_px, 3), np.uint8))

threads = [threading.Thread(target=look) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.timeout(280)
def test_the_first_looks_of_two_threads_at_once_do_not_wait_for_each_other_for_ever() -> None:
    # it takes bad luck, about once in eight: so a few times
    running = [
        subprocess.Popen([sys.executable, "-c", FIRST_LOOKS_AT_ONCE], cwd=ROOT, env=environment()) for _ in range(6)
    ]
    try:
        assert [0] * 6 == [process.wait(timeout=240) for process in running]
    finally:
        for process in running:
            process.kill()
