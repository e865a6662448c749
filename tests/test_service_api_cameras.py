"""Cameras by the JSON API: how each one is, its faults, and how far each rule is trusted on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.db.records import RuleMode, RuleTrust, Verdict
from service.db.sites import SiteRepository
from tests.camera_world import NOW, CameraWorld, a_scene
from tests.web_world import CAMERA, MONDAY

B, N = Verdict.BREACH, Verdict.NO_BREACH


@pytest.fixture
def world(tmp_path: Path) -> Iterator[CameraWorld]:
    world = CameraWorld(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


def get(world: CameraWorld, path: str, **query: Any) -> Any:
    answer = world.kept_reader()[0].get(f"/api/v1/cameras{path}", params=query)
    assert 200 == answer.status_code, answer.text
    return answer.json()


def refusal(world: CameraWorld, path: str, **query: Any) -> tuple[int, str]:
    answer = world.kept_reader()[0].get(f"/api/v1/cameras{path}", params=query)
    assert "application/problem+json" == answer.headers["content-type"]
    return answer.status_code, str(answer.json()["faults"])


def judge_rules(world: CameraWorld) -> None:
    with world.database.transaction() as session:
        sites = SiteRepository(session)
        (site,) = sites.sites()
        judging = (RuleTrust("smoking", 0.9, 0.7, 0.05), RuleTrust("badge_missing", 0.9, 0.7, 0.05))
        changed = type(site)(**{**{name: getattr(site, name) for name in site.__slots__}, "judging": judging})
        sites.register(changed, cameras=[], officers=[], places=[])


def test_a_camera_tells_how_it_is_and_which_faults_go_on(world: CameraWorld) -> None:
    world.add_working_run()
    (works,) = get(world, "")
    assert ("works", None, False, []) == tuple(works[key] for key in ("condition", "since", "is_blind", "faults"))
    world.add_fault("dark", NOW - timedelta(hours=2), NOW - timedelta(hours=1))
    world.add_fault("frozen", NOW - timedelta(minutes=5), detail="still for 31 s")
    (camera,) = get(world, "")
    assert ("untrusted", "2025-10-20T09:55:00Z", True) == tuple(
        camera[key] for key in ("condition", "since", "is_blind")
    )
    assert [
        {"kind": "frozen", "started_at": "2025-10-20T09:55:00Z", "ended_at": None, "detail": "still for 31 s"}
    ] == camera["faults"]


def test_one_camera_tells_by_what_it_is_judged(world: CameraWorld) -> None:
    assert None is get(world, f"/{CAMERA}")["scene_version"]
    world.add_scene(a_scene(), at=MONDAY)
    world.add_state("smoking", RuleMode.SUSPENDED, NOW)
    camera = get(world, f"/{CAMERA}")
    assert (1, "2025-10-20T01:00:00Z") == (camera["scene_version"], camera["scene_saved_at"])
    assert ["smoking"] == camera["suspended_rules"]
    assert "never" == camera["condition"]


def test_faults_of_a_stretch_are_those_that_overlap_it(world: CameraWorld) -> None:
    world.add_fault("dark", NOW - timedelta(hours=30), NOW - timedelta(hours=29))
    world.add_fault("covered", NOW - timedelta(hours=25), NOW - timedelta(hours=23))
    world.add_fault("moved", NOW - timedelta(hours=1))

    def kinds(**query: str) -> list[str]:
        return [fault["kind"] for fault in get(world, f"/{CAMERA}/faults", **query)]

    assert ["moved", "covered"] == kinds()
    assert ["moved", "covered", "dark"] == kinds(since="2025-10-18T00:00:00+07:00")
    assert ["dark"] == kinds(until="2025-10-19T12:00:00+07:00")


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"since": "2025-10-18T00:00:00"}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2025-10-20T10:00:00Z"}, "wanted before until"),
        ({"since": "2020-01-01T00:00:00Z"}, "at most 366 days"),
        ({"until": "0001-01-01T00:00:00Z"}, "until"),
        ({"until": "9999-12-31T23:59:59Z"}, "until"),
    ],
)
def test_a_stretch_that_makes_no_sense_is_refused(world: CameraWorld, query: dict[str, str], fault: str) -> None:
    status, faults = refusal(world, f"/{CAMERA}/faults", **query)
    assert 422 == status and fault in faults


def test_an_unknown_camera_is_not_found(world: CameraWorld) -> None:
    for path in ("/nowhere", "/nowhere/faults", "/nowhere/rules"):
        assert 404 == refusal(world, path)[0]


def test_nobody_reads_cameras_without_a_session(world: CameraWorld) -> None:
    browser = world.browser()
    for path in ("", f"/{CAMERA}", f"/{CAMERA}/faults", f"/{CAMERA}/rules"):
        assert 401 == browser.get(f"/api/v1/cameras{path}").status_code


def test_without_verdicts_there_is_no_number(world: CameraWorld) -> None:
    judge_rules(world)
    rules = {rule["rule_id"]: rule for rule in get(world, f"/{CAMERA}/rules")}
    assert {"left_post", "counter_unattended", "badge_missing", "smoking"} == set(rules)
    smoking = rules["smoking"]
    assert ("active", None, False, None, None) == tuple(
        smoking[key] for key in ("mode", "threshold", "earned", "precision", "recall")
    )
    assert (29, 30) == (smoking["missing_verdicts"], smoking["missing_checks"])


def test_verdicts_give_a_share_with_its_interval(world: CameraWorld) -> None:
    judge_rules(world)
    world.add_verdicts("smoking", [B] * 18 + [N] * 2)
    world.add_state("smoking", RuleMode.SUSPENDED, NOW, threshold=0.7, cause="fell_below_floor")
    first = get(world, f"/{CAMERA}/rules")[0]
    assert ("smoking", "suspended", 18, 20) == tuple(first[key] for key in ("rule_id", "mode", "breaches", "answered"))
    # Clopper & Pearson, 18 of 20: .683 to .988
    assert (0.9, 0.683, 0.988) == tuple(round(first["precision"][key], 3) for key in ("share", "low", "high"))
    assert ["fell_below_floor"] == [state["cause"] for state in first["history"]]


def test_random_checks_give_a_recall_once_there_are_enough(world: CameraWorld) -> None:
    world.add_verdicts("smoking", [B] * 20)
    for i in range(30):
        visit = world.add_event("presence", MONDAY - timedelta(hours=i + 1))
        world.add_check(visit, "smoking", 0.5)
        world.judge(visit, B if i == 0 else N, at=NOW)
    smoking = {rule["rule_id"]: rule for rule in get(world, f"/{CAMERA}/rules")}["smoking"]
    # one miss, drawn with one in two, stands for two beside twenty found
    assert 20 / 22 == pytest.approx(smoking["recall"]["share"])
    assert smoking["recall"]["low"] < 20 / 22 < smoking["recall"]["high"]
    assert 20 == smoking["answered"]


def test_an_event_names_the_scene_and_what_is_asked(world: CameraWorld) -> None:
    event = world.add_event("presence")
    world.add_check(event, "smoking")
    shown = world.kept_reader()[0].get(f"/api/v1/events/{event}").json()
    assert ("smoking", "flag", None) == (shown["checked_rule"], shown["queue"], shown["scene_version"])
