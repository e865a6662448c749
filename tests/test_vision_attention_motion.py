"""What counts as a change between two pictures: people do, noise and light do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.samples import sample_frame
from vision.attention.motion import GLANCE_PX, MotionMarks, differs, differs_in, where_differs
from vision.types import Image

MARKS = MotionMarks()


@pytest.fixture(scope="module")
def room() -> Image:
    frame, _ = sample_frame("counter", seconds=0.5)
    return np.array(frame.image)


def small(image: Image) -> Image:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (GLANCE_PX, 90), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def noisy(image: Image, levels: float, seed: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, levels, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def brighter(image: Image, by: int) -> Image:
    return np.clip(image.astype(np.int16) + by, 0, 255).astype(np.uint8)


def test_the_noise_of_a_sensor_is_no_change(room: Image) -> None:
    assert [False] * 10 == [differs(small(noisy(room, 8, i)), small(noisy(room, 8, i + 100)), MARKS) for i in range(10)]


def test_what_an_encoder_leaves_of_noise_is_no_change(room: Image) -> None:
    def encoded(seed: int) -> Image:
        _, coded = cv2.imencode(".jpg", noisy(room, 4, seed), [cv2.IMWRITE_JPEG_QUALITY, 50])
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)

    assert [False] * 5 == [differs(small(encoded(i)), small(encoded(i + 50)), MARKS) for i in range(5)]


@pytest.mark.parametrize("by", [-12, 5, 12, 20])
def test_a_cloud_before_the_sun_is_no_change(room: Image, by: int) -> None:
    inner = np.clip(room, 30, 220)
    assert not differs(small(brighter(inner, by)), small(inner), MARKS)


def test_a_lens_that_is_covered_is_a_change(room: Image) -> None:
    assert differs(small(np.full_like(room, 110)), small(room), MARKS)


@pytest.mark.parametrize("height_px", [48, 100, 300])
@pytest.mark.parametrize("levels", [14, 40])
def test_somebody_who_comes_in_is_a_change_even_far_away_and_in_grey(room: Image, height_px: int, levels: int) -> None:
    there = room.copy()
    x, y, width_px = 700, 300, height_px // 3
    there[y : y + height_px, x : x + width_px] = brighter(there[y : y + height_px, x : x + width_px], -levels)
    assert differs(small(there), small(room), MARKS)


def test_somebody_who_comes_in_as_the_light_changes_is_a_change(room: Image) -> None:
    there = brighter(np.clip(room, 30, 220), 12)
    there[300:500, 700:780] = 40
    assert differs(small(there), small(np.clip(room, 30, 220)), MARKS)


def test_a_person_moves_only_where_they_are(room: Image) -> None:
    there = room.copy()
    there[300:500, 700:780] = 40
    inside, outside = (650.0, 250.0, 850.0, 550.0), (100.0, 250.0, 300.0, 550.0)
    assert differs_in(inside, (1280, 720), small(there), small(room), MARKS)
    assert not differs_in(outside, (1280, 720), small(there), small(room), MARKS)


def test_a_box_at_the_edge_or_beyond_it_is_no_fault(room: Image) -> None:
    for box in ((1270.0, 700.0, 1280.0, 720.0), (-20.0, -10.0, 5.0, 5.0), (1300.0, 730.0, 1400.0, 800.0)):
        assert not differs_in(box, (1280, 720), small(room), small(room), MARKS)


def test_pictures_of_other_sides_differ(room: Image) -> None:
    assert differs(small(room), small(room)[:45], MARKS)


@pytest.mark.parametrize("seed", range(5))
def test_the_area_that_changed_holds_who_came_in_and_little_else(room: Image, seed: int) -> None:
    left, top = np.random.default_rng(seed).integers((100, 100), (1000, 400))
    entered = noisy(room, 8, seed)
    entered[top : top + 200, left : left + 80] = 200 - entered[top : top + 200, left : left + 80] // 2
    area = where_differs(small(entered), small(noisy(room, 8, seed + 50)), MARKS)
    assert area is not None
    # two small pixels at each side, each 8 px of 1280 x 720
    assert abs(area[0] - left / 1280) <= 16 / 1280 and abs(area[2] - (left + 80) / 1280) <= 16 / 1280
    assert abs(area[1] - top / 720) <= 16 / 720 and abs(area[3] - (top + 200) / 720) <= 16 / 720


def test_where_nothing_counts_nothing_is_told(room: Image) -> None:
    assert None is where_differs(small(room), small(room), MARKS)
    assert None is where_differs(small(noisy(room, 8, 1)), small(noisy(room, 8, 2)), MARKS)
    assert (0, 0, 1, 1) == where_differs(small(room), np.zeros((60, 160), np.uint8), MARKS)


@given(hnp.arrays(np.uint8, (12, 20), elements=st.integers(90, 110)), st.data())
def test_outside_the_area_nothing_is_left_that_would_count(then: Image, data: st.DataObject) -> None:
    marks = MotionMarks(clear_pixels=3, faint_pixels=8)
    now = then.copy()
    for _ in range(data.draw(st.integers(0, 4))):
        y, x = data.draw(st.integers(0, 11)), data.draw(st.integers(0, 19))
        now[y : y + data.draw(st.integers(1, 6)), x : x + data.draw(st.integers(1, 6))] += data.draw(
            st.sampled_from([8, 30])
        )
    if abs(now.mean() - then.mean()) >= 1:
        return  # evened out first: see the tests of light
    area = where_differs(now, then, marks)
    outside = np.abs(now.astype(int) - then)
    if area is not None:
        left, top, right, bottom = round(area[0] * 20), round(area[1] * 12), round(area[2] * 20), round(area[3] * 12)
        outside[top:bottom, left:right] = 0
    assert (outside >= 12).sum() < 3 and (outside >= 6).sum() < 8
    assert differs(now, then, marks) == (area is not None)
