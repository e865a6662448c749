"""Boxes: fit a picture into a net's input, and carry boxes back to the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Box, FloatArray, Image

GREY = 114
"""Padding value that the nets were trained with (ultralytics' letterbox)."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture was fitted: x_input = x_picture * scale + left_px."""

    scale: float
    left_px: float
    top_px: float

    def to_picture(self, xyxy_px: FloatArray) -> FloatArray:
        """Carry (N, 4) boxes, or (N, 2) points, from input pixels back to picture pixels."""
        shift = np.array([self.left_px, self.top_px] * (xyxy_px.shape[1] // 2), dtype=np.float32)
        return ((xyxy_px - shift) / np.float32(self.scale)).astype(np.float32)


def letterbox(image: Image, height_px: int, width_px: int) -> tuple[Image, Letterbox]:
    """Scale a picture to fit and pad it with grey, centred; returns (height_px, width_px, 3) uint8."""
    scale = min(height_px / image.shape[0], width_px / image.shape[1])
    inner_h, inner_w = max(1, round(image.shape[0] * scale)), max(1, round(image.shape[1] * scale))
    top, left = (height_px - inner_h) // 2, (width_px - inner_w) // 2
    canvas = np.full((height_px, width_px, 3), GREY, dtype=np.uint8)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas[top : top + inner_h, left : left + inner_w] = cv2.resize(image, (inner_w, inner_h), interpolation=method)
    return canvas, Letterbox(scale, left, top)


def to_blob(image: Image) -> FloatArray:
    """Make the net's input: (1, 3, H, W) float32 RGB 0..1 from (H, W, 3) BGR."""
    rgb = image[:, :, ::-1].transpose(2, 0, 1)
    return np.ascontiguousarray(rgb[None], dtype=np.float32) / np.float32(255.0)


def centres_to_corners(xywh: FloatArray) -> FloatArray:
    """Turn (N, 4) centre-x, centre-y, width, height into left, top, right, bottom."""
    half = xywh[:, 2:] / 2
    return np.concatenate([xywh[:, :2] - half, xywh[:, :2] + half], axis=1).astype(np.float32)


def suppress(
    xyxy_px: FloatArray, score: FloatArray, class_id: NDArray[np.int64], *, score_min: float, iou_max: float
) -> NDArray[np.int64]:
    """Non-maximum suppression per class; returns the kept indices, strongest first."""
    if len(score) == 0:
        return np.empty(0, dtype=np.int64)
    xywh = xyxy_px.copy()
    xywh[:, 2:] -= xywh[:, :2]
    kept = cv2.dnn.NMSBoxesBatched(
        xywh.tolist(), score.tolist(), class_id.tolist(), score_threshold=score_min, nms_threshold=iou_max
    )
    order = np.asarray(kept, dtype=np.int64).reshape(-1)
    return order[np.argsort(-score[order], kind="stable")]


def fuse(
    xyxy_px: FloatArray, score: FloatArray, class_id: NDArray[np.int64], *, iou_min: float
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Make one box of those of a class that overlap the strongest of them: their mean, weighted by score.

    Several looks at a thing place it better than one. The score is the strongest's.

    Returns:
        (M, 4) boxes, (M,) scores in falling order, (M,) classes.

    Source: R. Solovyev, W. Wang, T. Gabruseva, Weighted boxes fusion, Image and Vision Computing 107 (2021), without
    its change of scores, which are calibrated afterwards.
    """
    same = list(groups(xyxy_px, score, class_id, iou_min=iou_min))
    strongest = [mine[0] for mine in same]
    fused = np.array([mean_box(xyxy_px[mine], score[mine]) for mine in same], dtype=np.float32).reshape(-1, 4)
    return fused, score[strongest], class_id[strongest]


def groups(
    xyxy_px: FloatArray, score: FloatArray, class_id: NDArray[np.int64], *, iou_min: float
) -> Iterator[NDArray[np.int64]]:
    """Which boxes show one thing: those of a class that overlap the strongest of what is left, itself first."""
    left = np.argsort(-score, kind="stable")
    while left.size:
        near = overlaps(xyxy_px[left[:1]], xyxy_px[left])[0] >= iou_min
        near &= class_id[left] == class_id[left[0]]
        near[0] = True  # a box without area overlaps nothing, itself included
        yield left[near]
        left = left[~near]


def mean_box(xyxy_px: FloatArray, score: FloatArray) -> FloatArray:
    """(4,) the mean of some boxes, weighted by score."""
    weight = np.maximum(score, 1e-6)
    return np.asarray((xyxy_px * weight[:, None]).sum(axis=0) / weight.sum(), dtype=np.float32)


def is_cut(xyxy_px: FloatArray, square: Box) -> NDArray[np.bool_]:
    """(N,) which boxes reach the edge of a square, so that it may have cut off a part of what they show."""
    left, top, right, bottom = square
    margin = EDGE_SHARE * (right - left)
    inner = np.array([left + margin, top + margin, -right + margin, -bottom + margin])
    signed = xyxy_px * np.array([1, 1, -1, -1], dtype=np.float32)
    return np.asarray((signed < inner).any(axis=1))


EDGE_SHARE = 0.02
"""How near to the edge of a square a box counts as cut, in sides of the square."""


def overlaps(a_px: FloatArray, b_px: FloatArray) -> FloatArray:
    """Intersection over union of every one of (N, 4) boxes with every one of (M, 4): (N, M)."""
    sides = np.minimum(a_px[:, None, 2:], b_px[None, :, 2:]) - np.maximum(a_px[:, None, :2], b_px[None, :, :2])
    both = np.prod(np.maximum(sides, 0.0), axis=2)
    area_a, area_b = (np.prod(box[:, 2:] - box[:, :2], axis=1) for box in (a_px, b_px))
    return np.asarray(both / np.maximum(area_a[:, None] + area_b[None] - both, 1e-6), dtype=np.float32)


def crop_square(image: Image, square: Box, side_px: int) -> tuple[Image, Letterbox]:
    """Cut a square (pixels, may leave the picture: grey there) and resize it to side_px x side_px."""
    x1, y1 = round(square[0]), round(square[1])
    size = max(2, round(square[2] - square[0]))
    canvas = np.full((size, size, 3), GREY, dtype=np.uint8)
    left, top = max(x1, 0), max(y1, 0)
    right, bottom = min(x1 + size, image.shape[1]), min(y1 + size, image.shape[0])
    if right > left and bottom > top:
        canvas[top - y1 : bottom - y1, left - x1 : right - x1] = image[top:bottom, left:right]
    scale = side_px / size
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(canvas, (side_px, side_px), interpolation=method)
    return np.asarray(resized, dtype=np.uint8), Letterbox(scale, -x1 * scale, -y1 * scale)


def upper_body(person: Box) -> Box:
    """The square in which badge and cigarette are looked for: head to hip, hands beside the body.

    The crop net was trained on exactly these squares; change both or none.
    """
    x1, y1, x2, y2 = person
    width, height = x2 - x1, y2 - y1
    side = max(width * 1.15, min(height * 0.75, width * 2.0))
    middle, top = (x1 + x2) / 2, y1 - 0.08 * side
    return middle - side / 2, top, middle + side / 2, top + side


def whole_body(person: Box) -> Box:
    """The square around a person with a tenth to spare, for the pose net."""
    x1, y1, x2, y2 = person
    side = max(x2 - x1, y2 - y1) * 1.1
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


NEARER_FROM = 1.5
"""A nearer look is worth its time where the square has this many times the pixels of the net's input."""
NEARER_SHARE = 0.6
"""Side of a nearer square over the side of the whole: two by two of them overlap by a fifth, so that nothing as large
as a card is cut by all."""


def nearer_squares(square: Box, input_px: int) -> list[Box]:
    """The two by two overlapping squares inside one that has pixels to spare; none where it has not."""
    x1, y1, x2, _ = square
    side = x2 - x1
    if side < NEARER_FROM * input_px:
        return []
    inner = side * NEARER_SHARE
    corners = [(x, y) for y in (y1, y1 + side - inner) for x in (x1, x1 + side - inner)]
    return [(x, y, x + inner, y + inner) for x, y in corners]
