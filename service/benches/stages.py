"""What each stage of the pipeline takes: computing time of the whole process, counted to the innermost stage."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from vision.capture.groups import GroupDecoder
from vision.closeup import CloseUp
from vision.detection.closelook import OpenVinoLooker
from vision.detection.wholeframe import NetDetector
from vision.health.monitor import HealthMonitor
from vision.observation.entrance import Entrance
from vision.observation.presence import PresenceObserver
from vision.observation.waiting import WaitingObserver
from vision.pipeline import Pipeline
from vision.rules.rulebook import Rulebook
from vision.tracking.bytetrack import ByteTrack

SPOTS: dict[str, tuple[tuple[type, str], ...]] = {
    "decode": ((GroupDecoder, "_feed"),),
    "glance": ((Pipeline, "advance"),),
    "health": ((HealthMonitor, "advance"),),
    "detect": ((NetDetector, "detect"),),
    "detect in a part": ((NetDetector, "detect_part"),),
    "track": ((ByteTrack, "update"),),
    "observe": ((PresenceObserver, "observe"), (WaitingObserver, "observe"), (Entrance, "advance")),
    "choose whom": ((CloseUp, "observe"),),
    "close looks": ((OpenVinoLooker, "look"),),
    "rules": ((Rulebook, "advance"),),
}
"""Where each stage begins. ``glance`` is what the pipeline does itself: small pictures, comparing, pacing, placing."""


@dataclass(slots=True)
class StageClock:
    """Adds up computing time by stage; a stage inside another is not counted to the outer one.

    Attributes:
        cpu_s: Of all threads of the process, by stage.
        calls: How often each stage was entered.
        now: Computing time so far, seconds.
    """

    now: Callable[[], float] = time.process_time
    cpu_s: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _since_s: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what the block takes to a stage."""
        self._charge()
        self.calls[name] = self.calls.get(name, 0) + 1
        self._open.append(name)
        try:
            yield
        finally:
            self._charge()
            self._open.pop()

    def _charge(self) -> None:
        """Give the time since the last change to the stage that is innermost now."""
        at = self.now()
        if self._open:
            name = self._open[-1]
            self.cpu_s[name] = self.cpu_s.get(name, 0.0) + at - self._since_s
        self._since_s = at


@contextmanager
def clocked(clock: StageClock) -> Iterator[None]:
    """Let every pipeline of this process count its stages, as long as the block runs."""
    kept = [(owner, method, owner.__dict__[method]) for spots in SPOTS.values() for owner, method in spots]
    try:
        for stage, spots in SPOTS.items():
            for owner, method in spots:
                setattr(owner, method, _counted(clock, stage, owner.__dict__[method]))
        yield
    finally:
        for owner, method, plain in kept:
            setattr(owner, method, plain)


def _counted(clock: StageClock, stage: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def counted(*arguments: Any, **named: Any) -> Any:
        with clock.stage(stage):
            return plain(*arguments, **named)

    return counted
