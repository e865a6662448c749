"""What a detector is: frames in, detections out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vision.types import Box, Detections, Frame, Look, TrackKey


class Detector(Protocol):
    """Finds things in whole frames. All implementations pass `tests/contracts/test_detectors.py`."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, by class_id."""
        ...

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return one `Detections` per frame, in order, boxes in pixels of the original frame."""
        ...


class PersonLooker(Protocol):
    """Looks closely at single persons."""

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        """Return one `Look` per person, in order."""
        ...
