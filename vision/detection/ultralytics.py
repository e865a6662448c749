"""Run the nets with ultralytics on a GPU, or wherever torch can. Who asks at the same time shares a batch."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.catalog import CatalogInvalid, ModelEntry
from vision.detection.net import check_input
from vision.errors import BackendMissing, WeightsInvalid
from vision.types import FloatArray, Image

BATCH_MOST = 16


@dataclass(slots=True, eq=False)
class _Asked:
    """One picture, and what became of it."""

    image: Image
    raw: FloatArray | None = None
    error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.raw is not None or self.error is not None


class UltralyticsNet:
    """One net for one size of input. Safe to call from several threads: more of them make larger batches.

    While the device works on one batch, those who ask wait, and are the next one. In half precision on CUDA.

    Raises:
        WeightsInvalid: The checkpoint is missing or is not the one the catalogue names.
        BackendMissing: ultralytics is not installed (extra ``train``), or there is no such device.
    """

    def __init__(
        self,
        entry: ModelEntry,
        *,
        input_px: tuple[int, int] | None = None,
        device: str = "cuda:0",
        batch_most: int = BATCH_MOST,
    ) -> None:
        self.entry = entry
        self.input_px = input_px or entry.input_px
        self._model, self._device = _load(entry, device)
        self._is_half = self._device.type == "cuda"
        if self._is_half:
            self._model.half()
        self._batch_most = batch_most
        self._waiting: deque[_Asked] = deque()
        self._turn = threading.Lock()

    def infer(self, image: Image) -> FloatArray:
        """Run one picture of exactly the input's size; returns the raw output (channels, N)."""
        check_input(image, self.input_px)
        asked = _Asked(image)
        self._waiting.append(asked)
        while not asked.is_done:
            with self._turn:
                # whoever had the turn before may have taken this picture along
                if not asked.is_done:
                    self._run([self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_most))])
        if asked.error is not None:
            raise asked.error
        assert asked.raw is not None
        return asked.raw

    def _run(self, batch: Sequence[_Asked]) -> None:
        try:
            outputs = self._forward(np.stack([asked.image for asked in batch]))
        except Exception as error:
            # told to each of them: the others wait in threads of their own
            for asked in batch:
                asked.error = error
            return
        for asked, raw in zip(batch, outputs, strict=True):
            asked.raw = raw

    def _forward(self, images: Image) -> FloatArray:
        """Return (B, channels, N) float32 for uint8 (B, H, W, 3) BGR."""
        import torch

        with torch.inference_mode():
            # turned into numbers on the device: bytes are a quarter of what would travel else
            pixels = torch.from_numpy(images).to(self._device).flip(-1).permute(0, 3, 1, 2)
            blob = pixels.half() if self._is_half else pixels.float()
            told = self._model(blob / 255)
            raw = told[0] if isinstance(told, (tuple, list)) else told
            return np.asarray(raw.float().cpu().numpy(), dtype=np.float32)


def check_device(device: str) -> None:
    """Raise `BackendMissing` where nets cannot run on a device. Loads torch into this process."""
    _device(device)


def _device(name: str) -> Any:
    # ultralytics would install packages by itself, unpickle whatever a checkpoint holds, and report its use to
    # its makers; nothing may leave this computer
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("ULTRALYTICS_SAFE_LOAD", "1")
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_VERBOSE", "false")  # what it is at would stand on stdout, among the JSON
    try:
        import torch
        import ultralytics  # noqa: F401
    except ImportError as error:
        raise BackendMissing(f"the ultralytics backend needs the extra 'train': {error}") from None
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0] if str(error) else "torch cannot use it"
        raise BackendMissing(f"device {name!r}: {reason}") from None
    return device


def _load(entry: ModelEntry, device: str) -> tuple[Any, Any]:
    """Return the model, fused and on its device, and that."""
    try:
        entry.verify(with_checkpoint=True)
    except CatalogInvalid as error:
        raise WeightsInvalid(str(error)) from None
    where = _device(device)
    from ultralytics import YOLO

    model = YOLO(str(entry.checkpoint)).model.fuse(verbose=False).eval().to(where)
    return model.requires_grad_(False), where
