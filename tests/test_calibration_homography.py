"""The floor from marks: exact where it can be, refused with the reason where it cannot."""

from __future__ import annotations

import contextlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.camera_pose import CameraPose
from calibration.distances import floor_from_distances
from calibration.errors import (
    AspectDiffers,
    DistancesContradict,
    FloorMirrored,
    FloorUnfit,
    PointsBeyondHorizon,
    PointsCollinear,
    PointsContradict,
    PointsDuplicate,
    TooFewDistances,
    TooFewPoints,
)
from calibration.homography import fit_floor, floor_points_of, foot_point_m, homography_of
from calibration.scene import FloorPoint, Lens, PictureShape
from tests.floors import SHAPE, TrueCamera, floor_grid, marked, random_camera, relative_errors

CAMERA = TrueCamera(focal_px=1000.0, height_m=2.6, tilt_deg=26.0)
CORNERS = ((-1.5, 2.6), (1.5, 2.6), (1.5, 6.0), (-1.5, 6.0))


def seen(*places: tuple[float, float], camera: TrueCamera = CAMERA) -> list[FloorPoint]:
    pixels = camera.see(np.array([(x, y, 0.0) for x, y in places]))
    return [
        FloorPoint((float(u) / SHAPE.width_px, float(v) / SHAPE.height_px), place)
        for (u, v), place in zip(pixels, places, strict=True)
    ]


def test_four_exact_marks_give_the_floor_and_the_camera() -> None:
    fit = fit_floor(seen(*CORNERS), SHAPE)
    assert fit.pose is not None
    told = (fit.pose.height_m, fit.pose.tilt_deg, fit.pose.focal_px, fit.pose.roll_deg)
    assert pytest.approx((2.6, 26.0, 1000.0, 0.0), abs=0.05) == told
    assert max(fit.error_m) < 0.001 and max(fit.error_px) < 0.05


@pytest.mark.parametrize("count", [4, 8])
def test_a_hundred_cameras_are_found_to_two_percent_from_marks_with_a_pixel_of_noise(count: int) -> None:
    rng = np.random.default_rng(20)
    errors = []
    for _ in range(100):
        camera = random_camera(rng)
        fit = fit_floor(marked(camera, rng, count=count, noise_px=1.0), SHAPE)
        errors.append(float(np.median(relative_errors(camera, fit.homography.to_floor))))
    assert float(np.median(errors)) <= 0.02
    assert max(errors) <= 0.02  # not half of them: every one


def test_feet_are_where_the_middle_of_the_lower_edge_touches_the_floor() -> None:
    floor = fit_floor(seen(*CORNERS), SHAPE).homography
    ((u, v),) = CAMERA.see(np.array([[0.4, 4.0, 0.0]]))
    box = np.array([[u - 40, v - 200, u + 40, v]], dtype=np.float32)
    assert pytest.approx([0.4, 4.0], abs=0.005) == foot_point_m(box, floor)[0].tolist()


def test_there_is_no_floor_beyond_the_horizon() -> None:
    floor = fit_floor(seen(*CORNERS), SHAPE).homography
    horizon_px = SHAPE.height_px / 2 - 1000.0 * np.tan(np.radians(26.0))
    places = floor.to_floor(np.array([[640.0, horizon_px - 5], [640.0, horizon_px + 5]]))
    assert np.isnan(places[0]).all() and np.isfinite(places[1]).all()


def test_what_lies_behind_the_camera_is_not_in_the_picture() -> None:
    floor = fit_floor(seen(*CORNERS), SHAPE).homography
    assert np.isnan(floor.to_picture(np.array([[0.0, -8.0]]))).all()


@given(
    height_m=st.floats(2.0, 6.0),
    tilt_deg=st.floats(12.0, 60.0),
    focal=st.floats(0.5, 1.3),
    bend=st.floats(-0.3, 0.1),
    at=st.tuples(st.floats(0.05, 0.95), st.floats(0.5, 0.95)),
)
@settings(max_examples=80, deadline=None)
def test_from_the_picture_to_the_floor_and_back_is_the_same_place(
    height_m: float, tilt_deg: float, focal: float, bend: float, at: tuple[float, float]
) -> None:
    lens = Lens(focal, (0.5, 0.5), (bend, 0.0, 0.0))
    pose = CameraPose.hung(height_m, tilt_deg=tilt_deg, focal_px=focal * 1280, picture=SHAPE, lens=lens)
    floor = homography_of(pose)
    pixel = np.array([at]) * [SHAPE.width_px, SHAPE.height_px]
    place = floor.to_floor(pixel)
    if np.isnan(place).any():  # outside what this lens shows
        assert np.isnan(pose.meet(pixel)).any()
        return
    assert pytest.approx(pixel[0].tolist(), abs=0.2) == floor.to_picture(place)[0].tolist()
    assert pytest.approx(place[0].tolist(), rel=1e-6, abs=1e-6) == pose.meet(pixel)[0].tolist()


