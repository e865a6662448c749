"""Loaded once by the fork server: each process of a camera begins as a copy of it and shares its memory.

No thread may run here, and nothing may be opened: a copy has neither the threads nor an own end of what is open.
"""

from __future__ import annotations

import gc
import signal

gc.disable()

import supervision  # noqa: E402, F401
import trackers  # noqa: E402, F401

import service.processes  # noqa: E402, F401

signal.signal(signal.SIGTERM, signal.SIG_IGN)  # of a group that is stopped: who started us says when this is over
gc.freeze()  # what is loaded is never looked at again: that would copy its pages into each process
gc.enable()
