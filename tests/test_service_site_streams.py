"""What a site file says of a camera's two streams and of continuous recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import SiteInvalid
from service.parts import open_parts
from service.settings import Settings
from service.site import load_site, resolve_main_source
from service.site_tables import CameraTable
from service.watching import live_source
from service.workers.setup import SetupWatch
from tests.test_service_site import GOOD, faults_of
from vision.capture.paired import PairedSource
from vision.capture.rtsp import RtspSource
from vision.clock import SystemClock

DOOR = 'source = "rtsp://${DOOR_USER}:${DOOR_PASSWORD}@10.0.0.5/main"\n'
LARGE = 'main_source = "rtsp://${DOOR_USER}:${DOOR_PASSWORD}@10.0.0.5/large"\n'
MASK = '[[cameras.masks]]\nid = "m"\nname = "M"\narea = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.8]]\n'
RECORDING = "[cameras.recording]\ncontinuous = true\n"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOOR_USER", "inspector")
    monkeypatch.setenv("DOOR_PASSWORD", "hush")


def door(tmp_path: Path, more: str = "") -> CameraTable:
    path = tmp_path / "site.toml"
    path.write_text(GOOD + more, encoding="utf-8")
    return load_site(path).camera("door")


def test_secrets_work_in_both_addresses(tmp_path: Path) -> None:
    assert resolve_main_source(door(tmp_path)) is None
    assert "rtsp://inspector:hush@10.0.0.5/large" == resolve_main_source(door(tmp_path, LARGE))


def test_a_camera_with_two_streams_is_watched_by_both(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    assert isinstance(live_source(door(tmp_path), path, SystemClock()), RtspSource)
    assert isinstance(live_source(door(tmp_path, LARGE), path, SystemClock()), PairedSource)


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ('source = "clips/counter.mp4"\n', 'source = "clips/counter.mp4"\nmain_source = "rtsp://a/b"\n', "a stream"),
        (DOOR, DOOR.replace("source", "main_source") + DOOR, "got the same address as source"),
        (DOOR, DOOR + 'main_source = "clips/large.mp4"\n', "got a file or a device"),
        (DOOR, DOOR + 'main_source = "0"\n', "got a file or a device"),
        (DOOR, 'source = "0"\n' + LARGE, "wanted only beside a source that is a stream"),
    ],
)
def test_streams_that_do_not_belong_together_are_named_and_not_shown(
    tmp_path: Path, good: str, bad: str, told: str
) -> None:
    assert good in GOOD
    found = faults_of(tmp_path, GOOD.replace(good, bad))
    assert told in found
    assert "main_source: wanted" in found
    assert "10.0.0.5" not in found


def test_addresses_that_are_the_same_with_their_secrets_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LARGE", "rtsp://inspector:hush@10.0.0.5/main")
    with pytest.raises(SiteInvalid, match="the same address as source") as caught:
        resolve_main_source(door(tmp_path, 'main_source = "${LARGE}"\n'))
    assert "hush" not in str(caught.value)


@pytest.mark.expects_errors
def test_a_main_source_whose_secret_is_not_set_changes_nothing(tmp_path: Path) -> None:
    parts = open_parts(Settings(data_dir=tmp_path / "data"))
    path = tmp_path / "site.toml"
    camera = door(tmp_path)
    setup = SetupWatch(parts.database, load_site(path), camera, path)
    door(tmp_path, 'main_source = "${NOBODY_SET_THIS}"\n')
    assert setup.is_current()
    door(tmp_path, LARGE)
    assert not setup.is_current()
    parts.database.close()


def test_recording_is_off_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    assert not door(tmp_path).recording.continuous
    table = door(tmp_path, RECORDING).recording
    assert (True, 24.0) == (table.continuous, table.keep_hours)


def test_a_camera_with_masks_is_not_recorded_continuously(tmp_path: Path) -> None:
    found = faults_of(tmp_path, GOOD + RECORDING + MASK)
    assert "recording.continuous: " in found
    assert "[[cameras.masks]] hide: wanted either of them, got both" in found


def test_a_recording_is_not_recorded(tmp_path: Path) -> None:
    found = faults_of(tmp_path, GOOD.replace("[[cameras.desks]]", RECORDING + "[[cameras.desks]]"))
    assert "recording.continuous: wanted only for a live camera" in found


def test_less_than_an_hour_is_not_kept(tmp_path: Path) -> None:
    assert "keep_hours" in faults_of(tmp_path, GOOD + RECORDING + "keep_hours = 0.5\n")
