"""The crop policy: what of a person the crop net sees."""

import numpy as np
import pytest

pytest.importorskip("cv2")

from models.train.crops import GREY, Square, boxes_in, cut, person_square, square_around


def test_a_standing_person_is_cut_from_head_to_hip() -> None:
    square = person_square((100, 100, 200, 500))
    assert Square(left=50, top=84, side=200) == square


def test_a_seated_person_is_cut_whole() -> None:
    square = person_square((0, 0, 100, 100))
    assert 115 == square.side


def test_what_lies_beyond_the_picture_is_grey() -> None:
    crop = cut(np.zeros((50, 50, 3), np.uint8), Square(-10, -10, 40), 448)
    assert (40, 40, 3) == crop.shape
    assert GREY == crop[0, 0, 0]
    assert 0 == crop[20, 20, 0]


def test_a_crop_is_only_ever_made_smaller() -> None:
    picture = np.zeros((600, 600, 3), np.uint8)
    assert 448 == cut(picture, Square(0, 0, 600), 448).shape[0]
    assert 100 == cut(picture, Square(0, 0, 100), 448).shape[0]


def test_boxes_become_fractions_and_those_mostly_outside_are_not_labelled() -> None:
    boxes, visible = boxes_in(Square(10, 10, 100), np.array([[20, 20, 60, 60], [0, 0, 12, 12]]))
    np.testing.assert_allclose([0.1, 0.1, 0.5, 0.5], boxes[0])
    assert [True, False] == visible.tolist()


def test_a_square_around_a_lone_cigarette_is_centred_on_it() -> None:
    assert Square(left=30, top=35, side=120) == square_around((80, 90, 100, 100), 6)
