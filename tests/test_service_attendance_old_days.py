"""A day of one officer: examples, and an oracle that looks at every minute."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.attendance.intervals import Interval, intersect, subtract
from service.attendance.old_days import AttendanceDay, AttendanceRules, Post, derive_day
from service.attendance.report import safe_cell
from tests.stories import START

POST = Post(date(2026, 11, 23), "o1", "Nguyễn Thị An", "Một cửa", "cam", "desk", "Quầy 1")
RULES = AttendanceRules(absence_min=timedelta(minutes=10), grace=timedelta(minutes=5))
Span = tuple[int, int]


def interval(span: Span) -> Interval:
    return Interval(START + timedelta(minutes=span[0]), START + timedelta(minutes=span[1]))


def day(visits: list[Span], seen: list[Span], shifts: list[Span] | None = None) -> AttendanceDay:
    spans = [(0, 240), (360, 570)] if shifts is None else shifts
    return derive_day(
        POST,
        shifts=[interval(i) for i in spans],
        visits=[interval(v) for v in visits],
        seen=[interval(v) for v in seen],
        rules=RULES,
    )


def minutes(intervals: tuple[Interval, ...]) -> list[Span]:
    return [
        (int((i.start - START).total_seconds() // 60), int((i.end - START).total_seconds() // 60)) for i in intervals
    ]


def test_a_full_day() -> None:
    found = day([(-5, 240), (358, 575)], [(-60, 700)])
    assert (False, False, 1.0) == (found.is_late, found.is_early, found.coverage)
    assert ((), ()) == (found.absent, found.no_data)


def test_late_early_and_away() -> None:
    found = day([(20, 100), (130, 240), (360, 500)], [(-60, 700)])
    assert (True, True) == (found.is_late, found.is_early)
    assert [(0, 20), (100, 130), (500, 570)] == minutes(found.absent)


def test_a_dead_camera_is_no_absence_and_no_lateness() -> None:
    found = day([], [])
    assert (None, None, 0.0) == (found.is_late, found.is_early, found.coverage)
    assert () == found.absent
    assert [(0, 240), (360, 570)] == minutes(found.no_data)


def test_a_gap_is_no_data_and_the_rest_is_judged() -> None:
    found = day([(0, 100), (150, 240), (360, 570)], [(-10, 100), (150, 700)])
    assert () == found.absent
    assert [(100, 150)] == minutes(found.no_data)


def test_late_is_unknown_where_the_camera_woke_up_after_the_grace() -> None:
    assert day([(30, 240)], [(10, 700)]).is_late is None


def test_a_day_off_has_no_shift() -> None:
    found = day([(0, 10)], [(0, 10)], shifts=[])
    assert (None, None, (), ()) == (found.is_late, found.is_early, found.absent, found.no_data)


def test_the_same_day_twice_is_the_same() -> None:
    assert day([(1, 5)], [(0, 9)]) == day([(1, 5)], [(0, 9)])


spans = st.lists(st.tuples(st.integers(-30, 590), st.integers(1, 120)).map(lambda t: (t[0], t[0] + t[1])), max_size=6)


@given(spans, spans)
def test_every_minute_of_the_shift_is_told_truly(visits: list[Span], seen: list[Span]) -> None:
    found = day(visits, seen)

    def within(minute: int, where: list[Span]) -> bool:
        return any(a <= minute < b for a, b in where)

    absent, no_data, present = minutes(found.absent), minutes(found.no_data), minutes(found.present)
    for minute in range(-30, 720):
        in_shift = 0 <= minute < 240 or 360 <= minute < 570
        was_there, was_seen = within(minute, visits), within(minute, seen)
        assert within(minute, present) == was_there
        assert within(minute, no_data) == (in_shift and not was_seen and not was_there)
        if within(minute, absent):
            assert in_shift and was_seen and not was_there
    assert all(b - a >= 10 for a, b in absent)


@given(spans, spans)
def test_parts_add_up(left: list[Span], right: list[Span]) -> None:
    from service.attendance.intervals import union

    a = union([interval(v) for v in left], timedelta())
    b = union([interval(v) for v in right], timedelta())
    both, rest = intersect(a, b), subtract(a, b)
    total = sum((i.length for i in [*both, *rest]), timedelta())
    assert sum((i.length for i in a), timedelta()) == total


def test_a_name_is_no_formula() -> None:
    assert "'=HYPERLINK(1)" == safe_cell("=HYPERLINK(1)")
    assert "Nguyễn" == safe_cell("Nguyễn")
