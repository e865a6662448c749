"""Cameras are found on a network, asked by ONVIF, and told in words; what they say is not trusted."""

from __future__ import annotations

import asyncio
import json
import random
import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from service.discovery.errors import AnswerBroken
from service.discovery.found import Announced, CameraState, Credentials, FoundCamera
from service.discovery.looking import Search, find_cameras
from service.discovery.onvif import ask_camera
from service.discovery.probe import service_url_at
from service.discovery.soap import Asker
from service.discovery.stream_address import read_stream_address
from service.discovery.telling import rows, snippet
from service.site import load_site
from tests.commands import congvu
from tests.e2e.servers import free_port
from tests.onvif_camera import BOMB, PASSWORD, USER, Habits, SimulatedCamera, onvif_camera
from vision.clock import SystemClock

KNOWN = Credentials(USER, PASSWORD)
SITE_HEAD = 'schema = 1\n[site]\nid = "s"\nname = "S"\nagency = "A"\n'


def ask(camera: SimulatedCamera, credentials: Credentials | None = KNOWN, *, wait_s: float = 10) -> FoundCamera:
    """Ask one camera by its address."""
    search = Search(timedelta(seconds=wait_s), named=((camera.host, camera.port),), credentials=credentials)
    (found,) = find_cameras(search, SystemClock(), lambda words: None)
    return found


def some_hosts(count: int) -> list[str]:
    """Addresses of this computer that no other test run uses."""
    net = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}"
    return [f"{net}.{number}" for number in range(2, 2 + count)]


def sources(camera: FoundCamera) -> list[str]:
    return [stream.address.source() for stream in camera.streams]


def test_every_camera_that_answers_the_network_is_found_and_asked() -> None:
    first, second = some_hosts(2)
    told: list[str] = []
    search = Search(timedelta(seconds=5), interface="127.0.0.1", credentials=KNOWN)
    with onvif_camera(first, multicast=True), onvif_camera(second, Habits(model="NP-9"), multicast=True):
        found = find_cameras(search, SystemClock(), told.append)
    ours = [camera for camera in found if camera.host in (first, second)]
    assert [(first, "NP-2140"), (second, "NP-9")] == [(camera.host, camera.model) for camera in ours]
    assert [CameraState.OPEN] * 2 == [camera.state for camera in ours]
    assert [f"rtsp://{first}:554/main", f"rtsp://{first}:554/sub"] == sources(ours[0])
    assert 1 == told.count(f"{first} answers")


def test_a_camera_tells_what_it_is_and_sends() -> None:
    with onvif_camera() as camera:
        found = ask(camera)
    assert ("Nam Phong", "NP-2140", "5.7.1") == (found.maker, found.model, found.firmware)
    told = [(stream.size_px, stream.codec, stream.rate_fps) for stream in found.streams]
    assert [((1920, 1080), "H264", 25), ((640, 360), "H264", 12)] == told
    assert found.clock_off is not None and abs(found.clock_off) < timedelta(seconds=5)


def test_words_say_what_a_table_shows() -> None:
    with onvif_camera() as camera:
        found = ask(camera)
    address, maker, model, streams, clock, state = rows([found])[0]
    assert (camera.host, "Nam Phong", "NP-2140", "right", "good") == (address, maker, model, clock, state)
    assert "main: 1920x1080 H264 25 fps\nsub: 640x360 H264 12 fps" == streams


def test_the_newer_media_service_is_preferred_for_it_alone_knows_h265() -> None:
    with onvif_camera(habits=Habits(has_media2=True)) as camera:
        (stream,) = ask(camera).streams
    assert ((2560, 1440), "H265", 20) == (stream.size_px, stream.codec, stream.rate_fps)


def test_an_old_camera_is_asked_for_its_capabilities() -> None:
    with onvif_camera(habits=Habits(is_old=True)) as camera:
        found = ask(camera)
    assert 2 == len(found.streams)


