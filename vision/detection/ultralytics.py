"""Run the whole-frame net with ultralytics: CUDA, TensorRT, or any other device that torch knows."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from models.catalog import CatalogInvalid, ModelEntry
from vision.errors import BackendMissing, WeightsInvalid
from vision.types import Detections, Frame


class UltralyticsDetector:
    """Finds things in whole frames, in one batch.

    Raises:
        WeightsInvalid: The checkpoint is missing or is not the one the catalogue names.
        BackendMissing: ultralytics is not installed (extra ``train``).
    """

    def __init__(
        self,
        entry: ModelEntry,
        *,
        device: str = "cuda:0",
        score_min: float = 0.1,
        iou_max: float = 0.6,
        keep_classes: Sequence[str] | None = None,
    ) -> None:
        try:
            entry.verify(with_checkpoint=True)
        except CatalogInvalid as error:
            raise WeightsInvalid(str(error)) from None
        # ultralytics would install packages by itself, unpickle whatever a checkpoint holds, and report its use to
        # its makers; nothing may leave this computer
        os.environ.setdefault("YOLO_AUTOINSTALL", "false")
        os.environ.setdefault("ULTRALYTICS_SAFE_LOAD", "1")
        os.environ.setdefault("YOLO_OFFLINE", "true")
        try:
            from ultralytics import YOLO
        except ImportError as error:
            raise BackendMissing(f"the ultralytics backend needs the extra 'train': {error}") from None
        self._entry = entry
        self._model = YOLO(str(entry.checkpoint))
        self._device, self._score_min, self._iou_max = device, score_min, iou_max
        self._keep = None if keep_classes is None else [entry.class_id(name) for name in keep_classes]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, by class_id."""
        return self._entry.classes

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return one `Detections` per frame, in order."""
        if not frames:
            return []
        results = self._model.predict(
            [np.ascontiguousarray(frame.image) for frame in frames],
            imgsz=list(self._entry.input_px),
            conf=self._score_min,
            iou=self._iou_max,
            classes=self._keep,
            device=self._device,
            verbose=False,
        )
        return [
            Detections(
                frame.camera_id,
                frame.captured_at,
                result.boxes.xyxy.cpu().numpy().astype(np.float32),
                result.boxes.conf.cpu().numpy().astype(np.float32),
                result.boxes.cls.cpu().numpy().astype(np.int64),
            )
            for frame, result in zip(frames, results, strict=True)
        ]
