"""A verdict given by the API counts at once: the rule's trust on that camera moves with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.calibration import CalibrationRepository
from service.db.records import RuleMode, RuleState, RuleTrust
from service.db.sites import SiteRepository
from tests.web_world import CAMERA, MONDAY, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


def judge_rules(world: World, *judging: RuleTrust) -> None:
    with world.database.transaction() as session:
        sites = SiteRepository(session)
        (site,) = sites.sites()
        cameras = [(camera.camera_id, camera.name) for camera in sites.cameras()]
        sites.register(
            replace(site, judging=judging),
            cameras=cameras,
            officers=sites.officers(site.site_id),
            places=sites.desks(site.site_id),
        )


def give_verdicts(world: World, verdict: str, count: int) -> None:
    client, csrf = world.reader()
    for i in range(count):
        event = world.add_event("smoking", MONDAY + timedelta(minutes=20 * i))
        body = {"verdict": verdict, "reason": "unstated", "note": "", "request_id": f"request-{i:04}"}
        answer = client.post(f"/api/v1/events/{event}/reviews", json=body, headers={"X-CSRF-Token": csrf})
        assert 201 == answer.status_code, answer.text
        world.clock.at += timedelta(seconds=10)


def history(world: World) -> list[RuleState]:
    with world.database.transaction() as session:
        return CalibrationRepository(session).rule_history(CAMERA, "smoking")


def test_six_flags_that_were_none_suspend_the_rule_on_their_camera(world: World) -> None:
    judge_rules(world, RuleTrust("smoking", 0.9, 0.7, 0.05))
    give_verdicts(world, "no_breach", 5)
    assert [] == history(world)
    world.clock.at += timedelta(hours=1)
    sixth = world.add_event("smoking", MONDAY + timedelta(days=1))
    client, csrf = world.reader()
    body = {"verdict": "no_breach", "reason": "unstated", "note": "", "request_id": "request-sixth"}
    for _ in range(2):  # a retry after a lost answer counts once
        client.post(f"/api/v1/events/{sixth}/reviews", json=body, headers={"X-CSRF-Token": csrf})
    (state,) = history(world)
    assert (RuleMode.SUSPENDED, "fell_below_floor", 6) == (state.mode, state.cause, state.verdicts)


def test_a_site_that_does_not_judge_the_rule_keeps_no_trust(world: World) -> None:
    give_verdicts(world, "no_breach", 7)
    assert [] == history(world)
