"""Average precision and its company against cases counted by hand, and against a slow second reckoning."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluate.matching import IOUS, Found, Pair, Truth, average_precision, interval, precision_recall
from models.evaluate.ranking import box_figures, rank
from tests.found import BOX, ELSEWHERE, found, truth


def test_one_right_box_is_all() -> None:
    pairs = [(found((BOX, 0.9, 0)), truth((BOX, 0)))]
    assert pytest.approx(1.0) == average_precision(pairs, 0, 0.5)


def test_a_box_may_be_hit_only_once() -> None:
    pairs = [(found((BOX, 0.9, 0), (BOX, 0.8, 0)), truth((BOX, 0)))]
    assert (0.5, 1.0) == precision_recall(pairs, 0, 0.5)


def test_a_false_box_above_the_right_one_halves_the_area() -> None:
    pairs = [(found((ELSEWHERE, 0.9, 0), (BOX, 0.8, 0)), truth((BOX, 0)))]
    assert pytest.approx(0.5) == average_precision(pairs, 0, 0.5)


def test_an_interval_holds_its_figure() -> None:
    good, bad = (found((BOX, 0.9, 0)), truth((BOX, 0))), (found(), truth((BOX, 0)))
    pairs = [good, bad] * 20
    low, high = interval(pairs, lambda some: average_precision(some, 0, 0.5))
    assert low < average_precision(pairs, 0, 0.5) < high


def test_without_truth_recall_and_area_are_undefined_and_precision_is_not() -> None:
    figures = box_figures(rank([(found((BOX, 0.9, 0)), truth())] * 3), 0.5)
    assert 0.0 == figures.p
    assert np.isnan([figures.r, figures.ap50, figures.ap50_95]).all()
    assert [None, None, None] == [figures.intervals[name] for name in ("r", "ap50", "ap50_95")]


def test_without_a_box_precision_is_undefined_and_recall_is_not() -> None:
    figures = box_figures(rank([(found(), truth((BOX, 0)))] * 3), 0.5)
    assert np.isnan(figures.p)
    assert (0.0, 0.0, 0.0) == (figures.r, figures.ap50, figures.ap50_95)


def test_ten_right_of_ten_is_not_certainty() -> None:
    figures = box_figures(rank([(found((BOX, 0.9, 0)), truth((BOX, 0)))] * 10), 0.5)
    low, high = figures.intervals["p"] or (0.0, 0.0)
    assert 1.0 == high
    assert pytest.approx(0.025 ** (1 / 10)) == low  # Clopper-Pearson where all are right


def test_the_bootstrap_draws_whole_pictures() -> None:
    """Twenty boxes in one picture and none in the other say as little as two pictures do."""
    boxes = [[x / 20, 0.1, x / 20 + 0.04, 0.2] for x in range(20)]
    seen = (found(*((box, 0.9, 0) for box in boxes)), truth(*((box, 0) for box in boxes)))
    missed = (found(), truth(*((box, 0) for box in boxes)))
    assert (0.0, 1.0) == box_figures(rank([seen, missed]), 0.5).intervals["r"]


def test_a_drawn_picture_counts_as_often_as_it_was_drawn() -> None:
    good = (found((BOX, 0.9, 0), (ELSEWHERE, 0.95, 0)), truth((BOX, 0)))
    bad = (found((ELSEWHERE, 0.4, 0)), truth((BOX, 0)))
    drawn = rank([good, bad]).drawn(np.array([2, 0]))
    twice = rank([good, good])
    assert twice.average_precision().tolist() == drawn.average_precision().tolist()
    assert (twice.counts(0.5), 2) == (drawn.counts(0.5), int(drawn.true.sum()))


CORNERS = st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 8)] * 2)


@st.composite
def pictures(draw: st.DrawFn) -> list[Pair]:
    """A few pictures with a few boxes on a coarse grid, so that many overlap; no two scores are equal."""
    sizes = draw(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=4))
    scores = iter(draw(st.permutations([(n + 1) / 100 for n in range(40)])))

    def boxes(count: int) -> list[list[float]]:
        corners = [draw(CORNERS) for _ in range(count)]
        return [[float(x), float(y), float(x + w), float(y + h)] for x, y, w, h in corners]

    return [
        (found(*((box, next(scores), 0) for box in boxes(some))), truth(*((box, 0) for box in boxes(true))))
        for some, true in sizes
    ]


def slow_iou(a: list[float], b: list[float]) -> Fraction:
    width = max(0, min(int(a[2]), int(b[2])) - max(int(a[0]), int(b[0])))
    height = max(0, min(int(a[3]), int(b[3])) - max(int(a[1]), int(b[1])))
    both = width * height
    areas = sum(int(box[2] - box[0]) * int(box[3] - box[1]) for box in (a, b))
    return Fraction(both, areas - both)


def slow_average_precision(pairs: list[Pair], least: Fraction) -> Fraction:
    """For every number k of true boxes: the best precision of any cut that finds k or more. Their mean."""
    rows = []
    for number, (seen, _) in enumerate(pairs):
        rows += [(score, number, box) for score, box in zip(seen.score.tolist(), seen.xyxy.tolist(), strict=True)]
    left = {number: list(range(len(true.xyxy))) for number, (_, true) in enumerate(pairs)}
    found_so_far, cuts = 0, []
    for rank_, (_, number, box) in enumerate(sorted(rows, reverse=True), start=1):
        boxes = pairs[number][1].xyxy.tolist()
        best = max(left[number], key=lambda i: slow_iou(box, boxes[i]), default=None)
        if best is not None and slow_iou(box, boxes[best]) >= least:
            left[number].remove(best)
            found_so_far += 1
        cuts.append((found_so_far, Fraction(found_so_far, rank_)))
    count = sum(len(true.xyxy) for _, true in pairs)
    best_of = [max((p for k, p in cuts if k >= wanted), default=Fraction(0)) for wanted in range(1, count + 1)]
    return sum(best_of, Fraction(0)) / count


@given(pictures())
def test_average_precision_is_what_a_slow_second_reckoning_gives(pairs: list[Pair]) -> None:
    count = sum(len(true.xyxy) for _, true in pairs)
    areas = rank(pairs).average_precision()
    for least, area in zip((0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95), areas, strict=True):
        if count == 0:
            assert np.isnan(area)
            continue
        # the bounds are binary fractions next to these; an overlap of exactly .9 reaches its bound
        assert pytest.approx(float(slow_average_precision(pairs, Fraction(least) - Fraction(1, 10**12)))) == area
    assert pytest.approx(IOUS.tolist()) == [0.5 + 0.05 * n for n in range(10)]


@given(pictures(), st.floats(0, 1))
def test_one_ranking_and_one_class_at_a_time_agree(pairs: list[Pair], score: float) -> None:
    right, kept, count = rank(pairs).counts(score)
    precision, recall = precision_recall(pairs, 0, score)
    assert (pytest.approx(right / kept) if kept else pytest.approx(np.nan, nan_ok=True)) == precision
    assert (pytest.approx(right / count) if count else pytest.approx(np.nan, nan_ok=True)) == recall
    for column, least in enumerate(IOUS):
        one = average_precision(pairs, 0, float(least))
        assert pytest.approx(one, nan_ok=True) == rank(pairs).average_precision()[column]


@given(pictures())
def test_a_box_of_another_class_changes_nothing(pairs: list[Pair]) -> None:
    with_others = [
        (
            Found(np.vstack([seen.xyxy, BOX]), np.append(seen.score, 1.0), np.append(seen.class_id, 1)),
            Truth(np.vstack([true.xyxy, ELSEWHERE]), np.append(true.class_id, 1)),
        )
        for seen, true in pairs
    ]
    without, some = rank(pairs), rank(with_others)
    assert without.average_precision().tolist() == pytest.approx(some.average_precision().tolist(), nan_ok=True)
