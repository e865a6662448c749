"""Where the pieces of a timeline are drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.days import DayInputs, DayRules, derive_days
from service.attendance.intervals import Interval
from service.attendance.spans import from_intervals, nothing
from service.db.records import EventRecord, TraceItem
from service.web.attendance_drawn import DayStretches, stretches_of
from service.web.formats import decimal, elapsed, length
from service.web.timelines import day_timeline, day_window, trace_spells, trace_timeline

START = datetime(2025, 10, 20, 1, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def event_of(answers: list[tuple[float, str, str | None]], lasts_s: float = 60) -> EventRecord:
    trace = tuple(TraceItem(START + timedelta(seconds=s), answer, 0.9, why) for s, answer, why in answers)
    return EventRecord(
        "id", "badge_missing", "cam", "Camera", "run", "desk", "Bàn", (), 1, START, START + timedelta(seconds=lasts_s),
        "ceased", 0.9, START, 0.6, "", None, trace,
    )  # fmt: skip


def hours(start: float, end: float) -> Interval:
    return Interval(START + timedelta(hours=start), START + timedelta(hours=end))


def day_of(visits: list[Interval], seen: list[Interval]) -> DayStretches:
    inputs = DayInputs(
        1,
        from_intervals([[hours(0, 4)]]),
        from_intervals([visits]),
        from_intervals([seen]),
        nothing(),
        np.zeros(0, np.int64),
    )
    return stretches_of(derive_days(inputs, DayRules()))[0]


def test_an_answer_is_drawn_until_the_next_look_but_not_for_long() -> None:
    drawn = trace_timeline(event_of([(0, "no", None), (1, "unknown", "dark"), (30, "yes", None)]), "no", ZONE)
    assert drawn is not None
    assert ["for", "unknown", "against"] == [bar.kind for bar in drawn.bars]
    assert [1.0, 3.0] == [(bar.end - bar.start).total_seconds() for bar in drawn.bars[:2]]
    assert 50.0 == drawn.bars[2].x


def test_no_answers_no_timeline() -> None:
    assert trace_timeline(event_of([]), "no", ZONE) is None


def test_a_long_event_whose_answers_are_cut_says_so() -> None:
    answers: list[tuple[float, str, str | None]] = [(s, "no", None) for s in range(10)]
    whole, cut = trace_timeline(event_of(answers, 11), "no", ZONE), trace_timeline(event_of(answers, 600), "no", ZONE)
    assert whole is not None and cut is not None
    assert (False, True) == (whole.is_cut, cut.is_cut)


def test_neighbours_that_say_the_same_are_read_as_one() -> None:
    answers: list[tuple[float, str, str | None]] = [(s, "no", None) for s in range(5)]
    drawn = trace_timeline(event_of([*answers, (5, "unknown", "dark"), (6, "unknown", "dark")]), "no", ZONE)
    assert drawn is not None
    assert [("for", None), ("unknown", "dark")] == [(spell.kind, spell.why) for spell in trace_spells(drawn.bars)]


def test_a_puff_is_drawn_beside_the_answers() -> None:
    event = event_of([(10, "yes", None), (11, "yes", None)], 20)
    hands = [
        TraceItem(START + timedelta(seconds=s), answer, 0.8, None, "hand_at_mouth")
        for s, answer in ((0, "yes"), (3, "no"), (5, "yes"), (9, "no"))
    ]
    drawn = trace_timeline(replace(event, trace=(*hands, *event.trace)), "yes", ZONE)
    assert drawn is not None
    assert ["for", "for"] == [bar.kind for bar in drawn.bars]
    assert [("hand", 0.0, 3.0), ("hand", 5.0, 4.0)] == [
        (bar.kind, (bar.start - START).total_seconds(), (bar.end - bar.start).total_seconds()) for bar in drawn.hands
    ]


def test_empty_desk_and_no_data_are_different_pieces() -> None:
    day = day_of([hours(1, 2)], [hours(0, 3)])
    window = day_window([day])
    assert window is not None
    kinds = [(bar.kind, bar.start, bar.end) for bar in day_timeline(day, window, ZONE).bars]
    assert ("no_data", hours(3, 4).start, hours(3, 4).end) in kinds
    assert ("absent", hours(2, 3).start, hours(2, 3).end) in kinds
    assert ("present", hours(1, 2).start, hours(1, 2).end) in kinds


def test_a_day_without_shift_or_visit_has_no_window() -> None:
    assert day_window([]) is None


spans = st.tuples(st.floats(0, 4), st.floats(0.01, 2)).map(lambda span: hours(span[0], span[0] + span[1]))


@given(st.lists(spans, max_size=6), st.lists(spans, max_size=6))
def test_every_piece_lies_within_the_drawing(visits: list[Interval], seen: list[Interval]) -> None:
    day = day_of(visits, seen)
    window = day_window([day])
    assert window is not None
    drawn = day_timeline(day, window, ZONE)
    assert all(0 <= bar.x <= 100 and bar.width > 0 and bar.x + bar.width <= 100.01 for bar in drawn.bars)
    assert all(0 <= tick.x <= 100 for tick in drawn.ticks)
    assert 2 <= len(drawn.ticks) <= 20


def test_lengths_and_numbers_are_written_as_people_write_them() -> None:
    shown = [length(timedelta(seconds=s), lambda m: m) for s in (0, 5, 60, 65, 3600, 7325)]
    assert ["0 min", "5 s", "1 min", "1 min 5 s", "1 h", "2 h 2 min"] == shown
    shown = [elapsed(timedelta(hours=h), lambda m: m) for h in (1, 47, 48, 77, 672)]
    assert ["1 h", "47 h", "2 days", "3 days 5 h", "28 days"] == shown
    assert ("0,91", "0.91") == (decimal(0.91, "vi"), decimal(0.91, "en"))
