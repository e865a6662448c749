"""Nets in tests: catalogue entries without files, a detector and a looker that see what they are told to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from models.catalog import ModelEntry
from vision.types import Box, Detections, FloatArray, Frame, Look, TrackKey

Seen = tuple[int, float, Box]
"""Class, score, box in pixels."""


def entry(name: str, classes: tuple[str, ...], *, yes_score: Mapping[str, float] | None = None) -> ModelEntry:
    """A catalogue entry whose files are never read."""
    nothing = Path("nothing")
    return ModelEntry(
        name=name,
        task="detect",
        graph=nothing,
        graph_sha256="",
        weights=nothing,
        weights_sha256="sha256-of-" + name,
        checkpoint=nothing,
        checkpoint_sha256="",
        input_px=(320, 320),
        classes=classes,
        licence="AGPL-3.0-or-later",
        card=nothing,
        yes_score=yes_score or {},
        no_score={"badge": 0.1},
        floor_px={"card_width": 6, "cigarette_length": 6},
    )


def detections(frame: Frame, seen: Sequence[Seen]) -> Detections:
    """What was seen, as a net gives it."""
    return Detections(
        frame.camera_id,
        frame.captured_at,
        np.array([box for _, _, box in seen], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in seen], np.float32),
        np.array([kind for kind, _, _ in seen], np.int64),
    )


class ToldDetector:
    """Sees the same in every picture."""

    def __init__(self, classes: tuple[str, ...], seen: Sequence[Seen]) -> None:
        self.classes = classes
        self._seen = seen

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """The same for each frame."""
        return [detections(frame, self._seen) for frame in frames]


class ToldLooker:
    """Sees on each person those things whose middle lies in the person's box; remembers who was looked at."""

    def __init__(self, seen: Sequence[Seen], pose: FloatArray) -> None:
        self._seen, self._pose = seen, pose
        self.looked_at: list[Box] = []

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        """A sharp and bright look at each person."""
        looks = []
        for key, person in persons:
            self.looked_at.append(person)
            mine = [each for each in self._seen if _holds(person, each[2])]
            looks.append(Look(key, frame.captured_at, person, self._pose.copy(), detections(frame, mine), 120.0, 300.0))
        return looks


def _holds(person: Box, thing: Box) -> bool:
    x, y = (thing[0] + thing[2]) / 2, (thing[1] + thing[3]) / 2
    return person[0] <= x <= person[2] and person[1] <= y <= person[3]
