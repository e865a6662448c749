"""The second look: nearer squares where there are pixels to spare, and calibrated scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalog import Calibration, CatalogInvalid, load_catalog
from tests.samples import sample_frame
from tests.stories import CAMERA, RUN
from vision.detection import boxes
from vision.detection.closelook import OpenVinoLooker
from vision.detection.openvino import OpenVinoNet
from vision.types import Box, Frame, TrackKey


@pytest.fixture(scope="module")
def nets() -> tuple[OpenVinoNet, OpenVinoNet]:
    catalog = load_catalog()
    return OpenVinoNet(catalog["pose"], threads=2), OpenVinoNet(catalog["crop"], threads=2)


def test_a_small_person_is_looked_at_once() -> None:
    assert [] == boxes.nearer_squares((0.0, 0.0, 479.0, 479.0), 320)


@given(
    side=st.floats(480, 4000),
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_nearer_squares_lie_inside_and_cover_all(side: float, x: float, y: float, at: tuple[float, float]) -> None:
    squares = boxes.nearer_squares((x, y, x + side, y + side), 320)
    point = (x + at[0] * side, y + at[1] * side)
    assert all(s[0] >= x - 1e-6 and s[1] >= y - 1e-6 and s[2] <= x + side + 1e-6 for s in squares)
    assert any(s[0] - 1e-6 <= point[0] <= s[2] + 1e-6 and s[1] - 1e-6 <= point[1] <= s[3] + 1e-6 for s in squares)


def test_a_thing_seen_in_several_squares_is_told_once(nets: tuple[OpenVinoNet, OpenVinoNet]) -> None:
    frame, persons = sample_frame("counter", seconds=10.0)
    double = Frame(
        frame.camera_id, frame.run_id, 0, frame.captured_at, np.ascontiguousarray(frame.image.repeat(3, 0).repeat(3, 1))
    )
    person: Box = tuple(3 * float(v) for v in persons[0])  # type: ignore[assignment]
    (look,) = OpenVinoLooker(*nets).look(double, [(TrackKey(CAMERA, RUN, 1), person)])
    assert boxes.nearer_squares(boxes.upper_body(person), 320)
    for kind in set(look.items.class_id.tolist()):
        same = look.items.of_class(kind).xyxy_px
        for i in range(len(same)):
            for j in range(i):
                assert overlap(same[i], same[j]) <= 0.5 + 1e-3


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20), st.floats(0.1, 5), st.floats(-5, 5))
def test_calibration_keeps_the_order_and_gives_probabilities(
    scores: list[float], slope: float, intercept: float
) -> None:
    ordered = np.sort(np.array(scores, np.float32))
    turned = Calibration(slope, intercept).probability(ordered)
    assert (np.diff(turned) >= 0).all()
    assert ((turned >= 0) & (turned <= 1)).all()


def test_a_calibration_that_would_turn_the_order_round_is_refused() -> None:
    with pytest.raises(CatalogInvalid, match="slope above 0"):
        Calibration(-1.0, 0.0)


def test_calibration_by_one_and_zero_changes_nothing() -> None:
    scores = np.array([0.01, 0.3, 0.5, 0.97], np.float32)
    assert np.allclose(scores, Calibration(1.0, 0.0).probability(scores), atol=1e-6)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    inner = width * height
    return float(inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner))
