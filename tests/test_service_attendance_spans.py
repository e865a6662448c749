"""Stretches of many rows at once against an oracle that counts one moment after the other."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.intervals import Interval
from service.attendance.spans import (
    Spans,
    first_and_last,
    from_intervals,
    intersect,
    joined,
    nothing,
    pairs,
    runs_of,
    subtract,
    to_intervals,
    total_us,
    union,
)
from tests.stories import START

ROWS, LAST = 3, 24
Piece = tuple[int, int, int]
piece = st.tuples(st.integers(0, ROWS - 1), st.integers(-4, LAST - 1), st.integers(1, 9))
pieces = st.lists(piece.map(lambda p: (p[0], p[1], p[1] + p[2])), max_size=9)
DAY_US = 86_400_000_000


def spans(found: list[Piece], offset_us: int = 0) -> Spans:
    columns = np.array(found, np.int64).reshape(-1, 3)
    return Spans(columns[:, 0].copy(), columns[:, 1] + offset_us, columns[:, 2] + offset_us)


def moments(found: list[Piece]) -> set[tuple[int, int]]:
    return {(row, at) for row, start, end in found for at in range(start, end)}


def stretches(of_moments: set[tuple[int, int]], within: int = 0) -> list[Piece]:
    found: list[Piece] = []
    for row, at in sorted(of_moments):
        if found and found[-1][0] == row and at - found[-1][2] <= within:
            found[-1] = (row, found[-1][1], at + 1)
        else:
            found.append((row, at, at + 1))
    return found


def listed(found: Spans) -> list[Piece]:
    return list(zip(found.row.tolist(), found.start_us.tolist(), found.end_us.tolist(), strict=True))


@given(pieces, st.integers(0, 3))
def test_union_joins_what_overlaps_touches_or_lies_close(found: list[Piece], within: int) -> None:
    once = union(spans(found), within)
    assert stretches(moments(found), within) == listed(once)
    assert listed(once) == listed(union(once, within))


@given(pieces, pieces)
def test_intersection_and_difference_are_those_of_sets(left: list[Piece], right: list[Piece]) -> None:
    assert stretches(moments(left) & moments(right)) == listed(intersect(spans(left), spans(right)))
    assert stretches(moments(left) - moments(right)) == listed(subtract(spans(left), spans(right)))


@given(pieces)
def test_totals_count_every_stretch_of_a_row(found: list[Piece]) -> None:
    expected = [sum(end - start for row, start, end in found if row == n) for n in range(ROWS + 1)]
    assert expected == total_us(spans(found), ROWS + 1).tolist()


@given(pieces, pieces)
def test_pairs_are_those_that_share_a_moment(some: list[Piece], others: list[Piece]) -> None:
    held = stretches(moments(others))
    expected = [
        (n, m) for n, one in enumerate(some) for m, other in enumerate(held) if moments([one]) & moments([other])
    ]
    source, found = pairs(spans(some), spans(held))
    assert expected == list(zip(source.tolist(), found.tolist(), strict=True))


@given(pieces)
def test_first_and_last_are_the_ends_of_what_a_row_has(found: list[Piece]) -> None:
    held = moments(found)
    expected = [
        (row, min(at for n, at in held if n == row), max(at for n, at in held if n == row) + 1)
        for row in sorted({row for row, _ in held})
    ]
    row, first, last = first_and_last(union(spans(found)))
    assert expected == list(zip(row.tolist(), first.tolist(), last.tolist(), strict=True))


@pytest.mark.parametrize(("values", "expected"), [([], []), ([7], [(0, 1)]), ([7, 7, 2, 7], [(0, 2), (2, 3), (3, 4)])])
def test_runs_of_equal_values(values: list[int], expected: list[Piece]) -> None:
    begin, end = runs_of(np.array(values, np.int64))
    assert expected == list(zip(begin.tolist(), end.tolist(), strict=True))


def test_a_year_of_thousands_of_officers_fits_one_line() -> None:
    rows = np.arange(400_000)
    start = rows % 400 * DAY_US + int(START.timestamp()) * 1_000_000
    morning, hour = Spans(rows, start, start + 4 * 3_600_000_000), Spans(rows, start, start + 3_600_000_000)
    rest = subtract(morning, hour)
    assert (rest.row == rows).all() and (rest.start_us == hour.end_us).all() and (rest.end_us == morning.end_us).all()
    assert [3_600_000_000] == np.unique(total_us(intersect(hour, morning), len(rows))).tolist()


def test_what_does_not_fit_one_line_is_refused() -> None:
    far = Spans(np.array([0, 10**6]), np.array([0, 0]), np.array([1, 400 * DAY_US]))
    with pytest.raises(OverflowError, match="1000001 rows of 400 days do not fit one line"):
        union(far)


def test_nothing_has_nothing() -> None:
    some = spans([(1, 2, 5)])
    for found in (union(nothing()), intersect(some, nothing()), intersect(nothing(), some), subtract(nothing(), some)):
        assert [] == listed(found)
    assert [(1, 2, 5)] == listed(subtract(some, nothing()))
    assert [(1, 2, 5), (1, 2, 5)] == listed(joined([some, nothing(), some]))


def test_intervals_come_back_as_they_went_in_by_row_and_zone() -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    one, two = (Interval(START + timedelta(hours=h), START + timedelta(hours=h, microseconds=1)) for h in (0, 30))
    held = from_intervals([[], [one, two], []])
    assert [1, 1] == held.row.tolist()
    assert (one, two) == to_intervals(held, 1, zone)
    assert "2026-11-23T07:30:00+07:00" == to_intervals(held, 1, zone)[0].start.isoformat()
    assert () == to_intervals(held, 0, zone)
