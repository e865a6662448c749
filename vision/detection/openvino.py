"""Run the nets on the CPU with OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino as ov

from models.catalog import CatalogInvalid, ModelEntry
from vision.detection import boxes
from vision.errors import WeightsInvalid
from vision.types import CameraId, Detections, FloatArray, Frame, Image


class OpenVinoNet:
    """One compiled net. Safe to call from several threads: each call has a request of its own.

    Raises:
        WeightsInvalid: The files are missing or are not the ones the catalogue names.
    """

    def __init__(self, entry: ModelEntry, *, input_px: tuple[int, int] | None = None, threads: int = 0) -> None:
        try:
            entry.verify()
        except CatalogInvalid as error:
            raise WeightsInvalid(str(error)) from None
        self.entry = entry
        self.input_px = input_px or entry.input_px
        core = ov.Core()
        model = core.read_model(str(entry.graph), str(entry.weights))
        model.reshape([1, 3, *self.input_px])
        config: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
        self._compiled = core.compile_model(model, "CPU", config)

    def infer(self, image: Image) -> FloatArray:
        """Run one picture of exactly the input's size; returns the raw output (channels, N)."""
        request = self._compiled.create_infer_request()
        output = request.infer({0: boxes.to_blob(image)})
        raw: FloatArray = np.array(next(iter(output.values()))[0], dtype=np.float32)
        return raw


def decode_boxes(
    raw: FloatArray, *, score_min: float, iou_max: float, keep_classes: Sequence[int] | None = None
) -> tuple[FloatArray, FloatArray, np.ndarray[Any, np.dtype[np.int64]]]:
    """Read a raw output (4 + classes, N) into boxes (input pixels), scores and class ids after suppression."""
    scores = raw[4:].T
    if keep_classes is not None:
        masked = np.zeros_like(scores)
        masked[:, list(keep_classes)] = scores[:, list(keep_classes)]
        scores = masked
    class_id = scores.argmax(axis=1).astype(np.int64)
    score = scores.max(axis=1).astype(np.float32)
    likely = score >= score_min
    xyxy = boxes.centres_to_corners(raw[:4, likely].T.astype(np.float32))
    score, class_id = score[likely], class_id[likely]
    kept = boxes.suppress(xyxy, score, class_id, score_min=score_min, iou_max=iou_max)
    return xyxy[kept], score[kept], class_id[kept]


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


class OpenVinoDetector:
    """Finds things in whole frames, on the CPU.

    The longer side of the input is the catalogue's; the other follows the picture's shape, unless ``input_px`` (height,
    width) fixes it.
    """

    def __init__(
        self,
        entry: ModelEntry,
        *,
        score_min: float = 0.1,
        iou_max: float = 0.6,
        input_px: tuple[int, int] | None = None,
        keep_classes: Sequence[str] | None = None,
        threads: int = 0,
    ) -> None:
        self._entry, self._threads, self._fixed = entry, threads, input_px
        first = input_px or entry.input_px
        self._nets = {first: OpenVinoNet(entry, input_px=first, threads=threads)}
        self._score_min, self._iou_max = score_min, iou_max
        self._keep = None if keep_classes is None else [entry.class_id(name) for name in keep_classes]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, by class_id."""
        return self._entry.classes

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return one `Detections` per frame, in order."""
        return [self._detect(frame) for frame in frames]

    def _net_for(self, frame: Frame) -> OpenVinoNet:
        shape = self._fixed or input_for(frame.size_px, max(self._entry.input_px))
        if shape not in self._nets:
            self._nets[shape] = OpenVinoNet(self._entry, input_px=shape, threads=self._threads)
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
