"""One recording, gone through: by a decoder alone, and by our pipeline; computing time of each."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

import av
import cv2

from service.benches.stages import StageClock, clocked
from service.nets import Nets
from service.site import scene_of
from service.site_tables import CameraTable, Site
from service.watching import build_pipeline
from service.wiring import file_source, load_nets
from vision.attention.interest import LookPaces
from vision.attention.pace import EVERY_FRAME, Glance
from vision.capture.file import Recording, probe
from vision.capture.masked import MaskedSource
from vision.capture.source import Source
from vision.detection.detector import PartDetector
from vision.pipeline import Cadence, Pipeline
from vision.types import Event, Frame, Gap, TrackKey

ONE_PACE = timedelta(milliseconds=400)
EVERY_FRAME_CADENCE = Cadence(
    whole=EVERY_FRAME, close=LookPaces(keen=ONE_PACE, calm=ONE_PACE, still=ONE_PACE), in_parts=False
)
"""The nets are asked about every frame, the whole of it, and about each person at one pace, whatever they do."""

READ_AT_ONCE = 64
"""While stages are measured so many pictures are read before they are looked at: where all are decoded, the decoder's
threads work ahead, and would be counted to whatever stage is at work."""
WARM_UP_FRAMES = 3


@dataclass(frozen=True, slots=True)
class Footage:
    """A recording, and the scene that it is judged by."""

    site: Site
    camera: CameraTable
    recording: Recording

    @classmethod
    def of(cls, site: Site) -> Footage:
        """Take the only camera of a site, whose source is a recording. Raises `CaptureError` where it is none."""
        (camera,) = site.cameras
        return cls(site, camera, probe(Path(camera.source)))

    def source(self) -> Source:
        """Return the recording as a source, black behind the camera's masks."""
        source = file_source(self.camera, self.recording, allow_jumps=True)
        masks = tuple(mask.area for mask in scene_of(self.camera).masks)
        return MaskedSource(source, masks) if masks else source


@dataclass(frozen=True, slots=True)
class Seen:
    """What one pass over a recording took and found.

    Attributes:
        cpu_s: Of all threads of the process.
        glances: What became of the frames.
        events: As they ended, in that order.
    """

    cpu_s: float
    frames: int
    glances: dict[Glance, int]
    events: tuple[Event, ...]


def load_nets_as_served() -> Nets:
    """Load the nets as the service asks them: one thread for each picture, and one for all else of a camera.

    Raises `ServiceError`, `WeightsInvalid`.
    """
    cv2.setNumThreads(1)
    return load_nets(workers=os.cpu_count() or 1)


def decode_alone(path: Path) -> float:
    """Return the computing seconds that PyAV takes to decode every frame with one thread."""
    began_s = time.process_time()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for _ in container.decode(stream):
            pass
    return time.process_time() - began_s


def look_through(footage: Footage, nets: Nets, cadence: Cadence | None = None) -> Seen:
    """Let our pipeline look at a recording once; nothing is stored."""
    source = footage.source()
    pipeline = build_pipeline(footage.camera, footage.site, nets, source.run_id, cadence=cadence)
    began_s = time.process_time()
    glances, events = _advance_all(source.items(), pipeline)
    return Seen(time.process_time() - began_s, sum(glances.values()), dict(glances), tuple(events))


def stages_of(footage: Footage, nets: Nets) -> StageClock:
    """Look once more, and count each stage; ``read`` is one of them: packets, and pictures where all are decoded."""
    source, clock = footage.source(), StageClock()
    pipeline = build_pipeline(footage.camera, footage.site, nets, source.run_id)
    items = source.items()
    with clocked(clock):
        while True:
            with clock.stage("read"):
                ahead = list(islice(items, READ_AT_ONCE))
            if not ahead:
                break
            _advance_all(iter(ahead), pipeline, is_over=False)
        pipeline.finish()
    return clock


def warm_up(footage: Footage, nets: Nets) -> None:
    """Ask every net a few times: what they load at the first question is not counted."""
    frames = [item for item in islice(footage.source().items(), WARM_UP_FRAMES) if isinstance(item, Frame)]
    for frame in frames:
        width_px, height_px = frame.size_px
        nets.detector.detect([frame])
        if isinstance(nets.detector, PartDetector):
            for across_px, down_px in nets.detector.parts(frame.size_px):
                nets.detector.detect_part(frame, (0.0, 0.0, float(across_px), float(down_px)))
        whole = (0.0, 0.0, float(width_px), float(height_px))
        nets.looker.look(frame, [(TrackKey(frame.camera_id, frame.run_id, 0), whole)])


def _advance_all(
    items: Iterator[Frame | Gap], pipeline: Pipeline, *, is_over: bool = True
) -> tuple[Counter[Glance], list[Event]]:
    glances: Counter[Glance] = Counter()
    events: list[Event] = []
    for item in items:
        step = pipeline.advance(item)
        events += [event for event in step.events if event.ended_at is not None]
        if isinstance(item, Frame):
            glances[step.glance] += 1
    if is_over:
        events += pipeline.finish().events
    return glances, events
