"""A second look at what was half seen: when there is one, at which squares, and how all looks vote."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.detection import boxes
from vision.detection.again import HALF_SEEN, NEAREST_LEAST_PX, NEAREST_MOST, NEAREST_SHARE, Sight, look_again, vote
from vision.types import Box

CIGARETTE, CARD = 2, 0
IOU = 0.4
WHOLE: Box = (0.0, 0.0, 1000.0, 1000.0)
Seen = tuple[float, float, float, float, float]
"""Left, top, width, height, score."""


def sight(square: Box, *seen: Seen, kind: int = CIGARETTE) -> Sight:
    xyxy = np.array([(x, y, x + w, y + h) for x, y, w, h, _ in seen], np.float32).reshape(-1, 4)
    return Sight(square, xyxy, np.array([s for *_, s in seen], np.float32), np.full(len(seen), kind, np.int64))


class Eye:
    """Sees the same in every square, and remembers where it looked."""

    def __init__(self, *seen: Seen) -> None:
        self._seen, self.looked = seen, list[tuple[Box, bool]]()

    def __call__(self, square: Box, is_mirrored: bool) -> Sight:
        self.looked.append((square, is_mirrored))
        return sight(square, *self._seen)


def test_what_was_not_half_seen_is_not_looked_at_again() -> None:
    eye = Eye()
    weak = sight(WHOLE, (100, 100, 50, 10, HALF_SEEN - 0.01))
    assert [] == look_again([weak], CIGARETTE, eye, iou_min=IOU)
    assert [] == look_again([sight(WHOLE, (100, 100, 50, 10, 0.9), kind=CARD)], CIGARETTE, eye, iou_min=IOU)
    assert [] == eye.looked


def test_every_first_look_is_mirrored_and_things_are_seen_from_nearer_once_each() -> None:
    eye = Eye()
    nearer = (0.0, 0.0, 600.0, 600.0)
    first = [sight(WHOLE, (100, 100, 50, 10, 0.3), (700, 500, 40, 20, 0.2)), sight(nearer, (101, 100, 50, 10, 0.8))]
    again = look_again(first, CIGARETTE, eye, iou_min=IOU)
    assert len(again) == len(eye.looked) == 4
    assert [(WHOLE, True), (nearer, True)] == eye.looked[:2]
    middles = [((s[0] + s[2]) / 2, (s[1] + s[3]) / 2) for s, _ in eye.looked[2:]]
    assert [(126, 105), (720, 510)] == [(pytest.approx(x), pytest.approx(y)) for x, y in middles]
    assert all(s[2] - s[0] == pytest.approx(NEAREST_SHARE * 1000) and not mirrored for s, mirrored in eye.looked[2:])


def test_the_cost_is_bounded_and_small_people_are_only_mirrored() -> None:
    many = [(100.0 * i, 100.0 * i, 50.0, 10.0, 0.5) for i in range(9)]
    eye = Eye()
    look_again([sight(WHOLE, *many)], CIGARETTE, eye, iou_min=IOU)
    assert 1 + NEAREST_MOST == len(eye.looked)
    side = NEAREST_LEAST_PX / NEAREST_SHARE
    small, eye = (0.0, 0.0, side - 1, side - 1), Eye()
    look_again([sight(small, (20, 20, 9, 4, 0.5))], CIGARETTE, eye, iou_min=IOU)
    assert [(small, True)] == eye.looked


def test_what_a_nearer_look_cuts_off_does_not_count() -> None:
    cut = Eye((0, 100, 50, 10, 0.9))  # on the left edge of the nearer square
    nearer = (0.0, 0.0, 600.0, 600.0)
    again = look_again([sight(WHOLE, (0, 100, 50, 10, 0.5)), sight(nearer)], CIGARETTE, cut, iou_min=IOU)
    assert [1, 0] == [len(each.score) for each in again[:2]]


def test_looks_that_could_show_a_thing_and_did_not_speak_against_it() -> None:
    here, elsewhere = (0.0, 0.0, 600.0, 600.0), (400.0, 400.0, 1000.0, 1000.0)
    thing = (100.0, 100.0, 50.0, 10.0)
    looks = [sight(WHOLE, (*thing, 0.9)), sight(here), sight(here, (*thing, 0.6)), sight(elsewhere)]
    xyxy, score = vote(looks, CIGARETTE, iou_min=IOU)
    assert [pytest.approx(0.5)] == score.tolist()
    assert [pytest.approx(100), pytest.approx(100), pytest.approx(150), pytest.approx(110)] == xyxy[0].tolist()


def test_one_look_has_one_vote() -> None:
    twice = sight(WHOLE, (100, 100, 50, 10, 0.8), (102, 100, 50, 10, 0.7))
    assert [pytest.approx(0.4)] == vote([twice, sight(WHOLE)], CIGARETTE, iou_min=IOU)[1].tolist()


def test_a_single_look_is_believed_as_it_is() -> None:
    alone = sight(WHOLE, (100, 100, 50, 10, 0.8), (400, 100, 50, 10, 0.9))
    xyxy, score = vote([alone], CIGARETTE, iou_min=IOU)
    assert [0.9, 0.8] == [pytest.approx(value) for value in score.tolist()]
    assert [400, 100] == xyxy[:, 0].tolist()


def naive(looks: Sequence[Sight]) -> list[float]:
    """The scores, told box by box in words: the strongest box gathers what overlaps it; then every look is asked."""
    left = sorted(
        (
            (float(s), i, tuple(map(float, b)))
            for i, look in enumerate(looks)
            for b, s in zip(look.xyxy_px, look.score, strict=True)
        ),
        key=lambda each: -each[0],
    )
    told = []
    while left:
        first = np.array(left[0][2], np.float32)
        mine = [left[0]]
        for each in left[1:]:
            if boxes.overlaps(first[None], np.array(each[2], np.float32)[None])[0, 0] >= IOU:
                mine.append(each)
        left = [each for each in left if each not in mine]
        total = sum(max(s, 1e-6) for s, _, _ in mine)
        middle = [sum(max(s, 1e-6) * b[side] for s, _, b in mine) / total for side in range(4)]
        votes = []
        for i, look in enumerate(looks):
            left_px, top_px, right_px, bottom_px = look.square
            margin = boxes.EDGE_SHARE * (right_px - left_px)
            own = [s for s, of, _ in mine if of == i]
            if own:
                votes.append(max(own))
            elif (
                middle[0] >= left_px + margin
                and middle[1] >= top_px + margin
                and middle[2] <= right_px - margin
                and middle[3] <= bottom_px - margin
            ):
                votes.append(0.0)
        told.append(sum(votes) / len(votes))
    return sorted(told, reverse=True)


places = st.integers(0, 40).map(lambda n: 20.0 * n + 3)
scores = st.integers(1, 10_000).map(lambda n: n / 10_001)
seen = st.lists(st.tuples(places, places, st.just(60.0), st.just(30.0), scores), max_size=6, unique_by=lambda s: s[4])
squares = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(3, 9)).map(
    lambda s: (100.0 * s[0], 100.0 * s[1], 100.0 * (s[0] + s[2]), 100.0 * (s[1] + s[2]))
)


@given(st.lists(st.tuples(squares, seen), min_size=1, max_size=6))
def test_the_vote_is_what_counting_by_hand_gives(drawn: list[tuple[Box, list[Seen]]]) -> None:
    all_scores = [s for _, some in drawn for *_, s in some]
    if len(set(all_scores)) < len(all_scores):
        return  # of equals either may come first
    looks = [sight(square, *some) for square, some in drawn]
    _, score = vote(looks, CIGARETTE, iou_min=IOU)
    assert [pytest.approx(value, abs=1e-5) for value in naive(looks)] == score.tolist()
