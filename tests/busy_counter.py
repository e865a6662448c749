"""More of the small agency: citizens who wait, stamps that contradict the cameras, and a second agency."""

from __future__ import annotations

import json
from datetime import date, datetime

from service.attendance.facts import Direction, Punch
from service.db.attendance import AttendanceRepository
from service.db.calibration import CalibrationRepository
from service.db.records import OfficerRecord, PlaceRecord, Queue, RunRecord, SiteRecord
from service.db.repository import EventRepository
from service.db.sites import SiteRepository
from service.db.visits import VisitRepository
from tests.attendance_world import ABSENT, CAMERA, FIRST, ZONE, AttendanceWorld, at
from vision.rules.rulebook import CITIZENS_WAITING, TWO_AT_DESK
from vision.types import CameraId, EndReason, Event, PlaceId, RuleId, RunId, Subject

QUEUE, QUIET = date(2025, 10, 9), date(2025, 10, 10)
"""Days on which Hạnh leaves the post: citizens wait; nobody does."""
COUNTER = "mot-cua"
Clock = tuple[int, int]
OTHER_AGENCY = "Sở Nội vụ"
OTHER_CAMERA = "cam-so"


def leave_the_post(world: AttendanceWorld, day: date, *, place: str = "ban-1") -> None:
    """Be away from nine to half past nine on a day that was worked whole before."""
    with world.database.transaction() as session:
        visits = VisitRepository(session)
        visits.keep(CAMERA, place, started_at=at(day, 7, 25), ended_at=at(day, 9))
        visits.keep(CAMERA, place, started_at=at(day, 9, 30), ended_at=at(day, 11, 32))


def draw_counter(world: AttendanceWorld, *, with_zone: bool = True) -> None:
    """Let two desks be a counter, with a zone in which citizens wait for it, or without."""
    zone = {"waiting_zone": "cho"} if with_zone else {}
    scene = json.dumps({"counters": [{"id": COUNTER, "name": "Một cửa", "desks": ["ban-1", "ban-2"], **zone}]})
    with world.database.transaction() as session:
        CalibrationRepository(session).store_scene(CAMERA, scene=scene, sha256=scene, at=at(FIRST, 6))


def let_wait(world: AttendanceWorld, day: date, start: Clock, end: Clock) -> None:
    """Let citizens wait at the counter."""
    note(world, CITIZENS_WAITING, COUNTER, start=at(day, *start), end=at(day, *end))


def note(world: AttendanceWorld, rule: RuleId, place: str, *, start: datetime, end: datetime) -> str:
    """Store an event that is no flag; returns its id."""
    subject = Subject(CameraId(CAMERA), RunId(f"run-{(start.date() - FIRST).days}"), PlaceId(place))
    event = Event(rule, subject, start, 0.9, start, 0.5, "", ended_at=end, end_reason=EndReason.CEASED)
    with world.database.transaction() as session:
        EventRepository(session).upsert(event, queue=Queue.NOTED)
    return str(event.event_id)


def add_stamps(world: AttendanceWorld) -> str:
    """Stamp Hạnh in and out on the day on which nobody saw her; see two at one desk and return that event."""
    stamps = [("hanh", day, 7, 20, 17, 5) for day in (QUEUE, QUIET)]
    stamps += [("hanh", ABSENT, 7, 24, 17, 2), ("mai", ABSENT, 7, 24, 17, 2)]
    with world.database.transaction() as session:
        repository = AttendanceRepository(session)
        for who, day, *clock in stamps:
            pair = (at(day, *clock[:2]), Direction.IN), (at(day, *clock[2:]), Direction.OUT)
            repository.add_punches(
                [Punch(who, moment, way, "cong-chinh", "may.csv") for moment, way in pair], at=at(day, 18)
            )
    return note(world, TWO_AT_DESK, "ban-2", start=at(QUEUE, 9), end=at(QUEUE, 9, 20))


def add_agency(world: AttendanceWorld) -> None:
    """A second agency with one officer who comes late once."""
    with world.database.transaction() as session:
        sites, visits = SiteRepository(session), VisitRepository(session)
        sites.register(
            SiteRecord(
                "so-noi-vu", "Sở Nội vụ", OTHER_AGENCY, str(ZONE), "Có biển báo", "Nội quy cơ quan",
                ("07:30-11:30", "13:30-17:00"), (0, 1, 2, 3, 4), 5,
            ),
            cameras=[(OTHER_CAMERA, "Camera phòng")],
            officers=[OfficerRecord("dung", "Phạm Tiến Dũng", "Thanh tra")],
            places=[PlaceRecord(OTHER_CAMERA, "ban-9", "Bàn 9", "desk", ("dung",))],
        )  # fmt: skip
        for day in (ABSENT, QUEUE):
            sites.store_run(RunRecord(OTHER_CAMERA, f"run-{day}", at(day, 6), at(day, 18), 1000, 0, True))
            visits.keep(OTHER_CAMERA, "ban-9", started_at=at(day, 7 if day == QUEUE else 8), ended_at=at(day, 11, 31))
            visits.keep(OTHER_CAMERA, "ban-9", started_at=at(day, 13, 29), ended_at=at(day, 17, 1))


def busy_month(world: AttendanceWorld) -> str:
    """Everything together; returns the event of two people at one desk."""
    draw_counter(world)
    for day in (QUEUE, QUIET):
        leave_the_post(world, day)
    let_wait(world, QUEUE, (8, 55), (9, 12))
    add_agency(world)
    return add_stamps(world)
