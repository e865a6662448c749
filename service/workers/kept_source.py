"""A camera as its process hands it on: every picture is a turn, and what the process before missed is a gap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from service.workers.pulse import Pulse
from vision.capture.passed_on import PassedOn
from vision.capture.source import LiveSource
from vision.types import Frame, Gap, GapReason


class KeptSource(PassedOn):
    """Passes a live source on.

    Its first item is a `Gap` from ``left_at``, when a process that is gone saw something last, to the first picture;
    none where no process was lost.
    """

    def __init__(
        self,
        source: LiveSource,
        pulse: Pulse,
        left_at: datetime | None = None,
        *,
        beside: AbstractContextManager[object] | None = None,
    ) -> None:
        """Take a source, and what runs for as long as it is read."""
        super().__init__(source)
        self._live = source
        self._pulse = pulse
        self._left_at = left_at
        self._beside = nullcontext() if beside is None else beside

    def items(self) -> Iterator[Frame | Gap]:
        """Yield what the camera sends. Raises `CaptureError`."""
        self._wait()
        try:
            with self._beside:
                for item in self._source.items():
                    self._pulse.beat()
                    if isinstance(item, Frame):
                        self._pulse.has_worked = True
                        yield from self._missed(item)
                    yield item
                    self._wait()
        finally:
            self._pulse.beat()

    def _wait(self) -> None:
        self._pulse.wait_for(lambda: self._live.turns)

    def _missed(self, first: Frame) -> Iterator[Gap]:
        left_at, self._left_at = self._left_at, None
        # a clock that was set back meanwhile leaves nothing to tell
        if left_at is not None and left_at < first.captured_at:
            yield Gap(self.camera_id, self.run_id, left_at, first.captured_at, GapReason.RESTARTED)
