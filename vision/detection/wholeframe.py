"""Find things in whole frames, or in parts of them, with any net."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.catalog import ModelEntry
from vision.detection import boxes
from vision.detection.net import MakeNet, decode_boxes
from vision.errors import InvalidFact
from vision.types import Box, CameraId, Detections, Frame, Image

SHORT_SIDES_PX = (384, 512, 640)
"""A net is compiled for few shapes only: 16:9, 4:3 and square of the usual input of 640 px, lying or upright."""

PART_SIDES_PX = (256,)
"""The longer side of an input of 640 px is cut to one of these where only a part of the picture is asked about."""


def input_for(size_px: tuple[int, int], long_px: int) -> tuple[int, int]:
    """Choose height and width of the input that shows a picture with the least grey around it.

    Args:
        size_px: Width and height of the picture.
        long_px: The longer side of the input.
    """
    width, height = size_px
    wanted = long_px * min(size_px) / max(size_px)
    sides = [side * long_px // SHORT_SIDES_PX[-1] for side in SHORT_SIDES_PX]
    short = next((side for side in sides if side >= wanted), long_px)
    return (short, long_px) if width >= height else (long_px, short)


class NetDetector:
    """Finds things in whole frames with the nets that it is given.

    The longer side of the input is ``long_px``, or else the catalogue's; the other follows the picture's shape, unless
    ``input_px`` (height, width) fixes both. The net of the first size is asked for at once, others when needed.
    """

    def __init__(
        self,
        entry: ModelEntry,
        make: MakeNet,
        *,
        score_min: float = 0.1,
        iou_max: float = 0.6,
        input_px: tuple[int, int] | None = None,
        keep_classes: Sequence[str] | None = None,
        long_px: int | None = None,
    ) -> None:
        self._entry, self._make, self._fixed = entry, make, input_px
        usual_px = max(entry.input_px)
        self._long_px = long_px or usual_px
        first = input_px or (
            entry.input_px[0] * self._long_px // usual_px,
            entry.input_px[1] * self._long_px // usual_px,
        )
        self._nets = {first: make(first)}
        self._score_min, self._iou_max = score_min, iou_max
        self._keep = None if keep_classes is None else [entry.class_id(name) for name in keep_classes]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, by class_id."""
        return self._entry.classes

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return one `Detections` per frame, in order."""
        return [self._find(frame, frame.image, self._whole_input(frame.size_px)) for frame in frames]

    def parts(self, size_px: tuple[int, int]) -> list[tuple[int, int]]:
        """Return the sizes of parts that span the picture's shorter side; none where the input is fixed."""
        return list(self._inputs_of_parts(size_px))

    def detect_part(self, frame: Frame, part: Box) -> Detections:
        """Find what is in one of `parts`, wherever in the frame it lies. Raises `InvalidFact` for another size."""
        left, top, right, bottom = (round(side) for side in part)
        inputs = self._inputs_of_parts(frame.size_px)
        if (right - left, bottom - top) not in inputs:
            raise InvalidFact(f"detect_part: wanted one of the sizes {list(inputs)}, got the part {part}")
        image, input_px = frame.image[top:bottom, left:right], inputs[right - left, bottom - top]
        return self._find(frame, image, input_px, corner_px=(left, top))

    def _whole_input(self, size_px: tuple[int, int]) -> tuple[int, int]:
        return self._fixed or input_for(size_px, self._long_px)

    def _inputs_of_parts(self, size_px: tuple[int, int]) -> dict[tuple[int, int], tuple[int, int]]:
        """Height and width of the input, by width and height of the part of such a picture."""
        if self._fixed is not None:
            return {}
        height_px, width_px = self._whole_input(size_px)
        scale = min(height_px / size_px[1], width_px / size_px[0])
        inputs = {}
        for usual_px in PART_SIDES_PX:
            side_px = usual_px * self._long_px // SHORT_SIDES_PX[-1]
            long_px = int(side_px / scale)
            if width_px >= height_px and long_px < size_px[0]:
                inputs[long_px, size_px[1]] = (height_px, side_px)
            elif width_px < height_px and long_px < size_px[1]:
                inputs[size_px[0], long_px] = (side_px, width_px)
        return inputs

    def _find(
        self, frame: Frame, image: Image, input_px: tuple[int, int], corner_px: tuple[int, int] = (0, 0)
    ) -> Detections:
        """Ask the net about an image whose left upper corner lies there in the frame."""
        if input_px not in self._nets:
            self._nets[input_px] = self._make(input_px)
        fitted, fit = boxes.letterbox(image, *input_px)
        xyxy, score, class_id = decode_boxes(
            self._nets[input_px].infer(fitted),
            score_min=self._score_min,
            iou_max=self._iou_max,
            keep_classes=self._keep,
        )
        height_px, width_px = image.shape[:2]
        in_image = fit.to_picture(xyxy)
        in_image[:, 0::2] = in_image[:, 0::2].clip(0, width_px)
        in_image[:, 1::2] = in_image[:, 1::2].clip(0, height_px)
        in_frame = in_image + np.array(corner_px * 2, dtype=np.float32)
        return Detections(CameraId(frame.camera_id), frame.captured_at, in_frame, score, class_id)
