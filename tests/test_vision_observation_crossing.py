"""Who crosses an entrance line: an oracle in whole numbers, and walks that cross nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.stories import at
from vision.observation.crossing import UNSEEN, Crossing, Foot, LinePx, step
from vision.types import Direction

Place = tuple[int, int]
LINE = LinePx((0, 0), (100, 0))
"""Drawn to the right: its right-hand side, the inside, is below it in the picture."""


def play(places: list[Place], line: LinePx = LINE, *, margin_px: float = 5.0) -> list[Crossing]:
    """Walk through places, one a second."""
    walk, told = UNSEEN, []
    for seconds, place in enumerate(places):
        walk, crossing = step(walk, Foot(at(seconds), place, margin_px), line)
        told += [] if crossing is None else [crossing]
    return told


def test_from_left_to_right_is_in_and_back_is_out() -> None:
    down, up = [(50, y) for y in (-30, -10, 10, 30)], [(50, y) for y in (30, 10, -10, -30)]
    assert [Crossing(at(1.5), Direction.IN)] == play(down)
    assert [Crossing(at(1.5), Direction.OUT)] == play(up)


def test_who_trembles_on_the_line_crosses_once() -> None:
    assert [Crossing(at(6.5), Direction.IN)] == play([(50, y) for y in (-30, -2, 2, -3, 1, -1, -1, 1, 4, 30)])


def test_who_turns_back_on_the_sill_crosses_nothing() -> None:
    assert [] == play([(50, y) for y in (-30, -2, 3, 4, -3, -30)])


def test_who_walks_round_the_end_of_the_line_crosses_nothing() -> None:
    assert [] == play([(50, -30), (150, -30), (150, 30), (50, 30)])


def test_who_appears_inside_has_not_come_in() -> None:
    assert [] == play([(50, 10), (50, 40), (60, 80)])


def test_each_way_through_is_told() -> None:
    told = play([(50, y) for y in (-20, 20, 20, -20, -20, 20)])
    assert [Direction.IN, Direction.OUT, Direction.IN] == [crossing.direction for crossing in told]


places = st.tuples(st.integers(-40, 140), st.integers(-60, 60))
walks = st.lists(places, min_size=2, max_size=25)
lines = st.tuples(places, places).filter(lambda ends: ends[0] != ends[1])


def side(line: tuple[Place, Place], place: Place) -> int:
    """Twice the area of start, end, place: above 0 right of the line, in whole numbers."""
    (x0, y0), (x1, y1) = line
    return (x1 - x0) * (place[1] - y0) - (y1 - y0) * (place[0] - x0)


def oracle(walk: list[Place], line: tuple[Place, Place], margin_px: int) -> list[tuple[int, Direction]]:
    """Between two sure places on either side: how many legs of the way cut the line? An odd number: a crossing.

    Returns the number of the leg that cut it last, with the direction.
    """
    length2 = (line[1][0] - line[0][0]) ** 2 + (line[1][1] - line[0][1]) ** 2
    sure = [i for i, place in enumerate(walk) if side(line, place) ** 2 > margin_px**2 * length2]
    told = []
    for i, j in pairwise(sure):
        cuts = [k for k in range(i, j) if is_cut((walk[k], walk[k + 1]), line)]
        if (side(line, walk[i]) > 0) != (side(line, walk[j]) > 0) and len(cuts) % 2 == 1:
            told.append((cuts[-1], Direction.IN if side(line, walk[j]) > 0 else Direction.OUT))
    return told


def is_cut(leg: tuple[Place, Place], line: tuple[Place, Place]) -> bool:
    changes_side = (side(line, leg[0]) > 0) != (side(line, leg[1]) > 0)
    return changes_side and side(leg, line[0]) * side(leg, line[1]) <= 0


def is_plain(walk: list[Place], line: tuple[Place, Place]) -> bool:
    """No leg goes through the very end of the line, where rounding decides."""
    return not any(side(leg, end) == 0 for leg in pairwise(walk) if leg[0] != leg[1] for end in line)


@given(walks, lines, st.integers(0, 12))
def test_an_oracle_in_whole_numbers_agrees(walk: list[Place], line: tuple[Place, Place], margin_px: int) -> None:
    if not is_plain(walk, line):
        return
    told = play(walk, LinePx(*line), margin_px=margin_px)
    wanted = oracle(walk, line, margin_px)
    assert [direction for _, direction in wanted] == [crossing.direction for crossing in told]
    for (leg, _), crossing in zip(wanted, told, strict=True):
        first, second = side(line, walk[leg]), side(line, walk[leg + 1])
        share = Fraction(first, first - second)
        assert abs((crossing.at - at(leg)).total_seconds() - float(share)) < 1e-5


@given(walks, lines)
def test_a_line_drawn_the_other_way_round_swaps_in_and_out(walk: list[Place], line: tuple[Place, Place]) -> None:
    if not is_plain(walk, line):
        return
    other = {Direction.IN: Direction.OUT, Direction.OUT: Direction.IN}
    swapped = [other[crossing.direction] for crossing in play(walk, LinePx(line[1], line[0]))]
    assert [crossing.direction for crossing in play(walk, LinePx(*line))] == swapped


@given(walks, lines)
def test_in_and_out_take_turns_where_everything_is_the_line(walk: list[Place], line: tuple[Place, Place]) -> None:
    (x0, y0), (x1, y1) = line
    endless = LinePx((x0 - 1000 * (x1 - x0), y0 - 1000 * (y1 - y0)), (x1 + 1000 * (x1 - x0), y1 + 1000 * (y1 - y0)))
    ways = [crossing.direction for crossing in play(walk, endless)]
    assert all(a is not b for a, b in pairwise(ways))


@given(walks, st.lists(st.booleans(), min_size=25, max_size=25))
def test_standing_still_changes_nothing(walk: list[Place], stays: list[bool]) -> None:
    state, told = UNSEEN, []
    for seconds, place in enumerate(walk):
        for extra in (0.0, 0.5) if stays[seconds] else (0.0,):
            state, crossing = step(state, Foot(at(seconds + extra), place, 5.0), LINE)
            told += [] if crossing is None else [replace(crossing, at=at(0))]
    assert [replace(crossing, at=at(0)) for crossing in play(walk)] == told
