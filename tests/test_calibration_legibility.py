"""What can be read where: sizes as geometry has them, nothing judged where no feet can be, advice that helps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.camera_pose import CameraPose
from calibration.errors import AspectDiffers, LegibilityUnknown
from calibration.homography import FloorFit, fit_floor, floor_points_of
from calibration.legibility import (
    CARD_HEIGHT_M,
    MIDDLE_M,
    Asked,
    LegibilityMap,
    Needs,
    advice_words,
    advise,
    map_legibility,
)
from calibration.legibility_overlay import overlay
from calibration.scene import Area, PictureShape
from tests.floors import SHAPE, TrueCamera

CAMERA = TrueCamera(focal_px=1000.0, height_m=2.6, tilt_deg=26.0)
NEEDS = Needs(card_px=10.0, cigarette_px=16.0)


def floor(tilt_deg: float = 26.0) -> FloorFit:
    pose = CameraPose.hung(2.6, tilt_deg=tilt_deg, focal_px=1000.0, picture=SHAPE)
    return fit_floor(floor_points_of(pose), SHAPE)


def mapped(stream: PictureShape = SHAPE) -> LegibilityMap:
    return map_legibility(floor(), NEEDS, stream)


def at(x: float, y: float, z: float = 0.0) -> tuple[float, float]:
    ((u, v),) = CAMERA.see(np.array([[x, y, z]]))
    return float(u) / SHAPE.width_px, float(v) / SHAPE.height_px


@given(x=st.floats(-1.2, 1.2), y=st.floats(3.2, 8.0))
@settings(max_examples=60, deadline=None)
def test_a_card_is_as_wide_as_its_two_edges_are_apart(x: float, y: float) -> None:
    across = np.array([y, -x]) / math.hypot(x, y) * 0.027
    edges = CAMERA.see(np.array([[x + s * across[0], y + s * across[1], CARD_HEIGHT_M] for s in (-1, 1)]))
    legible = mapped_once().legible_at(Asked.CARD, at(x, y))
    assert legible is not None
    assert pytest.approx(float(np.hypot(*(edges[1] - edges[0]))), rel=0.005) == legible.px
    assert (legible.px >= 10.0) == legible.ok


_MAPPED: list[LegibilityMap] = []


def mapped_once() -> LegibilityMap:
    if not _MAPPED:
        _MAPPED.append(mapped())
    return _MAPPED[0]


def test_feet_and_the_middle_of_the_box_speak_of_one_person() -> None:
    by_feet = mapped().legible_at(Asked.CARD, at(0.5, 4.0))
    by_middle = mapped().legible_at(Asked.CARD, at(0.5, 4.0, MIDDLE_M), seen_at_m=MIDDLE_M)
    assert by_feet is not None and by_middle is not None
    assert pytest.approx(by_feet.px, rel=1e-3) == by_middle.px


def test_nearer_is_larger() -> None:
    sizes = [mapped().legible_at(Asked.CIGARETTE, at(0.0, y)) for y in (7.0, 5.0, 3.5)]
    px = [size.px for size in sizes if size is not None]
    assert 3 == len(px) and sorted(px) == px


def test_above_the_horizon_nothing_is_judged() -> None:
    level = map_legibility(floor(tilt_deg=12.0), NEEDS, SHAPE)
    assert level.legible_at(Asked.CARD, (0.5, 0.05)) is None
    assert np.isnan(level.card_px[0]).all()


def test_where_the_chest_is_out_of_the_picture_nothing_is_judged() -> None:
    steep = map_legibility(floor(tilt_deg=50.0), NEEDS, SHAPE)
    assert steep.legible_at(Asked.CARD, (0.5, 0.03)) is None


def test_a_smaller_stream_shows_less_in_proportion() -> None:
    whole, half = mapped(), mapped(PictureShape(640, 360))
    judged = np.isfinite(whole.card_px)
    assert judged.sum() > 200
    assert pytest.approx(whole.card_px[judged] / 2) == half.card_px[judged]


def test_a_stream_of_another_shape_is_refused() -> None:
    with pytest.raises(AspectDiffers):
        mapped(PictureShape(704, 576))


def test_a_floor_without_a_camera_has_no_map() -> None:
    known = floor()
    without = FloorFit(known.homography, None, known.points, known.error_px, known.error_m)
    with pytest.raises(LegibilityUnknown, match="no camera with square pixels"):
        map_legibility(without, NEEDS, SHAPE)


def far_place() -> Area:
    (x, y) = at(0.0, 6.5)
    return Area.rectangle(x - 0.03, y - 0.02, x + 0.03, y + 0.02)


def test_following_the_advice_to_come_closer_makes_it_legible() -> None:
    advice = advise(mapped(), Asked.CARD, far_place())
    assert advice is not None and not advice.ok
    reach = math.hypot(6.5, 2.6 - CARD_HEIGHT_M)
    assert pytest.approx(10.0, rel=0.03) == advice.have_px * reach / (reach - advice.closer_m)
    assert pytest.approx(10.0) == advice.have_px * advice.factor
    assert advice.main_stream_helps is None
    assert "px of 10 needed: move the camera" in advice_words(advice)


def test_the_main_stream_is_advised_only_where_it_does() -> None:
    small = mapped(PictureShape(640, 360))
    for main, expected in ((SHAPE, False), (PictureShape(2560, 1440), True)):
        advice = advise(small, Asked.CARD, far_place(), main_stream=main)
        assert advice is not None
        assert expected is advice.main_stream_helps
        assert expected is ("use the main stream" in advice_words(advice))


def test_a_near_place_needs_nothing() -> None:
    (x, y) = at(0.0, 3.4)
    advice = advise(mapped(), Asked.CARD, Area.rectangle(x - 0.02, y - 0.02, x + 0.02, y + 0.02))
    assert advice is not None and advice.ok
    assert (0.0, 1.0, 1.0) == (advice.closer_m, advice.factor, advice.ok_share)
    assert advice_words(advice).endswith("legible")


def test_of_a_place_on_the_wall_nothing_is_said() -> None:
    level = map_legibility(floor(tilt_deg=12.0), NEEDS, SHAPE)
    assert advise(level, Asked.CARD, Area.rectangle(0.1, 0.0, 0.4, 0.05)) is None


def test_the_overlay_is_warm_where_too_small_and_cool_where_legible_and_leaves_the_rest() -> None:
    grey = np.full((720, 1280, 3), 128, dtype=np.uint8)
    level = map_legibility(floor(tilt_deg=16.0), NEEDS, SHAPE)
    before = grey.copy()
    drawn = overlay(level, grey)
    assert (before == grey).all() and grey.shape == drawn.shape
    far, near = [int(v * 720) for v in (0.35, 0.93)]
    sizes = [level.legible_at(Asked.CARD, (0.7, row / 720)) for row in (far, near)]
    assert [False, True] == [size is not None and size.ok for size in sizes]
    assert int(drawn[far, 896, 2]) > int(drawn[far, 896, 0])  # red over blue
    assert int(drawn[near, 896, 0]) > int(drawn[near, 896, 2])
    assert [128, 128, 128] == drawn[5, 640].tolist()


def test_the_overlay_refuses_a_picture_of_another_shape() -> None:
    with pytest.raises(AspectDiffers):
        overlay(mapped(), np.zeros((576, 704, 3), dtype=np.uint8))


@pytest.mark.parametrize("needs", [(0.0, 16.0), (6.0, -1.0), (math.nan, 16.0)])
def test_a_need_of_no_pixels_is_refused(needs: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="above 0 px"):
        Needs(*needs)
