"""Each fault, put into footage that goes through a real encoder, is recognised in time and ends by itself.

All of it at more scenes and for 24 hours: ``python -m models.evaluate.health``.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from calibration.scene import PictureShape
from models.evaluate.camera_days import ENCODERS, Weather, load_clip
from models.evaluate.health import INJECTED, inject, normal_day
from tests.samples import SAMPLES
from tests.stories import CAMERA, RUN, at
from vision.capture.pictures import BgrPixels
from vision.health.monitor import HealthMonitor
from vision.types import FaultKind, Frame, Image

WITHIN_S = 30.0


@cache
def clip() -> list[Image]:
    return load_clip(SAMPLES / "clips" / "counter.mp4", every_s=0.5)


@pytest.mark.parametrize(
    "fault",
    ["covered, hand", "darkened to 5 %", "blurred, 3 px", "frozen", "shifted by 5 %"],
)
def test_an_injected_fault_is_recognised_in_time_and_ends_by_itself(fault: str) -> None:
    assert fault in INJECTED
    trial = inject("counter", clip(), Weather(seed=7, encoder=ENCODERS[0]), fault=fault, lasts_s=35.0)
    assert trial.found_s is not None and trial.found_s <= WITHIN_S
    assert trial.ended_s is not None and trial.ended_s <= WITHIN_S
    assert trial.started_off_s is not None and abs(trial.started_off_s) <= 4.0
    assert () == trial.others


def test_a_day_s_course_of_light_raises_no_alarm() -> None:
    assert [] == normal_day("counter", clip(), Weather(seed=8), hours=0.1, step_s=4.0)


def frame(seconds: float, image: Image) -> Frame:
    return Frame(CAMERA, RUN, int(seconds * 2), at(seconds), BgrPixels(image))


def room() -> Image:
    """A room with texture everywhere."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(40, 220, (45, 80, 3)).astype(np.uint8)
    return np.ascontiguousarray(np.kron(coarse, np.ones((8, 8, 1), dtype=np.uint8)))


def test_the_first_good_picture_becomes_the_reference() -> None:
    monitor = HealthMonitor(CAMERA, RUN)
    monitor.advance(frame(0, np.zeros((360, 640, 3), dtype=np.uint8)))
    assert monitor.reference is None
    monitor.advance(frame(1, room()))
    assert monitor.reference is not None


def test_nothing_may_be_judged_from_the_first_black_picture_on() -> None:
    monitor = HealthMonitor(CAMERA, RUN)
    assert [] == monitor.advance(frame(0, np.zeros((360, 640, 3), dtype=np.uint8)))
    assert frozenset({FaultKind.COVERED}) == monitor.blinding
    monitor.advance(frame(1, room()))
    assert frozenset() == monitor.blinding


def test_pictures_are_measured_twice_a_second_at_most() -> None:
    monitor = HealthMonitor(CAMERA, RUN, room())
    monitor.advance(frame(0, room()))
    monitor.advance(frame(0.2, np.zeros((360, 640, 3), dtype=np.uint8)))
    assert frozenset() == monitor.blinding


def test_somebody_says_that_the_view_is_right_now() -> None:
    monitor = HealthMonitor(CAMERA, RUN, room())
    turned = np.ascontiguousarray(np.roll(room(), 96, axis=1))
    noise = np.random.default_rng(1)

    def see(seconds: float) -> list[tuple[FaultKind, bool]]:
        speckled = np.clip(turned + noise.normal(0, 2, turned.shape), 0, 255).astype(np.uint8)
        return [(f.kind, f.ended_at is None) for f in monitor.advance(frame(seconds, speckled))]

    assert [(FaultKind.MOVED, True)] == [change for i in range(40) for change in see(i / 2)]
    monitor.adopt(turned)
    assert [(FaultKind.MOVED, False)] == [change for i in range(40, 80) for change in see(i / 2)]


def test_a_masked_corner_is_neither_dark_nor_covered() -> None:
    masked = room()
    masked[:, :600] = 0
    monitor = HealthMonitor(CAMERA, RUN, masked)
    measures = monitor.measure(frame(0, masked))
    assert measures.luma_mean > 80
    assert measures.contrast > 20


def test_a_room_without_texture_tells_neither_blur_nor_movement() -> None:
    plain = np.full((360, 640, 3), 90, dtype=np.uint8)
    plain[100:110, 100:110] = 200
    measures = HealthMonitor(CAMERA, RUN, plain).measure(frame(0, plain))
    assert (None, None) == (measures.sharpness, measures.view)


def test_another_resolution_of_the_same_view_is_no_movement() -> None:
    monitor = HealthMonitor(CAMERA, RUN, room())
    large = np.ascontiguousarray(np.kron(room(), np.ones((2, 2, 1), dtype=np.uint8)))
    view = monitor.measure(frame(0, large)).view
    assert view is not None and view.agreement > 0.9


def test_a_picture_of_another_shape_than_the_scene_was_drawn_on_is_not_judged() -> None:
    drawn = PictureShape(1280, 720)
    told: dict[tuple[int, int], list[FaultKind]] = {}
    for size in ((640, 360), (640, 480)):
        monitor = HealthMonitor(CAMERA, RUN, drawn_on=drawn)
        faults = []
        for i in range(30):
            image = np.asarray(cv2.resize(room(), size), dtype=np.uint8)
            image[:40, 8 * i : 8 * i + 8] = 255  # something moves: it is not frozen
            faults += monitor.advance(Frame(CAMERA, RUN, i, at(i / 2), BgrPixels(image)))
        told[size] = [fault.kind for fault in faults]
        assert (size == (640, 480)) == (FaultKind.MOVED in monitor.blinding)
    assert {(640, 360): [], (640, 480): [FaultKind.MOVED]} == told
