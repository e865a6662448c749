"""Watch one camera: from its source, through the pipeline, into the recorder."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from service.workers.away import AwayLog
from service.workers.recorder import Recorder
from service.workers.silence import SilenceWatch
from vision.capture.source import Source
from vision.errors import CaptureError, SourceRefused
from vision.pipeline import Pipeline
from vision.types import EndReason, Frame, Gap

log = structlog.get_logger(__name__)

RETRY_AFTER = timedelta(seconds=10)
CHECK_EVERY = timedelta(seconds=5)
"""Time between two looks at whether the scene was changed."""
Progress = Callable[[Frame], None]


def watch(source: Source, pipeline: Pipeline, recorder: Recorder, on_frame: Progress | None = None) -> None:
    """Take every item of a source to its end.

    Raises:
        CaptureError: The source is broken or gave up. What came before is kept.
    """
    last = None
    glances: Counter[str] = Counter()
    reason = EndReason.INTERRUPTED
    try:
        for item in source.items():
            step = pipeline.advance(item)
            at = item.end if isinstance(item, Gap) else item.captured_at
            recorder.note_faults([*step.faults, *source.take_faults()], at)
            if isinstance(item, Gap):
                recorder.note_gap(item)
                recorder.note_events(step.events, item.end)
                recorder.interrupt()
                continue
            last = item.captured_at
            glances[step.glance.value] += 1
            recorder.note_observations(step.observations)
            recorder.note_events(step.events, item.captured_at)
            recorder.note_badge_reads(step.badge_reads)
            recorder.note_picture(item)
            recorder.note_reference(pipeline.reference, item.captured_at)
            recorder.note_frame(item.captured_at, dropped_frames=source.dropped_frames)
            if on_frame is not None:
                on_frame(item)
        reason = EndReason.RECORDING_ENDED
    finally:
        # also when the camera broke off: open events end at their last evidence
        if last is not None:
            step = pipeline.finish(reason)
            recorder.note_faults([*step.faults, *source.take_faults()], last)
            recorder.note_events(step.events, last)
            recorder.note_badge_reads(step.badge_reads)
            recorder.finish(dropped_frames=source.dropped_frames)
            log.info("run over", camera=source.camera_id, dropped=source.dropped_frames, **glances)


class CameraThread(threading.Thread):
    """Watches one live camera until stopped. A camera that is away is tried again, one that refuses us is not.

    Attributes:
        failure: What ended the watching before it was stopped, if anything did.
    """

    def __init__(
        self,
        camera_id: str,
        make: Callable[[], tuple[Source, Pipeline, Recorder]],
        is_current: Callable[[], bool] = lambda: True,
        away: AwayLog | None = None,
        *,
        has_worked: bool = False,
    ) -> None:
        """Take what makes all parts anew for each try; one that ``has_worked`` before is tried again when refused."""
        super().__init__(name=f"watch-{camera_id}")
        self.failure: Exception | None = None
        self._camera_id = camera_id
        self._make = make
        self._is_current = is_current
        self._away = away
        self._checked_at: datetime | None = None
        self._is_remade = False
        self._stop_asked = threading.Event()
        self._source: Source | None = None
        self._has_worked = has_worked

    def stop(self) -> None:
        """Ask it to stop; open events are closed and their clips cut before the thread ends."""
        self._stop_asked.set()
        if self._source is not None:
            self._source.close()
        if self.failure is not None:
            self._note_back()  # given up before

    def run(self) -> None:
        """Watch; whatever ends it for good is handed on in ``failure``."""
        while not self._stop_asked.is_set():
            try:
                self._watch_once()
            except SourceRefused as error:
                self._note_away(error)
                if not self._has_worked:
                    self.failure = error
                    log.error("camera given up", camera=self._camera_id, error=str(error))
                    return
                log.warning("camera refuses us for now", camera=self._camera_id, error=str(error))
            except CaptureError as error:
                self._note_away(error)
                log.warning("camera away", camera=self._camera_id, error=str(error))
            except Exception as error:
                # one fault must not leave a camera unwatched for ever
                self._note_away(error)
                log.error("camera failed, trying again", camera=self._camera_id, error=repr(error))
            if self._is_remade:
                self._is_remade = False
                continue
            self._stop_asked.wait(RETRY_AFTER.total_seconds())
        self._note_back()

    def _watch_once(self) -> None:
        self._source, pipeline, recorder = self._make()
        if self._stop_asked.is_set():
            return  # asked while the source was being made
        with SilenceWatch(self._source, self._away):
            watch(self._source, pipeline, recorder, self._note_frame)

    def _note_away(self, error: Exception) -> None:
        if self._away is not None:
            self._away.note_away(str(error))

    def _note_back(self) -> None:
        if self._away is not None:
            self._away.note_back()

    def _note_frame(self, frame: Frame) -> None:
        self._has_worked = True
        if self._source is None or self._source.silent_since is None:
            self._note_back()  # else it may be what was left in a link that has died
        if self._checked_at is not None and timedelta() <= frame.captured_at - self._checked_at < CHECK_EVERY:
            return
        self._checked_at = frame.captured_at
        if not self._is_remade and self._source is not None and not self._is_current():
            log.info("scene or reference changed, judging begins anew", camera=self._camera_id)
            self._is_remade = True
            self._source.close()
