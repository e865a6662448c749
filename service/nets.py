"""The nets that watching asks, wherever they run: in this process or in the engine's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from models.catalog import ModelEntry
from vision.detection.closelook import OpenVinoLooker
from vision.detection.detector import Detector, PersonLooker
from vision.detection.net import Net
from vision.detection.vessels import NEAR_PX, VesselLooker
from vision.detection.wholeframe import NetDetector

Make = Callable[[ModelEntry, tuple[int, int]], Net]
"""Makes a net for an input of this height and width."""


@dataclass(frozen=True, slots=True)
class Vessels:
    """The net that sees bottles, cans and glasses.

    Attributes:
        looker: Makes what looks with it at persons, beside all that is looked for anyway. The net is loaded when it
            is first asked for.
    """

    entry: ModelEntry
    looker: Callable[[], PersonLooker]


@dataclass(frozen=True, slots=True)
class Nets:
    """The nets of one worker.

    Attributes:
        wider: Makes what looks at whole frames with an input of more pixels, by its longer side: people who are
            small in the picture are found, for more time.
        vessels: None where nothing can look for bottles.
        waited: How long the latest question had to wait for its turn, where others ask the same nets.
    """

    detector: Detector
    looker: PersonLooker
    person: ModelEntry
    crop: ModelEntry
    waited: Callable[[], timedelta] = timedelta
    vessels: Vessels | None = None
    wider: Callable[[int], Detector] | None = None


def nets_of(make: Make, catalog: Mapping[str, ModelEntry], waited: Callable[[], timedelta] = timedelta) -> Nets:
    """Return the nets of a catalogue that watching asks. Raises what making raises."""
    person, pose, crop = catalog.get("frame", catalog["person"]), catalog["pose"], catalog["crop"]

    @cache
    def detector(long_px: int) -> Detector:
        return NetDetector(person, lambda size: make(person, size), keep_classes=["person"], long_px=long_px)

    usual = detector(max(person.input_px))
    vessel, looker = catalog["vessel"], OpenVinoLooker(make(pose, pose.input_px), make(crop, crop.input_px))
    return Nets(
        detector=usual,
        looker=looker,
        person=person,
        crop=crop,
        waited=waited,
        wider=detector,
        vessels=Vessels(vessel, cache(lambda: VesselLooker(looker, make(vessel, NEAR_PX)))),
    )
