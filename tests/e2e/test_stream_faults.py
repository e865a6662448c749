"""Links that stall, break, garble and lose: known within ten seconds, told as gaps, and never somebody's absence."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from service.attendance.intervals import union
from tests.e2e.http_camera import Send, http_camera, send_jpegs, send_transport_stream
from tests.e2e.servers import free_port, need_rtsp_server, rtsp_server
from tests.e2e.watched_camera import (
    SMEARED_LEAST,
    Outcome,
    WatchedCamera,
    wait_for,
    watched_camera,
    write_changing_scene,
    write_scene,
)
from tests.misbehaving_link import MisbehavingLink, misbehaving_link
from vision.types import GapReason

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

KNOWN_WITHIN_S = 10
NIGHTS_LAST_MINUTE = timedelta(minutes=1)
"""Working hours of the camera end at 23:59: the minute after that is nobody's, and no missing data either."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_rtsp_server()
    return write_scene(tmp_path_factory.mktemp("scene") / "scene.mp4", "h264")


def address_of(link: MisbehavingLink) -> str:
    return f"rtsp://127.0.0.1:{link.port}/main"


def check_nobody_was_absent(outcome: Outcome) -> None:
    assert "presence" in outcome.rules
    assert "left_post" not in outcome.rules
    assert [] == [away for day in outcome.days for away in day.away]
    assert outcome.worst < SMEARED_LEAST, "a picture that was not whole was judged"


def check_one_outage(outcome: Outcome, *, at_least: timedelta) -> None:
    """One gap that the attendance knows as no data, and one alarm that is over."""
    check_nobody_was_absent(outcome)
    ((start, end),) = outcome.outages
    assert end - start >= at_least
    assert {GapReason.STREAM_LOST} == {gap.reason for gap in outcome.gaps}
    no_data = union((interval for day in outcome.days for interval in day.no_data), NIGHTS_LAST_MINUTE)
    assert any(i.start <= start and end <= i.end for i in no_data)
    assert 1 == len(outcome.away), outcome.away
    (fault,) = outcome.away
    assert fault.ended_at is not None
    assert abs(fault.started_at - start) < timedelta(seconds=3)
    assert fault.ended_at >= end - timedelta(seconds=3)


def lose_and_find(camera: WatchedCamera) -> None:
    """Wait until the camera is known to be away, and let a minute pass: attendance bridges a few seconds."""
    assert camera.wait_until_away() <= KNOWN_WITHIN_S
    camera.clock.ahead += timedelta(minutes=1)


def test_a_link_that_stalls_while_it_stays_open_is_known_within_ten_seconds(scene: Path, tmp_path: Path) -> None:
    port = free_port()
    with (
        rtsp_server(scene, port),
        misbehaving_link(port) as link,
        watched_camera(tmp_path, address_of(link)) as camera,
    ):
        camera.wait_for_pictures()
        link.stall()
        lose_and_find(camera)
        link.flow()
        camera.wait_for_pictures()
        wait_for(lambda: not camera.state().is_away)
        outcome = camera.stop()
    check_one_outage(outcome, at_least=timedelta(minutes=1))


def test_a_camera_that_is_switched_off_for_an_hour_is_one_gap_of_an_hour(scene: Path, tmp_path: Path) -> None:
    port = free_port()
    with misbehaving_link(port) as link, ExitStack() as until_end:
        with rtsp_server(scene, port):
            camera = until_end.enter_context(watched_camera(tmp_path, address_of(link)))
            camera.wait_for_pictures()
        link.cut()
        lose_and_find(camera)
        camera.clock.ahead += timedelta(hours=1)
        with rtsp_server(scene, port):
            camera.wait_for_pictures()
            wait_for(lambda: not camera.state().is_away)
            outcome = camera.stop()
    check_one_outage(outcome, at_least=timedelta(hours=1))


def test_a_link_that_is_cut_for_a_moment_is_made_anew_without_an_alarm(scene: Path, tmp_path: Path) -> None:
    port = free_port()
    with (
        rtsp_server(scene, port),
        misbehaving_link(port) as link,
        watched_camera(tmp_path, address_of(link)) as camera,
    ):
        camera.wait_for_pictures()
        link.cut()
        camera.wait_for_pictures(30)
        outcome = camera.stop()
    check_nobody_was_absent(outcome)
    assert link.links >= 2
    assert [] == outcome.away


