"""The nets that watching asks, wherever they run: in this process or in the engine's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from models.catalog import ModelEntry
from vision.detection.closelook import OpenVinoLooker
from vision.detection.detector import Detector, PersonLooker
from vision.detection.net import Net
from vision.detection.wholeframe import NetDetector

Make = Callable[[ModelEntry, tuple[int, int]], Net]
"""Makes a net for an input of this height and width."""


@dataclass(frozen=True, slots=True)
class Nets:
    """The nets of one worker.

    Attributes:
        waited: How long the latest question had to wait for its turn, where others ask the same nets.
    """

    detector: Detector
    looker: PersonLooker
    person: ModelEntry
    crop: ModelEntry
    waited: Callable[[], timedelta] = timedelta


def nets_of(make: Make, catalog: Mapping[str, ModelEntry], waited: Callable[[], timedelta] = timedelta) -> Nets:
    """Return the nets of a catalogue that watching asks. Raises what making raises."""
    person, pose, crop = catalog.get("frame", catalog["person"]), catalog["pose"], catalog["crop"]
    return Nets(
        detector=NetDetector(person, lambda input_px: make(person, input_px), keep_classes=["person"]),
        looker=OpenVinoLooker(make(pose, pose.input_px), make(crop, crop.input_px)),
        person=person,
        crop=crop,
        waited=waited,
    )