def test_a_camera_whose_clock_is_wrong_is_signed_for_at_its_own_time() -> None:
    with onvif_camera(habits=Habits(clock_off=timedelta(days=-400))) as camera:
        found = ask(camera)
    assert CameraState.OPEN is found.state
    assert found.clock_off is not None
    assert abs(found.clock_off - timedelta(days=-400)) < timedelta(seconds=5)
    assert "9600.0 h slow" == rows([found])[0][4]


def test_http_digest_is_given_to_a_camera_that_wants_it() -> None:
    with onvif_camera(habits=Habits(wants_http_digest=True)) as camera:
        found = ask(camera)
        wrong = ask(camera, Credentials(USER, "wrong"))
        nobody = ask(camera, None)
    assert CameraState.OPEN is found.state
    assert CameraState.WRONG_PASSWORD is wrong.state
    assert CameraState.NEEDS_PASSWORD is nobody.state


@pytest.mark.parametrize(
    "challenge",
    ['Digest realm="c", nonce="n", algorithm=ROT13', 'Digest realm="c", nonce="n", qop="auth-int"', "Digest nothing"],
)
def test_a_digest_that_nobody_knows_is_told_and_ends_nothing(challenge: str) -> None:
    with onvif_camera(habits=Habits(wants_http_digest=True, challenge=challenge)) as camera:
        found = ask(camera)
    assert CameraState.STRANGE is found.state


@pytest.mark.parametrize("path", ["/\x7f", "/" + "a" * 100_000, "//@[", "/%zz"])
def test_an_address_that_nobody_can_ask_is_told_and_ends_nothing(path: str) -> None:
    url = service_url_at("127.0.0.1", [f"http://127.0.0.1:{free_port()}{path}"])

    async def ask_there() -> FoundCamera:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            return await ask_camera(Announced("127.0.0.1", url), Asker(http, KNOWN, SystemClock()), SystemClock())

    assert asyncio.run(ask_there()).state in (CameraState.STRANGE, CameraState.SILENT)


def test_a_wrong_password_is_said_to_be_one_and_is_not_tried_again() -> None:
    with onvif_camera() as camera:
        found = ask(camera, Credentials(USER, "wrong"))
    assert CameraState.WRONG_PASSWORD is found.state
    assert ["GetSystemDateAndTime", "GetDeviceInformation"] == camera.asked


def test_a_camera_without_a_given_password_needs_one() -> None:
    with onvif_camera() as camera:
        found = ask(camera, None)
    assert CameraState.NEEDS_PASSWORD is found.state
    assert "needs user and password" == rows([found])[0][5]


def test_a_camera_that_asks_nobody_for_a_password_is_read_without() -> None:
    with onvif_camera(habits=Habits(is_open=True)) as camera:
        found = ask(camera, None)
    assert 2 == len(found.streams)
    assert f'source = "rtsp://{camera.host}:554/main"' in snippet([found], "")


def test_the_password_itself_is_never_sent_nor_told() -> None:
    habits = Habits(stream=f"rtsp://{USER}:{PASSWORD.replace('<', '%3C')}@{{host}}/{{profile}}?user=a&password=told")
    with onvif_camera(habits=habits) as camera:
        found = ask(camera)
    assert not any(PASSWORD.encode() in sent or b"&lt;safe&gt;" in sent for sent in camera.received)
    shown = snippet([found], USER) + repr(found) + repr(KNOWN)
    assert PASSWORD not in shown and "told" not in shown and "%3C" not in shown
    assert f"rtsp://{USER}:${{CAMERA_1_PASSWORD}}@{camera.host}/main?user=a&password=${{CAMERA_1_PASSWORD}}" in shown


def test_entities_are_refused_before_they_expand() -> None:
    with onvif_camera(habits=Habits(answers_with=BOMB.encode())) as camera:
        found = ask(camera)
    assert CameraState.STRANGE is found.state
    assert "the answer declares a document type or entities, which SOAP forbids" == found.trouble


