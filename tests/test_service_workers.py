"""Watching: killed and started again, a camera cut for ten seconds, a password that is wrong."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import cv2
import pytest

from service.db.evidence import EvidenceRepository
from service.db.repository import EventFilter, EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.scenes import read_scene, save_scene
from service.site_tables import MaskTable
from tests.commands import congvu, start_congvu
from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.samples import first_seconds

SITE = """\
schema = 1
[site]
id = "s"
name = "S"
agency = "A"
[rules.left_post]
after_s = 6
[[officers]]
id = "an"
name = "An"
[[cameras]]
id = "counter"
name = "Counter"
source = "{source}"
[[cameras.desks]]
id = "quay-1"
name = "1"
officers = ["an"]
area = [[0.02, 0.3], [0.31, 0.3], [0.31, 0.99], [0.02, 0.99]]
[[cameras.desks]]
id = "quay-2"
name = "2"
officers = ["an"]
area = [[0.33, 0.15], [0.52, 0.15], [0.52, 0.8], [0.33, 0.8]]
"""


def files_of(folder: Path) -> dict[str, bytes]:
    """Return what is kept; a killed process may leave its unfinished file for an hour."""
    kept = (p for p in folder.rglob("*") if p.is_file() and ".parts" not in p.parts)
    return {str(p.relative_to(folder)): p.read_bytes() for p in kept}


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with sqlite3.connect(path) as raw:
        tables = ("events", "evidence", "runs", "gaps")
        found = {name: sorted(raw.execute(f"select * from {name}").fetchall(), key=repr) for name in tables}
    raw.close()
    return found


def evidence_rows(path: Path) -> int:
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(path) as raw:
            count = raw.execute("select count(*) from evidence").fetchone()[0]
        raw.close()
    except sqlite3.OperationalError:
        return 0
    return int(count)


@pytest.mark.timeout(600)
def test_killed_in_the_middle_and_started_again_it_finds_the_same(tmp_path: Path) -> None:
    clip = first_seconds("counter", 45, tmp_path / "clip.mp4")
    arguments = ("analyze", clip, "--desk", "a=0.02,0.3,0.31,0.99", "--desk", "b=0.33,0.15,0.52,0.8", "--data")
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    assert 0 == congvu(*arguments, calm).returncode

    process = start_congvu(*arguments, killed)
    deadline = time.monotonic() + 200
    while evidence_rows(killed / "congvu.db") == 0:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
    before = rows_of(killed / "congvu.db")
    assert before["evidence"]
    assert before != rows_of(calm / "congvu.db"), "nothing was left to do"

    assert 0 == congvu(*arguments, killed).returncode
    assert rows_of(calm / "congvu.db") == rows_of(killed / "congvu.db")
    assert files_of(calm / "evidence") == files_of(killed / "evidence")
    # and once more: nothing twice
    assert 0 == congvu(*arguments, killed).returncode
    assert rows_of(calm / "congvu.db") == rows_of(killed / "congvu.db")


@pytest.mark.e2e
@pytest.mark.timeout(400)
def test_a_camera_cut_for_ten_seconds_is_one_gap_and_no_absence(tmp_path: Path) -> None:
    need_rtsp_server()
    clip = first_seconds("counter", 22, tmp_path / "clip.mp4")
    port = free_port()
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(source=f"rtsp://127.0.0.1:{port}/main"), encoding="utf-8")
    data = tmp_path / "data"
    with rtsp_server(clip, port) as server:
        process = start_congvu("run", "--site", site, "--data", data)
        try:
            wait_for(lambda: rules_of(data).count("presence") == 2)
            server.kill()
            server.wait()
            time.sleep(10)
            with rtsp_server(clip, port):
                wait_for(lambda: rules_of(data).count("presence") >= 4)
                process.send_signal(signal.SIGTERM)
                process.wait(60)
        finally:
            process.kill()
            output = process.stdout.read() if process.stdout else ""
            if process.stdout:
                process.stdout.close()
    assert 0 == process.returncode, output
    database = Database(f"sqlite:///{data / 'congvu.db'}")
    with database.transaction() as session:
        sites, repository = SiteRepository(session), EventRepository(session)
        (camera,) = sites.cameras()
        events = repository.find(EventFilter(), newest_first=False)
        kinds = [{item.kind.value for item in EvidenceRepository(session).of(e.event_id)} for e in events]
    database.close()
    assert 1 == camera.gaps
    told = [(e.rule_id, e.end_reason) for e in events]
    assert 2 == told.count(("presence", "interrupted"))
    assert "left_post" not in rules_of(data)
    assert all(e.ended_at is not None for e in events)
    assert all(any(kind.startswith("clip") for kind in found) for found in kinds)


@pytest.mark.e2e
@pytest.mark.timeout(120)
def test_a_wrong_password_is_told_and_shown_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_rtsp_server()
    clip = first_seconds("counter", 5, tmp_path / "clip.mp4")
    port = free_port()
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(source=f"rtsp://camera:${{CAMERA_PASSWORD}}@127.0.0.1:{port}/main"), encoding="utf-8")
    monkeypatch.setenv("CAMERA_PASSWORD", "wrong-secret")
    with rtsp_server(clip, port, "camera", "right-secret"):
        process = start_congvu("run", "--site", site, "--data", tmp_path / "data")
        output, _ = process.communicate(timeout=90)
    assert 1 == process.returncode
    assert "refused the user name or password" in output
    assert "wrong-secret" not in output
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert b"wrong-secret" not in stored


def rules_of(data: Path) -> list[str]:
    path = data / "congvu.db"
    if not path.exists():
        return []
    try:
        with sqlite3.connect(path) as raw:
            rules = [row[0] for row in raw.execute("select rule_id from events")]
        raw.close()
    except sqlite3.OperationalError:
        return []
    return rules


def wait_for(condition: Any, timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_the_demo_watches_the_user_s_own_camera_while_it_serves(tmp_path: Path) -> None:
    need_rtsp_server()
    clip = first_seconds("counter", 30, tmp_path / "clip.mp4")
    camera, port = free_port(), free_port()
    data = tmp_path / "data"
    with rtsp_server(clip, camera):
        process = start_congvu(
            "demo", "--source", f"rtsp://127.0.0.1:{camera}/main", "--port", str(port), "--data", data
        )
        try:
            wait_for(lambda: "presence" in rules_of(data))
            with urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=60) as answer:
                assert 200 == answer.status
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert "/sign-in/once?token=" in output
    assert "Traceback" not in output
    with sqlite3.connect(data / "congvu.db") as raw:
        assert 0 == raw.execute("select count(*) from events where ended_at is null").fetchone()[0]
        assert raw.execute("select count(*) from evidence").fetchone()[0] >= 3
    raw.close()


def test_the_demo_takes_a_recording_of_the_user_s_own(tmp_path: Path) -> None:
    clip = first_seconds("counter", 4, tmp_path / "clip.mp4")
    done = congvu("demo", "--once", "--json", "--source", clip, "--data", tmp_path / "data")
    assert 0 == done.returncode, done.stderr
    assert ["presence"] == [event["rule"] for event in json.loads(done.stdout)["events"]]


@pytest.mark.e2e
@pytest.mark.timeout(400)
def test_a_scene_drawn_anew_is_judged_by_without_a_restart(tmp_path: Path) -> None:
    need_rtsp_server()
    clip = first_seconds("counter", 20, tmp_path / "clip.mp4")
    port, data = free_port(), tmp_path / "data"
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(source=f"rtsp://127.0.0.1:{port}/main"), encoding="utf-8")
    mask = MaskTable(id="man-hinh", name="Màn hình", area=((0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0)))
    with rtsp_server(clip, port):
        process = start_congvu("run", "--site", site, "--data", data)
        try:
            wait_for(lambda: versions_of(data) == {1})
            drawn = read_scene(site, "counter").scene.model_copy(update={"masks": (mask,)})
            save_scene(site, "counter", drawn)
            wait_for(lambda: versions_of(data) == {1, 2})
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert 0 == process.returncode, output
    still = cv2.imread(str(data / "evidence" / "stills" / "counter.jpg"))
    assert still is not None
    width = still.shape[1]
    assert int(still[:, int(0.62 * width) :].max()) <= 12
    assert int(still[:, : int(0.5 * width)].max()) > 100


def versions_of(data: Path) -> set[int]:
    """The scene versions that stored events were judged by."""
    path = data / "congvu.db"
    if not path.exists():
        return set()
    try:
        with sqlite3.connect(path) as raw:
            found = {row[0] for row in raw.execute("select scene_version from events")}
        raw.close()
    except sqlite3.OperationalError:
        return set()
    return found
