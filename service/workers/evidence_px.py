"""Boxes in pixels of the evidence: where a camera has a larger stream, clips are cut from that."""

from __future__ import annotations

from dataclasses import replace

from vision.types import Box, Event, Frame

Scale = tuple[float, float]
"""Pixels of the evidence across and down for one of the frame."""

SAME: Scale = (1.0, 1.0)


def scale_of(frame: Frame, before: Scale) -> Scale:
    """Return the scale as a frame shows it; while the larger stream is away, what it was before."""
    if frame.detail is None:
        return before
    (width_px, height_px), (main_width_px, main_height_px) = frame.size_px, frame.detail.size_px
    return main_width_px / width_px, main_height_px / height_px


def in_evidence_px(event: Event, scale: Scale) -> Event:
    """Return an event whose boxes are in pixels of the evidence."""
    if scale == SAME:
        return event
    trace = tuple(replace(item, box_px=_scaled(item.box_px, scale)) for item in event.trace)
    return replace(event, box_px=_scaled(event.box_px, scale), trace=trace)


def box_in(box_px: Box | None, told_px: tuple[int, int] | None, picture_px: tuple[int, int]) -> Box | None:
    """Return a box in pixels of a picture.

    Args:
        told_px: Width and height of the picture that the box is told in; None where it is this one.
        picture_px: Width and height of this picture, which may be of the smaller stream.
    """
    if told_px is None:
        return box_px
    return _scaled(box_px, (picture_px[0] / told_px[0], picture_px[1] / told_px[1]))


def _scaled(box_px: Box | None, scale: Scale) -> Box | None:
    if box_px is None:
        return None
    return box_px[0] * scale[0], box_px[1] * scale[1], box_px[2] * scale[0], box_px[3] * scale[1]
