"""Find people and their joints with the shipped graphs, for cutting crops and placing composites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.train.crops import Boxes, Image
from models.train.fetch import WEIGHTS_DIR
from vision.detection.boxes import GREY

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Joints:
    """COCO keypoints of one person.

    Attributes:
        xy_px: (17, 2) pixels of the picture given.
        seen: (17,) visibility, 0..1.
    """

    xy_px: Floats
    seen: Floats


class People:
    """Both graphs, compiled for the CPU: persons on whole pictures, joints on crops."""

    def __init__(self, person_px: int = 640, pose_px: int = 256) -> None:
        import openvino as ov

        core = ov.Core()
        self._person = self._compiled(core, "person", person_px)
        self._pose = self._compiled(core, "pose", pose_px)
        self._person_px, self._pose_px = person_px, pose_px

    @staticmethod
    def _compiled(core: Any, name: str, side_px: int) -> Any:
        model = core.read_model(WEIGHTS_DIR / f"{name}.xml")
        model.reshape([1, 3, side_px, side_px])
        return core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 2})

    def boxes(self, image: Image, least: float = 0.4) -> Boxes:
        """Persons of a picture, (N, 4) left top right bottom in its pixels, best first."""
        planes, scale, left, top = letterbox(image, self._person_px)
        rows = self._person([planes])[0][0].T
        rows = rows[rows[:, 4] >= least]
        middle, half = rows[:, :2], rows[:, 2:4] / 2
        xyxy = np.concatenate([middle - half, middle + half], axis=1)
        xywh = np.concatenate([middle - half, half * 2], axis=1)
        kept = cv2.dnn.NMSBoxes(xywh.tolist(), rows[:, 4].tolist(), least, 0.6)
        chosen = xyxy[np.asarray(kept, np.int64).reshape(-1)]
        boxes: Boxes = (chosen - np.array([left, top] * 2)) / scale
        height, width = image.shape[:2]
        return boxes.clip(0, [width, height, width, height])

    def joints(self, crop: Image) -> Joints | None:
        """Joints of the likeliest person near the middle of a crop, in pixels of the crop."""
        planes, scale, left, top = letterbox(crop, self._pose_px)
        rows = self._pose([planes])[0][0].T
        off_middle = np.abs(rows[:, 0] - self._pose_px / 2) / self._pose_px
        row = rows[np.argmax(rows[:, 4] - off_middle)]
        if row[4] < 0.5:
            return None
        points = row[5:].reshape(17, 3)
        return Joints((points[:, :2] - np.array([left, top])) / scale, points[:, 2].astype(np.float64))


def letterbox(image: Image, side_px: int) -> tuple[NDArray[np.float32], float, int, int]:
    """Fit a picture into a square: planes (1, 3, S, S) RGB 0..1, the scale, the left and top margin."""
    height, width = image.shape[:2]
    scale = side_px / max(height, width)
    new_width, new_height = round(width * scale), round(height * scale)
    left, top = (side_px - new_width) // 2, (side_px - new_height) // 2
    canvas = np.full((side_px, side_px, 3), GREY, np.uint8)
    canvas[top : top + new_height, left : left + new_width] = cv2.resize(image, (new_width, new_height))
    planes = np.ascontiguousarray(canvas[..., ::-1].transpose(2, 0, 1)[None], np.float32) / np.float32(255)
    return planes, scale, left, top
