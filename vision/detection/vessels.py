"""A third look at a person: bottles, cans and glasses in their hands and before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vision.detection import boxes
from vision.detection.closelook import ITEM_IOU_MAX, ITEM_SCORE_MIN
from vision.detection.detector import PersonLooker
from vision.detection.net import Net, decode_boxes
from vision.detection.sharpest import Sharpest, sharpest_of
from vision.types import Box, Detections, Frame, Look, TrackKey

NEAR_PX = (320, 320)
"""Input for one person: the catalogue's is for whole pictures."""

WIDER = 1.3
"""Side of the square that is looked at, in sides of the upper body's: what is held at arm's length, and the desk."""


class VesselLooker:
    """Adds to another looker's looks what a net for vessels sees around each person. Scores are calibrated."""

    def __init__(self, looker: PersonLooker, net: Net) -> None:
        self._looker, self._net = looker, net

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        """Return one `Look` per person, in order."""
        looks = self._looker.look(frame, persons)
        if not looks:
            return looks
        picture = sharpest_of(frame)
        return [replace(look, vessels=self._vessels(frame, picture, look.person_px)) for look in looks]

    def _vessels(self, frame: Frame, picture: Sharpest, person: Box) -> Detections:
        square = wider(boxes.upper_body(picture.box(person)))
        crop, fit = boxes.crop_square(picture.image, square, self._net.input_px[0])
        xyxy, score, class_id = decode_boxes(self._net.infer(crop), score_min=ITEM_SCORE_MIN, iou_max=ITEM_IOU_MAX)
        probability = self._net.entry.calibrated(score, class_id)
        in_frame = picture.to_frame(fit.to_picture(xyxy))
        return Detections(frame.camera_id, frame.captured_at, in_frame, probability, class_id)


def wider(square: Box) -> Box:
    """The square that is looked at around the upper body's, with the same middle."""
    x, y, half = (square[0] + square[2]) / 2, (square[1] + square[3]) / 2, WIDER * (square[2] - square[0]) / 2
    return x - half, y - half, x + half, y + half
