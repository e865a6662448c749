"""The third look: what the vessel net sees around a person, beside all that the other nets see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from models.catalog import Calibration, ModelEntry, load_catalog
from tests.looks import look
from tests.samples import sample_frame
from tests.stories import CAMERA, RUN, at
from vision.capture.pictures import BgrPixels
from vision.detection import boxes
from vision.detection.openvino import OpenVinoNet
from vision.detection.vessels import NEAR_PX, VesselLooker, wider
from vision.types import Box, FloatArray, Frame, Image, Look, TrackKey

KEY = TrackKey(CAMERA, RUN, 1)
PERSON: Box = (100.0, 50.0, 300.0, 450.0)


@dataclass
class Others:
    """The looker beside which the vessels are seen; counts."""

    asked: int = 0

    def look(self, frame: Frame, persons: Sequence[tuple[TrackKey, Box]]) -> list[Look]:
        self.asked += len(persons)
        return [replace(look(person=box), track=key, at=frame.captured_at) for key, box in persons]


class BlueThings:
    """A net of which each blue square of its input is a can, as sure as half."""

    input_px = NEAR_PX

    def __init__(self) -> None:
        vessel = load_catalog()["vessel"]
        self.entry: ModelEntry = replace(vessel, calibration={"can": Calibration(1.0, 1.0)})

    def infer(self, image: Image) -> FloatArray:
        rows, columns = np.nonzero((image[..., 0] > 200) & (image[..., 2] < 60))
        raw = np.zeros((4 + len(self.entry.classes), 1), np.float32)
        if len(rows):
            left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            raw[:4, 0] = ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
            raw[4 + self.entry.class_id("can"), 0] = 0.5
        return raw


def frame_with(can: Box | None, *, detail: int = 1) -> Frame:
    """A grey frame with a blue can; its detail has so many times the pixels."""

    def drawn(times: int) -> BgrPixels:
        image = np.full((480 * times, 640 * times, 3), 100, np.uint8)
        if can is not None:
            x1, y1, x2, y2 = (round(side * times) for side in can)
            image[y1:y2, x1:x2] = (255, 0, 0)
        return BgrPixels(image)

    return Frame(CAMERA, RUN, 0, at(0), drawn(1), None if detail == 1 else drawn(detail))


@pytest.mark.parametrize("detail", [1, 3])
def test_vessels_are_told_in_pixels_of_the_frame_and_as_probabilities(detail: int) -> None:
    can: Box = (250.0, 300.0, 280.0, 350.0)
    others = Others()
    (told,) = VesselLooker(others, BlueThings()).look(frame_with(can, detail=detail), [(KEY, PERSON)])
    assert told.vessels is not None
    assert 1 == others.asked == len(told.vessels)
    assert told.vessels.xyxy_px[0].tolist() == pytest.approx(can, abs=2.0)
    assert float(told.vessels.score[0]) == pytest.approx(1 / (1 + np.exp(-1.0)), abs=1e-3)


def test_nothing_seen_is_an_empty_list_and_not_an_unasked_question() -> None:
    (told,) = VesselLooker(Others(), BlueThings()).look(frame_with(None), [(KEY, PERSON)])
    assert told.vessels is not None
    assert 0 == len(told.vessels)
    assert [] == VesselLooker(Others(), BlueThings()).look(frame_with(None), [])


def test_the_square_reaches_beyond_the_upper_body() -> None:
    inner = boxes.upper_body(PERSON)
    outer = wider(inner)
    assert outer[2] - outer[0] == pytest.approx(1.3 * (inner[2] - inner[0]))
    assert (outer[0] + outer[2]) / 2 == pytest.approx((inner[0] + inner[2]) / 2)
    assert (outer[1] + outer[3]) / 2 == pytest.approx((inner[1] + inner[3]) / 2)


def test_the_real_net_calls_nobody_of_the_sample_a_drinker() -> None:
    frame, persons = sample_frame("counter", seconds=10.0)
    vessel = load_catalog()["vessel"]
    looker = VesselLooker(Others(), OpenVinoNet(vessel, input_px=NEAR_PX, threads=2))
    keys = [(KEY, (float(p[0]), float(p[1]), float(p[2]), float(p[3]))) for p in persons]
    for told in looker.look(frame, keys):
        assert told.vessels is not None
        for name in ("bottle", "can"):
            seen = told.vessels.of_class(vessel.class_id(name))
            assert float(seen.score.max(initial=0.0)) < vessel.yes_score[name]