@given(order=st.permutations(range(6)), seed=st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_marks_does_not_matter(order: list[int], seed: int) -> None:
    points = marked(CAMERA, np.random.default_rng(seed), count=6, noise_px=1.0)
    straight = fit_floor(points, SHAPE)
    shuffled = fit_floor([points[i] for i in order], SHAPE)
    pixels = np.array([[200.0, 600.0], [640.0, 400.0], [1100.0, 700.0]])
    expected = straight.homography.to_floor(pixels)
    assert np.abs(expected - shuffled.homography.to_floor(pixels)).max() < 0.002
    assert pytest.approx([straight.error_px[i] for i in order], abs=0.02) == list(shuffled.error_px)


def test_a_measured_lens_is_taken_into_account() -> None:
    lens = Lens(0.6, (0.51, 0.48), (-0.25, 0.06, 0.0), (0.001, -0.001))
    pose = CameraPose.hung(3.0, tilt_deg=30.0, focal_px=0.6 * 1280, picture=SHAPE, lens=lens)
    points = floor_points_of(pose)
    bent = fit_floor(points, SHAPE, lens)
    assert bent.pose is not None
    assert pytest.approx((3.0, 30.0), abs=0.01) == (bent.pose.height_m, bent.pose.tilt_deg)
    with pytest.raises(PointsContradict):  # by a straight lens these marks cannot be seen so
        fit_floor(points, SHAPE)


def test_nine_marks_say_all_of_a_pose() -> None:
    pose = CameraPose.hung(2.45, tilt_deg=27.0, focal_px=1080.0, picture=SHAPE)
    again = fit_floor(floor_points_of(pose), SHAPE).pose
    assert again is not None
    assert pytest.approx((2.45, 27.0, 1080.0), rel=1e-3) == (again.height_m, again.tilt_deg, again.focal_px)


def test_a_level_camera_that_sees_little_floor_is_refused() -> None:
    with pytest.raises(PointsBeyondHorizon, match="turn the camera down"):
        floor_points_of(CameraPose.hung(2.5, tilt_deg=-17.0, focal_px=1080.0, picture=SHAPE))


def test_a_squeezed_picture_has_a_floor_but_no_camera() -> None:
    camera = TrueCamera(focal_px=1000.0, height_m=3.0, tilt_deg=35.0)
    places = (*CORNERS, (0.0, 3.4), (0.5, 5.0), (-0.7, 4.2))
    squeezed = [FloorPoint((0.5 + (p.at[0] - 0.5) * 0.45, p.at[1]), p.floor_m) for p in seen(*places, camera=camera)]
    fit = fit_floor(squeezed, SHAPE)
    assert fit.pose is None
    assert max(fit.error_m) < 0.01


def test_three_marks_are_too_few() -> None:
    with pytest.raises(TooFewPoints, match="3 marks: a floor needs at least 4"):
        fit_floor(seen(*CORNERS[:3]), SHAPE)


def test_two_marks_on_one_spot_are_named() -> None:
    with pytest.raises(PointsDuplicate, match="marks 2 and 5") as refused:
        fit_floor([*seen(*CORNERS), seen(CORNERS[1])[0]], SHAPE)
    assert (2, 5) == refused.value.points


@pytest.mark.parametrize("offset_m", [0.0, 0.02])
def test_marks_on_one_line_or_nearly_are_named(offset_m: float) -> None:
    with pytest.raises(PointsCollinear, match="marks 1, 2, 3") as refused:
        fit_floor(seen((-1.5, 3.0), (0.0, 3.0 + offset_m), (1.5, 3.0), (0.0, 5.0)), SHAPE)
    assert (1, 2, 3) == refused.value.points


def test_a_whole_row_of_marks_is_refused_however_many() -> None:
    with pytest.raises(PointsCollinear):
        fit_floor(seen((-1.5, 3.0), (-0.5, 3.0), (0.5, 3.0), (1.5, 3.0), (0.9, 3.0)), SHAPE)


def test_a_middle_mark_on_an_edge_does_no_harm_to_four_good_corners() -> None:
    fit = fit_floor(seen(*CORNERS, (0.0, 2.6)), SHAPE)
    assert max(fit.error_px) < 0.05


@pytest.mark.parametrize(
    "wrong",
    [lambda x, y: (-x, y), lambda x, y: (y, x)],
    ids=["one axis has the wrong sign", "x and y are swapped"],
)
def test_a_mirrored_plan_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    points = [FloorPoint(p.at, wrong(*p.floor_m)) for p in seen(*CORNERS)]
    with pytest.raises(FloorMirrored, match="mirrored"):
        fit_floor(points, SHAPE)


def test_two_swapped_corners_put_the_horizon_between_the_marks() -> None:
    points = seen(*CORNERS)
    swapped = [
        FloorPoint(points[0].at, points[1].floor_m),
        FloorPoint(points[1].at, points[0].floor_m),
        *points[2:],
    ]
    with pytest.raises(PointsBeyondHorizon, match="horizon would run between them"):
        fit_floor(swapped, SHAPE)


def test_of_six_marks_the_one_that_was_misread_is_named_with_how_far_off_it_is() -> None:
    points = seen(*CORNERS, (0.0, 3.2), (0.6, 4.6))
    points[4] = FloorPoint(points[4].at, (0.0, 3.7))
    with pytest.raises(PointsContradict, match=r"mark 5 fits worst.*\(0\.50 m on the floor\)") as refused:
        fit_floor(points, SHAPE)
    assert (5,) == refused.value.points


def test_four_marks_that_no_camera_sees_are_refused() -> None:
    points = seen(*CORNERS)
    points[2] = FloorPoint(points[2].at, (1.5, 9.0))
    with pytest.raises(PointsContradict, match="contradict one another"):
        fit_floor(points, SHAPE)


def test_another_shape_of_picture_is_refused_and_another_size_is_not() -> None:
    floor = fit_floor(seen(*CORNERS), SHAPE).homography
    smaller = floor.for_picture(640, 360)
    expected = floor.to_floor(np.array([[400.0, 600.0]]))
    assert pytest.approx(expected[0].tolist()) == smaller.to_floor(np.array([[200.0, 300.0]]))[0].tolist()
    with pytest.raises(AspectDiffers, match=r"1280 x 720.*704 x 576"):
        floor.for_picture(704, 576)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(-9, 9), st.floats(-9, 9)), max_size=7))