def test_an_answer_is_not_read_without_end() -> None:
    with onvif_camera(habits=Habits(answers_with=b"<a>" + b" " * 2_000_000 + b"</a>")) as camera:
        found = ask(camera)
    assert (CameraState.STRANGE, "the answer is longer than 1000000 bytes") == (found.state, found.trouble)


def test_what_is_no_xml_is_no_camera() -> None:
    with onvif_camera(habits=Habits(answers_with=b"<html><p>Welcome")) as camera:
        found = ask(camera)
    assert (CameraState.STRANGE, "the answer is not XML") == (found.state, found.trouble)


def test_nobody_is_asked_but_the_camera_itself() -> None:
    with onvif_camera() as other:
        with onvif_camera(habits=Habits(redirects_to=f"http://{other.host}:{other.port}/")) as sends_on:
            redirected = ask(sends_on)
        (host,) = some_hosts(1)
        with onvif_camera(host, Habits(named_host=other.host)) as names_other:
            renamed = ask(names_other)
    assert [] == other.received
    assert (CameraState.STRANGE, "it sends us elsewhere, which no camera has to") == (
        redirected.state,
        redirected.trouble,
    )
    assert 2 == len(renamed.streams)


def test_a_stream_at_another_host_is_looked_for_where_the_camera_is() -> None:
    with onvif_camera(habits=Habits(stream="rtsp://203.0.113.9:8554/{profile}")) as camera:
        found = ask(camera)
    assert [f"rtsp://{camera.host}:8554/main", f"rtsp://{camera.host}:8554/sub"] == sources(found)
    assert "calls itself 203.0.113.9" in rows([found])[0][3]


@pytest.mark.parametrize(
    "stream", ["http://{host}/x", "rtsp:///x", "rtsp://{host}:port/x", "rtsp://[::1/x", "file:///e"]
)
def test_a_stream_that_is_not_rtsp_is_left_out(stream: str) -> None:
    with onvif_camera(habits=Habits(stream=stream)) as camera:
        found = ask(camera)
    assert () == found.streams
    assert "the stream's address" in found.trouble


def test_a_camera_cannot_have_our_environment_put_into_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME_SECRET", "leaked")
    monkeypatch.setenv("CAMERA_1_PASSWORD", "pass")
    hostile = 'rtsp://{host}/{profile}"\\${{HOME_SECRET}}#${{HOME_SECRET}}'
    with onvif_camera(habits=Habits(stream=hostile, maker='A"\x7f]]&gt;\\ [red]')) as camera:
        found = ask(camera)
    path = tmp_path / "site.toml"
    path.write_text(SITE_HEAD + snippet([found], USER), encoding="utf-8")
    (table,) = load_site(path).cameras
    assert f"rtsp://{USER}:${{CAMERA_1_PASSWORD}}@{camera.host}/main%22%5C%24%7BHOME_SECRET%7D" == table.source
    assert f'A"]]>\\ [red] NP-2140 ({camera.host})' == table.name


@given(
    told=st.text(st.characters(codec="utf-8"), max_size=60),
    password=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12),
)
def test_whatever_a_camera_says_an_address_leads_to_it_alone_and_holds_no_secret(told: str, password: str) -> None:
    try:
        address = read_stream_address(f"rtsp://x:{password}@10.0.0.9/{told}", "10.0.0.2", password)
    except AnswerBroken:
        return
    source = address.source("u", "${CAMERA_1_PASSWORD}")
    assert source == tomllib.loads(f"s = {tomlkit.item(source).as_string()}")["s"]
    assert set("${}") & set(source.replace("${CAMERA_1_PASSWORD}", "")) == set()
    assert source.isascii() and source.isprintable() and " " not in source
    filled = urlsplit(source.replace("${CAMERA_1_PASSWORD}", "secret"))
    assert ("rtsp", "10.0.0.2", "u", "secret") == (filled.scheme, filled.hostname, filled.username, filled.password)
    assert password not in re.sub(r"%[0-9A-F]{2}|\$\{CAMERA_PASSWORD\}", "\n", address.rest[1:])


