"""What a detector is: frames in, detections out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class PartDetector(Detector, Protocol):
    """Can also be asked about a part of a picture: at the same scale as about the whole, for less than that costs."""

    def parts(self, size_px: tuple[int, int]) -> Sequence[tuple[int, int]]:
        """Return width and height, in pixels of such a picture, of the parts that there are; the cheapest first."""
        ...

    def detect_part(self, frame: Frame, part: Box) -> Detections:
        """Find what is in one part, which has one of these sizes; boxes in pixels of the whole frame."""
        ...


class PersonLooker(Protocol):
    """Looks closely at single persons."""

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        """Return one `Look` per person, in order."""
        ...
