"""Events, verdicts, attendance and cameras by the JSON API."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.db.records import EvidenceKind
from tests.web_world import CAMERA, MONDAY, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


class Reader:
    """Somebody who is signed in."""

    def __init__(self, world: World, login: str = "thanhtra") -> None:
        self.client, self.csrf = world.reader(login)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(f"/api/v1/{path}", params=query)
        assert 200 == answer.status_code, answer.text
        return answer.json()

    def review(self, event: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1/events/{event}/reviews", json=body, headers={"X-CSRF-Token": self.csrf})


def test_the_queue_holds_flags_that_wait_newest_first_and_no_visits(world: World) -> None:
    first = world.add_event("left_post", MONDAY)
    second = world.add_event("smoking", MONDAY + timedelta(hours=1))
    world.add_event("presence", MONDAY + timedelta(hours=2))
    page = Reader(world).get("events")
    assert [second, first] == [event["event_id"] for event in page["items"]]
    assert 2 == page["total"]


def test_filters_narrow_the_queue(world: World) -> None:
    monday = world.add_event("left_post", MONDAY)
    tuesday = world.add_event("smoking", MONDAY + timedelta(days=1))
    reader = Reader(world)

    def found(**query: Any) -> list[str]:
        return [event["event_id"] for event in reader.get("events", **query)["items"]]

    assert [tuesday] == found(rule="smoking")
    assert [monday] == found(day="2025-10-20")
    assert [] == found(camera="another")
    assert [tuesday, monday] == found(camera=CAMERA, state="all")
    reader.review(monday, verdict="no_breach", request_id="request-1")
    assert [tuesday] == found()
    assert [monday] == found(state="reviewed")
    assert [monday] == found(state="all", limit=1, offset=1)


def test_a_day_begins_at_midnight_of_the_site(world: World) -> None:
    late_evening_utc = MONDAY.replace(hour=17, minute=30)  # 00:30 on Tuesday in Việt Nam
    event = world.add_event("left_post", late_evening_utc)
    reader = Reader(world)
    assert [] == reader.get("events", day="2025-10-20")["items"]
    assert event == reader.get("events", day="2025-10-21")["items"][0]["event_id"]


def test_one_event_tells_all_that_speaks_for_and_against_it(world: World) -> None:
    event = world.add_event("badge_missing", evidence={EvidenceKind.SNAPSHOT: b"picture"})
    shown = Reader(world).get(f"events/{event}")
    assert ["Nguyễn Thị Hạnh"] == shown["officers"]
    assert {"no", "unknown"} == {item["answer"] for item in shown["trace"]}
    assert f"/api/v1/evidence/{event}/snapshot" == shown["evidence"][0]["href"]
    assert 720.0 == shown["duration_s"]
    assert "open" == shown["standing"]


def test_a_verdict_sent_twice_is_stored_once(world: World) -> None:
    event = world.add_event()
    reader = Reader(world)
    body = {"verdict": "breach", "reason": "seen_clearly", "note": "rõ", "request_id": "request-1"}
    assert [201, 200, 200] == [reader.review(event, **body).status_code for _ in range(3)]
    reviews = reader.get(f"events/{event}")["reviews"]
    assert [("breach", "seen_clearly", "rõ", "Trần Văn Minh")] == [
        (r["verdict"], r["reason"], r["note"], r["reviewer_name"]) for r in reviews
    ]


def test_a_request_id_stands_for_one_verdict_only(world: World) -> None:
    event, other = world.add_event(), world.add_event("smoking")
    reader = Reader(world)
    assert 201 == reader.review(event, verdict="breach", request_id="request-1").status_code
    assert 409 == reader.review(event, verdict="no_breach", request_id="request-1").status_code
    assert 409 == reader.review(other, verdict="breach", request_id="request-1").status_code
    assert [] == reader.get(f"events/{other}")["reviews"]


def test_a_later_verdict_counts_and_the_earlier_stays_on_record(world: World) -> None:
    event = world.add_event()
    reader = Reader(world)
    reader.review(event, verdict="breach", request_id="request-1")
    reader.review(event, verdict="no_breach", reason="colleague_covers", request_id="request-2")
    shown = reader.get(f"events/{event}")
    assert "no_breach" == shown["standing"]
    assert ["breach", "no_breach"] == [review["verdict"] for review in shown["reviews"]]


@pytest.mark.parametrize(
    "body",
    [
        {"verdict": "guilty", "request_id": "request-1"},
        {"verdict": "breach"},
        {"verdict": "breach", "request_id": "../x"},
        {"verdict": "breach", "request_id": "request-1", "note": "x" * 2001},
        {"verdict": "breach", "request_id": "request-1", "extra": 1},
        {"verdict": "breach", "request_id": "request-1", "reason": "not_staff"},
        {"verdict": "no_breach", "request_id": "request-1", "reason": "not_tobacco"},
        {"verdict": "no_breach", "request_id": "request-1", "reason": "unheard_of"},
    ],
)
def test_a_verdict_that_makes_no_sense_is_refused_in_plain_words(world: World, body: dict[str, Any]) -> None:
    event = world.add_event("left_post")
    reader = Reader(world)
    answer = reader.review(event, **body)
    assert 422 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
    assert answer.json()["detail"].endswith(".")
    assert [] == reader.get(f"events/{event}")["reviews"]


@pytest.mark.parametrize(("language", "title"), [("vi", "Không tìm thấy"), ("en", "Not found")])
def test_what_does_not_exist_is_said_in_the_readers_language(world: World, language: str, title: str) -> None:
    reader = Reader(world)
    reader.client.get(f"/language/{language}", follow_redirects=False)
    for path in ("/api/v1/events/nope", "/api/v1/evidence/nope/clip", "/api/v1/nope", "/api/v1/attendance?site=nope"):
        answer = reader.client.get(path)
        assert (404, title) == (answer.status_code, answer.json()["title"])
    page = reader.client.get("/flags/nope")
    assert 404 == page.status_code
    assert f"<h1>{title}</h1>" in page.text and f'lang="{language}"' in page.text
    assert 404 == reader.review("nope", verdict="breach", request_id="request-1").status_code


def test_values_that_are_not_valid_are_named(world: World) -> None:
    answer = Reader(world).client.get("/api/v1/events?day=yesterday&limit=0")
    assert 422 == answer.status_code
    assert ["day", "limit"] == sorted(fault.split(":")[0] for fault in answer.json()["faults"])


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2101-01-01", "1999-12-31", "2025-02-30"])
@pytest.mark.parametrize("path", ["events", "attendance", "attendance.csv"])
def test_a_day_far_from_ours_is_refused(world: World, path: str, day: str) -> None:
    answer = Reader(world).client.get(f"/api/v1/{path}", params={"day": day})
    assert (422, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert ["day"] == [fault.split(":")[0] for fault in answer.json()["faults"]]


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31"])
@pytest.mark.parametrize("path", ["events", "attendance", "attendance.csv"])
def test_the_first_and_the_last_day_are_served(world: World, path: str, day: str) -> None:
    assert 200 == Reader(world).client.get(f"/api/v1/{path}", params={"day": day}).status_code


def test_a_visit_gets_no_verdict(world: World) -> None:
    visit = world.add_event("presence")
    reader = Reader(world)
    answer = reader.review(visit, verdict="breach", request_id="request-1")
    assert (409, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert "Lượt có mặt không phải là phát hiện nên không cần nhận định" == answer.json()["title"]
    form = {"csrf_token": reader.csrf, "verdict": "breach", "request_id": "request-2"}
    page = reader.client.post(f"/flags/{visit}/verdict", data=form)
    assert 409 == page.status_code and "Lượt có mặt không phải là phát hiện" in page.text
    assert [] == reader.get(f"events/{visit}")["reviews"]


def test_attendance_tells_absent_from_unseen(world: World) -> None:
    seven = MONDAY - timedelta(hours=1)  # 07:00 in Việt Nam
    world.add_run(seven, MONDAY + timedelta(hours=4), gap=(MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)))
    world.add_event("presence", MONDAY, lasts=timedelta(hours=1))
    (day,) = Reader(world).get("attendance")
    assert "2025-10-20" == day["day"]
    assert day["is_late"] is True
    assert day["is_early"] is None
    assert {"start": "2025-10-20T02:00:00Z", "end": "2025-10-20T03:00:00Z"} in day["no_data"]
    assert {"start": "2025-10-20T00:30:00Z", "end": "2025-10-20T01:00:00Z"} in day["absent"]


def test_attendance_as_csv_opens_in_a_spreadsheet_and_runs_no_formula(world: World) -> None:
    world.add_site(officer="=cmd|' /C calc'!A0")
    world.add_run(MONDAY, MONDAY + timedelta(hours=1))
    answer = Reader(world).client.get("/api/v1/attendance.csv", params={"site": "trung-tam", "day": "2025-10-20"})
    assert "text/csv; charset=utf-8" == answer.headers["content-type"]
    assert 'filename="attendance-2025-10-20.csv"' in answer.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["officer"].startswith("'=")
    assert "no data" == row["early"]


def test_cameras_tell_when_they_were_last_seen_working(world: World) -> None:
    end = MONDAY + timedelta(hours=4)
    world.add_run(MONDAY, end, gap=(MONDAY, MONDAY + timedelta(minutes=5)))
    (camera,) = Reader(world).get("cameras")
    assert (1000, 1, "2025-10-20T05:00:00Z") == (camera["frames"], camera["gaps"], camera["last_at"])


def test_the_api_describes_itself(world: World) -> None:
    described = Reader(world).get("openapi.json")
    assert {"/api/v1/events", "/api/v1/events/{event_id}/reviews", "/api/v1/attendance.csv"} <= set(described["paths"])
    assert "/flags" not in described["paths"]