def test_who_answers_a_byte_at_a_time_is_given_up() -> None:
    with onvif_camera(habits=Habits(pause_s=0.2)) as camera:
        found = ask(camera, wait_s=1.5)
    assert (CameraState.SILENT, "its answers take too long") == (found.state, found.trouble)


def test_a_bad_answer_to_the_probe_hides_no_other_camera() -> None:
    bad, good = some_hosts(2)
    search = Search(timedelta(seconds=5), interface="127.0.0.1", credentials=KNOWN)
    hostile = Habits(answers_with=BOMB[:40_000].encode())
    with onvif_camera(bad, hostile, multicast=True), onvif_camera(good, multicast=True):
        found = find_cameras(search, SystemClock(), lambda words: None)
    assert [good] == [camera.host for camera in found if camera.host in (bad, good)]


def test_the_command_prints_a_table_and_what_to_paste(tmp_path: Path) -> None:
    with onvif_camera(habits=Habits(maker="[bold]Nam")) as camera:
        asked = ("--address", f"{camera.host}:{camera.port}", "--user", USER, "--password-env", "CAMERAS")
        done = congvu("cameras", "discover", *asked, settings={"CAMERAS": PASSWORD})
        as_json = congvu("cameras", "discover", *asked, "--json", settings={"CAMERAS": PASSWORD})
    assert (0, 0) == (done.returncode, as_json.returncode)
    assert "[bold]Nam" in done.stderr and "main: 1920x1080" in done.stderr
    assert [f"rtsp://{USER}:${{CAMERA_1_PASSWORD}}@127.0.0.1:554/main"] == [
        camera["source"] for camera in tomllib.loads(done.stdout)["cameras"]
    ]
    (told,) = json.loads(as_json.stdout)["cameras"]
    assert ("open", [1920, 1080], True) == (
        told["state"], told["streams"][0]["size_px"], told["streams"][0]["is_main"],
    )  # fmt: skip
    assert PASSWORD not in done.stdout + done.stderr + as_json.stdout + as_json.stderr


def test_where_no_camera_answers_the_command_says_what_to_try() -> None:
    done = congvu("cameras", "discover", "--address", f"127.0.0.1:{free_port()}", "--timeout", "2")
    assert 1 == done.returncode
    assert "127.0.0.1: nobody answers there" in done.stderr and "--interface ADDRESS" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--interface", "203.0.113.7"), "is no IPv4 address of this"),
        (("--interface", "eth0"), "is no IPv4 address of this"),
        (("--address", "a:b@camera"), "the user is given by"),
        (("--address", "camera:port"), "wanted HOST or HOST:PORT"),
        (("--user", "u", "--password-env", "NOT_SET_ANYWHERE"), "is not set"),
        (("--password-env", "NOT_SET_ANYWHERE"), "needs --user"),
    ],
)
def test_wrong_usage_is_told_apart_from_no_camera(arguments: tuple[str, ...], said: str) -> None:
    done = congvu("cameras", "discover", *arguments, settings={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})
    assert 2 == done.returncode
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_two_pictures_of_a_recorder_are_two_cameras_of_the_site_file() -> None:
    with onvif_camera() as camera:
        found = ask(camera)
    main, sub = found.streams
    recorder = replace(found, streams=(main, replace(sub, video_source="source1")))
    tables = tomllib.loads(snippet([recorder], USER))["cameras"]
    assert ["camera-1", "camera-2"] == [table["id"] for table in tables]
    assert ["${CAMERA_1_PASSWORD}" in tables[0]["source"], "${CAMERA_2_PASSWORD}" in tables[1]["source"]] == [True] * 2
