"""Watch one camera: from its source, through the pipeline, into the recorder."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog

from service.workers.recorder import Recorder
from vision.capture.rtsp import RtspSource
from vision.capture.source import Source
from vision.errors import CaptureError, SourceRefused
from vision.pipeline import Pipeline
from vision.types import Frame, Gap

log = structlog.get_logger(__name__)

RETRY_AFTER = timedelta(seconds=10)
Progress = Callable[[Frame], None]


def watch(source: Source, pipeline: Pipeline, recorder: Recorder, on_frame: Progress | None = None) -> None:
    """Take every item of a source to its end.

    Raises:
        CaptureError: The source is broken or gave up. What came before is kept.
    """
    last = None
    try:
        for item in source.items():
            step = pipeline.advance(item)
            if isinstance(item, Gap):
                recorder.note_gap(item)
                recorder.note_events(step.events, item.end)
                recorder.interrupt()
                continue
            last = item.captured_at
            recorder.note_events(step.events, item.captured_at)
            recorder.note_frame(item.captured_at, dropped_frames=_dropped(source))
            if on_frame is not None:
                on_frame(item)
    finally:
        # also when the camera broke off: open events end at their last evidence
        if last is not None:
            recorder.note_events(pipeline.finish().events, last)
            recorder.finish(dropped_frames=_dropped(source))


def keep_watching(make: Callable[[], tuple[Source, Pipeline, Recorder]], camera_id: str, stop: threading.Event) -> None:
    """Watch a live camera until stopped: a camera that is away is tried again, one that refuses us is not."""
    while not stop.is_set():
        source, pipeline, recorder = make()
        closer = threading.Thread(target=_close_on, args=(stop, source), daemon=True)
        closer.start()
        try:
            watch(source, pipeline, recorder)
        except SourceRefused as error:
            log.error("camera refuses us", camera=camera_id, error=str(error))
            return
        except CaptureError as error:
            log.warning("camera away", camera=camera_id, error=str(error))
        stop.wait(RETRY_AFTER.total_seconds())


def _close_on(stop: threading.Event, source: Source) -> None:
    stop.wait()
    source.close()


def _dropped(source: Source) -> int:
    return source.dropped_frames if isinstance(source, RtspSource) else 0
