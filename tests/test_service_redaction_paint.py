"""What is painted cannot be undone, and nothing beside it is touched."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.redaction.paint import Cover, block_of, painted_image, painted_planes
from vision.types import FloatArray, Image

SIZE_PX = (320, 240)


def noise(seed: int = 1) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (SIZE_PX[1], SIZE_PX[0], 3), dtype=np.uint8)


def areas(*boxes: tuple[float, float, float, float]) -> FloatArray:
    return np.array(boxes, dtype=np.float32).reshape(-1, 4)


def planes_of(image: Image) -> Image:
    planes = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p").to_ndarray()
    return np.asarray(planes, dtype=np.uint8)


@pytest.mark.parametrize("cover", list(Cover))
def test_every_pixel_of_an_area_is_painted_and_hardly_one_beside_it(cover: Cover) -> None:
    image = noise()
    changed = (painted_image(image, areas((101, 61, 181, 141)), cover) != image).any(axis=2)
    assert changed[61:141, 101:181].mean() > 0.99
    changed[60:142, 100:182] = False
    assert not changed.any()


@pytest.mark.parametrize("cover", list(Cover))
def test_planes_are_painted_where_the_picture_is(cover: Cover) -> None:
    planes = planes_of(noise())
    changed = painted_planes(planes, areas((100, 60, 180, 140)), cover) != planes
    luma, colours = changed[:240], changed[240:].reshape(2, 120, 160)
    assert luma[60:140, 100:180].mean() > 0.98
    assert colours[:, 30:70, 50:90].mean() > 0.95
    luma[60:140, 100:180] = False
    colours[:, 30:70, 50:90] = False
    assert not changed.any()


def test_what_is_handed_in_stays_as_it_was() -> None:
    image, planes = noise(), planes_of(noise())
    before = image.copy(), planes.copy()
    painted_image(image, areas((10, 10, 90, 90)), Cover.BLUR)
    painted_planes(planes, areas((10, 10, 90, 90)), Cover.BOX)
    assert np.array_equal(before[0], image)
    assert np.array_equal(before[1], planes)


def test_a_box_says_nothing_of_what_was_there() -> None:
    area = areas((40, 40, 120, 120))
    one, other = (painted_image(noise(seed), area, Cover.BOX)[40:120, 40:120] for seed in (1, 2))
    assert np.array_equal(one, other)
    one, other = (painted_planes(planes_of(noise(seed)), area, Cover.BOX)[40:120, 40:120] for seed in (1, 2))
    assert np.array_equal(one, other)


def test_two_heads_with_the_same_coarse_brightness_look_the_same_once_blurred() -> None:
    """All that is left of an area is the mean of each block: pictures that differ within blocks alone become one."""
    area = areas((96, 48, 192, 144))
    block_px = block_of(area[0])
    coarse = np.full((240, 320, 3), 128, dtype=np.uint8)
    fine = coarse.copy()
    fine[::2], fine[1::2] = 28, 228
    assert 24 == block_px
    one, other = (painted_image(image, area, Cover.BLUR)[48:144, 96:192].astype(int) for image in (coarse, fine))
    assert np.abs(one - other).max() <= 1


@given(left=st.floats(-20, 310), top=st.floats(-20, 230), width=st.floats(2, 300), height=st.floats(2, 220))
def test_at_most_six_blocks_lie_across_a_head(left: float, top: float, width: float, height: float) -> None:
    block_px = block_of(areas((left, top, left + width, top + height))[0])
    assert 0 == block_px % 2
    # a head is at most as wide as the shorter side of its area, and a grid cuts one block more than fits
    assert min(width, height) / block_px + 1 <= 6


@given(
    left=st.floats(-50, 330), top=st.floats(-50, 250), width=st.floats(0, 300), height=st.floats(0, 220),
    cover=st.sampled_from(Cover),
)  # fmt: skip
def test_areas_at_and_over_the_edge_are_painted_as_far_as_the_picture_goes(
    left: float, top: float, width: float, height: float, cover: Cover
) -> None:
    area = areas((left, top, left + width, top + height))
    image = noise()
    assert image.shape == painted_image(image, area, cover).shape
    assert planes_of(image).shape == painted_planes(planes_of(image), area, cover).shape
    if cover is Cover.BOX:
        left_px, top_px, right_px, bottom_px = (int(v) for v in np.clip(area[0], 0, (320, 240, 320, 240)))
        assert {96} >= set(np.unique(painted_image(image, area, cover)[top_px:bottom_px, left_px:right_px]).tolist())


def test_a_sharp_edge_is_gone() -> None:
    image = np.zeros((240, 320, 3), dtype=np.uint8)
    image[:, 160:] = 255
    painted = painted_image(image, areas((100, 60, 220, 180)), Cover.BLUR)
    steps = np.abs(np.diff(painted[100, 105:215, 0].astype(int)))
    assert steps.max() < 30
    assert cv2.Laplacian(painted[64:176, 104:216], cv2.CV_64F).var() < 20


def test_no_area_leaves_the_picture_as_it_was() -> None:
    assert np.array_equal(noise(), painted_image(noise(), areas(), Cover.BLUR))
