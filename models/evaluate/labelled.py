"""Read pictures and their YOLO labels, and refuse what would make a figure wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.evaluate.errors import EvaluationInvalid
from models.evaluate.matching import Floats
from vision.types import Image

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
TOLERANCE = 1e-3
"""How far beyond 0..1 a coordinate may lie: exporters round."""

FracBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """One picture and what is really in it.

    Attributes:
        name: Path within the folder of pictures.
        xyxy_frac: (N, 4), left top right bottom, fractions of the picture.
        class_id: (N,), index into ``--classes``.
        is_labelled: Whether there is a label file; without one nothing is in the picture.
        empty_boxes: How many of its labels have no area; they are left out.
    """

    path: Path
    name: str
    xyxy_frac: Floats
    class_id: NDArray[np.int64]
    is_labelled: bool
    empty_boxes: int = 0

    def read(self) -> Image:
        """Return the picture, (H, W, 3) BGR. Raises `EvaluationInvalid` where it cannot be read."""
        image = read_picture(self.path)
        if image is None:
            raise EvaluationInvalid([f"{self.path}: is not a picture that can be read"])
        return image

    def boxes_px(self, image: Image) -> Floats:
        """(N, 4) boxes in pixels of the picture."""
        height_px, width_px = image.shape[:2]
        return self.xyxy_frac * np.array([width_px, height_px, width_px, height_px], np.float64)


def read_picture(path: Path) -> Image | None:
    """Decode a picture as BGR, turned as its EXIF tag says; None where it cannot be read."""
    content = np.frombuffer(path.read_bytes(), np.uint8)
    if content.size == 0:
        return None
    try:
        image = cv2.imdecode(content, cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if image is None else np.asarray(image, np.uint8)


def read_set(images: Path, labels: Path, class_count: int) -> list[Labelled]:
    """Read a folder of pictures and the folder of their labels, one ``.txt`` of the same stem each.

    Raises:
        EvaluationInvalid: A folder is missing, there is no picture, a picture cannot be read or a label line is
            wrong. All faults are listed.
    """
    missing = [f"{folder}: no such folder" for folder in (images, labels) if not folder.is_dir()]
    if missing:
        raise EvaluationInvalid(missing)
    paths = sorted(path for path in images.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    if not paths:
        raise EvaluationInvalid([f"{images}: no pictures; wanted files ending in {', '.join(sorted(ENDINGS))}"])
    # every picture is decoded once before the first is judged: a figure over a part of them would be another figure
    faults = [f"{path}: is not a picture that can be read" for path in paths if read_picture(path) is None]
    found = []
    for path in paths:
        name = path.relative_to(images)
        label = (labels / name).with_suffix(".txt")
        try:
            rows = list(dict.fromkeys(read_labels(label, class_count))) if label.is_file() else []
        except EvaluationInvalid as error:
            faults += error.faults
            continue
        found.append(_labelled(path, name.as_posix(), rows, is_labelled=label.is_file()))
    if faults:
        raise EvaluationInvalid(faults)
    return found


def _labelled(path: Path, name: str, rows: list[tuple[int, FracBox]], *, is_labelled: bool) -> Labelled:
    boxes = np.array([box for _, box in rows], np.float64).reshape(-1, 4)
    class_id = np.array([kind for kind, _ in rows], np.int64)
    has_area = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return Labelled(path, name, boxes[has_area], class_id[has_area], is_labelled, int((~has_area).sum()))


def read_labels(path: Path, class_count: int) -> list[tuple[int, FracBox]]:
    """Read one YOLO label file; polygons become the boxes around them. Raises `EvaluationInvalid`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise EvaluationInvalid([f"{path}: is not text"]) from None
    rows, faults = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rows.append(_row(line, class_count))
        except ValueError as error:
            faults.append(f"{path}:{number}: {error}")
    if faults:
        raise EvaluationInvalid(faults)
    return rows


def _row(line: str, class_count: int) -> tuple[int, FracBox]:
    """Read one line. Raises ValueError with what is wrong."""
    fields = line.split()
    values = list(_numbers(fields))
    if len(values) != 5 and (len(values) < 7 or len(values) % 2 == 0):
        raise ValueError(f"wanted a class and x y width height, or a polygon of 3 points and more; got {len(values)}")
    kind, places = values[0], values[1:]
    if kind != int(kind) or not 0 <= kind < class_count:
        raise ValueError(f"class {fields[0]}: --classes names only 0 to {class_count - 1}")
    if not all(-TOLERANCE <= place <= 1 + TOLERANCE for place in places):
        raise ValueError(f"wanted fractions of the picture, 0..1; got {' '.join(fields[1:])}")
    if len(places) == 4:
        x, y, width, height = places
        corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    else:
        corners = (min(places[::2]), min(places[1::2]), max(places[::2]), max(places[1::2]))
    left, top, right, bottom = (min(max(corner, 0.0), 1.0) for corner in corners)
    return int(kind), (left, top, right, bottom)


def _numbers(fields: list[str]) -> Iterator[float]:
    for field in fields:
        try:
            value = float(field)
        except ValueError:
            raise ValueError(f"{field!r} is not a number") from None
        if not math.isfinite(value):
            raise ValueError(f"{field!r} is not a number")
        yield value
