"""`congvu bench cameras` with a real stream and the real service."""

from __future__ import annotations

import json

import pytest

from tests.commands import congvu
from tests.e2e.servers import need_rtsp_server


@pytest.mark.timeout(600)
def test_watching_two_cameras_is_measured_and_no_frame_is_lost_without_a_word() -> None:
    need_rtsp_server()
    done = congvu("bench", "cameras", "2", "--seconds", "40", "--json")
    assert 0 == done.returncode, done.stderr
    told = json.loads(done.stdout)
    frames, cameras = told["frames"], told["per_camera"]
    assert {"cam-01": "counter", "cam-02": "quiet"} == {name: camera["clip"] for name, camera in cameras.items()}
    assert 0 == frames["unreported"]
    assert frames["frames"] == frames["look"] + frames["hold"] + frames["skip"]
    assert min(camera["frames"] + camera["dropped"] for camera in cameras.values()) > 400
    assert cameras["cam-02"]["look"] < cameras["cam-01"]["look"]
    assert {"all", "cameras", "engine", "pages", "supervisor"} == set(told["cpu_percent"])
    assert all(percent > 0 for percent in told["cpu_percent"].values())
    assert 20 < told["memory_mb"]["per_camera"] <= told["memory_mb"]["largest_camera"]
    assert 0 == told["latency_s"]["missed"]
