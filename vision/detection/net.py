"""What a net is, wherever it runs: a picture in, its raw output out, and how that is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from models.catalog import ModelEntry
from vision.detection import boxes
from vision.errors import InvalidFact
from vision.types import FloatArray, Image, IntArray


class Net(Protocol):
    """One net for one size of input. Safe to call from several threads."""

    @property
    def entry(self) -> ModelEntry:
        """What the catalogue says of it."""
        ...

    @property
    def input_px(self) -> tuple[int, int]:
        """Height and width of its input."""
        ...

    def infer(self, image: Image) -> FloatArray:
        """Run one picture, uint8 (H, W, 3) BGR of exactly the input's size; returns the raw output (channels, N).

        The output belongs to the caller.

        Raises:
            InvalidFact: The picture has another shape or type.
        """
        ...


MakeNet = Callable[[tuple[int, int]], Net]
"""Gives the net for an input of this height and width."""


def check_input(image: Image, input_px: tuple[int, int]) -> None:
    """Raise `InvalidFact` unless this is a picture of exactly the input's size."""
    if image.shape != (*input_px, 3) or image.dtype != np.uint8:
        raise InvalidFact(f"net: wanted a picture {(*input_px, 3)} uint8, got {image.shape} {image.dtype}")


def decode_boxes(
    raw: FloatArray, *, score_min: float, iou_max: float, keep_classes: Sequence[int] | None = None
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Read a raw output (4 + classes, N) into boxes (input pixels), scores and class ids after suppression."""
    kept_classes = np.arange(len(raw) - 4) if keep_classes is None else np.asarray(keep_classes, dtype=np.int64)
    # only the rows that are asked for are touched: of the net for persons that is one of eighty
    scores = raw[4:] if keep_classes is None else raw[4 + kept_classes]
    strongest = scores.argmax(axis=0)
    score = scores.max(axis=0)
    likely = np.flatnonzero(score >= score_min)
    score = score[likely].astype(np.float32)
    class_id = kept_classes[strongest[likely]].astype(np.int64)
    xyxy = boxes.centres_to_corners(raw[:4, likely].T.astype(np.float32))
    kept = boxes.suppress(xyxy, score, class_id, score_min=score_min, iou_max=iou_max)
    return xyxy[kept], score[kept], class_id[kept]
