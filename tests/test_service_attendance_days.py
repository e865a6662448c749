"""Officers' days as stories; times in minutes from 07:30. The rules of these stories forgive 5 minutes, and 7."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from service.attendance.day_table import NEVER, AttendanceDay, AwayKind, DayTable
from service.attendance.days import derive_days
from service.attendance.facts import LeaveKind
from service.attendance.spans import Spans
from tests.minute_days import FIRST_MIN, LAST_MIN, NIGHT, SHIFTS, Minutes, Row, Span, inputs_of
from tests.stories import START

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MINUTES = Minutes(hidden_stay_max=1)
RULES = MINUTES.rules
ALL_DAY = [(FIRST_MIN, LAST_MIN)]


def blind(*holes: Span) -> list[Span]:
    """Seen all day but for some holes."""
    edges = [FIRST_MIN, *(edge for hole in holes for edge in hole), LAST_MIN]
    return list(zip(edges[::2], edges[1::2], strict=True))


def day(
    present: Sequence[Span],
    seen: Sequence[Span] = ALL_DAY,
    *,
    shifts: Sequence[Span] = SHIFTS,
    leave: Sequence[tuple[Span, LeaveKind]] = (),
    rules: Minutes = MINUTES,
) -> AttendanceDay:
    inputs = inputs_of([Row(shifts, present, seen, leave)], rules.until)
    return derive_days(inputs, rules.rules).day(0, ZONE)


def away(found: AttendanceDay) -> list[tuple[AwayKind, int, int]]:
    return [(each.kind, minute(each.span.start - START), minute(each.span.end - START)) for each in found.away]


def minute(length: timedelta) -> int:
    assert length % timedelta(minutes=1) == timedelta()
    return length // timedelta(minutes=1)


def test_a_full_day() -> None:
    found = day([(-5, 240), (358, 575)])
    assert (False, False, False, 1.0) == (found.is_late, found.is_early, found.is_absent, found.coverage)
    assert ((), (), 450, 450) == (found.away, found.no_data, minute(found.worked), minute(found.required))
    assert (12, -5, 575) == (minute(found.outside), minute(found.arrival - START), minute(found.leaving - START))


def test_late_early_and_away_from_the_post() -> None:
    found = day([(20, 100), (130, 240), (360, 500)])
    assert (True, True, False) == (found.is_late, found.is_early, found.is_absent)
    assert [(AwayKind.LATE, 0, 20), (AwayKind.LEFT, 100, 130), (AwayKind.EARLY, 500, 570)] == away(found)
    assert (20, 30, 1, 70) == (minute(found.late), minute(found.left), found.left_count, minute(found.early))


def test_what_is_within_the_grace_is_nothing() -> None:
    found = day([(5, 240), (360, 563)])
    assert (False, False, ()) == (found.is_late, found.is_early, found.away)
    assert (True, True) == (day([(6, 240), (360, 570)]).is_late, day([(0, 240), (360, 562)]).is_early)


def test_a_short_walk_is_nothing_and_a_walk_as_long_as_the_limit_is_told() -> None:
    assert () == day([(0, 100), (109, 240), (360, 570)]).away
    assert [(AwayKind.LEFT, 100, 110)] == away(day([(0, 100), (110, 240), (360, 570)]))


def test_a_dead_camera_is_no_absence_and_no_lateness() -> None:
    found = day([], [])
    assert (None, None, None, 0.0, ()) == (
        found.is_late, found.is_early, found.is_absent, found.coverage, found.away,
    )  # fmt: skip
    assert 450 == minute(found.unseen)


def test_an_outage_in_the_morning_is_no_data_and_the_rest_of_the_day_is_judged() -> None:
    found = day([(90, 240), (360, 540)], blind((0, 90)))
    assert (None, True, False) == (found.is_late, found.is_early, found.is_absent)
    assert ([(AwayKind.EARLY, 540, 570)], 90, 0.8) == (away(found), minute(found.unseen), found.coverage)


def test_nobody_all_day_under_a_good_camera_is_absent() -> None:
    found = day([])
    assert (None, None, True) == (found.is_late, found.is_early, found.is_absent)
    assert (450, 0) == (minute(found.absent), minute(found.late))


def test_a_gap_that_could_hide_a_stay_leaves_the_day_open() -> None:
    found = day([], blind((100, 102)))
    assert found.is_absent is None
    assert [AwayKind.LEFT, AwayKind.LEFT, AwayKind.ABSENT] == [kind for kind, _, _ in away(found)]


def test_a_gap_too_short_for_a_stay_does_not_but_it_is_not_counted_as_away() -> None:
    found = day([], blind((100, 101)))
    assert (True, 449, 1) == (found.is_absent, minute(found.absent), minute(found.unseen))


def test_half_a_day_absent_is_late_for_the_day_and_the_other_half_early() -> None:
    morning, afternoon = day([(360, 570)]), day([(0, 240)])
    assert (True, False, False) == (morning.is_late, morning.is_early, morning.is_absent)
    assert (False, True, False) == (afternoon.is_late, afternoon.is_early, afternoon.is_absent)
    assert ([(AwayKind.ABSENT, 0, 240)], [(AwayKind.ABSENT, 360, 570)]) == (away(morning), away(afternoon))


def test_late_is_unknown_where_the_camera_woke_up_after_the_grace() -> None:
    found = day([(30, 240), (360, 570)], [(10, LAST_MIN)])
    assert found.is_late is None
    assert [(AwayKind.LEFT, 10, 30)] == away(found)


def test_who_may_have_come_in_time_while_the_camera_blinked_is_not_late() -> None:
    # the empty post was last seen at the end of the grace
    assert (None, ()) == ((found := day([(6, 240), (360, 570)], blind((5, 6)))).is_late, found.away)
    assert (None, ()) == ((found := day([(0, 240), (360, 562)], blind((562, 563)))).is_early, found.away)


def test_a_gap_does_not_make_a_walk_of_who_is_in_time() -> None:
    rules = replace(MINUTES, grace_in=15, grace_out=15)
    assert () == day([(14, 240), (360, 570)], rules=rules).away
    assert () == day([(14, 240), (360, 570)], blind((0, 3)), rules=rules).away
    assert () == day([(0, 240), (360, 556)], blind((567, 570)), rules=rules).away


def test_who_came_before_the_shift_and_went_for_tea_left_the_post() -> None:
    found = day([(-10, -2), (30, 240), (360, 570)])
    assert found.is_late is False
    assert [(AwayKind.LEFT, 0, 30)] == away(found)


def test_who_came_and_went_before_the_shift_is_absent_from_it_but_not_late() -> None:
    found = day([(-10, -2), (360, 570)])
    assert (False, [(AwayKind.ABSENT, 0, 240)]) == (found.is_late, away(found))


def test_back_late_from_lunch_is_late_for_the_afternoon_but_not_for_the_day() -> None:
    found = day([(0, 250), (380, 570)])
    assert found.is_late is False
    assert [(AwayKind.LATE, 360, 380)] == away(found)


def test_a_meeting_in_the_middle_is_work_and_its_edges_are_no_arrivals() -> None:
    meeting = [((60, 120), LeaveKind.MEETING)]
    found = day([(0, 60), (128, 240), (360, 570)], leave=meeting)
    assert ((), 442, 60) == (found.away, minute(found.worked), minute(found.leave[LeaveKind.MEETING]))
    assert [(AwayKind.LEFT, 120, 135)] == away(day([(0, 60), (135, 240), (360, 570)], leave=meeting))


def test_who_is_seen_at_the_post_during_a_meeting_has_worked_that_time_once() -> None:
    found = day([(0, 240), (360, 570)], leave=[((60, 120), LeaveKind.MEETING)])
    assert (450, 390) == (minute(found.worked), minute(found.required))


def test_nursing_hours_move_the_end_of_the_day() -> None:
    found = day([(0, 240), (360, 510)], shifts=[(0, 240), (360, 510)])
    assert (False, (), 390) == (found.is_early, found.away, minute(found.planned))


def test_leave_at_the_beginning_moves_the_arrival() -> None:
    morning = [((0, 90), LeaveKind.ANNUAL)]
    assert day([(92, 240), (360, 570)], leave=morning).is_late is False
    late = day([(100, 240), (360, 570)], leave=morning)
    assert (True, [(AwayKind.LATE, 90, 100)]) == (late.is_late, away(late))


def test_leave_all_day_asks_nothing() -> None:
    found = day([], leave=[((-450, 990), LeaveKind.SICK)])
    assert (None, None, None, (), 0) == (
        found.is_late, found.is_early, found.is_absent, found.away, minute(found.required),
    )  # fmt: skip
    assert 450 == minute(found.leave[LeaveKind.SICK])


def test_leave_that_ends_minutes_before_the_session_leaves_nobody_absent_or_late() -> None:
    # 12 minutes are what the graces forgive: who comes back 5 late and goes 7 early need not come at all
    found = day([(360, 570)], leave=[((0, 228), LeaveKind.ANNUAL)])
    assert (False, (), 12) == (found.is_late, found.away, minute(found.required) - 210)
    assert [(AwayKind.ABSENT, 227, 240)] == away(day([(360, 570)], leave=[((0, 227), LeaveKind.ANNUAL)]))


def test_who_works_in_their_leave_and_stays_away_later_is_not_late() -> None:
    found = day([(0, 100)], leave=[((0, 240), LeaveKind.ANNUAL)])
    assert (None, True, True) == (found.is_late, found.is_early, found.is_absent)


def test_a_night_shift_is_one_day() -> None:
    found = day([(840, 1320)], shifts=NIGHT)
    assert (False, False, 480) == (found.is_late, found.is_early, minute(found.worked))
    assert [(AwayKind.EARLY, 1290, 1320)] == away(day([(840, 1290)], shifts=NIGHT))


def test_of_two_leaves_at_once_the_first_entered_counts() -> None:
    leave = [((0, 60), LeaveKind.ANNUAL), ((30, 90), LeaveKind.DUTY_TRIP)]
    found = day([(90, 240), (360, 570)], leave=leave)
    assert (60, 30) == (minute(found.leave[LeaveKind.ANNUAL]), minute(found.leave[LeaveKind.DUTY_TRIP]))


def test_a_day_off_asks_nothing() -> None:
    found = day([(0, 10)], shifts=[])
    assert (None, None, None, (), (), 1.0, 10) == (
        found.is_late, found.is_early, found.is_absent, found.away, found.no_data, found.coverage,
        minute(found.outside),
    )  # fmt: skip


def test_a_day_that_is_not_over_ends_with_nobody_early_or_absent() -> None:
    at_ten = replace(MINUTES, until=150)
    on_a_walk = day([(0, 130)], [(FIRST_MIN, 150)], rules=at_ten)
    assert (False, None, False) == (on_a_walk.is_late, on_a_walk.is_early, on_a_walk.is_absent)
    assert ([(AwayKind.LEFT, 130, 150)], 150, 0) == (
        away(on_a_walk), minute(on_a_walk.planned), minute(on_a_walk.unseen),
    )  # fmt: skip
    not_seen_yet = day([], [(FIRST_MIN, 150)], rules=at_ten)
    assert (None, None, None) == (not_seen_yet.is_late, not_seen_yet.is_early, not_seen_yet.is_absent)
    assert day([(0, 200)], rules=replace(MINUTES, until=300)).is_early is None


def test_two_sights_with_seconds_between_them_are_one() -> None:
    inputs = inputs_of([Row([(0, 240)], [(0, 120)], ALL_DAY)])
    end = inputs.present.end_us[0]
    for apart_us, pieces in ((3_000_000, 1), (3_000_001, 2)):
        again = Spans(
            np.zeros(2, np.int64), np.append(inputs.present.start_us, end + apart_us), np.append(end, 2 * end)
        )
        assert pieces == len(derive_days(replace(inputs, present=again), RULES).present)


@pytest.mark.parametrize("rows", [0, 3])
def test_nothing_known_is_nothing_said(rows: int) -> None:
    table = derive_days(inputs_of([Row([], [], [])] * rows), RULES)
    assert rows == table.rows
    for answer in (table.is_late, table.is_early, table.is_absent):
        assert [-1] * rows == answer.tolist()
    assert ([NEVER] * rows, [1.0] * rows) == (table.arrival_us.tolist(), table.coverage.tolist())


def test_some_rows_of_a_table_are_what_these_rows_would_be_alone() -> None:
    rows = [Row(SHIFTS, [(n, 240)], ALL_DAY) for n in range(4)]
    some: DayTable = derive_days(inputs_of(rows), RULES).take(np.array([3, 1]))
    assert [rows[3].present[0][0], rows[1].present[0][0]] == [
        minute(some.day(n, ZONE).arrival - START) for n in range(2)
    ]


def spans(row: int, start_us: int, end_us: int) -> Spans:
    return Spans(np.array([row]), np.array([start_us]), np.array([end_us]))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"present": spans(1, 0, 5)}, "present: wanted rows of 0..0, got 1"),
        ({"seen": spans(-1, 0, 5)}, "seen: wanted rows of 0..0, got -1"),
        ({"present": spans(0, 5, 5)}, "present, row 0: a stretch ends before it starts"),
        ({"leave": spans(0, 0, 5)}, "leave_kind: wanted one for each of 1 leaves, got 0"),
        ({"leave": spans(0, 0, 5), "leave_kind": np.array([99])}, "leave_kind: wanted numbers of 0..9, got 99"),
    ],
)
def test_impossible_inputs_are_refused(changes: dict[str, object], fault: str) -> None:
    good = inputs_of([Row(SHIFTS, [], [])])
    with pytest.raises(ValueError, match=fault):
        replace(good, **changes)  # type: ignore[arg-type]


def test_working_time_that_overlaps_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shifts, row 1: working time overlaps: .*00:30.* and .*03:50"):
        inputs_of([Row(SHIFTS, [], []), Row([(200, 300), (0, 240)], [], [])])
