"""Attendance for other systems: officer-days by the page, change tokens, corrections, leave, closed periods."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.db.corrections import CorrectionRepository
from tests.attendance_world import ABSENT, CAMERA, LATE, MONTH, SITE, UNSEEN, AttendanceWorld, at

DAYS = "/api/v1/attendance/days"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AttendanceWorld]:
    world = AttendanceWorld(tmp_path)
    yield world
    world.database.close()


class Caller:
    """Another system, signed in as somebody."""

    def __init__(self, world: AttendanceWorld, login: str = "thuky") -> None:
        self.client, self.csrf = world.reader(login)

    def get(self, path: str, status: int = 200, **params: Any) -> Any:
        answer = self.client.get(path, params=params)
        assert status == answer.status_code, answer.text
        return answer.json()

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        answer = self.client.post(path, json=body, headers={"X-CSRF-Token": self.csrf})
        assert status == answer.status_code, answer.text
        return answer.json() if answer.content else None

    def ask(self, **changes: Any) -> Any:
        wanted = {
            "officer_id": "hanh",
            "day": ABSENT.isoformat(),
            "kind": "present",
            "start": at(ABSENT, 7, 30).isoformat(),
            "end": at(ABSENT, 11, 30).isoformat(),
            "reason": "Nhận hồ sơ tại kho lưu trữ",
            "asked_for": "Nguyễn Thị Hạnh",
            "request_id": "mot-de-nghi-1",
        }
        return self.post("/api/v1/corrections", wanted | changes)

    def day(self, who: str, day: str) -> Any:
        (row,) = self.get(DAYS, **{"from": day, "to": day, "officer": who})["items"]
        return row


def test_late_absent_and_unseen_are_three_things(world: AttendanceWorld) -> None:
    caller = Caller(world)
    late, absent, unseen = (caller.day("hanh", day.isoformat())["corrected"] for day in (LATE, ABSENT, UNSEEN))
    assert (True, 1800, False, 0) == (late["is_late"], late["late_s"], late["is_absent"], late["absent_s"])
    assert (True, 27_000, 0) == (absent["is_absent"], absent["absent_s"], absent["no_data_s"])
    assert (None, None, 0, 27_000, 0.0) == (
        unseen["is_absent"],
        unseen["is_late"],
        unseen["absent_s"],
        unseen["no_data_s"],
        unseen["coverage"],
    )


@pytest.mark.parametrize("limit", [1, 7, 31, 32, 50, 93, 1000])
def test_pages_hold_every_officer_day_once(world: AttendanceWorld, limit: int) -> None:
    caller, found, cursor = Caller(world), [], None
    while True:
        page = caller.get(DAYS, **MONTH, limit=limit, **({"cursor": cursor} if cursor else {}))
        assert len(page["items"]) <= limit
        found += [(item["officer_id"], item["day"]) for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert 93 == len(found)
    assert sorted(set(found)) == found


def test_a_page_that_has_not_changed_is_not_sent_again(world: AttendanceWorld) -> None:
    caller = Caller(world)
    first = caller.client.get(DAYS, params=MONTH)
    etag = first.headers["ETag"]
    assert f'"{first.json()["change_token"]}"' == etag
    again = caller.client.get(DAYS, params=MONTH, headers={"If-None-Match": f'W/{etag}, "other"'})
    assert (304, b"", etag) == (again.status_code, again.content, again.headers["ETag"])


def test_a_change_gives_its_row_and_its_page_other_tokens_and_no_other_row(world: AttendanceWorld) -> None:
    caller = Caller(world)
    before = caller.get(DAYS, **MONTH)
    asked = caller.ask()
    Caller(world, "truong").post(f"/api/v1/corrections/{asked['correction_id']}/decision", {"approved": True}, 200)
    after = caller.get(DAYS, **MONTH)
    changed = [
        (new["officer_id"], new["day"])
        for old, new in zip(before["items"], after["items"], strict=True)
        if old["change_token"] != new["change_token"]
    ]
    assert [("hanh", ABSENT.isoformat())] == changed
    assert before["change_token"] != after["change_token"]


@pytest.mark.parametrize(
    "params",
    [
        {"from": "2025-10-31", "to": "2025-10-01"},
        {"from": "2020-01-01", "to": "2025-10-01"},
        {"from": "2025-10-01"},
        MONTH | {"cursor": "không phải"},
        MONTH | {"limit": "0"},
    ],
)
def test_what_cannot_be_asked_for_is_named(world: AttendanceWorld, params: dict[str, str]) -> None:
    problem = Caller(world).get(DAYS, 422, **params)
    assert problem["faults"]


@pytest.mark.parametrize("param", ["site", "agency", "unit", "officer"])
def test_who_does_not_exist_is_not_found(world: AttendanceWorld, param: str) -> None:
    Caller(world).get(DAYS, 404, **MONTH, **{param: "nobody"})


def test_sums_stand_with_their_coverage(world: AttendanceWorld) -> None:
    caller = Caller(world)
    by_officer = {item["officer_id"]: item for item in caller.get("/api/v1/attendance/summary", **MONTH)}
    assert (1, 1, 1) == tuple(by_officer["hanh"][name] for name in ("late_count", "absent_days", "unknown_days"))
    assert (0, 0, 1) == tuple(by_officer["binh"][name] for name in ("late_count", "absent_days", "unknown_days"))
    units = caller.get("/api/v1/attendance/summary", **MONTH, by="unit")
    assert [("Bộ phận một cửa", 2), ("Văn phòng", 1)] == [(unit["label"], unit["officers"]) for unit in units]
    assert all(0.9 < unit["coverage"] < 1 for unit in units)


def test_a_correction_counts_once_somebody_else_approved_it(world: AttendanceWorld) -> None:
    clerk, head = Caller(world), Caller(world, "truong")
    asked = clerk.ask()
    assert asked["approved"] is None and "vắng mặt 7 giờ 30 phút" in asked["observed"]
    assert True is clerk.day("hanh", ABSENT.isoformat())["corrected"]["is_absent"]
    decision = f"/api/v1/corrections/{asked['correction_id']}/decision"
    refused = clerk.post(decision, {"approved": True}, 409)
    assert "somebody other" in refused["faults"][0]
    head.post(decision, {"approved": False}, 409)  # a refusal says why
    assert True is head.post(decision, {"approved": True, "note": "đã đối chiếu"}, 200)["approved"]
    head.post(decision, {"approved": False, "note": "thôi"}, 409)
    day = clerk.day("hanh", ABSENT.isoformat())
    assert (False, 14_400) == (day["corrected"]["is_absent"], day["corrected"]["worked_s"])
    assert (True, 0) == (day["observed"]["is_absent"], day["observed"]["worked_s"])


def test_a_correction_sent_twice_is_one(world: AttendanceWorld) -> None:
    caller = Caller(world)
    assert caller.ask()["correction_id"] == caller.ask()["correction_id"]
    assert 1 == len(caller.get("/api/v1/corrections", waiting=True))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"officer_id": "nobody"}, 404),
        ({"end": at(ABSENT, 7).isoformat()}, 422),
        ({"end": at(ABSENT, 40).isoformat()}, 422),
        ({"kind": "excused"}, 422),
        ({"leave_kind": "annual"}, 422),
        ({"reason": " "}, 422),
        ({"day": "2025-12-01", "start": "2025-12-01T07:30:00+07:00", "end": "2025-12-01T08:30:00+07:00"}, 422),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(
    world: AttendanceWorld, changes: dict[str, str], status: int
) -> None:
    caller = Caller(world)
    with pytest.raises(AssertionError, match=str(status)):
        caller.ask(**changes)
    assert [] == caller.get("/api/v1/corrections")


@pytest.mark.parametrize("path", ["corrections", "leaves", "covers", "punches", "periods"])
def test_who_only_reads_may_not_write_and_no_other_page_may(world: AttendanceWorld, path: str) -> None:
    bodies = {
        "corrections": {
            "officer_id": "hanh", "day": "2025-10-07", "kind": "present", "start": "2025-10-07T07:30:00+07:00",
            "end": "2025-10-07T08:30:00+07:00", "reason": "lý do", "asked_for": "Hạnh", "request_id": "mot-hai-ba",
        },
        "leaves": {
            "officer_id": "hanh", "kind": "annual", "start": "2025-10-07T00:00:00Z", "end": "2025-10-08T00:00:00Z",
        },
        "covers": {
            "officer_id": "hanh", "camera_id": CAMERA, "desk_id": "ban-2", "start": "2025-10-07T00:00:00Z",
            "end": "2025-10-08T00:00:00Z",
        },
        "punches": {"punches": [{"officer_id": "hanh", "at": "2025-10-07T00:00:00Z"}]},
        "periods": {"site_id": SITE, "first": "2025-10-01", "last": "2025-10-31"},
    }  # fmt: skip
    inspector = Caller(world, "thanhtra")
    inspector.post(f"/api/v1/{path}", bodies[path], 403)
    assert 403 == Caller(world).client.post(f"/api/v1/{path}", json=bodies[path]).status_code


def test_leave_is_entered_counted_and_taken_back(world: AttendanceWorld) -> None:
    caller = Caller(world)
    leave = {
        "officer_id": "hanh",
        "kind": "annual",
        "start": at(ABSENT, 0).isoformat(),
        "end": at(ABSENT, 24).isoformat(),
        "document": "Đơn 45",
    }
    number = caller.post("/api/v1/leaves", leave)["leave_id"]
    assert number == caller.post("/api/v1/leaves", leave)["leave_id"]
    assert {"annual": 27_000} == caller.day("hanh", ABSENT.isoformat())["corrected"]["leave_s"]
    assert [number] == [item["leave_id"] for item in caller.get("/api/v1/leaves", **MONTH, officer="hanh")]
    caller.post(f"/api/v1/leaves/{number}/withdrawal", None, 204)
    caller.post(f"/api/v1/leaves/{number}/withdrawal", None, 409)
    assert [] == caller.get("/api/v1/leaves", **MONTH)
    assert True is caller.day("hanh", ABSENT.isoformat())["corrected"]["is_absent"]


def test_cover_gives_what_is_seen_to_who_covers(world: AttendanceWorld) -> None:
    caller = Caller(world)
    cover = {
        "officer_id": "hanh",
        "camera_id": CAMERA,
        "desk_id": "ban-2",
        "start": at(ABSENT, 7).isoformat(),
        "end": at(ABSENT, 18).isoformat(),
    }
    caller.post("/api/v1/covers", cover | {"desk_id": "ban-9"}, 404)
    number = caller.post("/api/v1/covers", cover)["cover_id"]
    assert 27_000 == caller.day("hanh", ABSENT.isoformat())["corrected"]["worked_s"]
    caller.post(f"/api/v1/covers/{number}/withdrawal", None, 204)
    assert 0 == caller.day("hanh", ABSENT.isoformat())["corrected"]["worked_s"]


def test_stamps_are_stored_all_or_none_and_once(world: AttendanceWorld) -> None:
    caller = Caller(world)
    stamps = [{"officer_id": who, "at": at(LATE, 7, 31).isoformat(), "direction": "in"} for who in ("hanh", "binh")]
    wrong = caller.post("/api/v1/punches", {"punches": [*stamps, stamps[0] | {"officer_id": "nobody"}]}, 422)
    assert ["punches.2.officer_id: no officer nobody"] == wrong["faults"]
    assert [] == caller.get("/api/v1/punches", **MONTH)
    assert {"new": 2, "known": 0} == caller.post("/api/v1/punches", {"punches": stamps})
    assert {"new": 0, "known": 2} == caller.post("/api/v1/punches", {"punches": stamps})


def test_a_closed_period_is_sealed_told_of_and_later_changes_are_adjustments(world: AttendanceWorld) -> None:
    clerk, head = Caller(world), Caller(world, "truong")
    body = {"site_id": SITE, "first": MONTH["from"], "last": MONTH["to"]}
    period = head.post("/api/v1/periods", body)
    href = period["href"]
    sealed = clerk.client.get(f"{href}/content")
    assert period["sha256"] == hashlib.sha256(sealed.content).hexdigest()
    assert [] == clerk.get(href)["adjustments"]
    head.post("/api/v1/periods", body | {"first": "2025-10-15"}, 409)
    with world.database.transaction() as session:
        (told,) = CorrectionRepository(session).due_deliveries(world.clock.now())
    assert (period["sha256"], href) == (json.loads(told.body)["sha256"], json.loads(told.body)["link"])

    asked = clerk.ask()
    assert period["period_id"] == asked["adjusts_period"]
    head.post(f"/api/v1/corrections/{asked['correction_id']}/decision", {"approved": True}, 200)
    detail = clerk.get(href)
    (adjusted,) = detail["adjustments"]
    assert ("hanh", ABSENT.isoformat(), [27_000, 12_600]) == (
        adjusted["officer_id"],
        adjusted["day"],
        adjusted["changes"]["absent_s"],
    )
    assert sealed.content == clerk.client.get(f"{href}/content").content
    assert period["period_id"] == clerk.day("hanh", ABSENT.isoformat())["period_id"]


def test_a_month_that_is_not_over_is_not_closed_and_nobody_is_told(world: AttendanceWorld) -> None:
    world.clock.at = at(LATE, 12)
    head = Caller(world, "truong")
    head.post("/api/v1/periods", {"site_id": SITE, "first": MONTH["from"], "last": MONTH["to"]}, 409)
    with world.database.transaction() as session:
        assert [] == CorrectionRepository(session).due_deliveries(world.clock.now() + timedelta(days=1))


def test_the_same_figures_are_sealed_to_the_same_bytes(world: AttendanceWorld, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = AttendanceWorld(folder)
    other.clock.at += timedelta(days=3)
    body = {"site_id": SITE, "first": MONTH["from"], "last": MONTH["to"]}
    sums = {Caller(one, "truong").post("/api/v1/periods", body)["sha256"] for one in (world, other)}
    other.database.close()
    assert 1 == len(sums)


def test_the_new_addresses_are_described_with_examples(world: AttendanceWorld) -> None:
    described = Caller(world).get("/api/v1/openapi.json")
    wanted = {"attendance/days", "attendance/summary", "periods", "corrections", "leaves", "covers", "punches"}
    assert {f"/api/v1/{path}" for path in wanted} <= set(described["paths"])
    for name in ("CorrectionRequest", "LeaveRequest", "CoverRequest", "PunchesRequest", "PeriodRequest"):
        assert described["components"]["schemas"][name]["examples"]
