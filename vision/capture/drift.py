"""Hold a stream's clock against ours: does it jump, does it run away? Pure, but for the moments handed in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from vision.types import CameraId, Fault, FaultKind, RunId


@dataclass(frozen=True, slots=True)
class DriftParams:
    """What counts as a clock that cannot be trusted.

    Attributes:
        bucket: Of so much time only the least delayed picture counts: a network delays, and never hurries.
        window: The rate is measured over this long: 1 % is 0.6 s then, far above what is left of the delays.
        rate: Running faster or slower than ours by (faulty, normal), as a share.
        steady_for: So long after a jump it must not have jumped again.
    """

    bucket: timedelta = timedelta(seconds=5)
    window: timedelta = timedelta(seconds=60)
    rate: tuple[float, float] = (0.005, 0.0025)
    steady_for: timedelta = timedelta(seconds=20)


class ClockFaults:
    """Tells `FaultKind.TIME_DRIFT` of one run of one camera."""

    def __init__(self, camera_id: CameraId, run_id: RunId, params: DriftParams | None = None) -> None:
        self._camera_id = camera_id
        self._run_id = run_id
        self._params = params or DriftParams()
        self._opened: Fault | None = None
        self._jumped_at: datetime | None = None
        self._zero: datetime | None = None
        self._buckets: deque[tuple[int, float]] = deque()

    def note_picture(self, stream_s: float, now: datetime) -> list[Fault]:
        """Take a picture's own time, seconds, and when it arrived; return what opens or ends."""
        self._zero = self._zero or now
        elapsed_s = (now - self._zero).total_seconds()
        self._sort_in(int(elapsed_s // self._params.bucket.total_seconds()), stream_s - elapsed_s)
        rate = self._rate()
        faulty, normal = self._params.rate
        if self._opened is None and rate is not None and abs(rate) >= faulty:
            told = f"the stream's clock runs {abs(rate) * 100:.1f} % {'fast' if rate > 0 else 'slow'}"
            return self._open(now - self._params.window, told)
        is_steady = self._jumped_at is None or now - self._jumped_at >= self._params.steady_for
        if self._opened is not None and is_steady and (rate is None or abs(rate) < normal):
            ended = replace(self._opened, ended_at=max(now, self._opened.started_at))
            self._opened = None
            return [ended]
        return []

    def note_jump(self, by: timedelta, now: datetime) -> list[Fault]:
        """The stream's clock was found to be off by this much, and is timed anew from now on."""
        self._jumped_at = now
        self.note_new_link()
        if self._opened is not None:
            return []
        return self._open(now, f"the stream's clock jumped by {by.total_seconds():+.1f} s")

    def note_new_link(self) -> None:
        """The link was made anew: the stream's times start anywhere."""
        self._buckets.clear()

    def _open(self, started_at: datetime, detail: str) -> list[Fault]:
        self._opened = Fault(self._camera_id, self._run_id, FaultKind.TIME_DRIFT, started_at, None, detail)
        return [self._opened]

    def _sort_in(self, bucket: int, ahead_s: float) -> None:
        if self._buckets and self._buckets[-1][0] == bucket:
            self._buckets[-1] = (bucket, max(ahead_s, self._buckets[-1][1]))
            return
        self._buckets.append((bucket, ahead_s))
        while (bucket - self._buckets[0][0]) * self._params.bucket > self._params.window:
            self._buckets.popleft()

    def _rate(self) -> float | None:
        """Return how much faster the stream's clock runs than ours; None before a whole window was seen."""
        whole = list(self._buckets)[:-1]  # the latest is still being filled
        if len(whole) < 4 or (whole[-1][0] - whole[0][0] + 1) * self._params.bucket < self._params.window:
            return None
        at_s = np.array([number for number, _ in whole]) * self._params.bucket.total_seconds()
        return float(np.polyfit(at_s, np.array([ahead for _, ahead in whole]), 1)[0])
