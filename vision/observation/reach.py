"""Can the camera show a card or a cigarette at all where somebody is? Where it cannot, nothing is asked."""

from __future__ import annotations

from collections.abc import Collection

from calibration.errors import CalibrationError
from calibration.homography import FloorFit
from calibration.legibility import FEET_M, MIDDLE_M, Asked, LegibilityMap, Needs, map_legibility
from calibration.scene import PictureShape
from vision.observation.places import Visitor
from vision.types import Question

ASKED = {Question.BADGE: Asked.CARD, Question.SMOKING: Asked.CIGARETTE}

MARGIN = 0.8
"""Share of the needed size from which on somebody is looked at: they may lean forward or be a head taller than the map
takes them for, and a floor measured by hand is a few percent off. The look itself measures their shoulders."""


class Reach:
    """What can be read where, for one camera whose floor is known."""

    def __init__(self, floor: FloorFit, needs: Needs) -> None:
        self._floor = floor
        self._needs = needs
        self._map: LegibilityMap | None = None
        self._size_px: tuple[int, int] | None = None

    def is_too_far(
        self,
        visitor: Visitor,
        questions: Collection[Question],
        size_px: tuple[int, int],
        *,
        sharper: float = 1.0,
    ) -> bool:
        """Tell whether none of the questions can be answered where somebody is; of some the map cannot tell.

        Args:
            size_px: Width and height of the frame.
            sharper: How many pixels a look would have across one of the frame.
        """
        legibility = self._map_for(size_px)
        if legibility is None or not ASKED.keys() >= set(questions):
            return False
        x1, y1, x2, y2 = visitor.box_px
        middle, width, height = (x1 + x2) / 2, size_px[0], size_px[1]
        at_desk = visitor.desk_id is not None
        at = (middle / width, ((y1 + y2) / 2 if at_desk else y2) / height)
        found = [
            legibility.legible_at(ASKED[question], at, seen_at_m=MIDDLE_M if at_desk else FEET_M)
            for question in questions
        ]
        # where the map cannot tell, the look does
        return bool(found) and all(one is not None and sharper * one.px < MARGIN * one.needed_px for one in found)

    def _map_for(self, size_px: tuple[int, int]) -> LegibilityMap | None:
        if size_px != self._size_px:
            self._size_px = size_px
            try:
                self._map = map_legibility(self._floor, self._needs, PictureShape(*size_px))
            except CalibrationError:
                self._map = None  # another picture than the one that was measured: nothing is known of it
        return self._map
