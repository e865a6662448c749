"""Average precision and operating points against cases counted by hand."""

import numpy as np
import pytest

pytest.importorskip("cv2")

from models.train.matching import Found, Truth, average_precision, interval, precision_recall
from models.train.operating import floor_px, no_score, yes_score

BOX = [0.1, 0.1, 0.3, 0.3]
ELSEWHERE = [0.6, 0.6, 0.8, 0.8]


def found(*rows: tuple[list[float], float, int]) -> Found:
    return Found(
        np.array([box for box, _, _ in rows], float).reshape(-1, 4),
        np.array([score for _, score, _ in rows], float),
        np.array([kind for _, _, kind in rows], np.int64),
    )


def truth(*rows: tuple[list[float], int]) -> Truth:
    boxes = np.array([box for box, _ in rows], float).reshape(-1, 4)
    return Truth(boxes, np.array([kind for _, kind in rows], np.int64))


def test_one_right_box_is_all() -> None:
    pairs = [(found((BOX, 0.9, 0)), truth((BOX, 0)))]
    assert pytest.approx(1.0) == average_precision(pairs, 0, 0.5)


def test_a_box_may_be_hit_only_once() -> None:
    pairs = [(found((BOX, 0.9, 0), (BOX, 0.8, 0)), truth((BOX, 0)))]
    assert (0.5, 1.0) == precision_recall(pairs, 0, 0.5)


def test_a_false_box_above_the_right_one_halves_the_area() -> None:
    pairs = [(found((ELSEWHERE, 0.9, 0), (BOX, 0.8, 0)), truth((BOX, 0)))]
    assert pytest.approx(0.5) == average_precision(pairs, 0, 0.5)


def test_an_interval_holds_its_figure() -> None:
    good, bad = (found((BOX, 0.9, 0)), truth((BOX, 0))), (found(), truth((BOX, 0)))
    pairs = [good, bad] * 20
    low, high = interval(pairs, lambda some: average_precision(some, 0, 0.5))
    assert low < average_precision(pairs, 0, 0.5) < high


def test_yes_needs_nine_right_in_ten() -> None:
    right = [(found((BOX, 0.5 + index / 1000, 0)), truth((BOX, 0))) for index in range(90)]
    wrong = [(found((BOX, 0.4, 0)), truth()) for _ in range(100)]
    assert 0.5 == yes_score(right + wrong, 0)


def test_no_lies_under_what_95_of_100_wearers_reach() -> None:
    pairs = [(found((BOX, index / 100, 1)), truth((BOX, 1))) for index in range(1, 101)]
    assert 0.06 == no_score(pairs)


def test_the_floor_is_where_small_things_are_lost() -> None:
    table = [(6, 0.1, 50), (10, 0.5, 50), (14, 0.85, 50), (20, 0.97, 50), (40, 1.0, 3)]
    assert 14 == floor_px(table)
