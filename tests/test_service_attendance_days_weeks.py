"""Officers' days: an oracle that looks at every minute of thousands of weeks, and what must never happen.

CONGVU_TEST_WEEKS says how many weeks are compared with the oracle.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance import days
from service.attendance.day_table import AwayKind, DayTable, joined
from service.attendance.days import derive_days
from service.attendance.spans import IntArray, Spans
from tests.minute_days import (
    FIRST_MIN,
    LAST_MIN,
    MINUTE_US,
    T0_US,
    Minutes,
    Row,
    Span,
    inputs_of,
    oracle,
    random_week,
    told,
)

WEEKS = int(os.environ.get("CONGVU_TEST_WEEKS", "1000"))
RULES = (
    Minutes(),
    Minutes(grace_in=15, grace_out=15, left_post_after=10, hidden_stay_max=1),
    Minutes(grace_in=0, grace_out=0, left_post_after=15, hidden_stay_max=3),
    Minutes(until=100),
    Minutes(until=390),
    Minutes(grace_in=10, grace_out=5, left_post_after=1, hidden_stay_max=0),
)
SEEN_OFTEN = 20


def derive(rows: list[Row], rules: Minutes = RULES[0]) -> DayTable:
    return derive_days(inputs_of(rows, rules.until), rules.rules)


@pytest.mark.timeout(0)
def test_every_day_of_many_weeks_is_what_the_minutes_say() -> None:
    rng = np.random.default_rng(20261125)
    answers: Counter[tuple[str, object]] = Counter()
    for n, rules in enumerate(RULES):
        rows = [row for _ in range(len(range(n, WEEKS, len(RULES)))) for row in random_week(rng)]
        table = derive(rows, rules)
        for number, row in enumerate(rows):
            expected = oracle(row, rules)
            assert expected == told(table, number), (row, rules)
            answers.update((name, expected[name]) for name in ("is_late", "is_early", "is_absent"))
            answers.update(("away", kind) for kind, _, _ in expected["away"])  # type: ignore[attr-defined]
            answers[_citizens(expected)] += 1
    # the weeks hold every answer many times: a comparison of nothing with nothing proves nothing
    wanted = [(name, code) for name in ("is_late", "is_early", "is_absent") for code in (-1, 0, 1)]
    wanted += [("away", kind) for kind in AwayKind]
    wanted += [("citizens", answer) for answer in ("waited", "waited, partly unknown", "nobody", "unknown")]
    assert [] == [answer for answer in wanted if answers[answer] < min(SEEN_OFTEN, WEEKS / 10)]


def _citizens(expected: dict[str, object]) -> tuple[str, object]:
    """Name the kind of answer, to count that there are enough of each."""
    waited, untold = expected["left_waiting"], expected["left_untold"]
    if not expected["left_count"]:
        return "citizens", "post not left"
    if waited is None:
        return "citizens", "unknown"
    partly = ", partly unknown" if untold else ""
    return "citizens", f"waited{partly}" if waited else f"nobody{partly}"


def content(table: DayTable) -> list[bytes]:
    """All of a table's bytes."""

    def arrays_of(value: IntArray | Spans) -> list[IntArray]:
        return [value.row, value.start_us, value.end_us] if isinstance(value, Spans) else [value]

    return [array.tobytes() for f in fields(DayTable) for array in arrays_of(getattr(table, f.name))]


seeds = st.integers(0, 2**32 - 1)
rule_sets = st.sampled_from(RULES)


def week(seed: int) -> list[Row]:
    return random_week(np.random.default_rng(seed))


@given(seeds, rule_sets, st.integers(FIRST_MIN, LAST_MIN - 1), st.integers(1, 400))
def test_a_gap_never_turns_anything_into_absence(seed: int, rules: Minutes, gap_min: int, length_min: int) -> None:
    check_gap(week(seed), rules, (gap_min, gap_min + length_min))


@given(seeds, rule_sets, st.integers(-3, 25), st.integers(1, 15))
def test_nor_does_a_short_gap_where_sessions_begin(seed: int, rules: Minutes, gap_min: int, length_min: int) -> None:
    check_gap(week(seed), rules, (gap_min, gap_min + length_min))


def without(spans: Sequence[Span], gap: Span) -> list[Span]:
    return [p for a, b in spans for p in ((a, min(b, gap[0])), (max(a, gap[1]), b)) if p[0] < p[1]]


def minutes(spans: Iterable[Span]) -> set[int]:
    return {m for a, b in spans for m in range(a, b)}


def check_gap(rows: list[Row], rules: Minutes, gap: Span) -> None:
    blinded = [replace(row, seen=without(row.seen, gap)) for row in rows]
    tables = derive(rows, rules), derive(blinded, rules)
    for n in range(len(rows)):
        before, after = (told(table, n) for table in tables)
        for answer in ("is_late", "is_early", "is_absent"):
            assert before[answer] == after[answer] or (before[answer], after[answer]) == (1, -1)
        gone_before = {m for _, a, b in before["away"] for m in range(a, b)}  # type: ignore[attr-defined]
        gone_after = {m for _, a, b in after["away"] for m in range(a, b)}  # type: ignore[attr-defined]
        assert gone_after <= gone_before
        for name in ("worked", "present", "outside", "arrival", "leaving", "required", "leave"):
            assert before[name] == after[name]


