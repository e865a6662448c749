"""Live cameras are tried before anybody relies on them: real streams from a real server, good and bad."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalog import load_catalog
from service.discovery.checking import CameraCheck, check_row, stream_warnings
from service.discovery.fitting import shape_faults, size_warnings
from service.site import load_site, scene_of
from tests.commands import ROOT, congvu
from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.onvif_camera import PASSWORD, USER, Habits, onvif_camera
from tests.stories import CAMERA, write_clip
from vision.capture.rtsp import LiveParams
from vision.capture.trial import StreamTrial, longest_keyless, try_stream
from vision.clock import SystemClock
from vision.errors import SourceLost

SITE_HEAD = 'schema = 1\n[site]\nid = "s"\nname = "S"\nagency = "A"\n'
GOOD = StreamTrial(
    codec="h264", size_px=(1280, 720), watched=timedelta(seconds=10), packets=100, rate_fps=10.0,
    key_frame_gap=timedelta(seconds=2), rate_kbps=900.0, timeless=0, broken=0, decode_share=0.1,
    clock_off=timedelta(seconds=0.2),
)  # fmt: skip


def try_file(path: Path) -> StreamTrial:
    return try_stream(CAMERA, str(path), params=LiveParams(), clock=SystemClock(), watch=timedelta(seconds=60))


def site_of(folder: Path, cameras: Sequence[tuple[str, str]], more: str = "") -> Path:
    """Write a site file of cameras, by id and source."""
    tables = [f'[[cameras]]\nid = "{name}"\nname = "C"\nsource = "{source}"\n{more}' for name, source in cameras]
    path = folder / "site.toml"
    path.write_text(SITE_HEAD + "".join(tables), encoding="utf-8")
    return path


def test_a_stream_is_measured_by_its_own_times(tmp_path: Path) -> None:
    trial = try_file(write_clip(tmp_path / "a.mp4", frames=60, rate_fps=10, options={"g": "20", "sc_threshold": "0"}))
    assert ("h264", (320, 240), 60) == (trial.codec, trial.size_px, trial.packets)
    figures = (trial.rate_fps, trial.watched.total_seconds(), trial.key_frame_gap.total_seconds())
    assert pytest.approx((10.0, 6.0, 2.0)) == figures
    assert (0, 0, None) == (trial.timeless, trial.broken, trial.clock_off)
    assert 0 < trial.rate_kbps < 2000 and trial.decode_share > 0


def test_pictures_without_timestamps_are_counted_and_warned_of(tmp_path: Path) -> None:
    trial = try_file(write_clip(tmp_path / "a.h264", frames=60, container_format="h264"))
    assert 60 == trial.timeless
    assert any("have no timestamp" in warning for warning in stream_warnings(trial))


def test_h265_is_called_by_its_decoder_s_name(tmp_path: Path) -> None:
    trial = try_file(write_clip(tmp_path / "a.mkv", frames=20, codec="libx265"))
    assert ("hevc", 20) == (trial.codec, trial.packets)


def test_a_stream_that_sends_no_picture_is_lost(tmp_path: Path) -> None:
    with pytest.raises(SourceLost, match="no picture came"):
        try_file(write_clip(tmp_path / "a.mp4", frames=1))


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_the_longest_stretch_without_a_key_frame_is_found(keys: list[bool]) -> None:
    edges = "".join("k" if is_key else "." for is_key in keys)
    first, *rest = edges.split("k")
    assert max(len(first), *(len(part) + 1 for part in rest), 0) == longest_keyless(keys)


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (replace(GOOD, key_frame_gap=timedelta(seconds=4.1)), "no key frame for 4.1 s"),
        (replace(GOOD, codec="hevc", decode_share=0.8), "decoding hevc takes 80% of a core: choose H.264"),
        (replace(GOOD, broken=3), "3 of 100 pictures came damaged"),
        (replace(GOOD, timeless=20), "20 of 100 pictures have no timestamp"),
        (replace(GOOD, clock_off=timedelta(hours=-7)), "the camera's clock is 7.0 h slow"),
    ],
)
def test_what_is_not_as_it_should_be_is_said(trial: StreamTrial, said: str) -> None:
    (warning,) = stream_warnings(trial)
    assert warning.startswith(said)


def test_nothing_is_said_of_a_good_stream() -> None:
    assert [] == stream_warnings(GOOD)
    assert ("c", "good", "h264", "1280x720", "10.0", "2.0 s", "900", "10% of a core", "right") == check_row(
        CameraCheck("c", GOOD)
    )


def test_a_picture_of_another_shape_is_a_fault_and_a_smaller_one_a_warning() -> None:
    camera = load_site(ROOT / "samples" / "centre.toml").camera("counter")
    crop = load_catalog()["crop"]
    without_floor = camera.model_copy(update={"floor": None})
    assert [] == shape_faults(scene_of(camera), (640, 360)) and [] == shape_faults(scene_of(camera), (1280, 720))
    assert "has another shape (640x480)" in shape_faults(scene_of(camera), (640, 480))[0]
    assert "is smaller than the 1280x720" in size_warnings(without_floor, (640, 360), crop)[0]
    assert [] == size_warnings(without_floor, (1280, 720), crop)


def test_where_the_floor_is_known_what_cannot_be_read_is_named_by_place() -> None:
    camera = load_site(ROOT / "samples" / "centre.toml").camera("counter")
    assert camera.floor is not None
    warnings = size_warnings(camera, (320, 180), load_catalog()["crop"])
    assert any(warning.startswith(f"{camera.desks[0].name}: a badge is") for warning in warnings)


@pytest.mark.e2e
def test_a_good_camera_is_good_and_its_figures_are_told(tmp_path: Path) -> None:
    need_rtsp_server()
    clip, port = write_clip(tmp_path / "a.mp4", frames=600), free_port()
    site = site_of(tmp_path, [("cam", f"rtsp://127.0.0.1:{port}/main")])
    with rtsp_server(clip, port):
        done = congvu("cameras", "check", "--site", site, "--seconds", "4", "--json")
    assert 0 == done.returncode, done.stderr
    (told,) = json.loads(done.stdout)["cameras"]
    assert ([], [], "h264", [320, 240]) == (
        told["faults"], told["warnings"], told["stream"]["codec"], told["stream"]["size_px"],
    )  # fmt: skip
    assert 9.5 < told["stream"]["rate_fps"] < 10.5
    assert 0.9 < told["stream"]["key_frame_gap_s"] < 1.2
    assert abs(told["stream"]["clock_off_s"]) < 2  # the server sends its clock, which is ours


@pytest.mark.e2e
def test_key_frames_far_apart_are_warned_of(tmp_path: Path) -> None:
    need_rtsp_server()
    options = {"g": "250", "keyint_min": "250", "sc_threshold": "0"}
    clip, port = write_clip(tmp_path / "a.mp4", frames=600, options=options), free_port()
    site = site_of(tmp_path, [("cam", f"rtsp://127.0.0.1:{port}/main")])
    with rtsp_server(clip, port):
        done = congvu("cameras", "check", "--site", site, "--seconds", "7")
    assert 0 == done.returncode, done.stderr
    assert "cam: warning: no key frame for" in done.stderr


@pytest.mark.e2e
def test_each_camera_that_cannot_be_watched_is_named_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_rtsp_server()
    monkeypatch.setenv("WRONG", "Wr0ng-Passw0rd")
    monkeypatch.delenv("NOT_SET_ANYWHERE", raising=False)
    clip, port = write_clip(tmp_path / "a.mp4", frames=600), free_port()
    at = f"127.0.0.1:{port}/main"
    with rtsp_server(clip, port, "viewer", "right"):
        site = site_of(
            tmp_path,
            [
                ("good", f"rtsp://viewer:right@{at}"),
                ("wrong", f"rtsp://viewer:${{WRONG}}@{at}"),
                ("away", f"rtsp://127.0.0.1:{free_port()}/main"),
                ("unset", f"rtsp://viewer:${{NOT_SET_ANYWHERE}}@{at}"),
            ],
            "[cameras.picture]\nwidth_px = 1280\nheight_px = 720\n",
        )
        done = congvu("cameras", "check", "--site", site, "--seconds", "2")
    assert 1 == done.returncode
    assert "wrong: fault: the camera refused the user name or password" in done.stderr
    assert "away: fault: stream lost: Connection refused" in done.stderr
    assert "unset: fault: the environment variable NOT_SET_ANYWHERE is not set" in done.stderr
    assert "good: fault: the picture has another shape (320x240)" in done.stderr
    assert "Wr0ng-Passw0rd" not in done.stdout + done.stderr and "right@" not in done.stderr


@pytest.mark.e2e
def test_a_camera_found_on_the_network_is_pasted_and_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_rtsp_server()
    monkeypatch.setenv("CAMERA_1_PASSWORD", "s3cret")
    clip, port = write_clip(tmp_path / "a.mp4", frames=600), free_port()
    habits = Habits(stream=f"rtsp://{{host}}:{port}/main")
    with rtsp_server(clip, port, USER, "s3cret"), onvif_camera(habits=habits) as camera:
        address = f"{camera.host}:{camera.port}"
        asked = ("--address", address, "--user", USER, "--password-env", "CAMERAS")
        found = congvu("cameras", "discover", *asked, settings={"CAMERAS": PASSWORD})
        site = tmp_path / "site.toml"
        site.write_text(SITE_HEAD + found.stdout, encoding="utf-8")
        done = congvu("cameras", "check", "--site", site, "--seconds", "2", "--json")
    assert 0 == done.returncode, done.stderr
    assert [("camera-1", True)] == [(one["camera"], one["good"]) for one in json.loads(done.stdout)["cameras"]]


def test_a_site_without_live_cameras_has_nothing_to_check() -> None:
    done = congvu("cameras", "check", "--site", ROOT / "samples" / "centre.toml")
    assert (1, True) == (done.returncode, "has no live camera" in done.stderr)
