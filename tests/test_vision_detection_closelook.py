"""The second look: nearer squares where there are pixels to spare, and calibrated scores."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalog import Calibration, CatalogInvalid, load_catalog
from tests.patch_net import PatchNet
from tests.samples import sample_frame
from tests.stories import CAMERA, RUN
from vision.capture.pictures import BgrPixels
from vision.detection import boxes
from vision.detection.closelook import OpenVinoLooker
from vision.detection.openvino import OpenVinoNet
from vision.errors import SourceLost
from vision.types import Box, Frame, Image, Pixels, TrackKey


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
    thrice = BgrPixels(np.ascontiguousarray(frame.image.repeat(3, 0).repeat(3, 1)))
    double = Frame(frame.camera_id, frame.run_id, 0, frame.captured_at, thrice)
    person: Box = tuple(3 * float(v) for v in persons[0])  # type: ignore[assignment]
    (look,) = OpenVinoLooker(*nets).look(double, [(TrackKey(CAMERA, RUN, 1), person)])
    assert boxes.nearer_squares(boxes.upper_body(person), 320)
    for kind in set(look.items.class_id.tolist()):
        same = look.items.of_class(kind).xyxy_px
        for i in range(len(same)):
            for j in range(i):
                assert overlap(same[i], same[j]) <= 0.5 + 1e-3


@pytest.mark.parametrize(("score", "looks"), [(0.05, 1), (0.5, 3)])
def test_what_is_half_seen_is_looked_at_mirrored_and_from_nearer(
    nets: tuple[OpenVinoNet, OpenVinoNet], score: float, looks: int
) -> None:
    picture = np.full((400, 400, 3), 90, np.uint8)
    picture[150:160, 120:160] = 255  # left of the middle: mirrored it lies elsewhere
    net = PatchNet(score)
    frame = Frame(CAMERA, RUN, 0, sample_frame("counter", seconds=10.0)[0].captured_at, BgrPixels(picture))
    (look,) = OpenVinoLooker(nets[0], net).look(frame, [(TrackKey(CAMERA, RUN, 1), (100.0, 50.0, 300.0, 400.0))])
    assert looks == net.looks
    assert [pytest.approx(score)] == look.items.score.tolist(), "all looks see it at one place"
    assert np.allclose((120, 150, 160, 160), look.items.xyxy_px[0], atol=3)


@dataclass
class Detail:
    """Pixels that count how often they were looked at, or cannot be had at all."""

    pixels: Pixels
    is_broken: bool = False
    looked: int = 0

    @property
    def size_px(self) -> tuple[int, int]:
        return self.pixels.size_px

    def bgr(self) -> Image:
        self.looked += 1
        if self.is_broken:
            raise SourceLost(CAMERA, "broken")
        return self.pixels.bgr()

    def luma(self, width_px: int) -> Image:
        return self.pixels.luma(width_px)


def halved(*, is_broken: bool = False) -> tuple[Frame, Frame, Box]:
    """A frame, one of half its size that has the frame for detail, and the box of a person in the smaller."""
    frame, persons = sample_frame("counter", seconds=10.0)
    width_px, height_px = frame.size_px
    small = cv2.resize(frame.image, (width_px // 2, height_px // 2), interpolation=cv2.INTER_AREA)
    detail = Detail(frame.pixels, is_broken=is_broken)
    half = replace(frame, pixels=BgrPixels(np.asarray(small, dtype=np.uint8)), detail=detail)
    left, top, right, bottom = (float(v) / 2 for v in persons[0])
    return frame, half, (left, top, right, bottom)


def test_the_detail_is_looked_at_and_told_in_pixels_of_the_frame(nets: tuple[OpenVinoNet, OpenVinoNet]) -> None:
    whole, half, person = halved()
    key = TrackKey(CAMERA, RUN, 1)
    (sharp,) = OpenVinoLooker(*nets).look(half, [(key, person)])
    (wanted,) = OpenVinoLooker(*nets).look(whole, [(key, tuple(2 * v for v in person))])  # type: ignore[list-item]
    assert 2.0 == sharp.sharper
    assert 1.0 == wanted.sharper
    assert (person, half.size_px) == (sharp.person_px, sharp.frame_size_px)
    assert np.allclose(wanted.keypoints_px[:, :2] / 2, sharp.keypoints_px[:, :2], atol=0.01)
    assert np.allclose(wanted.items.xyxy_px / 2, sharp.items.xyxy_px, atol=0.01)
    assert np.array_equal(wanted.items.score, sharp.items.score)
    assert wanted.sharpness == sharp.sharpness


def test_nothing_is_decoded_for_nobody_and_once_for_several(nets: tuple[OpenVinoNet, OpenVinoNet]) -> None:
    _, half, person = halved()
    assert isinstance(half.detail, Detail)
    looker = OpenVinoLooker(*nets, is_nearer=False)
    assert [] == looker.look(half, [])
    assert 0 == half.detail.looked
    looker.look(half, [(TrackKey(CAMERA, RUN, 1), person), (TrackKey(CAMERA, RUN, 2), person)])
    assert 1 == half.detail.looked


def test_a_detail_that_cannot_be_decoded_is_as_if_there_were_none(nets: tuple[OpenVinoNet, OpenVinoNet]) -> None:
    _, half, person = halved(is_broken=True)
    key = TrackKey(CAMERA, RUN, 1)
    (look,) = OpenVinoLooker(*nets).look(half, [(key, person)])
    (wanted,) = OpenVinoLooker(*nets).look(replace(half, detail=None), [(key, person)])
    assert 1.0 == look.sharper
    assert np.array_equal(wanted.keypoints_px, look.keypoints_px)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=20),
    st.floats(0.1, 5),
    st.floats(-5, 5),
    st.none() | st.floats(0.1, 5),
)
def test_calibration_keeps_the_order_and_gives_probabilities(
    scores: list[float], slope: float, intercept: float, upper: float | None
) -> None:
    ordered = np.sort(np.array(scores, np.float32))
    turned = Calibration(slope, intercept, upper).probability(ordered)
    assert (np.diff(turned) >= 0).all()
    assert ((turned >= 0) & (turned <= 1)).all()


def test_a_calibration_that_would_turn_the_order_round_is_refused() -> None:
    with pytest.raises(CatalogInvalid, match="slopes above 0"):
        Calibration(-1.0, 0.0)
    with pytest.raises(CatalogInvalid, match="slopes above 0"):
        Calibration(1.0, 0.0, -0.1)


def test_calibration_by_one_and_zero_changes_nothing() -> None:
    scores = np.array([0.01, 0.3, 0.5, 0.97], np.float32)
    assert np.allclose(scores, Calibration(1.0, 0.0).probability(scores), atol=1e-6)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    inner = width * height
    return float(inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner))


def f32(*values: object) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(values, np.float32)


def test_boxes_of_one_thing_become_their_mean_by_score_and_others_stay() -> None:
    xyxy = f32((0, 0, 10, 10), (2, 0, 12, 10), (50, 50, 60, 60), (0, 0, 10, 10))
    fused, score, kind = boxes.fuse(xyxy, f32(0.3, 0.9, 0.5, 0.2), np.array([0, 0, 0, 1]), iou_min=0.4)
    assert [pytest.approx(0.9), pytest.approx(0.5), pytest.approx(0.2)] == score.tolist()
    assert [0, 0, 1] == kind.tolist()
    assert pytest.approx((1.5, 0.0, 11.5, 10.0)) == fused[0].tolist()
    assert [50, 50, 60, 60] == fused[1].tolist()


@given(
    st.lists(
        st.tuples(st.floats(0, 90), st.floats(0, 90), st.floats(0, 10), st.floats(0, 10), st.floats(0.01, 1)),
        max_size=12,
    )
)
def test_what_is_fused_lies_within_what_was_seen_and_the_strongest_stays(
    seen: list[tuple[float, float, float, float, float]],
) -> None:
    xyxy = np.array([(x, y, x + w, y + h) for x, y, w, h, _ in seen], np.float32).reshape(-1, 4)
    score = np.array([s for *_, s in seen], np.float32)
    fused, kept, kind = boxes.fuse(xyxy, score, np.zeros(len(seen), np.int64), iou_min=0.4)
    assert len(fused) == len(kept) == len(kind) <= len(seen)
    assert kept.tolist() == sorted(kept.tolist(), reverse=True)
    if seen:
        assert kept[0] == score.max()
        low, high = xyxy.min(axis=0) - 1e-3, xyxy.max(axis=0) + 1e-3
        assert ((fused >= low) & (fused <= high)).all()


def test_what_reaches_the_edge_of_a_square_is_cut_by_it() -> None:
    square: Box = (100.0, 100.0, 200.0, 200.0)
    inside, left, top, right, bottom = (110, 110, 190, 190), (101, 150, 120, 160), (150, 101, 160, 120), (
        180, 150, 199, 160), (150, 180, 160, 199)  # fmt: skip
    assert [False, True, True, True, True] == boxes.is_cut(f32(inside, left, top, right, bottom), square).tolist()
    assert [] == boxes.is_cut(np.zeros((0, 4), np.float32), square).tolist()
