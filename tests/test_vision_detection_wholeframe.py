"""Which shape of input a picture is shown in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nets import entry
from tests.stories import CAMERA, RUN, at, picture
from vision.capture.pictures import BgrPixels
from vision.detection.net import Net
from vision.detection.wholeframe import NetDetector, input_for
from vision.types import FloatArray, Frame, Image


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


class Blind:
    """A net that sees nothing."""

    def __init__(self, input_px: tuple[int, int]) -> None:
        self.entry = PERSON
        self.input_px = input_px

    def infer(self, image: Image) -> FloatArray:
        assert image.shape[:2] == self.input_px
        return np.zeros((5, 1), np.float32)


PERSON = replace(entry("person", ("person",)), input_px=(384, 640))


@pytest.mark.parametrize(
    ("long_px", "first", "square", "part"),
    [
        (None, (384, 640), (640, 640), (384, 256)),
        (640, (384, 640), (640, 640), (384, 256)),
        (800, (480, 800), (800, 800), (480, 320)),
        (960, (576, 960), (960, 960), (576, 384)),
        (1280, (768, 1280), (1280, 1280), (768, 512)),
    ],
)
def test_a_wider_look_asks_for_all_its_nets_in_that_size(
    long_px: int | None, first: tuple[int, int], square: tuple[int, int], part: tuple[int, int]
) -> None:
    made: list[tuple[int, int]] = []

    def make(input_px: tuple[int, int]) -> Net:
        made.append(input_px)
        return Blind(input_px)

    detector = NetDetector(PERSON, make, long_px=long_px)
    assert [first] == made
    wide, even = (
        Frame(CAMERA, RUN, 0, at(0), BgrPixels(picture(0, width_px=width, height_px=720))) for width in (1280, 720)
    )
    detector.detect([wide, even])
    (width_px, height_px) = detector.parts(wide.size_px)[0]
    detector.detect_part(wide, (100.0, 0.0, 100.0 + width_px, float(height_px)))
    assert [first, square, part] == made
