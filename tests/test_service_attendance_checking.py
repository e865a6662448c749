"""Stored stamps, badges and leave beside stored visits: what the report's days do not go together with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from service.attendance.checking import check
from service.attendance.crosscheck import Because, CrossFinding, CrossKind, Severity
from service.attendance.facts import BadgeRead, Direction, Leave, LeaveKind, Punch
from service.attendance.gathering import gather
from service.attendance.people import Asked
from service.db.repository import EventRepository
from service.db.session import Database
from service.reporting import open_sources
from tests.test_service_attendance_gathering import DAY, LATER, WHOLE_DAY, clock, database, sit, span
from vision.types import CameraId, EndReason, Event, PlaceId, RuleId, RunId, Subject

__all__ = ["database"]


def stamp(database: Database, officer: str, *times: tuple[str, Direction], device: str = "cua-1") -> None:
    with open_sources(database) as sources:
        punches = [Punch(officer, clock(text), which, device) for text, which in times]
        assert len(punches) == sources.attendance.add_punches(punches, at=LATER)


def found(database: Database) -> list[CrossFinding]:
    with database.transaction() as session, open_sources(database) as sources:
        report = gather(sources, Asked(DAY, DAY, site_id="site"), made_at=LATER)
        return check(sources, EventRepository(session), report)


def test_a_stamp_without_anybody_at_the_desk_is_a_question_with_its_evidence(database: Database) -> None:
    sit(database, "quay-1", ("09:00", "11:30"), ("13:30", "17:00"))
    stamp(database, "an", ("07:25", Direction.IN), ("17:01", Direction.OUT))
    (finding,) = found(database)
    assert ("an", CrossKind.IN_WITHOUT_PRESENCE, Severity.QUESTION, DAY, span("07:30", "09:00")) == (
        finding.officer_id, finding.kind, finding.severity, finding.day, finding.span,
    )  # fmt: skip
    assert [clock("07:25")] == [punch.at for punch in finding.punches]


def test_a_badge_at_the_door_and_a_seat_of_a_colleague_on_leave_are_no_question(database: Database) -> None:
    sit(database, "quay-1", ("09:00", "11:30"), ("13:30", "17:00"))
    stamp(database, "an", ("07:25", Direction.IN))
    with open_sources(database) as sources:
        sources.attendance.add_leave(Leave("binh", LeaveKind.ANNUAL, span("00:00", "12:00")), by=1, at=LATER)
    sit(database, "quay-2", ("07:35", "08:55"))
    (finding,) = [item for item in found(database) if item.officer_id == "an"]
    assert (Severity.NOTE, Because.MAYBE_ELSEWHERE) == (finding.severity, finding.because)
    with open_sources(database) as sources:
        sources.attendance.add_badge_read(BadgeRead("an", "door", "vao", clock("07:26"), Direction.IN))
    (finding,) = [item for item in found(database) if item.officer_id == "an"]
    assert Because.BADGE_READ is finding.because


def test_who_stamps_at_all_but_not_on_a_day_is_noted_and_others_are_not(database: Database) -> None:
    sit(database, "quay-1", *WHOLE_DAY)
    sit(database, "quay-2", *WHOLE_DAY)
    with open_sources(database) as sources:
        the_day_before = Punch("an", clock("07:25") - timedelta(hours=9), Direction.IN, "cua-1")
        sources.attendance.add_punches([the_day_before], at=LATER)
    assert [("an", CrossKind.PRESENCE_WITHOUT_PUNCH)] == [(f.officer_id, f.kind) for f in found(database)]


def test_a_night_shifts_last_stamp_belongs_to_the_evening_before(database: Database) -> None:
    stamp(database, "dem", ("21:50", Direction.IN))
    with open_sources(database) as sources:
        morning = Punch("dem", clock("06:05") + timedelta(days=1), Direction.OUT, "cua-1")
        sources.attendance.add_punches([morning], at=LATER)
    kinds = [finding.kind for finding in found(database) if finding.officer_id == "dem"]
    assert [CrossKind.IN_WITHOUT_PRESENCE, CrossKind.OUT_WITHOUT_PRESENCE] == kinds


def test_two_people_at_a_desk_are_told_of_its_officer(database: Database) -> None:
    sit(database, "quay-1", *WHOLE_DAY)
    subject = Subject(CameraId("cam"), RunId("run"), PlaceId("quay-1"))
    event = Event(RuleId("two_at_desk"), subject, clock("09:00"), 0.8, clock("09:01"), 0.5, "")
    with database.transaction() as session:
        EventRepository(session).upsert(replace(event, ended_at=clock("09:30"), end_reason=EndReason.CEASED))
    (finding,) = found(database)
    assert ("an", CrossKind.TWO_AT_ONE_DESK, span("09:00", "09:30")) == (finding.officer_id, finding.kind, finding.span)
