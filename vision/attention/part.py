"""Which part of a picture is worth asking about: where something changed, with everybody whom that touches whole."""

from __future__ import annotations

from collections.abc import Sequence

from vision.types import Box, FloatArray

MARGIN = 0.0375
"""Of the longer side: so much around what changed is asked about too. Of a person before a wall of the same grey not
every pixel changes."""

APART = 0.0125
"""Of the longer side: the least between somebody known and the edge of a part."""


def part_around(
    changed: Box, known_px: FloatArray, size_px: tuple[int, int], parts: Sequence[tuple[int, int]]
) -> Box | None:
    """Choose the first part that holds what changed, and of everybody known either all or nothing.

    Args:
        changed: What changed, in fractions of the picture.
        known_px: float32 (N, 4), boxes of who is known, in pixels.
        size_px: Width and height of the picture.
        parts: Widths and heights of parts in pixels, in the order of choice.

    Returns:
        In pixels; None where no part is large enough.
    """
    width, height = size_px
    margin = MARGIN * max(size_px)
    x1, y1, x2, y2 = changed[0] * width, changed[1] * height, changed[2] * width, changed[3] * height
    wanted = _within((x1 - margin, y1 - margin, x2 + margin, y2 + margin), size_px)
    apart = APART * max(size_px)
    kept_px = [
        _within((box[0] - apart, box[1] - apart, box[2] + apart, box[3] + apart), size_px) for box in known_px.tolist()
    ]
    return next((part for part in (_grown(wanted, kept_px, size_px, each) for each in parts) if part is not None), None)


def _grown(wanted: Box, known_px: Sequence[Box], size_px: tuple[int, int], part_px: tuple[int, int]) -> Box | None:
    """Place a part of one size, again until it cuts nobody; None where it is too small for that."""
    while wanted[2] - wanted[0] <= part_px[0] and wanted[3] - wanted[1] <= part_px[1]:
        part = _placed(wanted, size_px, part_px)
        cut = [box for box in known_px if _touches(box, part) and not _is_in(box, wanted)]
        if not cut:
            return part
        lefts, tops, rights, bottoms = zip(wanted, *cut, strict=True)
        wanted = min(lefts), min(tops), max(rights), max(bottoms)
    return None


def _placed(wanted: Box, size_px: tuple[int, int], part_px: tuple[int, int]) -> Box:
    """Put a part around something, in whole pixels and inside the picture."""
    left, top = (
        round(min(max((wanted[i] + wanted[i + 2] - part_px[i]) / 2, 0), size_px[i] - part_px[i])) for i in (0, 1)
    )
    return left, top, left + part_px[0], top + part_px[1]


def _within(box: Box, size_px: tuple[int, int]) -> Box:
    width, height = size_px
    return max(box[0], 0.0), max(box[1], 0.0), min(box[2], float(width)), min(box[3], float(height))


def _touches(box: Box, part: Box) -> bool:
    return box[0] < part[2] and box[2] > part[0] and box[1] < part[3] and box[3] > part[1]


def _is_in(box: Box, area: Box) -> bool:
    return box[0] >= area[0] and box[2] <= area[2] and box[1] >= area[1] and box[3] <= area[3]
