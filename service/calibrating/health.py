"""`congvu calibrate health`: the faults of a camera in a recording, by its own reference picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from service.calibrating.pictures import read_picture
from vision.capture.file import FileSource, probe
from vision.health.monitor import HealthMonitor
from vision.types import CameraId, Fault, Gap

NAME = CameraId("recording")


@dataclass(frozen=True, slots=True)
class RecordingHealth:
    """The faults of one recording, when it starts and how long it was watched."""

    starts_at: datetime
    lasts: timedelta
    faults: tuple[Fault, ...]


def health_of(recording: Path, reference: Path | None = None) -> RecordingHealth:
    """Watch a recording for faults; without a reference its first good picture becomes it.

    Raises:
        ServiceError, CaptureError: The recording or the picture cannot be read.
    """
    source = FileSource(NAME, probe(recording), allow_jumps=True)
    monitor = HealthMonitor(NAME, source.run_id, None if reference is None else read_picture(reference))
    told: list[Fault] = []
    last = source.starts_at
    for item in source.items():
        if isinstance(item, Gap):
            monitor.note_gap()
            continue
        last = item.captured_at
        told += monitor.advance(item)
    told += monitor.finish(last)
    ended = tuple(fault for fault in told if fault.ended_at is not None)
    return RecordingHealth(source.starts_at, last - source.starts_at, ended)


def as_json(health: RecordingHealth) -> dict[str, Sequence[dict[str, object]]]:
    """Return what stdout gets: each fault in seconds from the start of the recording."""
    return {
        "faults": [
            {
                "kind": str(fault.kind),
                "start_s": round((fault.started_at - health.starts_at).total_seconds(), 1),
                "end_s": round(((fault.ended_at or fault.started_at) - health.starts_at).total_seconds(), 1),
                "detail": fault.detail,
            }
            for fault in health.faults
        ]
    }
