"""The words of attendance: figures, kinds of leave, corrections. Each is a message of the catalogues."""

from __future__ import annotations

from service.api.problems import N_
from service.attendance.crosscheck import Because, CrossKind, Severity
from service.attendance.facts import CorrectionKind, Direction, LeaveKind

LEAVE_WORDS = {
    LeaveKind.ANNUAL: N_("annual leave"),
    LeaveKind.SICK: N_("sick leave"),
    LeaveKind.SICK_CHILD: N_("leave for a sick child"),
    LeaveKind.MATERNITY: N_("maternity leave"),
    LeaveKind.UNPAID: N_("unpaid leave"),
    LeaveKind.COMPENSATORY: N_("compensatory leave"),
    LeaveKind.OTHER_LEAVE: N_("other leave"),
    LeaveKind.DUTY_TRIP: N_("duty trip"),
    LeaveKind.MEETING: N_("meeting"),
    LeaveKind.TRAINING: N_("training"),
}

CORRECTION_WORDS = {
    CorrectionKind.PRESENT: N_("The officer was at work"),
    CorrectionKind.NOT_PRESENT: N_("Somebody else was seen"),
    CorrectionKind.EXCUSED: N_("The officer need not have been there"),
}

CORRECTION_HINTS = {
    CorrectionKind.PRESENT: N_("working out of the camera's sight, in the archive or with a citizen"),
    CorrectionKind.NOT_PRESENT: N_("a colleague or a visitor sat at the desk"),
    CorrectionKind.EXCUSED: N_("leave, a meeting, a duty trip that was not entered"),
}

CROSS_WORDS = {
    CrossKind.IN_WITHOUT_PRESENCE: N_("Stamped in, but the post was seen empty afterwards"),
    CrossKind.OUT_WITHOUT_PRESENCE: N_("Stamped out, but the post had been seen empty before"),
    CrossKind.PRESENCE_WITHOUT_PUNCH: N_("At the post without any stamp"),
    CrossKind.TWO_AT_ONE_DESK: N_("Two people at one desk"),
    CrossKind.STAMPED_TWICE: N_("Stamped twice"),
    CrossKind.STAMPS_OUT_OF_ORDER: N_("Stamps out of order"),
    CrossKind.CLOCK_IN_DOUBT: N_("The clock's time was wrong: its stamps do not count"),
}

SEVERITY_WORDS = {
    Severity.QUESTION: N_("Needs an explanation"),
    Severity.NOTE: N_("For information"),
}

BECAUSE_WORDS = {
    Because.BADGE_READ: N_("the badge was read at the door at that time"),
    Because.MAYBE_ELSEWHERE: N_("somebody of the unit sat at the desk of a colleague on leave just then"),
}

DIRECTION_WORDS = {
    Direction.IN: N_("in"),
    Direction.OUT: N_("out"),
    Direction.UNKNOWN: N_("not stated"),
}

FIGURE_WORDS = {
    "arrival": N_("Arrival"),
    "leaving": N_("Leaving"),
    "is_late": N_("Late"),
    "is_early": N_("Early"),
    "is_absent": N_("Absent all day"),
    "planned_s": N_("Working time"),
    "required_s": N_("To be at the post"),
    "worked_s": N_("Worked"),
    "present_s": N_("Present in working hours"),
    "outside_s": N_("Present outside working hours"),
    "late_s": N_("Late by"),
    "early_s": N_("Left early by"),
    "left_s": N_("Left the post for"),
    "left_count": N_("Times the post was left"),
    "left_waiting_s": N_("Left while citizens waited"),
    "left_untold_s": N_("Left, not known whether anybody waited"),
    "absent_s": N_("Absent for"),
    "no_data_s": N_("No data"),
    "leave_s": N_("Leave and work elsewhere"),
    "coverage": N_("Camera coverage"),
}

TABS = (
    ("/attendance", N_("Monthly timesheet")),
    ("/attendance/day", N_("Day by day")),
    ("/attendance/corrections", N_("Corrections")),
    ("/attendance/leave", N_("Leave")),
    ("/attendance/cover", N_("Cover")),
    ("/attendance/punches", N_("Time clock")),
    ("/attendance/crosscheck", N_("Clock and cameras")),
    ("/attendance/periods", N_("Closed periods")),
)
