"""From desks to officers' days: an oracle that asks second by second, on small made-up offices."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.holdings import Holding
from service.attendance.intervals import Interval, microseconds, union
from service.attendance.rows import Windows, at_holdings, before, number, of_officers
from service.attendance.spans import Spans, from_intervals
from tests.stories import START

Span = tuple[int, int]
T0_US = microseconds(START)
S_US = 1_000_000
LAST_S = 120
DESKS = {("cam", "a"): 4, ("cam", "b"): 9}
OFFICERS = {"an": 0, "binh": 1}

span = st.tuples(st.integers(0, LAST_S - 1), st.integers(1, 40)).map(lambda t: (t[0], min(t[0] + t[1], LAST_S)))
spans = st.lists(span, max_size=4)


def interval(times: Span) -> Interval:
    return Interval(START + timedelta(seconds=times[0]), START + timedelta(seconds=times[1]))


def within(second: int, where: list[Span]) -> bool:
    return any(a <= second < b for a, b in where)


def seconds(found: Spans, row: int) -> set[int]:
    mine = found.row == row
    pairs = zip(found.start_us[mine].tolist(), found.end_us[mine].tolist(), strict=True)
    return {s for a, b in pairs for s in range((a - T0_US) // S_US, (b - T0_US) // S_US)}


def of_desks(by_desk: dict[int, list[Span]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [(desk, T0_US + a * S_US, T0_US + b * S_US) for desk, found in by_desk.items() for a, b in found]
    columns = np.array(rows, np.int64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def joined(found: list[Span]) -> tuple[Interval, ...]:
    return tuple(union([interval(times) for times in found], timedelta()))


by_desk = st.fixed_dictionaries(dict.fromkeys(DESKS.values(), spans))


@given(
    visits=by_desk,
    watched=by_desk,
    blind=by_desk,
    held=st.fixed_dictionaries({(who, desk): spans for who in OFFICERS for desk in DESKS}),
    shared=spans,
)
def test_every_second_of_every_officer_is_what_their_desks_say(
    visits: dict[int, list[Span]],
    watched: dict[int, list[Span]],
    blind: dict[int, list[Span]],
    held: dict[tuple[str, tuple[str, str]], list[Span]],
    shared: list[Span],
) -> None:
    holdings = [Holding(who, desk, joined(times), joined(shared)) for (who, desk), times in held.items()]
    numbered = number(holdings, OFFICERS, DESKS)
    present, seen = of_officers(
        numbered, *(at_holdings(numbered, *of_desks(found)) for found in (visits, watched, blind))
    )
    for who, row in OFFICERS.items():
        expected_present, expected_seen = set(), set()
        for second in range(LAST_S):
            mine = [DESKS[desk] for (officer, desk), times in held.items() if officer == who and within(second, times)]
            unclear = [desk for desk in mine if within(second, shared) and within(second, visits[desk])]
            if any(within(second, visits[desk]) for desk in mine if desk not in unclear):
                expected_present.add(second)
            if mine and all(
                within(second, watched[desk]) and not within(second, blind[desk]) and desk not in unclear
                for desk in mine
            ):
                expected_seen.add(second)
        assert expected_present == seconds(present, row)
        assert expected_seen == seconds(seen, row)


@given(
    st.lists(st.tuples(st.integers(0, 1), span), max_size=12),
    st.lists(st.integers(5, 60), min_size=3, max_size=3),
    st.lists(st.integers(5, 60), min_size=3, max_size=3),
)
def test_every_second_lands_in_the_day_that_it_belongs_to(
    given_spans: list[tuple[int, Span]], first: list[int], second: list[int]
) -> None:
    bounds = np.cumsum(np.array([[0, *first], [3, *second]], np.int64), axis=1)
    windows = Windows(T0_US + bounds * S_US)
    officer = np.array([who for who, _ in given_spans], np.int64)
    start = np.array([T0_US + a * S_US for _, (a, _) in given_spans], np.int64)
    end = np.array([T0_US + b * S_US for _, (_, b) in given_spans], np.int64)
    pieces, source = windows.split(officer, start, end)
    assert sorted(source.tolist()) == source.tolist()
    for who in (0, 1):
        for day in range(3):
            here = range(int(bounds[who, day]), int(bounds[who, day + 1]))
            expected = {s for s in here if within(s, [times for owner, times in given_spans if owner == who])}
            assert expected == seconds(pieces, who * 3 + day)
    for number_, (who, times) in enumerate(given_spans):
        mine = source == number_
        assert (pieces.row[mine] // 3 == who).all()
        inside = [s for s in range(*times) if bounds[who, 0] <= s < bounds[who, -1]]
        assert len(inside) == int((pieces.end_us[mine] - pieces.start_us[mine]).sum()) // S_US


@given(st.lists(spans, min_size=1, max_size=3), st.integers(0, LAST_S))
def test_what_is_later_is_left_out(of_rows: list[list[Span]], end_s: int) -> None:
    found = before(
        from_intervals([[interval(times) for times in times_of] for times_of in of_rows]), T0_US + end_s * S_US
    )
    for row, times_of in enumerate(of_rows):
        assert {s for s in range(end_s) if within(s, times_of)} == seconds(found, row)
