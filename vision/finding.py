"""Find the persons: in the whole picture, in the part of it that changed, or, where nothing changed, not at all."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.attention.motion import MotionMarks, differs, where_differs
from vision.attention.part import part_around
from vision.detection.boxes import overlaps
from vision.detection.detector import Detector, PartDetector
from vision.types import Box, Detections, FloatArray, Frame, Image

Marks: TypeAlias = NDArray[np.bool_]

WHOLE_EVERY = timedelta(seconds=4)
"""The whole picture is asked about so often, whatever changed."""

EDGE = 0.01
"""Who comes this close to the edge of a part, by the longer side of the picture, may be cut by it."""

CLEAR = 0.5
"""Scores from which there is no doubt. A net sees less of those who are hard to see where it is not shown the room."""

SAME = 0.3
"""Intersection over union from which a doubtful box is a second one of somebody who is seen clearly."""


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """What is known from the latest looks.

    Attributes:
        luma: The small picture, each part of it as it was when it was last asked about.
        whole_at: When the whole picture was.
    """

    luma: Image
    persons: Detections
    whole_at: datetime


class Finder:
    """Remembers, in one run of one camera, who was found in which picture."""

    def __init__(self, detector: Detector, *, in_parts: bool = True) -> None:
        """Take the detector, which must know persons.

        Args:
            in_parts: Whether it may be asked about parts of a picture, if it can be.
        """
        self._detector = detector
        self._parts = detector if in_parts and isinstance(detector, PartDetector) else None
        self._person_class = detector.classes.index("person")
        self._looked: _Looked | None = None

    def forget(self) -> None:
        """What was found holds no longer."""
        self._looked = None

    def has_moved(self, luma: Image) -> bool:
        """Whether a small picture shows something else than what was looked at; so where nothing was yet."""
        return self._looked is None or differs(luma, self._looked.luma, MotionMarks())

    def hold(self, at: datetime) -> Detections | None:
        """Return who was found last, as if found now; None where nothing is known."""
        return None if self._looked is None else replace(self._looked.persons, captured_at=at)

    def look(self, frame: Frame, luma: Image) -> Detections:
        """Ask the net, about as little of the picture as may have changed."""
        looked = self._look_at_part(frame, luma)
        if looked is None:
            persons = self._detector.detect([frame])[0].of_class(self._person_class)
            looked = _Looked(luma, persons, frame.captured_at)
        self._looked = looked
        return looked.persons

    def _look_at_part(self, frame: Frame, luma: Image) -> _Looked | None:
        """Ask about the part that changed; None where the whole must be asked about."""
        before = self._looked
        if self._parts is None or before is None or frame.captured_at - before.whole_at >= WHOLE_EVERY:
            return None
        changed = where_differs(luma, before.luma, MotionMarks())
        if changed is None:
            return None
        part = part_around(changed, before.persons.xyxy_px, frame.size_px, self._parts.parts(frame.size_px))
        if part is None:
            return None
        is_in = _is_in(before.persons.xyxy_px, part)
        known = before.persons.only(is_in)
        if not _is_clear(known):
            return None
        found = self._parts.detect_part(frame, part).of_class(self._person_class)
        is_cut = bool(_at_edge(found.xyxy_px, part, frame.size_px).any())
        # whoever is not seen in a part may be seen in the whole
        if is_cut or not _is_clear(found) or _clear_ones(found) < _clear_ones(known):
            return None
        persons = _together(before.persons.only(~is_in), found)
        return _Looked(_composed(luma, before.luma, part, frame.size_px), persons, before.whole_at)


def _is_in(xyxy_px: FloatArray, part: Box) -> Marks:
    """Tell whose middle lies in a part: of everybody known it holds all or nothing."""
    across, down = xyxy_px[:, 0] + xyxy_px[:, 2], xyxy_px[:, 1] + xyxy_px[:, 3]
    return (across > 2 * part[0]) & (across < 2 * part[2]) & (down > 2 * part[1]) & (down < 2 * part[3])


def _clear_ones(persons: Detections) -> int:
    return int(np.count_nonzero(persons.score >= CLEAR))


def _is_clear(persons: Detections) -> bool:
    """Whether somebody is seen, and nobody doubtfully."""
    clear = persons.score >= CLEAR
    overlap = overlaps(persons.xyxy_px[~clear], persons.xyxy_px[clear])
    return bool(clear.any() and (overlap.max(axis=1, initial=0.0) >= SAME).all())


def _at_edge(xyxy_px: FloatArray, part: Box, size_px: tuple[int, int]) -> Marks:
    """Tell who comes to an edge of a part that is not the picture's own."""
    near = EDGE * max(size_px)
    marks = np.zeros(len(xyxy_px), dtype=np.bool_)
    for i in (0, 1):
        if part[i] > 0:
            marks |= xyxy_px[:, i] < part[i] + near
        if part[i + 2] < size_px[i]:
            marks |= xyxy_px[:, i + 2] > part[i + 2] - near
    return marks


def _together(outside: Detections, found: Detections) -> Detections:
    return replace(
        found,
        xyxy_px=np.concatenate([outside.xyxy_px, found.xyxy_px]),
        score=np.concatenate([outside.score, found.score]),
        class_id=np.concatenate([outside.class_id, found.class_id]),
    )


def _composed(now: Image, then: Image, part: Box, size_px: tuple[int, int]) -> Image:
    """Return the small picture of before with the part that was asked about as it is now."""
    if now.shape != then.shape:
        return now
    height, width = now.shape
    # no pixel that lies in the part only in part: what changes there is noticed once more
    left, right = math.ceil(part[0] * width / size_px[0]), math.floor(part[2] * width / size_px[0])
    top, bottom = math.ceil(part[1] * height / size_px[1]), math.floor(part[3] * height / size_px[1])
    composed = then.copy()
    composed[top:bottom, left:right] = now[top:bottom, left:right]
    return composed