@given(seeds, rule_sets, st.integers(FIRST_MIN, LAST_MIN - 1), st.integers(1, 400))
def test_a_gap_never_adds_waiting_time(seed: int, rules: Minutes, gap_min: int, length_min: int) -> None:
    """Of a queue that is not seen nothing is known; what of it was counted at other times stays as it was."""
    rows, gap = week(seed), (gap_min, gap_min + length_min)
    blinded = [
        replace(row, waiting=without(row.waiting, gap), waiting_seen=without(row.waiting_seen, gap)) for row in rows
    ]
    before, after = derive(rows, rules), derive(blinded, rules)
    assert (after.left_waiting_us <= before.left_waiting_us).all()
    assert (after.left_untold_us >= before.left_untold_us).all()
    assert not (after.is_waiting_told & ~before.is_waiting_told).any()
    # nobody is said not to have waited who was seen waiting before
    nobody = [table.left_us - table.left_waiting_us - table.left_untold_us for table in (before, after)]
    assert (nobody[1] <= nobody[0]).all()


@given(seeds, rule_sets, st.integers(FIRST_MIN, LAST_MIN - 1), st.integers(1, 400))
def test_nor_does_a_gap_of_everything_make_citizens_wait_for_who_was_there(
    seed: int, rules: Minutes, gap_min: int, length_min: int
) -> None:
    """A gap may turn an arrival that was late into leaving the post: waiting is still only where the post was empty."""
    rows, gap = week(seed), (gap_min, gap_min + length_min)
    blinded = [
        replace(row, **{name: without(getattr(row, name), gap) for name in ("seen", "waiting", "waiting_seen")})
        for row in rows
    ]
    before, after = derive(rows, rules), derive(blinded, rules)
    for n, row in enumerate(rows):
        waited = minutes(row.waiting) & minutes((a, b) for _, a, b in told(before, n)["away"])  # type: ignore[attr-defined]
        left = minutes((a, b) for kind, a, b in told(after, n)["away"] if kind is AwayKind.LEFT)  # type: ignore[attr-defined]
        counted = set() if (now := told(after, n)["left_waiting"]) is None else minutes(waited_minutes(after, n))
        assert counted <= waited & left
        assert now is None or len(counted) == now


def waited_minutes(table: DayTable, row: int) -> list[Span]:
    mine = table.waiting.take(table.waiting.row == row)
    starts, ends = ((at - T0_US) // MINUTE_US for at in (mine.start_us, mine.end_us))
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


@given(seeds, st.data())
def test_a_presence_split_in_two_that_touch_is_the_same(seed: int, drawn: st.DataObject) -> None:
    rows = week(seed)
    split = []
    for row in rows:
        cuts = [drawn.draw(st.integers(a, b)) for a, b in row.present]
        parts = [p for (a, b), cut in zip(row.present, cuts, strict=True) for p in ((a, cut), (cut, b))]
        split.append(replace(row, present=[(a, b) for a, b in parts if a < b]))
    assert content(derive(rows)) == content(derive(split))


@given(seeds)
def test_the_same_again_is_the_same_to_the_byte_in_whatever_order_it_comes(seed: int) -> None:
    rng, inputs = np.random.default_rng(seed), inputs_of(week(seed))
    shuffled = replace(
        inputs,
        **{name: getattr(inputs, name).take(rng.permutation(len(getattr(inputs, name))))
           for name in ("shifts", "present", "seen", "waiting", "waiting_seen")},
    )  # fmt: skip
    # leave keeps its order within a row, in which it was entered; rows may come in any order
    order = np.argsort(rng.permutation(7)[inputs.leave.row], kind="stable")
    shuffled = replace(shuffled, leave=inputs.leave.take(order), leave_kind=inputs.leave_kind[order])
    once = content(derive_days(inputs, RULES[0].rules))
    assert once == content(derive_days(inputs, RULES[0].rules))
    assert once == content(derive_days(shuffled, RULES[0].rules))


@given(seeds)
def test_rows_know_nothing_of_each_other(seed: int) -> None:
    rows = week(seed)
    together = derive(rows)
    assert content(together) == content(joined([derive([row]) for row in rows]))
    order = np.random.default_rng(seed).permutation(len(rows))
    assert content(derive([rows[n] for n in order])) == content(together.take(order))


def test_many_rows_are_taken_in_parts_and_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    inputs = inputs_of([row for _ in range(9) for row in random_week(rng)])
    unsorted = replace(inputs, present=inputs.present.take(rng.permutation(len(inputs.present))))
    # rows of leave in any order; within a row it keeps the order in which it was entered
    order = np.argsort(rng.permutation(inputs.rows)[inputs.leave.row], kind="stable")
    unsorted = replace(unsorted, leave=inputs.leave.take(order), leave_kind=inputs.leave_kind[order])
    whole = content(derive_days(inputs, RULES[0].rules))
    monkeypatch.setattr(days, "ROWS_AT_A_TIME", 10)
    assert whole == content(derive_days(inputs, RULES[0].rules))
    assert whole == content(derive_days(unsorted, RULES[0].rules))
