"""The time clock against the cameras: made-up months with planted cheats and honest oddities, and what never accuses.

CONGVU_TEST_MONTHS says how many months of 500 officers are looked at.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.crosscheck import Because, CrossFinding, CrossKind, DayFacts, Severity, check_day, directions_of
from service.attendance.days import DayInputs, DayRules, derive_days
from service.attendance.facts import LEAVE_KINDS, Direction, LeaveKind, Punch
from service.attendance.spans import from_intervals
from tests.punched_month import AFTERNOON, CHEATS, MORNING, ZONE, Planted, Recorded, month

MONTHS = int(os.environ.get("CONGVU_TEST_MONTHS", "1"))
FRESH_SEED = 9_300
"""Seeds below were looked at while the check was written; these were not."""


def facts_of(days: list[Recorded]) -> list[DayFacts]:
    """Derive each day as a report does, and put the clock beside it."""
    inputs = DayInputs(
        rows=len(days),
        shifts=from_intervals([day.spans([MORNING, AFTERNOON]) for day in days]),
        present=from_intervals([day.spans(day.present) for day in days]),
        seen=from_intervals([day.spans(day.seen) for day in days]),
        leave=from_intervals([day.spans(day.leave) for day in days]),
        leave_kind=np.full(sum(len(day.leave) for day in days), LEAVE_KINDS.index(LeaveKind.MEETING), np.int64),
    )
    table = derive_days(inputs, DayRules())
    found = []
    for row, day in enumerate(days):
        derived = table.day(row, ZONE)
        found.append(
            DayFacts(
                day.officer_id,
                day.day,
                shifts=derived.shifts,
                leave=day.spans(day.leave),
                no_data=derived.no_data,
                present=derived.present,
                punches=day.punches,
                reads=day.badge_reads,
                together=day.spans(day.together),
                elsewhere=day.spans(day.elsewhere),
            )
        )
    return found


def questions(findings: list[CrossFinding]) -> list[CrossFinding]:
    return [finding for finding in findings if finding.severity is Severity.QUESTION]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(FRESH_SEED, FRESH_SEED + MONTHS))
def test_every_cheat_of_a_month_is_asked_about_and_nobody_else(seed: int) -> None:
    days = month(seed)
    asked = [(day, check_day(facts)) for day, facts in zip(days, facts_of(days), strict=True)]
    cheats = {day.officer_id for day in days if day.planted in CHEATS}
    found = {day.officer_id for day, findings in asked if questions(findings)}
    accused = {
        (day.officer_id, str(day.planted))
        for day, findings in asked
        if questions(findings) and day.planted not in CHEATS
    }
    assert (40, 200) == (len(cheats), len({d.officer_id for d in days if d.planted not in (None, *CHEATS)}))
    assert (set(), set()) == (cheats - found, accused)


def day_of(planted: Planted | None = None, **bent: object) -> list[CrossFinding]:
    """Check one day of somebody who was there from 07:25 to 11:35 and from 13:25 to 17:05."""
    day = Recorded("nv-000", month(1, officers=1, cheats=0, oddities=0)[0].day, planted)
    day.present = [(445, 695), (805, 1025)]
    day.stamps = [(440, Direction.IN), (697, Direction.OUT), (800, Direction.IN), (1027, Direction.OUT)]
    for name, value in bent.items():
        setattr(day, name, value)
    return check_day(facts_of([day])[0])


def test_an_ordinary_day_says_nothing() -> None:
    assert [] == day_of()


def test_stamped_in_while_the_desk_is_seen_empty_is_a_question() -> None:
    (finding,) = day_of(present=[(540, 695), (805, 1025)])
    assert (CrossKind.IN_WITHOUT_PRESENCE, Severity.QUESTION) == (finding.kind, finding.severity)
    assert ("07:30", "09:00") == tuple(f"{m:%H:%M}" for m in (finding.span.start, finding.span.end))
    assert ["07:20"] == [f"{punch.at:%H:%M}" for punch in finding.punches]


def test_stamped_out_long_after_the_desk_was_left_is_a_question() -> None:
    (finding,) = day_of(present=[(445, 695), (805, 960)])
    assert (CrossKind.OUT_WITHOUT_PRESENCE, Severity.QUESTION) == (finding.kind, finding.severity)


def test_half_an_hour_is_asked_about_and_a_minute_less_is_not() -> None:
    assert 1 == len(day_of(present=[(480, 695), (805, 1025)]))
    assert [] == day_of(present=[(479, 695), (805, 1025)])


def test_where_no_camera_saw_nobody_is_asked() -> None:
    assert [] == day_of(present=[(540, 695), (805, 1025)], seen=[(470, 1440)])
    assert [] == day_of(present=[(540, 695), (805, 1025)], seen=[(0, 460), (470, 1440)])
    assert [] == day_of(present=[(483, 695), (805, 1025)], seen=[(0, 460), (464, 1440)])  # 29 minutes seen


def test_a_hole_too_short_for_work_takes_nothing_away_but_itself() -> None:
    assert 1 == len(day_of(present=[(484, 695), (805, 1025)], seen=[(0, 460), (464, 1440)]))
    assert 1 == len(day_of(present=[(445, 695), (805, 986)], seen=[(0, 1000), (1004, 1440)]))


def test_nor_does_such_a_hole_where_the_shift_begins_or_ends() -> None:
    assert 1 == len(day_of(present=[(485, 695), (805, 1025)], seen=[(0, 452), (455, 1440)]))
    assert [] == day_of(present=[(484, 695), (805, 1025)], seen=[(0, 450), (455, 1440)])  # 29 minutes seen
    assert [] == day_of(present=[(540, 695), (805, 1025)], seen=[(0, 450), (456, 1440)])  # a hole of 6 minutes
    assert 1 == len(day_of(present=[(445, 695), (805, 985)], seen=[(0, 1016), (1018, 1440)]))


def test_a_badge_read_at_the_door_makes_it_a_note() -> None:
    (finding,) = day_of(present=[(540, 695), (805, 1025)], reads=[(441, Direction.IN)])
    assert (Severity.NOTE, Because.BADGE_READ) == (finding.severity, finding.because)


def test_a_badge_read_going_out_does_not_explain_coming_in() -> None:
    (finding,) = day_of(present=[(540, 695), (805, 1025)], reads=[(441, Direction.OUT)])
    assert Severity.QUESTION is finding.severity


def test_somebody_at_the_desk_of_a_colleague_on_leave_makes_it_a_note() -> None:
    (finding,) = day_of(present=[(540, 695), (805, 1025)], elsewhere=[(450, 540)])
    assert (Severity.NOTE, Because.MAYBE_ELSEWHERE) == (finding.severity, finding.because)


def test_who_came_before_stamping_and_went_for_tea_is_not_asked() -> None:
    assert [] == day_of(present=[(420, 435), (500, 695), (805, 1025)])


def test_at_work_without_a_stamp_is_a_note_but_not_for_who_never_stamps() -> None:
    (finding,) = day_of(stamps=[])
    assert (CrossKind.PRESENCE_WITHOUT_PUNCH, Severity.NOTE) == (finding.kind, finding.severity)
    day = Recorded("nv-000", finding.day, None, present=[(445, 695)])
    assert [] == check_day(replace(facts_of([day])[0], stamps_usually=False))


def test_two_at_one_desk_is_a_note() -> None:
    (finding,) = day_of(together=[(500, 520), (520, 530)])
    assert (CrossKind.TWO_AT_ONE_DESK, timedelta(minutes=30)) == (finding.kind, finding.span.length)


def test_stamped_twice_and_out_of_order_are_notes() -> None:
    twice = day_of(stamps=[(440, Direction.IN), (440.5, Direction.IN), (697, Direction.OUT), (800, Direction.IN)])
    assert [CrossKind.STAMPED_TWICE] == [finding.kind for finding in twice]
    order = day_of(stamps=[(440, Direction.IN), (800, Direction.IN), (1027, Direction.OUT)])
    assert [CrossKind.STAMPS_OUT_OF_ORDER] == [finding.kind for finding in order]
    assert [] == questions([*twice, *order])


def test_no_stamp_of_a_clock_that_was_wrong_accuses_anybody() -> None:
    day = Recorded("nv-000", month(1, officers=1, cheats=0, oddities=0)[0].day, None, present=[(540, 1025)])
    day.stamps = [(445, Direction.IN)]
    facts = facts_of([day])[0]
    assert 1 == len(questions(check_day(facts)))
    (finding,) = check_day(replace(facts, doubtful_devices=frozenset({"cua-1"})))
    assert (CrossKind.CLOCK_IN_DOUBT, Severity.NOTE) == (finding.kind, finding.severity)


def test_a_clock_that_tells_no_direction_is_read_by_turns_where_they_come_out_even() -> None:
    def stamps(count: int) -> list[Punch]:
        day = Recorded("nv-000", month(1, officers=1, cheats=0, oddities=0)[0].day, None)
        return [Punch("nv-000", day.moment(400 + n)) for n in range(count)]

    assert [Direction.IN, Direction.OUT] * 2 == directions_of(stamps(4))
    assert [Direction.IN, Direction.UNKNOWN, Direction.OUT] == directions_of(stamps(3))
    assert [Direction.IN] == directions_of(stamps(1))
    assert [] == directions_of([])


seeds = st.integers(0, 2**32 - 1)
minute_spans = st.tuples(st.integers(380, 1080), st.integers(1, 200)).map(lambda t: (t[0], t[0] + t[1]))


def odd_day(seed: int) -> Recorded:
    days = month(seed, officers=3, cheats=1, oddities=2)
    return days[seed % len(days)]


def asked_about(day: Recorded) -> set[tuple[CrossKind, Punch]]:
    return {(found.kind, punch) for found in questions(check_day(facts_of([day])[0])) for punch in found.punches}


def cut(spans: list[tuple[int, int]], hole: tuple[int, int]) -> list[tuple[int, int]]:
    return [p for a, b in spans for p in ((a, min(b, hole[0])), (max(a, hole[1]), b)) if p[0] < p[1]]


@given(seeds, minute_spans)
def test_seeing_less_never_asks_more(seed: int, hole: tuple[int, int]) -> None:
    day = odd_day(seed)
    assert asked_about(replace(day, seen=cut(day.seen, hole))) <= asked_about(day)


@given(seeds, minute_spans, st.sampled_from(["present", "leave", "elsewhere"]))
def test_being_seen_leave_and_cover_never_ask_more(seed: int, span: tuple[int, int], where: str) -> None:
    day = odd_day(seed)
    assert asked_about(replace(day, **{where: [*getattr(day, where), span]})) <= asked_about(day)


@given(seeds, st.randoms())
def test_stamps_in_another_order_or_twice_ask_the_same(seed: int, chance: object) -> None:
    day = odd_day(seed)
    stamps = [*day.stamps, *day.stamps]
    chance.shuffle(stamps)  # type: ignore[attr-defined]
    assert {(k, p.at) for k, p in asked_about(day)} == {(k, p.at) for k, p in asked_about(replace(day, stamps=stamps))}
