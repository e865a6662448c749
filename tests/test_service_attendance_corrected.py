"""What an approved correction changes, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from service.attendance.corrected import with_corrections
from service.attendance.day_table import AttendanceDay
from service.attendance.days import DayInputs, derive_days
from service.attendance.facts import LEAVE_KINDS, Correction, CorrectionKind, LeaveKind
from service.attendance.intervals import Interval
from tests.minute_days import SHIFTS, Row, inputs_of
from tests.stories import START
from tests.test_service_attendance_days import RULES, ZONE, minute

EVERYTHING = [(-120, 1740)]


def correction(kind: CorrectionKind, start_min: int, end_min: int, leave: LeaveKind | None = None) -> Correction:
    span = Interval(START + timedelta(minutes=start_min), START + timedelta(minutes=end_min))
    return Correction(
        1,
        "nv",
        START.date(),
        kind,
        span,
        leave,
        "",
        "",
        "",
        "",
        asked_by=1,
        asked_for="",
        asked_at=START,
        approved=True,
    )


def corrected(row: Row, *changes: Correction) -> AttendanceDay:
    inputs: DayInputs = with_corrections(inputs_of([row]), [(0, change) for change in changes])
    return derive_days(inputs, RULES).day(0, ZONE)


def test_was_at_work_counts_where_the_camera_saw_nobody_or_nothing() -> None:
    change = correction(CorrectionKind.PRESENT, 0, 240)
    for seen in (EVERYTHING, [(300, 600)]):
        found = corrected(Row(SHIFTS, [(360, 570)], seen, []), change)
        assert (False, 450, (), 1.0) == (found.is_late, minute(found.worked), found.away, found.coverage)


def test_it_was_somebody_else_counts_as_seen_without_the_officer() -> None:
    change = correction(CorrectionKind.NOT_PRESENT, 0, 240)
    found = corrected(Row(SHIFTS, [(0, 240), (360, 570)], [(360, 570)], []), change)
    assert (240, 210) == (minute(found.absent), minute(found.worked))


def test_excused_goes_before_leave_that_was_entered() -> None:
    row = Row(SHIFTS, [(360, 570)], EVERYTHING, [((0, 240), LeaveKind.UNPAID)])
    found = corrected(row, correction(CorrectionKind.EXCUSED, 0, 120, LeaveKind.SICK))
    assert {LeaveKind.SICK: 120, LeaveKind.UNPAID: 120} == {k: minute(v) for k, v in found.leave.items()}


def test_of_two_that_contradict_each_other_the_later_one_counts() -> None:
    yes, no = correction(CorrectionKind.PRESENT, 0, 240), correction(CorrectionKind.NOT_PRESENT, 60, 120)
    row = Row([(0, 240)], [], EVERYTHING, [])
    assert (180, 240) == (minute(corrected(row, yes, no).worked), minute(corrected(row, no, yes).worked))
    sick = correction(CorrectionKind.EXCUSED, 0, 60, LeaveKind.SICK)
    trip = correction(CorrectionKind.EXCUSED, 0, 60, LeaveKind.DUTY_TRIP)
    assert [LeaveKind.DUTY_TRIP] == list(corrected(row, sick, trip).leave)


def test_other_rows_stay_as_they_are() -> None:
    rows = [Row(SHIFTS, [(5, 200)], EVERYTHING, [((0, 9), LeaveKind.SICK)]) for _ in range(3)]
    before = inputs_of(rows)
    after = with_corrections(before, [(1, correction(CorrectionKind.PRESENT, 0, 240))])
    left, right = derive_days(before, RULES), derive_days(after, RULES)
    assert [True, False, True] == (left.worked_us == right.worked_us).tolist()
    assert LEAVE_KINDS.index(LeaveKind.SICK) == int(np.argmax(right.leave_us[2]))


def test_an_excuse_says_what_for() -> None:
    with pytest.raises(ValueError, match="correction 1: wanted the kind of leave"):
        with_corrections(inputs_of([Row(SHIFTS, [], [], [])]), [(0, correction(CorrectionKind.EXCUSED, 0, 60))])


def test_not_present_takes_away_all_that_was_seen_then_of_that_row_only() -> None:
    rows = [Row(SHIFTS, [(0, 50), (40, 240), (360, 570)], EVERYTHING, [])] * 2
    after = derive_days(
        with_corrections(inputs_of(rows), [(1, correction(CorrectionKind.NOT_PRESENT, 30, 100))]), RULES
    )
    assert [(0, 450), (70, 380)] == [(minute(d.left), minute(d.worked)) for d in (after.day(n, ZONE) for n in (0, 1))]
