"""When a desk cannot be judged, attendance has no data: from answers to days, through the real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.attendance.day_table import AttendanceDay
from service.attendance.gathering import gather
from service.attendance.people import Asked
from service.db.records import OfficerRecord, PlaceRecord, RunRecord, SiteRecord
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.reporting import open_sources
from service.workers.blind import BlindSpans
from tests.stories import NO, SUBJECT, UNKNOWN, YES, at, observation, seconds_of
from vision.types import Answer, CameraId, EndReason, Event, Gap, GapReason, PlaceId, RuleId, RunId, Subject

DAY = date(2026, 11, 23)
OPEN = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
"""07:30 in Việt Nam."""
CAMERA, RUN = CameraId("cam"), RunId("run")
SITE = SiteRecord("s", "S", "A", "Asia/Ho_Chi_Minh", "", "", ("07:30-11:30",), (0, 1, 2, 3, 4), 5)


def play(answers: list[tuple[float, Answer]]) -> list[tuple[float | None, float | None]]:
    spans, told = BlindSpans(), []
    for seconds, answer in answers:
        told += spans.advance([observation(seconds, answer)])
    return [(seconds_of(span.start), seconds_of(span.end)) for span in told + spans.finish()]


def test_a_span_lasts_to_the_next_definite_answer() -> None:
    assert [(2, 6)] == play([(0, YES), (2, UNKNOWN), (4, UNKNOWN), (6, NO)])


def test_the_end_of_the_stream_ends_it_at_its_last_answer() -> None:
    assert [(2, 4)] == play([(0, YES), (2, UNKNOWN), (4, UNKNOWN)])


def test_a_flicker_is_nothing() -> None:
    assert [] == play([(0, YES), (0.2, UNKNOWN), (0.4, YES)])


@given(st.lists(st.sampled_from([YES, NO, UNKNOWN]), max_size=60))
def test_spans_hold_every_unknown_second_and_no_other(answers: list[Answer]) -> None:
    spans = play([(t * 2.0, answer) for t, answer in enumerate(answers)])
    for t, answer in enumerate(answers):
        inside = any(a <= t * 2.0 < b for a, b in spans if a is not None and b is not None)
        last_alone = t == len(answers) - 1 or answers[t + 1 :] == []
        assert inside == (answer is UNKNOWN) or last_alone


def hours(count: float) -> datetime:
    return OPEN + timedelta(hours=count)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    database.upgrade()
    with database.transaction() as session:
        SiteRepository(session).register(
            SITE,
            cameras=[(CAMERA, "Cam")],
            officers=[OfficerRecord("an", "An", "")],
            places=[PlaceRecord(CAMERA, desk, desk, "desk", ("an",)) for desk in ("d1", "d2")],
        )
    yield database
    database.close()


def watch(database: Database, *visits: tuple[str, float, float], seen: tuple[float, float] = (-1, 5)) -> None:
    with database.transaction() as session:
        SiteRepository(session).store_run(RunRecord(CAMERA, RUN, hours(seen[0]), hours(seen[1]), 1, 0, True))
        for desk, start, end in visits:
            subject = Subject(CAMERA, RUN, PlaceId(desk))
            event = Event(RuleId("presence"), subject, hours(start), 0.9, hours(start), 0.0, "")
            EventRepository(session).upsert(replace(event, ended_at=hours(end), end_reason=EndReason.CEASED))


def day_of(database: Database) -> AttendanceDay:
    with open_sources(database) as sources:
        report = gather(sources, Asked(DAY, DAY), made_at=OPEN + timedelta(days=2))
    return report.table.day(0, ZoneInfo("Asia/Ho_Chi_Minh"))


def test_who_has_two_desks_is_at_work_at_either(database: Database) -> None:
    watch(database, ("d1", -0.1, 2), ("d2", 2, 4))
    found = day_of(database)
    assert (False, False, ()) == (found.is_late, found.is_early, found.away)


def test_an_empty_desk_is_absence_only_where_both_were_seen(database: Database) -> None:
    watch(database, ("d1", -0.1, 1), ("d1", 3, 4.1))
    assert 1 == len(day_of(database).away)
    gap = Gap(CAMERA, RUN, hours(1), hours(3), GapReason.NOT_JUDGED)
    with database.transaction() as session:
        SiteRepository(session).store_gap(gap, "d2")
    found = day_of(database)
    assert ((), 1) == (found.away, len(found.no_data))


def test_a_hidden_desk_is_no_gap_of_the_camera(database: Database) -> None:
    with database.transaction() as session:
        sites = SiteRepository(session)
        sites.store_gap(Gap(CAMERA, RUN, hours(1), hours(3), GapReason.NOT_JUDGED), "d2")
        assert [0] == [camera.gaps for camera in sites.cameras()]


def test_a_visit_over_midnight_counts_for_both_days(database: Database) -> None:
    watch(database, ("d1", -9, 4.1), seen=(-9, 5))
    found = day_of(database)
    assert (False, False, ()) == (found.is_late, found.is_early, found.away)


def test_a_leaving_that_nobody_saw_is_not_early(database: Database) -> None:
    watch(database, ("d1", -0.1, 2), seen=(-1, 2.5))
    with database.transaction() as session:
        SiteRepository(session).store_run(RunRecord(CAMERA, RunId("later"), hours(3.8), hours(5), 1, 0, True))
    assert day_of(database).is_early is None


def test_what_a_crash_left_open_ends_at_its_last_evidence(database: Database) -> None:
    subject = replace(SUBJECT, camera_id=CAMERA, run_id=RUN)
    event = Event(RuleId("smoking"), subject, at(0), 0.9, at(7), 0.5, "")
    with database.transaction() as session:
        SiteRepository(session).store_run(RunRecord(CAMERA, RUN, at(0), at(9), 90, 0, False))
        EventRepository(session).upsert(event)
    for expected in (1, 0):
        with database.transaction() as session:
            assert expected == SiteRepository(session).abandon_runs([CAMERA])
    with database.transaction() as session:
        (found,) = EventRepository(session).find(EventFilter())
    assert (at(7), "interrupted") == (found.ended_at, found.end_reason)
