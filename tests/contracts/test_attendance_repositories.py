"""What every database must do with the facts of attendance: SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from service.attendance.facts import (
    BadgeRead,
    CorrectionKind,
    Cover,
    Direction,
    Leave,
    LeaveKind,
    Punch,
)
from service.attendance.intervals import Interval, microseconds
from service.db.accounts import AccountRepository
from service.db.attendance import AttendanceRepository
from service.db.corrections import CorrectionAsked, CorrectionRepository
from service.db.records import OfficerRecord, PlaceRecord, Role, RunRecord, SiteRecord
from service.db.repository import EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.db.visits import DeskSpans, VisitRepository
from service.errors import NotFound, Refused
from tests.databases import KINDS, empty_database
from tests.stories import START, at
from vision.types import CameraId, EndReason, Event, Gap, GapReason, PlaceId, RuleId, RunId, Subject

SITE = SiteRecord("site", "Trung tâm", "UBND phường", "Asia/Ho_Chi_Minh", "", "", ("07:30-11:30",), (0, 1), 5)
DAY = START.date()
LEAVE = Leave("nv-1", LeaveKind.ANNUAL, Interval(at(0), at(3600)), "12/GP")
COVER = Cover("cam", "quay-2", "nv-1", Interval(at(0), at(600)))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as made:
        with made.transaction() as session:
            SiteRepository(session).register(
                SITE,
                cameras=[("cam", "Quầy"), ("door", "Cửa")],
                officers=[OfficerRecord("nv-1", "An", "Một cửa"), OfficerRecord("nv-2", "Bình", "Một cửa")],
                places=[
                    PlaceRecord("cam", "quay-1", "Quầy 1", "desk", ("nv-1",)),
                    PlaceRecord("cam", "quay-2", "Quầy 2", "desk", ("nv-2",)),
                    PlaceRecord("door", "ban", "Bàn", "desk", ()),
                ],
            )
            for login in ("clerk", "head"):
                AccountRepository(session).add_user(
                    login, display_name=login, role=Role.CLERK, password_hash=None, at=at(0)
                )
        yield made


def visit(start_s: float, end_s: float | None, place: str = "quay-1") -> Event:
    subject = Subject(CameraId("cam"), RunId("run"), PlaceId(place))
    event = Event(RuleId("presence"), subject, at(start_s), 0.8, at(start_s), 0.5, "")
    return event if end_s is None else replace(event, ended_at=at(end_s), end_reason=EndReason.CEASED)


def listed(spans: DeskSpans) -> list[tuple[int, int, int]]:
    rows = zip(spans.desk_id.tolist(), spans.start_us.tolist(), spans.end_us.tolist(), strict=True)
    return sorted(rows)


def us(seconds: float) -> int:
    return microseconds(at(seconds))


def asked(**changes: object) -> CorrectionAsked:
    made = CorrectionAsked(
        officer_id="nv-1",
        day=DAY,
        kind=CorrectionKind.PRESENT,
        span=Interval(at(0), at(60)),
        leave_kind=None,
        reason="họp ở phòng bên",
        document="12/BC",
        document_key="",
        observed="late 1 min",
        asked_by=1,
        asked_for="An",
        asked_at=at(100),
        request_id="r1",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_visit_is_kept_when_it_has_ended_and_only_once(database: Database) -> None:
    with database.transaction() as session:
        for event in (visit(0.25, None), visit(0.25, 60.5), visit(0.25, 60.5), visit(100, 100)):
            EventRepository(session).upsert(event)
        desk = VisitRepository(session).desk_ids(["cam"])["cam", "quay-1"]
        found = VisitRepository(session).visits([desk], at(-10), at(200))
    assert [(desk, us(0.25), us(60.5))] == listed(found)


def test_a_visit_that_goes_on_lasts_as_far_as_its_camera_has_seen(database: Database) -> None:
    with database.transaction() as session:
        EventRepository(session).upsert(visit(5.125, None))
        SiteRepository(session).store_run(RunRecord("cam", "run", at(0), at(77.5), 1, 0, False))
        visits = VisitRepository(session)
        desk = visits.desk_ids()["cam", "quay-1"]
        assert [(desk, us(5.125), us(77.5))] == listed(visits.visits(None, at(0), at(200)))
        assert [] == listed(visits.visits(None, at(80), at(200)))
        assert [] == listed(visits.visits([desk + 1], at(0), at(200)))


def test_a_visit_that_a_crash_left_open_is_kept_to_its_last_sight(database: Database) -> None:
    with database.transaction() as session:
        EventRepository(session).upsert(replace(visit(5, None), peak_at=at(9)))
        SiteRepository(session).store_run(RunRecord("cam", "run", at(0), at(77), 1, 0, False))
        SiteRepository(session).abandon_runs(["cam"])
    with database.transaction() as session:
        found = VisitRepository(session).visits(None, at(0), at(200))
    assert [(us(5), us(9))] == [(start, end) for _, start, end in listed(found)]


def test_a_gap_of_a_camera_blinds_all_its_desks_and_a_gap_of_a_desk_only_that_one(database: Database) -> None:
    with database.transaction() as session:
        sites, visits = SiteRepository(session), VisitRepository(session)
        sites.store_run(RunRecord("cam", "run", at(0), at(1000), 1, 0, True))
        sites.store_gap(Gap(CameraId("cam"), RunId("run"), at(10), at(20), GapReason.STREAM_LOST))
        sites.store_gap(Gap(CameraId("cam"), RunId("run"), at(30), at(40), GapReason.NOT_JUDGED), "quay-2")
        desks = visits.desk_ids(["cam"])
        one, two = desks["cam", "quay-1"], desks["cam", "quay-2"]
        expected = sorted([(one, us(10), us(20)), (two, us(10), us(20)), (two, us(30), us(40))])
        assert expected == listed(visits.blind(None, at(0), at(100)))
        assert [(one, us(10), us(20))] == listed(visits.blind([one], at(0), at(100)))
        assert sorted([(one, us(0), us(1000)), (two, us(0), us(1000))]) == listed(visits.watched(None, at(5), at(6)))


def test_no_desks_asked_for_is_nothing_found(database: Database) -> None:
    with database.transaction() as session:
        EventRepository(session).upsert(visit(0, 10))
        assert [] == listed(VisitRepository(session).visits([], at(0), at(100)))


def test_leave_is_stored_once_and_withdrawn_but_not_forgotten(database: Database) -> None:
    with database.transaction() as session:
        repository = AttendanceRepository(session)
        first, again = repository.add_leave(LEAVE, by=1, at=at(0)), repository.add_leave(LEAVE, by=1, at=at(1))
        assert first == again
        assert [replace(LEAVE, leave_id=first)] == repository.leaves(["nv-1"], at(0), at(10))
        assert [] == repository.leaves(["nv-2"], at(0), at(10))
        assert [] == repository.leaves(None, at(3600), at(7200))
        repository.withdraw_leave(first, by=2, at=at(5))
        assert [] == repository.leaves(None, at(0), at(10))
        with pytest.raises(Refused):
            repository.withdraw_leave(first, by=2, at=at(6))
        with pytest.raises(NotFound):
            repository.withdraw_leave(first + 1, by=2, at=at(6))


def test_cover_punches_and_badges_come_back_as_they_were(database: Database) -> None:
    punch = Punch("nv-1", at(0.5), Direction.IN, "cua-1", "attlog.dat")
    read = BadgeRead("nv-1", "door", "cua", at(1), Direction.IN)
    with database.transaction() as session:
        repository = AttendanceRepository(session)
        cover_id = repository.add_cover(COVER, by=None, at=at(0))
        assert cover_id == repository.add_cover(COVER, by=None, at=at(0))
        assert [replace(COVER, cover_id=cover_id)] == repository.covers(at(0), at(10))
        assert (1, 0) == (repository.add_punches([punch], at=at(9)), repository.add_punches([punch], at=at(9)))
        assert [punch] == repository.punches(None, at(0), at(10))
        repository.add_badge_read(read)
        repository.add_badge_read(read)
        assert [read] == repository.badge_reads(["nv-1"], at(0), at(10))


def test_a_correction_is_decided_once_and_by_somebody_else(database: Database) -> None:
    with database.transaction() as session:
        repository = CorrectionRepository(session)
        correction = repository.ask_correction(asked())
        assert correction == repository.ask_correction(asked())
        with pytest.raises(Refused, match="other than who asked"):
            repository.decide_correction(correction.correction_id, by=1, at=at(200), approved=True, note="")
        decided = repository.decide_correction(correction.correction_id, by=2, at=at(200), approved=True, note="đúng")
        assert (True, 2, at(200), "đúng") == (
            decided.approved, decided.decided_by, decided.decided_at, decided.decision_note,
        )  # fmt: skip
        with pytest.raises(Refused, match="decided before"):
            repository.decide_correction(correction.correction_id, by=2, at=at(300), approved=False, note="")
        assert [decided] == repository.corrections(["nv-1"], DAY, DAY)
        assert [] == repository.corrections(None, DAY + timedelta(days=1), DAY + timedelta(days=1))


def test_a_day_is_closed_once(database: Database) -> None:
    with database.transaction() as session:
        repository = CorrectionRepository(session)
        period = repository.close_period("site", date(2026, 10, 1), date(2026, 10, 31), content="{}", by=1, at=at(0))
        assert "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" == period.sha256
        assert [period] == repository.periods(["site"], date(2026, 10, 31), date(2026, 11, 30))
        assert [] == repository.periods(["site"], date(2026, 11, 1), date(2026, 11, 30))
        with pytest.raises(Refused, match="2026-10-01 to 2026-10-31"):
            repository.close_period("site", date(2026, 10, 31), date(2026, 11, 30), content="{}", by=1, at=at(0))


def test_a_message_that_was_not_taken_waits_for_its_time(database: Database) -> None:
    with database.transaction() as session:
        repository = CorrectionRepository(session)
        number = repository.queue_delivery("period_closed", "{}", at=at(0))
        repository.note_failed(number, error="503", next_at=at(60))
        assert [] == repository.due_deliveries(at(59))
        (due,) = repository.due_deliveries(at(60))
        assert (1, "503") == (due.attempts, due.last_error)
        repository.note_delivered(number, at=at(61))
        assert [] == repository.due_deliveries(at(100))
