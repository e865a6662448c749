"""From what is stored to officers' days: SQLite and PostgreSQL give the same report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.attendance.day_table import AttendanceDay, AwayKind
from service.attendance.facts import CorrectionKind, Cover, Leave, LeaveKind
from service.attendance.gathering import gather
from service.attendance.intervals import Interval
from service.attendance.month import Report
from service.attendance.people import Asked
from service.db.accounts import AccountRepository
from service.db.corrections import CorrectionAsked
from service.db.records import OfficerRecord, PlaceRecord, Role, RunRecord, SiteRecord
from service.db.repository import EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.errors import NotFound, Refused
from service.reporting import open_sources
from service.site_hours import OwnHoursTable
from tests.databases import KINDS, empty_database
from vision.types import CameraId, EndReason, Event, Gap, GapReason, PlaceId, RuleId, RunId, Subject

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2026, 11, 23)
"""A Monday."""
LATER = datetime(2026, 12, 1, tzinfo=UTC)
SITE = SiteRecord(
    "site", "Trung tâm", "UBND phường", "Asia/Ho_Chi_Minh", "", "",
    ("07:30-11:30", "13:30-17:00"), (0, 1, 2, 3, 4), 5,
)  # fmt: skip
OTHER = replace(SITE, site_id="other", name="Nơi khác", agency="Sở khác", timezone="Asia/Tokyo", grace_minutes=15)
NIGHT = OwnHoursTable(intervals=("22:00-06:00",), days=("mon", "tue")).model_dump_json(by_alias=True)
PLACES = [
    PlaceRecord("cam", "quay-1", "Quầy 1", "desk", ("an",)),
    PlaceRecord("cam", "quay-2", "Quầy 2", "desk", ("binh",)),
    PlaceRecord("door", "truc", "Bàn trực", "desk", ("dem",)),
    PlaceRecord("door", "chung", "Bàn chung", "desk", ("chi", "dung")),
]


def clock(text: str, day: date = DAY) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T{text}").replace(tzinfo=ZONE)


def span(start: str, end: str) -> Interval:
    return Interval(clock(start), clock(end))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as made:
        with made.transaction() as session:
            sites = SiteRepository(session)
            sites.register(
                SITE,
                cameras=[("cam", "Quầy"), ("door", "Cửa")],
                officers=[
                    OfficerRecord("an", "Nguyễn Thị An", "Một cửa"),
                    OfficerRecord("binh", "Trần Bình", "Một cửa"),
                    OfficerRecord("chi", "Lê Chi", "Văn phòng"),
                    OfficerRecord("dung", "Vũ Dũng", "Văn phòng"),
                    OfficerRecord("dem", "Đỗ Đêm", "Bảo vệ", NIGHT),
                ],
                places=PLACES,
            )
            sites.register(
                OTHER,
                cameras=[("tokyo", "Xa")],
                officers=[OfficerRecord("xa", "Người Xa", "Xa")],
                places=[PlaceRecord("tokyo", "ban", "Bàn", "desk", ("xa",))],
            )
            for camera in ("cam", "door", "tokyo"):
                sites.store_run(
                    RunRecord(camera, "run", clock("00:00"), clock("23:59") + timedelta(days=1), 1, 0, True)
                )
            for login in ("hoi", "duyet"):
                AccountRepository(session).add_user(
                    login, display_name=login, role=Role.CLERK, password_hash=None, at=clock("07:00")
                )
        yield made


def visit(database: Database, place: str, start: datetime, end: datetime) -> None:
    camera = next((p.camera_id for p in PLACES if p.place_id == place), "tokyo")
    subject = Subject(CameraId(camera), RunId("run"), PlaceId(place))
    event = Event(RuleId("presence"), subject, start, 0.8, start, 0.5, "", ended_at=end, end_reason=EndReason.CEASED)
    with database.transaction() as session:
        EventRepository(session).upsert(event)


def sit(database: Database, place: str, *times: tuple[str, str]) -> None:
    for start, end in times:
        visit(database, place, clock(start), clock(end))


def report(database: Database, **asked: object) -> Report:
    with open_sources(database) as sources:
        return gather(sources, Asked(DAY, DAY, **asked), made_at=LATER)  # type: ignore[arg-type]


def day_of(database: Database, officer_id: str, *, observed: bool = False) -> AttendanceDay:
    found = report(database, officer_ids=(officer_id,))
    return (found.observed if observed else found.table).day(0, ZONE)


WHOLE_DAY = (("07:28", "11:31"), ("13:29", "17:02"))


def test_a_day_at_the_desk(database: Database) -> None:
    sit(database, "quay-1", *WHOLE_DAY)
    found = day_of(database, "an")
    assert (clock("07:28"), clock("17:02"), False, False) == (
        found.arrival, found.leaving, found.is_late, found.is_early,
    )  # fmt: skip
    assert ((), 1.0, timedelta(hours=7, minutes=30)) == (found.away, found.coverage, found.worked)


def test_an_outage_is_no_data_for_every_desk_of_the_camera(database: Database) -> None:
    with database.transaction() as session:
        gap = Gap(CameraId("cam"), RunId("run"), clock("09:00"), clock("10:00"), GapReason.STREAM_LOST)
        SiteRepository(session).store_gap(gap)
    for officer in ("an", "binh"):
        found = day_of(database, officer)
        assert ((span("09:00", "10:00"),), None) == (found.no_data, found.is_absent)
    assert () == day_of(database, "chi").no_data


def test_while_a_colleague_covers_the_desk_nothing_is_said_of_its_officer(database: Database) -> None:
    sit(database, "quay-1", ("07:30", "09:00"), ("09:05", "10:00"))
    with open_sources(database) as sources:
        sources.attendance.add_cover(Cover("cam", "quay-1", "binh", span("09:00", "10:00")), by=1, at=LATER)
    an, binh = day_of(database, "an"), day_of(database, "binh")
    assert span("09:00", "10:00") in an.no_data
    assert clock("09:00") == an.leaving
    assert (clock("09:05"), clock("10:00")) == (binh.arrival, binh.leaving)


def test_of_two_at_one_desk_nothing_is_said_but_that_it_is_empty(database: Database) -> None:
    sit(database, "chung", ("07:30", "09:00"))
    for officer in ("chi", "dung"):
        found = day_of(database, officer)
        assert (None, (span("07:30", "09:00"),)) == (found.arrival, found.no_data)
        assert clock("09:00") == found.away[0].span.start


def test_when_one_of_the_two_is_on_leave_the_desk_is_the_others(database: Database) -> None:
    sit(database, "chung", *WHOLE_DAY)
    with open_sources(database) as sources:
        sources.attendance.add_leave(Leave("chi", LeaveKind.ANNUAL, span("00:00", "23:59:59")), by=1, at=LATER)
    chi, dung = day_of(database, "chi"), day_of(database, "dung")
    assert (None, timedelta(0)) == (chi.arrival, chi.required)
    assert (False, 1.0) == (dung.is_late, dung.coverage)


def test_a_night_at_the_gate_is_the_day_on_which_it_began(database: Database) -> None:
    visit(database, "truc", clock("21:58"), clock("06:01") + timedelta(days=1))
    found = day_of(database, "dem")
    assert (False, False, timedelta(hours=8)) == (found.is_late, found.is_early, found.worked)
    with open_sources(database) as sources:
        next_day = gather(
            sources, Asked(DAY + timedelta(days=1), DAY + timedelta(days=1), officer_ids=("dem",)), made_at=LATER
        )
    assert None is next_day.table.day(0, ZONE).arrival


def test_a_correction_counts_once_it_is_approved_and_both_values_are_there(database: Database) -> None:
    sit(database, "quay-1", ("08:00", "11:30"), ("13:30", "17:00"))
    with open_sources(database) as sources:
        asked = CorrectionAsked(
            "an", DAY, CorrectionKind.PRESENT, span("07:30", "08:00"), None, "giao ban", "", "", "", 1, "An", LATER, "r"
        )
        correction = sources.corrections.ask_correction(asked)
    assert day_of(database, "an").is_late is True
    with open_sources(database) as sources:
        sources.corrections.decide_correction(correction.correction_id, by=2, at=LATER, approved=True, note="")
    assert day_of(database, "an").is_late is False
    assert day_of(database, "an", observed=True).is_late is True


def test_officers_come_by_agency_unit_and_name_each_in_their_own_time(database: Database) -> None:
    visit(database, "ban", clock("05:30"), clock("09:30"))  # half past seven in Tokyo
    found = report(database)
    assert ["xa", "dem", "an", "binh", "chi", "dung"] == [officer.officer_id for officer in found.officers]
    tokyo = found.table.day(0, ZoneInfo("Asia/Tokyo"))
    assert (False, "07:30") == (tokyo.is_late, f"{tokyo.arrival:%H:%M}")
    assert "Nơi khác" not in {officer.agency for officer in found.officers}


def test_a_day_that_goes_on_is_told_as_far_as_it_has_come(database: Database) -> None:
    sit(database, "quay-1", ("07:30", "09:00"))
    with open_sources(database) as sources:
        found = gather(sources, Asked(DAY, DAY, officer_ids=("an",)), made_at=clock("09:20"))
    day = found.table.day(0, ZONE)
    assert (None, [AwayKind.LEFT]) == (day.is_early, [away.kind for away in day.away])
    assert clock("09:20") == day.shifts[-1].end


def test_what_is_not_known_is_named(database: Database) -> None:
    for asked, said in (
        ({"agency": "không có"}, "UBND phường"),
        ({"site_id": "không có"}, "site of"),
        ({"unit": "không có"}, "Một cửa"),
        ({"officer_ids": ("không",)}, "không"),
    ):
        with pytest.raises(NotFound, match=said):
            report(database, **asked)
    for first, last in ((DAY, DAY - timedelta(days=1)), (DAY, DAY + timedelta(days=401))):
        with open_sources(database) as sources, pytest.raises(Refused):
            gather(sources, Asked(first, last), made_at=LATER)


def test_the_progress_counts_every_officer(database: Database) -> None:
    counted: list[int] = []
    with open_sources(database) as sources:
        gather(sources, Asked(DAY, DAY), made_at=LATER, advance=counted.append)
    assert 6 == sum(counted)
