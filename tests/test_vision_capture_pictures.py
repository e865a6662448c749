"""Pixels of a picture: the same whether they come as an array, from a decoder, or blacked out in places."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from calibration.scene import Area
from tests.samples import SAMPLES
from vision.capture.pictures import BgrPixels, DecodedPixels, MaskedPixels
from vision.errors import InvalidFact


@pytest.fixture(scope="module")
def picture() -> av.VideoFrame:
    with av.open(str(SAMPLES / "clips" / "counter.mp4")) as container:
        return next(frame for i, frame in enumerate(container.decode(video=0)) if i == 50)


@pytest.mark.parametrize("width_px", [160, 320, 640, 5000])
@pytest.mark.parametrize("layout", ["yuv420p", "yuvj420p", "yuv444p", "nv12", "gray", "rgb24", "yuv420p10le"])
def test_brightness_is_that_of_the_colours_in_every_layout(picture: av.VideoFrame, layout: str, width_px: int) -> None:
    pixels = DecodedPixels(picture.reformat(format=layout))
    expected = BgrPixels(pixels.bgr()).luma(width_px)
    found = pixels.luma(width_px)
    assert (expected.shape, np.uint8) == (found.shape, found.dtype)
    # FFmpeg's fast conversion of 4:2:0 to colours is 1.3 levels too dark
    assert float(np.abs(expected.astype(float) - found).mean()) < 2.0


def test_a_small_brightness_keeps_the_shape(picture: av.VideoFrame) -> None:
    assert (90, 160) == DecodedPixels(picture).luma(160).shape
    assert (1280, 720) == DecodedPixels(picture).size_px


def test_colours_are_converted_once_and_cannot_be_written(picture: av.VideoFrame) -> None:
    pixels = DecodedPixels(picture)
    assert pixels.bgr() is pixels.bgr()
    assert not pixels.bgr().flags.writeable


def test_what_is_masked_is_black_in_colours_and_in_brightness(picture: av.VideoFrame) -> None:
    area = Area.rectangle(0.25, 0.25, 0.75, 0.75)
    masked, plain = MaskedPixels(DecodedPixels(picture), [area]), DecodedPixels(picture)
    assert 0 == masked.bgr()[180:540, 320:960].max() and plain.bgr()[180:540, 320:960].max() > 100
    assert 0 == masked.luma(160)[23:67, 40:120].max()
    assert np.array_equal(plain.bgr()[:170], masked.bgr()[:170])
    assert np.array_equal(plain.luma(160)[:18], masked.luma(160)[:18])


def test_an_array_of_another_kind_is_refused() -> None:
    grey = np.asarray(cv2.cvtColor(np.zeros((10, 10, 3), np.uint8), cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    with pytest.raises(InvalidFact, match="BgrPixels"):
        BgrPixels(grey)
