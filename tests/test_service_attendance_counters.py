"""Citizens who wait while the post is left: from scenes and events to officers' days, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.attendance.counters import CounterInForce, counter_desks
from service.attendance.day_table import AttendanceDay
from service.attendance.facts import Cover
from service.attendance.gathering import gather
from service.attendance.intervals import Interval
from service.attendance.people import Asked
from service.db.calibration import CalibrationRepository
from service.db.records import OfficerRecord, PlaceRecord, Queue, RunRecord, SiteRecord
from service.db.repository import EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.db.visits import WAITING_RULE
from service.reporting import open_sources
from tests.databases import KINDS, empty_database
from vision.rules.rulebook import CITIZENS_WAITING
from vision.types import CameraId, EndReason, Event, Gap, GapReason, PlaceId, RuleId, RunId, Subject

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2026, 11, 23)
SITE = SiteRecord(
    "site", "Trung tâm", "UBND phường", "Asia/Ho_Chi_Minh", "", "",
    ("07:30-11:30", "13:30-17:00"), (0, 1, 2, 3, 4), 5,
)  # fmt: skip
PLACES = [
    PlaceRecord("cam", "quay-1", "Quầy 1", "desk", ("an",)),
    PlaceRecord("cam", "quay-2", "Quầy 2", "desk", ("binh",)),
    PlaceRecord("back", "ban-3", "Bàn 3", "desk", ("binh",)),
    PlaceRecord("back", "ban-4", "Bàn 4", "desk", ("chi",)),
]
WITH_ZONE = {"id": "mot-cua", "name": "Một cửa", "desks": ["quay-1", "quay-2"], "waiting_zone": "cho"}
WITHOUT_ZONE = {"id": "mot-cua", "name": "Một cửa", "desks": ["quay-1", "quay-2"]}
IN_BETWEEN = ("07:30", "09:00"), ("09:30", "11:30"), ("13:30", "17:00")
"""Left the post from nine to half past."""


def clock(text: str) -> datetime:
    return datetime.fromisoformat(f"{DAY.isoformat()}T{text}").replace(tzinfo=ZONE)


def span(start: str, end: str) -> Interval:
    return Interval(clock(start), clock(end))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as made:
        with made.transaction() as session:
            sites = SiteRepository(session)
            sites.register(
                SITE,
                cameras=[("cam", "Quầy"), ("back", "Phòng sau")],
                officers=[OfficerRecord(who, who.title(), "Một cửa") for who in ("an", "binh", "chi")],
                places=PLACES,
            )
            for camera in ("cam", "back"):
                sites.store_run(RunRecord(camera, "run", clock("00:00"), clock("23:59"), 1, 0, True))
        yield made


def draw(database: Database, *counters: dict[str, object], at: datetime, camera: str = "cam") -> None:
    """Save a scene."""
    with database.transaction() as session:
        scene = {"desks": [], "counters": list(counters)}
        CalibrationRepository(session).store_scene(camera, scene=json.dumps(scene), sha256=str(at), at=at)


def keep(database: Database, place: str, rule: str, *times: tuple[str, str | None]) -> None:
    camera = next((place_.camera_id for place_ in PLACES if place_.place_id == place), "cam")
    subject = Subject(CameraId(camera), RunId("run"), PlaceId(place))
    with database.transaction() as session:
        for start, end in times:
            ended_at = None if end is None else clock(end)
            event = Event(
                RuleId(rule), subject, clock(start), 0.8, clock(start), 0.5, "",
                ended_at=ended_at, end_reason=None if end is None else EndReason.CEASED,
            )  # fmt: skip
            EventRepository(session).upsert(event, queue=Queue.NOTED)


def blind(database: Database, start: str, end: str) -> None:
    with database.transaction() as session:
        gap = Gap(CameraId("cam"), RunId("run"), clock(start), clock(end), GapReason.STREAM_LOST)
        SiteRepository(session).store_gap(gap)


def day_of(database: Database, who: str, made_at: datetime | None = None) -> AttendanceDay:
    with open_sources(database) as sources:
        asked = Asked(DAY, DAY, officer_ids=(who,))
        found = gather(sources, asked, made_at=made_at or clock("23:59") + timedelta(days=7))
    return found.table.day(0, ZONE)


def test_citizens_waited_while_the_post_was_left(database: Database) -> None:
    draw(database, WITH_ZONE, at=clock("06:00"))
    keep(database, "quay-1", "presence", *IN_BETWEEN)
    keep(database, "mot-cua", WAITING_RULE, ("08:50", "09:10"), ("09:20", "09:25"), ("10:00", "10:30"))
    found = day_of(database, "an")
    assert (span("09:00", "09:10"), span("09:20", "09:25")) == found.waiting
    assert (timedelta(minutes=30), timedelta(minutes=15), timedelta()) == (
        found.left, found.left_waiting, found.left_untold,
    )  # fmt: skip


def test_nobody_waited_is_an_answer(database: Database) -> None:
    draw(database, WITH_ZONE, at=clock("06:00"))
    keep(database, "quay-1", "presence", *IN_BETWEEN)
    found = day_of(database, "an")
    assert (timedelta(), timedelta()) == (found.left_waiting, found.left_untold)


@pytest.mark.parametrize("counters", [(), (WITHOUT_ZONE,)])
def test_without_a_waiting_zone_nobody_can_say(database: Database, counters: tuple[dict[str, object], ...]) -> None:
    draw(database, *counters, at=clock("06:00"))
    keep(database, "quay-1", "presence", *IN_BETWEEN)
    found = day_of(database, "an")
    assert (None, timedelta(minutes=30), ()) == (found.left_waiting, found.left_untold, found.waiting)


def test_who_did_not_leave_the_post_let_nobody_wait(database: Database) -> None:
    keep(database, "quay-1", "presence", ("07:30", "11:30"), ("13:30", "17:00"))
    found = day_of(database, "an")
    assert (timedelta(), timedelta()) == (found.left_waiting, found.left_untold)


def test_in_a_gap_of_the_camera_nothing_is_known_of_the_queue_either(database: Database) -> None:
    draw(database, WITH_ZONE, at=clock("06:00"))
    keep(database, "quay-1", "presence", *IN_BETWEEN)
    keep(database, "mot-cua", WAITING_RULE, ("09:00", "09:30"))
    blind(database, "09:10", "09:15")
    found = day_of(database, "an")
    assert (span("09:00", "09:10"), span("09:15", "09:30")) == found.waiting
    assert (timedelta(minutes=25), timedelta(minutes=25)) == (found.left, found.left_waiting)


def test_who_still_waits_has_waited_as_far_as_the_camera_has_seen(database: Database) -> None:
    draw(database, WITH_ZONE, at=clock("06:00"))
    keep(database, "quay-1", "presence", ("07:30", "09:00"))
    keep(database, "mot-cua", WAITING_RULE, ("09:05", None))
    with database.transaction() as session:
        SiteRepository(session).store_run(RunRecord("cam", "run", clock("00:00"), clock("09:20"), 1, 0, False))
    assert (span("09:05", "09:20"),) == day_of(database, "an", made_at=clock("09:22")).waiting


def test_of_the_counters_of_two_desks_each_must_be_told_and_one_queue_is_enough(database: Database) -> None:
    draw(database, WITH_ZONE, at=clock("06:00"))
    for desk in ("quay-2", "ban-3"):
        keep(database, desk, "presence", *IN_BETWEEN)
    assert timedelta() == day_of(database, "binh").left_waiting, "a desk at no counter hides no queue"
    draw(database, {"id": "sau", "name": "Sau", "desks": ["ban-3"]}, at=clock("06:00"), camera="back")
    assert None is day_of(database, "binh").left_waiting
    keep(database, "mot-cua", WAITING_RULE, ("09:00", "09:10"))
    found = day_of(database, "binh")
    assert (timedelta(minutes=10), timedelta(minutes=20)) == (found.left_waiting, found.left_untold)


def test_each_time_is_judged_by_the_scene_then_in_force_and_the_first_by_all_before_it(database: Database) -> None:
    draw(database, WITH_ZONE, at=clock("23:00"))
    keep(database, "quay-1", "presence", ("07:30", "09:00"), ("09:30", "10:00"), ("10:30", "11:30"), ("13:30", "17:00"))
    keep(database, "mot-cua", WAITING_RULE, ("09:00", "09:30"), ("10:00", "10:10"))
    assert timedelta(minutes=40) == day_of(database, "an").left_waiting
    # the same picture drawn anew is as if nothing had been drawn
    for at in ("23:10", "23:20"):
        draw(database, WITH_ZONE, at=clock(at))
    assert timedelta(minutes=40) == day_of(database, "an").left_waiting


def test_a_zone_taken_away_leaves_later_times_untold(database: Database) -> None:
    draw(database, WITH_ZONE, at=clock("06:00"))
    draw(database, WITHOUT_ZONE, at=clock("09:10"))
    draw(database, WITH_ZONE, at=clock("09:20"))
    keep(database, "quay-1", "presence", *IN_BETWEEN)
    keep(database, "mot-cua", WAITING_RULE, ("09:00", "09:30"))
    found = day_of(database, "an")
    assert (span("09:00", "09:10"), span("09:20", "09:30")) == found.waiting
    assert timedelta(minutes=10) == found.left_untold


def test_while_somebody_covers_the_desk_its_queue_is_theirs(database: Database) -> None:
    draw(database, WITH_ZONE, at=clock("06:00"))
    keep(database, "ban-4", "presence", ("07:30", "09:00"), ("09:30", "11:30"), ("13:30", "17:00"))
    keep(database, "mot-cua", WAITING_RULE, ("09:00", "09:20"))
    assert None is day_of(database, "chi").left_waiting
    with open_sources(database) as sources:
        cover = Cover("cam", "quay-1", "chi", span("08:30", "09:30"))
        sources.attendance.add_cover(cover, by=None, at=clock("08:00"))
    assert (span("09:00", "09:20"),) == day_of(database, "chi").waiting


def test_other_counters_and_other_days_are_not_asked(database: Database) -> None:
    draw(database, WITH_ZONE, {"id": "khac", "name": "K", "desks": ["ban-9"], "waiting_zone": "z"}, at=clock("06:00"))
    keep(database, "quay-1", "presence", *IN_BETWEEN)
    keep(database, "khac", WAITING_RULE, ("09:00", "09:30"))
    keep(database, "mot-cua", "counter_unattended", ("09:00", "09:30"))
    assert timedelta() == day_of(database, "an").left_waiting


def test_versions_that_change_nothing_of_a_desk_count_as_one_stretch() -> None:
    versions = [
        CounterInForce("cam", "c", ("quay-1",), True, None, clock("09:00")),
        CounterInForce("cam", "c", ("quay-1", "quay-2"), True, clock("09:00"), None),
    ]
    found = counter_desks(versions, {("cam", "quay-1"): 7, ("cam", "quay-2"): 8}, span("08:00", "12:00"))
    assert [7, 8] == found.desk_id.tolist()
    assert [4.0, 3.0] == [us / 3600e6 for us in (found.end_us - found.start_us).tolist()]


def test_the_rule_is_the_rulebooks() -> None:
    assert CITIZENS_WAITING == WAITING_RULE
