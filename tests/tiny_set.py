"""A tiny training set cut from the rendered sample clips, by the code that prepares the real one."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest

from models.train.crops import Square, boxes_in, cut, person_square
from models.train.lanyards import Mark
from models.train.sources import CLASSES
from tests.samples import SAMPLES, sample_frame
from vision.types import Box

MOMENTS = {"counter": (10, 16, 22, 28), "office": (6, 12, 20, 22, 24, 26, 28, 31), "entrance": (12, 22, 32)}
"""Seconds of each clip: cards and lanyards in all, and a cigarette in the office."""
Things = dict[str, dict[str, list[float]]]
"""Of one frame: who, what of them, and its box with how much of it is visible."""
TRAINING = ("torch", "torchvision", "ultralytics", "onnx", "nncf")


def needs_training() -> pytest.MarkDecorator:
    """Skips what trains or exports where torch and its like are not installed, or not wanted."""
    missing = [name for name in TRAINING if importlib.util.find_spec(name) is None]
    is_left_out = os.environ.get("CONGVU_TEST_TRAINING") == "0"
    reason = "left out by TRAINING=0" if is_left_out else f"needs {', '.join(missing)}: `make test` installs them"
    return pytest.mark.skipif(is_left_out or bool(missing), reason=reason)


def make_tiny_set(folder: Path) -> None:
    """Write a prepared set with its ``crops.yaml``, every second moment for validation."""
    from models.train.prepare import Look, write_look, write_recipe

    random = np.random.default_rng(1)
    number = 0
    for camera, moments in MOMENTS.items():
        truth = json.loads(gzip.decompress((SAMPLES / "truth" / f"{camera}.boxes.json.gz").read_bytes()))
        for turn, seconds in enumerate(moments):
            frame, _ = sample_frame(camera, seconds=float(seconds))
            things = truth["frames"][frame.index]
            for box in _persons(things):
                square = person_square(box)
                name = f"sample__{camera}_{number:03d}"
                crop, marks = cut(frame.image, square, 448), _marks(square, things)
                write_look(folder, Look(name, ("train", "val")[turn % 2], crop, marks, square.side), random)
                number += 1
    write_recipe(folder)


def _persons(things: Things) -> list[Box]:
    """Those of whom at least a half is visible."""
    boxes = [of["person"] for _, of in sorted(things.items()) if "person" in of]
    return [(box[0], box[1], box[2], box[3]) for box in boxes if box[4] >= 0.5]


def _marks(square: Square, things: Things) -> list[Mark]:
    """Cards, lanyards and cigarettes that lie inside a square, in fractions of it."""
    marks: list[Mark] = []
    for of in things.values():
        for name in CLASSES.keys() & of.keys():
            (found,), (is_inside,) = boxes_in(square, np.array([of[name][:4]]))
            if is_inside:
                x1, y1, x2, y2 = (float(side) for side in found)
                marks.append((CLASSES[name], (x1, y1, x2, y2)))
    return sorted(marks)
