"""`congvu calibrate scene|thresholds|alarms|view`: the pages of a camera, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from service.accounts import Account, add_user
from service.db.calibration import CalibrationRepository
from service.db.records import FaultRecord, Role, RuleMode, RuleState, RunRecord
from service.db.sites import SiteRepository
from service.settings import Settings
from service.site import load_site
from service.wiring import Parts, open_parts, register_site
from tests.commands import ROOT, Done, congvu
from tests.stories import at
from tests.test_service_site import GOOD, MARKS, with_scene
from vision.clock import SystemClock

STATE = RuleState("counter", "smoking", at(0), RuleMode.ACTIVE, 0.71, True, 0.96, 0.91, 120, "threshold_earned")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def parts(tmp_path: Path, data: Path) -> Iterator[Parts]:
    path = tmp_path / "site.toml"
    path.write_text(GOOD, encoding="utf-8")
    parts = open_parts(Settings(data_dir=data))
    register_site(parts, load_site(path))
    yield parts
    parts.database.close()


def told(data: Path, *arguments: str) -> Done:
    return congvu("calibrate", *arguments, "--data", data)


def test_trust_of_each_rule_is_told(parts: Parts, data: Path) -> None:
    with parts.database.transaction() as session:
        CalibrationRepository(session).add_rule_state(STATE)
    done = told(data, "thresholds", "--camera", "counter", "--json")
    assert 0 == done.returncode, done.stderr
    rules = {rule["rule"]: rule for rule in json.loads(done.stdout)["rules"]}
    assert (0.71, True, False) == tuple(rules["smoking"][key] for key in ("threshold", "earned", "suspended"))
    assert (None, False, 0) == tuple(rules["badge_missing"][key] for key in ("threshold", "earned", "verdicts"))
    assert rules["badge_missing"]["missing_verdicts"] > 20
    shown = told(data, "thresholds", "--camera", "counter").stderr
    assert "0.71" in shown and "earned" in shown


def test_a_rule_is_suspended_by_hand_only_with_a_reason(parts: Parts, data: Path) -> None:
    assert 2 == told(data, "thresholds", "--camera", "counter", "--suspend", "smoking").returncode
    unknown = told(data, "thresholds", "--camera", "counter", "--suspend", "whistling", "--note", "x")
    assert 2 == unknown.returncode
    done = told(data, "thresholds", "--camera", "counter", "--suspend", "smoking", "--note", "ống kính bẩn")
    assert 0 == done.returncode, done.stderr
    assert "suspended" in done.stderr
    told(data, "thresholds", "--camera", "counter", "--lift", "smoking", "--note", "đã lau")
    with parts.database.transaction() as session:
        history = CalibrationRepository(session).rule_history("counter", "smoking")
    assert [(RuleMode.SUSPENDED, "ống kính bẩn"), (RuleMode.ACTIVE, "đã lau")] == [(h.mode, h.note) for h in history]


def test_a_rule_is_not_suspended_and_lifted_at_once(parts: Parts, data: Path) -> None:
    both = ("--suspend", "smoking", "--lift", "smoking", "--note", "thử")
    assert 2 == told(data, "thresholds", "--camera", "counter", *both).returncode
    with parts.database.transaction() as session:
        assert [] == CalibrationRepository(session).rule_history("counter", "smoking")


def test_an_unknown_camera_is_told(parts: Parts, data: Path) -> None:
    done = told(data, "thresholds", "--camera", "garden")
    assert 1 == done.returncode
    assert "no camera garden" in done.stderr


def test_alarms_are_told_and_make_the_answer_no(parts: Parts, data: Path) -> None:
    now = SystemClock().now()  # that of the test, not of the file: a picture a minute old would be an alarm
    run = RunRecord("counter", "run", now - timedelta(hours=1), now, 100, 0, finished=False)
    with parts.database.transaction() as session:
        SiteRepository(session).store_run(run)
    assert 0 == told(data, "alarms").returncode
    with parts.database.transaction() as session:
        CalibrationRepository(session).store_fault(FaultRecord("counter", "run", "frozen", now, None))
    done = told(data, "alarms", "--json")
    assert 1 == done.returncode
    cameras = {line["camera"]: line for line in json.loads(done.stdout)["cameras"]}
    assert ("untrusted", ["frozen"]) == (cameras["counter"]["condition"], cameras["counter"]["faults"])
    assert "never" == cameras["door"]["condition"]


def test_a_folder_without_any_camera_is_not_all_well(data: Path) -> None:
    done = told(data, "alarms", "--json")
    assert 1 == done.returncode
    assert [] == json.loads(done.stdout)["cameras"]
    assert f"no camera is known in {data}" in done.stderr


def test_the_view_is_confirmed_by_somebody_who_may(parts: Parts, data: Path) -> None:
    add_user(parts, "kiem-toan", Account("Kiểm toán", Role.AUDITOR), password=None)
    add_user(parts, "thanh-tra", Account("Thanh tra", Role.INSPECTOR), password=None)
    asked = ("view", "--camera", "counter", "--login")
    assert "may not tend cameras" in told(data, *asked, "kiem-toan").stderr
    assert "may not tend cameras" in told(data, *asked, "nobody").stderr
    assert "has sent no picture yet" in told(data, *asked, "thanh-tra").stderr
    parts.store.put("stills/counter.jpg", b"picture")
    done = told(data, *asked, "thanh-tra")
    assert 0 == done.returncode, done.stderr
    with parts.database.transaction() as session:
        reference = CalibrationRepository(session).reference("counter")
    assert reference is not None
    assert "Thanh tra" == reference.confirmed_by


def test_a_scene_is_drawn_over_a_still(tmp_path: Path) -> None:
    site, still, out = tmp_path / "site.toml", tmp_path / "still.png", tmp_path / "out.png"
    site.write_text(with_scene(MARKS), encoding="utf-8")
    cv2.imwrite(str(still), np.full((720, 1280, 3), 120, dtype=np.uint8))
    done = congvu("calibrate", "scene", site, "--camera", "door", "--picture", still, "--out", out)
    assert 0 == done.returncode, done.stderr
    assert "0 desks, 0 zones, 1 entrance lines, 1 masks, 4 floor marks: good" in done.stderr
    drawn = cv2.imread(str(out))
    assert drawn is not None
    assert 0 == int(drawn[680, 1270].max())  # behind the mask
    assert 240 == int(drawn[648, 300].max())  # on the entrance line
    assert [120, 120, 120] == drawn[100, 100].tolist()


def test_a_still_of_another_shape_is_refused(tmp_path: Path) -> None:
    site, still = tmp_path / "site.toml", tmp_path / "still.png"
    site.write_text(with_scene(MARKS), encoding="utf-8")
    cv2.imwrite(str(still), np.zeros((480, 640, 3), dtype=np.uint8))
    out = tmp_path / "out.png"
    done = congvu("calibrate", "scene", site, "--camera", "door", "--picture", still, "--out", out)
    assert 1 == done.returncode
    assert "640" in done.stderr
    assert not out.exists()
    live = congvu("calibrate", "scene", site, "--camera", "door", "--out", out)
    assert "--picture" in live.stderr


def test_a_recording_s_health_is_told() -> None:
    done = congvu("calibrate", "health", ROOT / "samples" / "clips" / "entrance.mp4", "--json")
    assert 0 == done.returncode, done.stderr
    assert {"faults": []} == json.loads(done.stdout)


def test_a_recording_too_short_to_tell_is_named_so(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), np.full((90, 160, 3), 120, dtype=np.uint8))
    done = congvu("calibrate", "health", tmp_path / "one.png")
    assert "no fault found in 0.0 s; most are told after 10 s" in done.stderr
