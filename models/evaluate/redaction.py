"""Judge redacted pictures: is anybody's head, but the subject's, still to be seen?

Judges look at the original picture, where people are as they are, and say where heads are: a net for persons, of whose
boxes the upper part is the head, and a net for faces, which knows nothing of bodies. A head is *visible* where less
than `COVERED` of it lies under what was painted. A face net looks at the redacted picture as well: a face that it finds
there, where there was one before, is visible whatever was painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import openvino as ov
from numpy.typing import NDArray

from models.evaluate.errors import EvaluationInvalid
from vision.detection import boxes
from vision.types import FloatArray, Image

COVERED = 0.9
"""Share of a head that must lie under what was painted."""
SAME_PERSON = 0.5
"""Intersection over union with the subject's own box from which a box is the subject's."""
SAME_FACE = 0.3
"""Intersection over union of a face in the redacted picture with one in the original."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judges found in one frame, the subject left out.

    Attributes:
        heads: Heads of persons.
        heads_visible: Of these, those not covered.
        faces: Faces in the original.
        faces_visible: Of these, those not covered.
        faces_found: Faces found in the redacted picture where one was before.
    """

    heads: int = 0
    heads_visible: int = 0
    faces: int = 0
    faces_visible: int = 0
    faces_found: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether no head is visible to any judge."""
        return self.heads_visible == self.faces_visible == self.faces_found == 0


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the judges saw of one frame, (N, 4) boxes in pixels.

    Attributes:
        persons_px: In the original.
        faces_px: In the original.
        after_px: Faces in the redacted picture.
    """

    persons_px: FloatArray
    faces_px: FloatArray
    after_px: FloatArray


def judged_heads_px(persons_px: FloatArray) -> FloatArray:
    """Return (N, 4): the upper part of a person's box, in its full width, that holds the head of somebody upright.

    A fifth of the height, and at least two fifths of the width: of somebody whom a desk cuts off the head is more.
    """
    left, top, right, bottom = persons_px.T.astype(np.float64)
    depth = np.minimum(bottom - top, np.maximum(0.2 * (bottom - top), 0.4 * (right - left)))
    return np.stack([left, top, right, top + depth], axis=1).astype(np.float32)


def mask_of(areas_px: FloatArray, size_px: tuple[int, int]) -> Mask:
    """Return (H, W), true where painted. A pixel counts only where all of it lies in an area."""
    mask = np.zeros((size_px[1], size_px[0]), dtype=np.bool_)
    for left, top, right, bottom in areas_px:
        mask[int(np.ceil(top)) : int(np.floor(bottom)), int(np.ceil(left)) : int(np.floor(right))] = True
    return mask


def shares_covered(heads_px: FloatArray, mask: Mask) -> FloatArray:
    """Return (N,): how much of each head lies under what was painted. What is out of the picture counts as covered."""
    shares = np.ones(len(heads_px), dtype=np.float32)
    for i, (left, top, right, bottom) in enumerate(heads_px):
        rows = slice(max(round(float(top)), 0), max(round(float(bottom)), 0))
        inside = mask[rows, max(round(float(left)), 0) : max(round(float(right)), 0)]
        if inside.size:
            shares[i] = inside.mean()
    return shares


def judge(seen: Seen, mask: Mask, subject_px: FloatArray | None = None) -> Verdict:
    """Judge one frame.

    Args:
        seen: What the judges saw.
        mask: What was painted.
        subject_px: (4,), the subject's own box, who may be visible; None where nobody may be.
    """
    persons, faces, after = seen.persons_px, seen.faces_px, seen.after_px
    if subject_px is not None:
        persons = persons[boxes.overlaps(persons, subject_px[None]).max(axis=1, initial=0.0) < SAME_PERSON]
        faces, after = _without_own(faces, subject_px), _without_own(after, subject_px)
    heads = judged_heads_px(persons)
    found = boxes.overlaps(after, faces).max(axis=1, initial=0.0) >= SAME_FACE
    return Verdict(
        heads=len(heads),
        heads_visible=int((shares_covered(heads, mask) < COVERED).sum()),
        faces=len(faces),
        faces_visible=int((shares_covered(faces, mask) < COVERED).sum()),
        faces_found=int(found.sum()),
    )


def follow_subject(
    persons_px: Sequence[FloatArray], times_s: Sequence[float], *, start: int, box_px: FloatArray
) -> list[FloatArray | None]:
    """Follow one person through a judge's boxes, both ways from a frame, until lost for half a second.

    Independent of what made the redacted clip: the next box is the one that overlaps the latest most.
    """
    found: list[FloatArray | None] = [None] * len(persons_px)
    for way in (range(start, len(persons_px)), range(start, -1, -1)):
        latest, seen_s = box_px, times_s[start]
        for f in way:
            overlap = boxes.overlaps(persons_px[f], latest[None]).max(axis=1, initial=0.0)
            if len(overlap) and float(overlap.max()) >= SAME_FACE:
                latest, seen_s = persons_px[f][int(overlap.argmax())], times_s[f]
                found[f] = latest
            elif abs(times_s[f] - seen_s) > 0.5:
                break
    return found


def _without_own(faces_px: FloatArray, subject_px: FloatArray) -> FloatArray:
    """Leave out one face at most: of those in the subject's box, the nearest to where the head of somebody upright is.

    A second face in that box is a neighbour's.
    """
    middle = (faces_px[:, :2] + faces_px[:, 2:]) / 2
    inside = ((middle >= subject_px[:2]) & (middle <= subject_px[2:])).all(axis=1)
    if not inside.any():
        return faces_px
    left, top, right, bottom = judged_heads_px(subject_px[None])[0]
    away = np.linalg.norm(middle - np.array([(left + right) / 2, (top + bottom) / 2]), axis=1)
    own = int(np.where(inside, away, np.inf).argmin())
    return np.delete(faces_px, own, axis=0)


FACE_SCALE = 2.0
"""Pictures are shown to the face net enlarged: it was made for faces from about 12 px on, ours are smaller."""
FACE_SCORE_MIN = 0.35
FACE_IOU_MAX = 0.3
CELL_PX = 4


class CenterFace:
    """Finds faces with CenterFace, which is no part of the project: its ONNX file is handed in.

    Source: Xu et al., CenterFace: Joint Face Detection and Alignment Using Face as Point, 2019.
    """

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        if not path.is_file():
            raise EvaluationInvalid([f"{path}: no such file; wanted the face net CenterFace as ONNX"])
        self._path, self._threads = path, threads
        self._compiled: dict[tuple[int, int], ov.CompiledModel] = {}

    def faces_px(self, image: Image) -> FloatArray:
        """Return (N, 4) boxes of faces in a picture (H, W, 3) BGR, strongest first."""
        height, width = (int(np.ceil(side * FACE_SCALE / 32) * 32) for side in image.shape[:2])
        enlarged = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
        blob = enlarged[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        heat, scale, offset, _ = self._net(height, width)(blob).values()
        rows, columns = np.where(heat[0, 0] >= FACE_SCORE_MIN)
        sides = np.exp(scale[0, ::-1, rows, columns]) * CELL_PX
        middle = (np.stack([columns, rows], axis=1) + offset[0, ::-1, rows, columns] + 0.5) * CELL_PX
        found = np.concatenate([middle - sides / 2, middle + sides / 2], axis=1)
        found = (found / np.tile([width / image.shape[1], height / image.shape[0]], 2)).astype(np.float32)
        score, nothing = heat[0, 0, rows, columns].astype(np.float32), np.zeros(len(rows), dtype=np.int64)
        kept = boxes.suppress(found, score, nothing, score_min=FACE_SCORE_MIN, iou_max=FACE_IOU_MAX)
        return np.asarray(found[kept], dtype=np.float32)

    def _net(self, height: int, width: int) -> ov.CompiledModel:
        if (height, width) not in self._compiled:
            core = ov.Core()
            model = core.read_model(str(self._path))
            model.reshape([1, 3, height, width])
            config = {"INFERENCE_NUM_THREADS": self._threads}
            self._compiled[height, width] = core.compile_model(model, "CPU", config)
        return self._compiled[height, width]
