"""The rendered working day: every figure of three officers against its truth, with the real detectors.

Tolerance: 2 s. `samples/STORY.md` tells the day, and says how to analyse and report it by hand.
"""

from __future__ import annotations

import io
import json
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from service.analysis import analyze, prepare
from service.attendance.day_table import AttendanceDay
from service.attendance.gathering import gather
from service.attendance.people import Asked
from service.reporting import open_sources
from service.settings import Settings
from service.site import load_site
from service.wiring import open_parts
from tests.samples import SAMPLES

DAY = date(2026, 11, 23)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TOLERANCE_S = 2.0
DESKS = {"ngay-01": ("counter", "quay-1"), "ngay-02": ("counter", "quay-2"), "ngay-03": ("entrance", "le-tan")}


def truth_of(camera: str) -> dict[str, Any]:
    return json.loads((SAMPLES / "truth" / f"day-{camera}.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> dict[str, AttendanceDay]:
    """Each officer's day, as the recordings of the two cameras tell it."""
    path = SAMPLES / "day.toml"
    site = load_site(path)
    parts = open_parts(Settings(data_dir=tmp_path_factory.mktemp("day")))
    analyze(parts, site, prepare(path, cameras=site.cameras, allow_jumps=True), Console(file=io.StringIO()))
    with open_sources(parts.database) as sources:
        report = gather(sources, Asked(DAY, DAY), made_at=parts.clock.now())
    parts.database.close()
    return {officer.officer_id: report.table.day(n, ZONE) for n, officer in enumerate(report.officers)}


def since_start(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - datetime.fromisoformat(truth_of("counter")["starts_at"])).total_seconds()


def figures(found: AttendanceDay) -> dict[str, float]:
    lengths = {
        "late_s": found.late, "early_s": found.early, "left_s": found.left, "no_data_s": found.unseen,
        "worked_s": found.worked,
    }  # fmt: skip
    return {
        "arrival_s": since_start(found.arrival),
        "leaving_s": since_start(found.leaving),
        **{name: length.total_seconds() for name, length in lengths.items()},
    }


def shown(desk: dict[str, Any], lost: list[float] | None) -> list[float]:
    """Every tenth of a second in which the officer was at the desk and the camera sent pictures."""
    grid = [n / 10 for n in range(2000)]
    inside = [t for t in grid if any(a <= t < b for a, b in desk["visits_s"])]
    return [t for t in inside if lost is None or not lost[0] <= t < lost[1]]


@pytest.mark.parametrize("officer_id", DESKS)
def test_the_truth_s_figures_follow_from_its_visits(officer_id: str) -> None:
    camera, desk_id = DESKS[officer_id]
    truth = truth_of(camera)
    desk, lost = truth["desks"][desk_id], truth["outage_s"]
    tenths, (first, last) = shown(desk, lost), truth["sessions_s"]
    at_work = [[t for t in tenths if begin <= t < end] for begin, end in (first, last)]
    holes = [round((stay[-1] - stay[0]) * 10) + 1 - len(stay) for stay in at_work]
    unseen = 0 if lost is None else lost[1] - lost[0]
    assert {
        "arrival_s": tenths[0],
        "leaving_s": pytest.approx(tenths[-1] + 0.1),
        "late_s": pytest.approx(max(tenths[0] - first[0], 0)),
        "early_s": pytest.approx(max(last[1] - tenths[-1] - 0.1, 0)),
        "left_s": pytest.approx(sum(holes) / 10 - unseen),
        "no_data_s": unseen,
        "worked_s": pytest.approx(sum(map(len, at_work)) / 10),
    } == desk["figures"]


def test_the_sessions_of_the_truth_are_the_hours_of_the_site() -> None:
    hours = load_site(SAMPLES / "day.toml").hours
    truth = truth_of("counter")
    start = datetime.fromisoformat(truth["starts_at"])
    sessions = ["-".join(f"{start + timedelta(seconds=s):%H:%M}" for s in session) for session in truth["sessions_s"]]
    assert sessions == list(hours.intervals)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("officer_id", DESKS)
def test_every_figure_is_the_truth(days: dict[str, AttendanceDay], officer_id: str) -> None:
    camera, desk = DESKS[officer_id]
    expected = truth_of(camera)["desks"][desk]["figures"]
    found = figures(days[officer_id])
    assert expected.keys() == found.keys()
    off = {name: (expected[name], got) for name, got in found.items() if abs(got - expected[name]) > TOLERANCE_S}
    assert {} == off


@pytest.mark.timeout(900)
@pytest.mark.parametrize("officer_id", DESKS)
def test_every_end_of_every_stay_is_the_truth(days: dict[str, AttendanceDay], officer_id: str) -> None:
    camera, desk_id = DESKS[officer_id]
    truth = truth_of(camera)
    tenths = shown(truth["desks"][desk_id], truth["outage_s"])
    begins = [t for before, t in pairwise([-1.0, *tenths]) if t - before > 0.15]
    ends = [t + 0.1 for t, after in pairwise([*tenths, 999.0]) if after - t > 0.15]
    found = days[officer_id].present
    off = {
        (begin, end): (since_start(span.start), since_start(span.end))
        for begin, end, span in zip(begins, ends, found, strict=True)
        if max(abs(since_start(span.start) - begin), abs(since_start(span.end) - end)) > TOLERANCE_S
    }
    assert {} == off


@pytest.mark.timeout(900)
def test_the_answers_are_those_of_the_story(days: dict[str, AttendanceDay]) -> None:
    answers = {who: (day.is_late, day.is_early, day.is_absent, day.left_count) for who, day in days.items()}
    assert {
        "ngay-01": (True, False, False, 1),
        "ngay-02": (False, True, False, 0),
        "ngay-03": (False, False, False, 0),
    } == answers


def test_she_left_her_desk_while_no_camera_saw() -> None:
    truth = truth_of("entrance")
    _, until, back, _ = (s for visit in truth["desks"]["le-tan"]["visits_s"][1:] for s in visit)
    begin, end = truth["outage_s"]
    assert begin < until < back < end
    assert back - until > 2


@pytest.mark.timeout(900)
def test_the_outage_is_no_data_and_nothing_else(days: dict[str, AttendanceDay]) -> None:
    begin, end = truth_of("entrance")["outage_s"]
    (unseen,) = days["ngay-03"].no_data
    assert abs(since_start(unseen.start) - begin) <= TOLERANCE_S
    assert abs(since_start(unseen.end) - end) <= TOLERANCE_S
    assert () == days["ngay-03"].away
    assert timedelta(0) == days["ngay-01"].unseen == days["ngay-02"].unseen
