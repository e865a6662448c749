"""Where heads may be: standing, sitting, bending, lying, cut off, small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.redaction.heads import LEAST_SIDE_PX, head_areas_px, likely_heads_px
from vision.types import Box, FloatArray

SIZE_PX = (640, 360)


def area_of(person: Box, keypoints: FloatArray | None = None) -> Box:
    points = None if keypoints is None else keypoints[None]
    x1, y1, x2, y2 = (float(v) for v in head_areas_px(np.array([person], np.float32), SIZE_PX, points)[0])
    return x1, y1, x2, y2


def holds(area: Box, thing: Box) -> bool:
    return area[0] <= thing[0] and area[1] <= thing[1] and area[2] >= thing[2] and area[3] >= thing[3]


def test_the_upper_two_fifths_of_somebody_who_stands_are_covered_and_the_legs_are_not() -> None:
    area = area_of((300, 100, 360, 260))
    assert holds(area, (300, 100, 360, 164))
    assert area[3] < 190


def test_somebody_who_lies_or_is_cut_off_below_the_shoulders_is_covered_as_a_whole() -> None:
    for person in ((100.0, 200.0, 300.0, 260.0), (100.0, 200.0, 180.0, 270.0)):
        assert holds(area_of(person), person)


def test_the_wider_a_box_the_more_of_its_height_is_covered() -> None:
    depths = [area_of((100, 100, 100 + width, 200))[3] for width in (30, 45, 60, 75, 90, 120)]
    assert sorted(depths) == depths
    assert depths[-1] >= 200


def test_hair_above_the_box_and_ears_beside_it_are_covered() -> None:
    area = area_of((300, 100, 360, 260))
    assert area[1] <= 90
    assert area[0] <= 294
    assert area[2] >= 366


def test_a_small_person_is_covered_by_more_than_the_box_says() -> None:
    area = area_of((100, 100, 106, 116))
    assert area[2] - area[0] >= LEAST_SIDE_PX
    assert area[3] - area[1] >= LEAST_SIDE_PX


@pytest.mark.parametrize(
    "person",
    [(0.0, 50.0, 30.0, 200.0), (610.0, 50.0, 640.0, 200.0), (300.0, 0.0, 380.0, 90.0), (0.0, 330.0, 40.0, 360.0)],
)
def test_an_area_is_cut_at_the_edge_of_the_picture_and_covers_all_that_is_inside(person: Box) -> None:
    x1, y1, x2, y2 = area_of(person)
    assert 0 <= x1 < x2 <= SIZE_PX[0]
    assert 0 <= y1 < y2 <= SIZE_PX[1]
    assert holds((x1, y1, x2, y2), (person[0], person[1], person[2], person[1] + 0.3 * (person[3] - person[1])))


def points_at(x: float, y: float, score: float) -> FloatArray:
    points = np.zeros((17, 3), dtype=np.float32)
    points[:5] = [[x, y, score], [x - 4, y - 4, score], [x + 4, y - 4, score], [x - 8, y, score], [x + 8, y, score]]
    return points


def test_a_face_seen_far_down_the_box_is_covered_too_and_the_rest_stays_covered() -> None:
    person = (300.0, 100.0, 360.0, 260.0)
    area = area_of(person, points_at(355, 230, 0.9))
    assert holds(area, area_of(person))
    assert holds(area, (345, 220, 365, 245))


def test_points_that_the_net_does_not_believe_change_nothing() -> None:
    person = (300.0, 100.0, 360.0, 260.0)
    assert area_of(person) == area_of(person, points_at(355, 230, 0.05))


@given(left=st.floats(0, 600), top=st.floats(0, 320), width=st.floats(1, 640), height=st.floats(1, 360))
def test_where_a_head_likely_is_is_always_covered(left: float, top: float, width: float, height: float) -> None:
    person = np.array([[left, top, min(left + width, 640), min(top + height, 360)]], dtype=np.float32)
    area, likely = head_areas_px(person, SIZE_PX)[0], likely_heads_px(person)[0]
    assert (area[:2] <= likely[:2] + 1e-3).all()
    assert (area[2:] >= likely[2:] - 1e-3).all()


def test_nobody_gives_no_area() -> None:
    assert (0, 4) == head_areas_px(np.zeros((0, 4), np.float32), SIZE_PX).shape
