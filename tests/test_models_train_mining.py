"""Looks that teach the crop net where it errs: cut where it errs, labelled as the set says, from training pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.train import mining
from models.train.crops import Boxes, Square, boxes_in
from models.train.mining import NEAR_SHARE, half_seen, is_labelled, mined, nearer, without_people
from models.train.prepare import looks_at
from models.train.sources import Picture
from tests.patch_net import PatchNet
from vision.detection.again import NEAREST_LEAST_PX
from vision.types import Image

LIT = (400.0, 300.0, 460.0, 320.0)
PEN = (700.0, 500.0, 760.0, 520.0)
SIDE = 1000


class Somebody:
    """People of whom nobody is found; pictures here label theirs."""

    def boxes(self, image: Image, least: float = 0.4) -> Boxes:
        return np.zeros((0, 4))


def picture() -> tuple[Picture, Image]:
    """Somebody with a cigarette that is labelled, and a pen that is not."""
    image = np.full((SIDE, SIDE, 3), 90, np.uint8)
    for left, top, right, bottom in (LIT, PEN):
        image[int(top) : int(bottom), int(left) : int(right)] = 255
    marks = ((2, tuple(side / SIDE for side in LIT)),)
    return Picture(Path("a/b.jpg"), "smoking", "train", marks, persons=((0.2, 0.1, 0.9, 1.0),)), image  # type: ignore[arg-type]


def middle_in(square: Square, box: tuple[float, float, float, float]) -> bool:
    x, y = (box[0] + box[2]) / 2 - square.left, (box[1] + box[3]) / 2 - square.top
    return 0 <= x <= square.side and 0 <= y <= square.side


def test_what_the_net_half_sees_is_told_in_pixels_of_the_picture() -> None:
    found = half_seen(PatchNet(), picture()[1], Square(200, 100, 800))
    assert np.allclose(sorted([LIT, PEN]), sorted(found.tolist()), atol=4)


def test_the_pen_is_a_mistake_and_the_cigarette_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mining, "CIGARETTES", 1.0)
    monkeypatch.setattr(mining, "EMPTY", 1.0)
    asked, image = picture()
    found = list(mined(asked, image, Somebody(), PatchNet(), np.random.default_rng(2)))  # type: ignore[arg-type]
    by_kind = dict(found)
    assert {"false", "cigarette", "empty"} >= set(by_kind)
    assert middle_in(by_kind["false"], PEN)
    assert middle_in(by_kind["cigarette"], LIT)
    (look,) = looks_at(asked, image, [by_kind["cigarette"]], "mined-cigarette__")
    assert [2] == [kind for kind, _ in look.marks]
    assert look.name.startswith("mined-cigarette__smoking__")


def test_what_is_shunned_is_never_shown() -> None:
    asked, image = picture()
    asked = replace(asked, shunned=((0.4, 0.3, 0.46, 0.32),))
    assert [] == list(looks_at(asked, image, [Square(350, 250, 200)]))


def test_a_square_without_pixels_enough_is_not_cut() -> None:
    small = Square(0, 0, int(NEAREST_LEAST_PX / NEAR_SHARE[1]) - 1)
    random = np.random.default_rng(1)
    assert all(nearer(small, np.array([5.0, 5, 9, 9]), random) is None for _ in range(50))


@given(seed=st.integers(0, 10_000), x=st.floats(0, 900), y=st.floats(0, 900))
def test_a_nearer_square_holds_what_it_is_cut_for(seed: int, x: float, y: float) -> None:
    square = nearer(Square(0, 0, 1000), np.array([x, y, x + 30, y + 10]), np.random.default_rng(seed))
    assert square is not None
    assert middle_in(square, (x, y, x + 30, y + 10))
    assert NEAR_SHARE[0] * 1000 - 1 <= square.side <= NEAR_SHARE[1] * 1000 + 1


boxes_of_people = st.lists(
    st.tuples(st.floats(0, 0.8), st.floats(0, 0.8), st.floats(0.05, 0.4), st.floats(0.05, 0.6)), max_size=4
)


@given(seed=st.integers(0, 10_000), people=boxes_of_people)
def test_a_part_without_anybody_touches_nobody(seed: int, people: list[tuple[float, float, float, float]]) -> None:
    taken = np.array([(x, y, x + w, y + h) for x, y, w, h in people]).reshape(-1, 4) * 600
    square = without_people((600, 800), taken, np.random.default_rng(seed))
    if not people:
        assert square is not None
    if square is not None:
        clipped, _ = boxes_in(square, taken)
        assert not np.prod(clipped[:, 2:] - clipped[:, :2], axis=1).any()
        assert 0 <= square.left <= 800 - square.side
        assert 0 <= square.top <= 600 - square.side


@pytest.mark.parametrize(
    ("box", "known"),
    [
        ((400, 300, 460, 320), True),
        ((420, 305, 430, 310), True),  # a part of it
        ((300, 200, 600, 500), True),  # hand and all
        ((470, 300, 530, 320), False),
    ],
)
def test_a_box_about_a_labelled_thing_is_no_mistake(box: tuple[float, ...], known: bool) -> None:
    assert known is is_labelled(np.array(box, np.float64), np.array([LIT]))
    assert not is_labelled(np.array(box, np.float64), np.zeros((0, 4)))
