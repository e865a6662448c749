"""Which shape of input a picture is shown in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.detection.wholeframe import input_for


@pytest.mark.parametrize(
    ("size_px", "shape"),
    [
        ((1920, 1080), (384, 640)),
        ((640, 480), (512, 640)),
        ((233, 233), (640, 640)),
        ((960, 1280), (640, 512)),
        ((1080, 1920), (640, 384)),
        ((4000, 500), (384, 640)),
    ],
)
def test_the_input_follows_the_pictures_shape(size_px: tuple[int, int], shape: tuple[int, int]) -> None:
    assert shape == input_for(size_px, 640)


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from([320, 640, 1280]))
def test_no_picture_is_shown_smaller_than_its_longer_side_allows(width: int, height: int, long_px: int) -> None:
    shape = input_for((width, height), long_px)
    scale = min(shape[0] / height, shape[1] / width)
    assert pytest.approx(long_px) == scale * max(width, height)
    assert all(side % 32 == 0 for side in shape)
