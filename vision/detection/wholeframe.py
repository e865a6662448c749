"""Find things in whole frames with any net."""

from __future__ import annotations

from collections.abc import Sequence

from models.catalog import ModelEntry
from vision.detection import boxes
from vision.detection.net import MakeNet, Net, decode_boxes
from vision.types import CameraId, Detections, Frame

SHORT_SIDES_PX = (384, 512, 640)
"""A net is compiled for few shapes only: 16:9, 4:3 and square of the usual input of 640 px, lying or upright."""


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

    The longer side of the input is the catalogue's; the other follows the picture's shape, unless ``input_px`` (height,
    width) fixes it. The net of the catalogue's, or the fixed, size is asked for at once, others when they are needed.
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
    ) -> None:
        self._entry, self._make, self._fixed = entry, make, input_px
        first = input_px or entry.input_px
        self._nets = {first: make(first)}
        self._score_min, self._iou_max = score_min, iou_max
        self._keep = None if keep_classes is None else [entry.class_id(name) for name in keep_classes]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, by class_id."""
        return self._entry.classes

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return one `Detections` per frame, in order."""
        return [self._detect(frame) for frame in frames]

    def _net_for(self, frame: Frame) -> Net:
        shape = self._fixed or input_for(frame.size_px, max(self._entry.input_px))
        if shape not in self._nets:
            self._nets[shape] = self._make(shape)
        return self._nets[shape]

    def _detect(self, frame: Frame) -> Detections:
        net = self._net_for(frame)
        fitted, fit = boxes.letterbox(frame.image, *net.input_px)
        xyxy, score, class_id = decode_boxes(
            net.infer(fitted),
            score_min=self._score_min,
            iou_max=self._iou_max,
            keep_classes=self._keep,
        )
        width_px, height_px = frame.size_px
        in_picture = fit.to_picture(xyxy)
        in_picture[:, 0::2] = in_picture[:, 0::2].clip(0, width_px)
        in_picture[:, 1::2] = in_picture[:, 1::2].clip(0, height_px)
        return Detections(CameraId(frame.camera_id), frame.captured_at, in_picture, score, class_id)
