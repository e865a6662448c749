"""Find everybody in a frame, the doubtful as well: here a missed person costs more than a covered coat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.catalog import CatalogInvalid, load_catalog
from service.errors import ServiceError
from service.redaction.following import Sights
from vision.detection import boxes
from vision.detection.detector import Detector
from vision.detection.openvino import OpenVinoDetector
from vision.types import FloatArray, Frame

SCORE_MIN = 0.05
"""Far below the score from which a person counts for a rule (0.25): precision is not asked for. Who is turned away,
half hidden or small often scores 0.05-0.25 for some frames, and one frame is enough to know a face by."""
IOU_MAX = 0.7
"""Two people close to one another overlap by half: only boxes that are nearly the same are taken for one."""
LOOKS_PX = (640, 1280)
"""Longer sides of the net's input: the wide look finds small and far people, the usual one large and cut-off ones."""

SURE_SCORE = 0.25
"""From here on a box is believed to be one person."""
HELD_SHARE = 0.8
"""A person lies inside a box that holds this much of theirs."""
APART_IOU = 0.3
"""Two boxes that overlap less are two people, not one found twice."""


class PersonFinder:
    """Looks at a frame with some detectors and keeps whatever any of them found."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = tuple(detectors)

    def find(self, frame: Frame, at_s: float) -> Sights:
        """Return the persons in a frame that is shown ``at_s`` seconds after the clip's start."""
        seen = [detector.detect([frame])[0] for detector in self._detectors]
        seen = [one.of_class(d.classes.index("person")) for one, d in zip(seen, self._detectors, strict=True)]
        persons = np.concatenate([one.xyxy_px for one in seen])
        score = np.concatenate([one.score for one in seen])
        if len(seen) > 1:
            nobody = np.zeros(len(score), dtype=np.int64)
            kept = boxes.suppress(persons, score, nobody, score_min=0.0, iou_max=IOU_MAX)
            persons, score = persons[kept], score[kept]
        single = ~are_groups(persons, score)
        return Sights(at_s, persons[single], score[single])


def are_groups(persons_px: FloatArray, score: FloatArray) -> NDArray[np.bool_]:
    """Return (N,): whether a doubtful box is a row of people taken for one.

    It is where two people who are sure and stand apart lie inside it. Each of them is covered by their own box; all
    of a classroom is not to be covered because it looks a little like a person.
    """
    area = np.prod(persons_px[:, 2:] - persons_px[:, :2], axis=1)
    sides = np.minimum(persons_px[:, None, 2:], persons_px[None, :, 2:])
    sides = np.maximum(sides - np.maximum(persons_px[:, None, :2], persons_px[None, :, :2]), 0.0)
    both = np.prod(sides, axis=2)
    sure = score >= SURE_SCORE
    holds = (both >= HELD_SHARE * area[None]) & sure[None] & ~sure[:, None]
    apart = boxes.overlaps(persons_px, persons_px) < APART_IOU
    return np.array([bool((apart & held[:, None] & held[None]).any()) for held in holds], dtype=np.bool_)


def load_finder(*, threads: int = 0) -> PersonFinder:
    """Load the net for persons at each of `LOOKS_PX`. Raises `ServiceError`, `WeightsInvalid`.

    Args:
        threads: How many threads the nets may use; 0 for as many as there are.
    """
    try:
        catalog = load_catalog()
    except CatalogInvalid as error:
        raise ServiceError(str(error)) from None
    entry = catalog.get("frame", catalog["person"])
    return PersonFinder(
        [
            OpenVinoDetector(
                replace(entry, input_px=(side_px, side_px)),
                score_min=SCORE_MIN,
                iou_max=IOU_MAX,
                keep_classes=["person"],
                threads=threads,
            )
            for side_px in LOOKS_PX
        ]
    )
