"""Operating points of the crop net against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.train import calibrate
from models.train.operating import floor_px, lowest_precise, lowest_quiet


def test_a_score_is_chosen_from_which_nine_in_ten_are_right() -> None:
    right, wrong = np.linspace(0.5, 0.59, 90), np.full(100, 0.4)
    is_so = np.concatenate([np.ones(90, bool), np.zeros(100, bool)])
    assert 0.5 == lowest_precise(np.concatenate([right, wrong]), is_so, 0.9)


def test_of_two_hundred_quiet_looks_two_may_speak_where_one_in_a_hundred_may() -> None:
    probability = np.append(np.full(197, 0.1), [0.5, 0.6, 0.7])
    score = lowest_quiet(probability, 1 / 100)
    assert 2 == int((probability >= score).sum())
    assert 0 == int((probability >= lowest_quiet(probability, 0)).sum())


def test_where_no_score_is_good_enough_nothing_counts() -> None:
    probability, is_so = np.linspace(0, 0.9, 200), np.zeros(200, bool)
    assert 0.99 == lowest_precise(probability, is_so, 0.9)


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=120))
def test_the_chosen_score_is_the_lowest_good_one(looks: list[tuple[int, bool]]) -> None:
    probability = np.array([place / 20 for place, _ in looks])
    is_so = np.array([so for _, so in looks])

    def is_good(score: float) -> bool:
        mine = is_so[probability >= score]
        return len(mine) >= 20 and mine.mean() >= 0.7

    good = [score for score in sorted(set(probability.tolist())) if is_good(score)]
    assert (good[0] if good else 0.99) == lowest_precise(probability, is_so, 0.7)


def test_the_floor_is_where_small_things_are_lost() -> None:
    table = [(6, 0.1, 50), (10, 0.5, 50), (14, 0.85, 50), (20, 0.97, 50), (40, 1.0, 3)]
    assert 14 == floor_px(table)


def test_scores_that_boast_are_brought_down() -> None:
    random = np.random.default_rng(3)
    true_probability = random.uniform(0.02, 0.98, 4000)
    is_so = random.random(4000) < true_probability
    logit = np.log(true_probability / (1 - true_probability))
    boasting = 1 / (1 + np.exp(-(2.5 * logit + 1.0)))
    before = calibrate.calibration_error(calibrate.reliability(boasting, is_so))
    fitted = calibrate.fit(boasting[:2000], is_so[:2000])
    turned = fitted.probability(np.maximum(boasting[2000:], calibrate.LEAST)).astype(np.float64)
    after = calibrate.calibration_error(calibrate.reliability(turned, is_so[2000:]))
    assert before > 0.1
    assert after < 0.03


def test_the_error_is_counted_bin_by_bin() -> None:
    said, so = np.array([0.05, 0.05, 0.95, 0.95]), np.array([False, True, True, True])
    # two looks said .05 and half of them were so, two said .95 and all were so
    assert pytest.approx((0.45 * 2 + 0.05 * 2) / 4) == calibrate.calibration_error(calibrate.reliability(said, so))


def test_few_looks_show_an_error_by_luck_alone() -> None:
    random = np.random.default_rng(5)
    probability = random.uniform(0, 1, 100)
    errors = []
    for _ in range(200):
        bins = calibrate.reliability(probability, random.random(100) < probability)
        errors.append(calibrate.calibration_error(bins))
    low, middle, high = calibrate.error_by_chance(bins)
    assert low < middle < high
    assert abs(float(np.median(errors)) - middle) < 0.01
    assert 0.85 < np.mean([low <= error <= high for error in errors]) < 0.95


def test_without_both_kinds_there_is_no_calibration() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        calibrate.fit(np.array([0.3, 0.4]), np.array([True, True]))
