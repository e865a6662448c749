"""Boxes of events in pixels of the clips that are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.workers.evidence_px import SAME, box_in, in_evidence_px, scale_of
from tests.stories import CAMERA, RUN, SUBJECT, YES, at, observation
from vision.capture.pictures import BgrPixels
from vision.types import Event, Frame, RuleId

FRAME = Frame(CAMERA, RUN, 0, at(0), BgrPixels(np.zeros((360, 640, 3), np.uint8)))
DETAILED = replace(FRAME, detail=BgrPixels(np.zeros((1080, 1920, 3), np.uint8)))


def event_at(left: float) -> Event:
    box = (left, 10.0, left + 20, 30.0)
    trace = (observation(0, YES), replace(observation(1, YES), box_px=box))
    return Event(RuleId("smoking"), SUBJECT, at(0), 0.9, at(1), 0.5, "", box, trace=trace)


def test_the_larger_stream_s_scale_is_kept_while_it_is_away() -> None:
    assert SAME == scale_of(FRAME, SAME)
    assert (3.0, 3.0) == scale_of(DETAILED, SAME)
    assert (3.0, 3.0) == scale_of(FRAME, (3.0, 3.0))


@given(st.floats(0, 600))
def test_boxes_and_nothing_else_are_told_in_pixels_of_the_evidence(left: float) -> None:
    event = event_at(left)
    scaled = in_evidence_px(event, (3.0, 2.0))
    box = (3 * left, 20.0, 3 * (left + 20), 60.0)
    assert (box, box, None) == (scaled.box_px, scaled.trace[1].box_px, scaled.trace[0].box_px)
    trace = (scaled.trace[0], replace(scaled.trace[1], box_px=event.box_px))
    assert event == replace(scaled, box_px=event.box_px, trace=trace)
    assert event is in_evidence_px(event, SAME)


def test_a_box_fits_the_smaller_picture_too() -> None:
    box = (30.0, 60.0, 90.0, 120.0)
    assert (10.0, 20.0, 30.0, 40.0) == box_in(box, (1920, 1080), (640, 360))
    assert box == box_in(box, (1920, 1080), (1920, 1080))
    assert box == box_in(box, None, (640, 360))
    assert box_in(None, (1920, 1080), (640, 360)) is None