def test_garbage_on_the_line_is_no_picture(scene: Path, tmp_path: Path) -> None:
    port = free_port()
    with (
        rtsp_server(scene, port),
        misbehaving_link(port) as link,
        watched_camera(tmp_path, address_of(link)) as camera,
    ):
        camera.wait_for_pictures()
        link.garbled_share = 0.02
        lose_and_find(camera)
        link.garbled_share = 0.0
        camera.wait_for_pictures()
        outcome = camera.stop()
    check_one_outage(outcome, at_least=timedelta(minutes=1))


@pytest.mark.parametrize("codec", ["h264", "h265", "mjpeg"])
def test_packets_that_are_lost_on_the_way_spoil_no_judgement(codec: str, tmp_path: Path) -> None:
    need_rtsp_server()
    clip, port = write_scene(tmp_path / "scene.mp4", codec), free_port()
    with (
        rtsp_server(clip, port, codec=codec),
        misbehaving_link(port) as link,
        watched_camera(tmp_path, address_of(link), transport="udp") as camera,
    ):
        camera.wait_for_pictures()
        link.lost_share = 0.3
        wait_for(lambda: link.lost_packets >= 120)
        link.lost_share = 0.0
        camera.wait_for_pictures()
        outcome = camera.stop()
    check_nobody_was_absent(outcome)


def test_a_picture_that_changes_its_size_is_a_gap_and_goes_on(tmp_path: Path) -> None:
    need_rtsp_server()
    clip, port = write_changing_scene(tmp_path / "scene.ts", after_s=5, lasts_s=60), free_port()
    with rtsp_server(clip, port, codec="changing"), watched_camera(tmp_path, f"rtsp://127.0.0.1:{port}/main") as camera:
        wait_for(lambda: camera.figure.widths_px == {320, 640})
        camera.wait_for_pictures()
        outcome = camera.stop()
    check_nobody_was_absent(outcome)
    ((start, end),) = outcome.outages
    assert end - start < timedelta(seconds=1)


@pytest.mark.parametrize("codec", ["h265", "mjpeg"])
def test_a_camera_of_another_codec_is_watched_through_a_stall(codec: str, tmp_path: Path) -> None:
    need_rtsp_server()
    clip, port = write_scene(tmp_path / "scene.mp4", codec), free_port()
    with (
        rtsp_server(clip, port, codec=codec),
        misbehaving_link(port) as link,
        watched_camera(tmp_path, address_of(link)) as camera,
    ):
        camera.wait_for_pictures()
        link.stall()
        lose_and_find(camera)
        link.flow()
        camera.wait_for_pictures()
        outcome = camera.stop()
    check_one_outage(outcome, at_least=timedelta(minutes=1))


@pytest.mark.parametrize("send", [send_jpegs, send_transport_stream])
def test_a_camera_that_speaks_plain_http_is_watched_through_a_stall(send: Send, tmp_path: Path) -> None:
    with (
        http_camera(send) as port,
        misbehaving_link(port) as link,
        watched_camera(tmp_path, f"http://127.0.0.1:{link.port}/video") as camera,
    ):
        camera.wait_for_pictures(20)
        link.stall()
        lose_and_find(camera)
        link.cut()  # what waited in the link is old
        link.flow()
        camera.wait_for_pictures(20)
        outcome = camera.stop()
    check_one_outage(outcome, at_least=timedelta(minutes=1))


def test_a_moment_of_pictures_within_an_outage_ends_no_alarm(tmp_path: Path) -> None:
    with (
        http_camera(send_jpegs) as port,
        misbehaving_link(port) as link,
        watched_camera(tmp_path, f"http://127.0.0.1:{link.port}/video") as camera,
    ):
        camera.wait_for_pictures(20)
        link.stall()
        assert camera.wait_until_away() <= KNOWN_WITHIN_S
        looked = camera.figure.looked
        link.flow()
        wait_for(lambda: camera.figure.looked > looked)
        link.stall()
        assert camera.state().is_away
        link.cut()
        link.flow()
        wait_for(lambda: not camera.state().is_away)
        outcome = camera.stop()
    assert 1 == len(outcome.away), outcome.away