@settings(max_examples=30, deadline=None)
def test_whatever_is_marked_either_fits_within_the_limit_or_is_refused(
    rows: list[tuple[float, float, float, float]],
) -> None:
    points = [FloorPoint((x, y), (a, b)) for x, y, a, b in rows]
    with contextlib.suppress(FloorUnfit):
        assert max(fit_floor(points, SHAPE).error_px) <= 0.01 * SHAPE.width_px + 1e-6


def distances_of(points: list[FloorPoint]) -> dict[tuple[int, int], float]:
    return {
        (i, j): float(np.hypot(*np.subtract(points[i].floor_m, points[j].floor_m)))
        for i, j in combinations(range(len(points)), 2)
    }


@pytest.mark.parametrize("left_out", [None, (0, 1), (1, 3)])
def test_distances_alone_make_a_plan(left_out: tuple[int, int] | None) -> None:
    points = seen(*CORNERS)
    measured = {pair: d for pair, d in distances_of(points).items() if pair != left_out}
    plan = floor_from_distances([p.at for p in points], measured, SHAPE)
    assert pytest.approx(distances_of(points), abs=0.001) == distances_of(list(plan))
    pose = fit_floor(plan, SHAPE).pose
    assert pose is not None
    assert pytest.approx(2.6, abs=0.01) == pose.height_m


def test_distances_that_contradict_name_the_pair() -> None:
    points = seen(*CORNERS, (0.3, 4.0))
    measured = distances_of(points)
    measured[0, 2] -= 0.6
    with pytest.raises(DistancesContradict, match="marks 1 and 3 fit worst") as refused:
        floor_from_distances([p.at for p in points], measured, SHAPE)
    assert (1, 3) == refused.value.points


def test_a_distance_longer_than_the_way_round_names_the_pair() -> None:
    points = seen(*CORNERS)
    measured = distances_of(points) | {(0, 1): 9.0}
    with pytest.raises(DistancesContradict, match="marks 1 and 2 are said to be 9 m apart, but by way of mark"):
        floor_from_distances([p.at for p in points], measured, SHAPE)


def test_four_sides_without_a_diagonal_are_too_few_distances() -> None:
    points = seen(*CORNERS)
    sides = {pair: d for pair, d in distances_of(points).items() if pair not in ((0, 2), (1, 3))}
    with pytest.raises(TooFewDistances, match="at least 5 are needed, a diagonal among them"):
        floor_from_distances([p.at for p in points], sides, SHAPE)


def test_the_samples_own_cameras_are_found_from_marks() -> None:
    """Marks with 2 px of noise, as a careful hand makes them, on the three cameras of the sample centre."""
    from samples.render.cameras import CAMERAS

    for name, true in CAMERAS.items():
        camera = TrueCamera(true.focal_px, true.eye_m[2], true.pitch_deg)
        rng = np.random.default_rng(5)
        errors = []
        for _ in range(20):
            fit = fit_floor(marked(camera, rng, count=6, noise_px=2.0), SHAPE)
            errors.append(float(np.median(relative_errors(camera, fit.homography.to_floor))))
        assert float(np.median(errors)) <= 0.02, name


def test_the_picture_of_the_grid_is_not_empty() -> None:
    """The synthetic world itself: its own way there and back."""
    grid = floor_grid(CAMERA)
    pixels = CAMERA.see(np.column_stack([grid, np.zeros(len(grid))]))
    assert len(grid) > 50
    assert np.abs(CAMERA.floor(pixels) - grid).max() < 1e-9
    assert PictureShape(1280, 720) == SHAPE
