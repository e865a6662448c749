"""The floor from people alone: within eight percent where they walk about, refused where they do not."""

from __future__ import annotations

import os

import numpy as np
import pytest

from calibration.errors import PeopleAtOneDistance, PeopleUncertain, PeopleUnfit, TooFewPeople
from calibration.people_boxes import PER_TRACK, PeopleBoxes, thinned, usable
from calibration.people_heights import fit_people
from calibration.scene import Lens
from tests.floors import SHAPE, Body, TrueCamera, body_box, random_camera, relative_errors, walkers

CAMERA = TrueCamera(focal_px=950.0, height_m=2.8, tilt_deg=24.0)
CAMERAS = int(os.environ.get("CONGVU_TEST_CAMERAS", "5"))
"""100 for the figures of docs/geometry.md: some minutes."""


def people(camera: TrueCamera, seed: int, count: int = 30) -> PeopleBoxes:
    return PeopleBoxes(*walkers(camera, np.random.default_rng(seed), people=count))


def test_cameras_are_found_to_eight_percent_from_people_alone() -> None:
    """2 px of noise, heights and widths of a population, strides, a fifth of the boxes of seated or hidden people."""
    rng, errors, refused = np.random.default_rng(11), [], 0
    for _ in range(CAMERAS):
        camera = random_camera(rng)
        boxes = PeopleBoxes(*walkers(camera, rng, people=30))
        try:
            fit = fit_people(boxes, SHAPE)
        except PeopleUnfit:
            refused += 1
            continue
        errors.append(float(np.median(relative_errors(camera, fit.pose.meet))))
    assert refused <= 1 + 0.15 * CAMERAS  # steep and narrow views in which nobody is seen whole
    assert float(np.median(errors)) <= 0.08


def test_a_measured_lens_makes_it_more_exact() -> None:
    lens = Lens(CAMERA.focal_px / SHAPE.width_px)
    boxes = people(CAMERA, 3)
    known, unknown = fit_people(boxes, SHAPE, lens=lens), fit_people(boxes, SHAPE)
    assert known.uncertainty < unknown.uncertainty
    assert pytest.approx(0.0) == known.focal_sd
    assert float(np.median(relative_errors(CAMERA, known.pose.meet))) <= 0.05


def test_seated_and_hidden_people_are_told_from_upright_ones() -> None:
    boxes = people(CAMERA, 4)
    fit = fit_people(boxes, SHAPE)
    seen = thinned(usable(boxes, SHAPE))
    assert len(seen) == fit.boxes_seen
    assert 0.65 * fit.boxes_seen <= fit.boxes <= 0.97 * fit.boxes_seen


def test_the_floor_found_stands_for_itself_as_marks() -> None:
    fit = fit_people(people(CAMERA, 5), SHAPE)
    assert fit.floor.pose is not None
    assert pytest.approx(fit.pose.height_m, rel=1e-3) == fit.floor.pose.height_m
    assert len(fit.floor.points) == 9


def test_two_people_are_too_few() -> None:
    with pytest.raises(TooFewPeople, match="Take a longer recording"):
        fit_people(people(CAMERA, 6, count=2), SHAPE)


def test_nobody_at_all_is_too_few() -> None:
    nobody = PeopleBoxes(np.zeros((0, 4)), np.zeros(0, dtype=np.int64))
    with pytest.raises(TooFewPeople, match="0 boxes of 0 upright people"):
        fit_people(nobody, SHAPE)


def test_people_all_equally_far_away_are_refused_with_what_is_needed() -> None:
    rng = np.random.default_rng(7)
    found, owners = [], []
    for number in range(12):
        for x in np.linspace(-1.5, 1.5, 8):
            box = body_box(CAMERA, np.array([x, 5.0]), Body(float(rng.normal(1.62, 0.03))))
            assert box is not None
            found.append(box)
            owners.append(number)
    with pytest.raises(PeopleAtOneDistance, match="people at nearer and farther places are needed"):
        fit_people(PeopleBoxes(np.array(found), np.array(owners)), SHAPE)


def test_boxes_at_random_make_no_floor() -> None:
    rng = np.random.default_rng(8)
    left_top = rng.uniform([20, 20], [1100, 300], (120, 2))
    sides = rng.uniform([30, 80], [90, 380], (120, 2))
    boxes = PeopleBoxes(np.concatenate([left_top, left_top + sides], axis=1), np.arange(120) // 6)
    with pytest.raises((PeopleUncertain, TooFewPeople, PeopleAtOneDistance)):
        fit_people(boxes, SHAPE)


def test_boxes_cut_off_by_the_edge_or_too_wide_say_nothing() -> None:
    whole, cut, seated = [400, 200, 480, 420], [400, 500, 480, 719], [400, 200, 580, 400]
    boxes = PeopleBoxes(np.array([whole, cut, seated], dtype=np.float64), np.array([0, 1, 2]))
    assert [0] == usable(boxes, SHAPE).track.tolist()


def test_of_one_person_the_boxes_farthest_apart_are_kept() -> None:
    feet = np.linspace(300, 600, 200)
    xyxy = np.column_stack([feet, feet - 200, feet + 60, feet])
    kept = thinned(PeopleBoxes(xyxy, np.zeros(200, dtype=np.int64)))
    assert PER_TRACK == len(kept)
    assert (300.0, 600.0) == (kept.feet_px[:, 1].min(), kept.feet_px[:, 1].max())
