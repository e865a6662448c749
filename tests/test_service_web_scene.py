"""The scene editor's page: who may draw, old versions, and the words its scripts speak."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.calibration import CalibrationRepository
from service.db.records import Role
from service.db.repository import EventRepository
from service.scenes import record_scene
from service.site import load_site
from service.web.scene_words import editor_words
from service.web.words import LANGUAGES, translations
from tests.scene_world import EMPTY_SITE, SceneWorld
from tests.test_service_web_pages import Outline
from tests.web_world import CAMERA, MONDAY, make_event

PAGE = f"/cameras/{CAMERA}/scene"
STATIC = Path(__file__).resolve().parents[1] / "service" / "web" / "static"
SCRIPTS = sorted(STATIC.glob("scene*.js"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SceneWorld]:
    world = SceneWorld(tmp_path)
    world.begin()
    yield world
    world.database.close()


def store(world: SceneWorld, desks: int, note: str = "") -> int:
    area = [[0, 0], [0.2, 0], [0.2, 0.2]]
    drawn = [{"id": f"ban-{i}", "name": f"Bàn {i}", "officers": ["hanh"], "area": area} for i in range(desks)]
    with world.database.transaction() as session:
        return CalibrationRepository(session).store_scene(
            CAMERA, scene=json.dumps({"desks": drawn}), sha256=f"{desks:064d}", at=MONDAY, note=note
        )


def test_an_administrator_gets_the_tools(world: SceneWorld) -> None:
    html = world.reader("quantri")[0].get(PAGE).text
    tools = [button["data-tool"] for button in Outline(html).of("button") if "data-tool" in button]
    assert ["select", "desk", "staff", "public", "no_smoking", "line", "mask", "mark"] == tools
    assert "Vẽ vùng quan sát" in html and 'data-can-draw="yes"' in html


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.AUDITOR])
def test_others_may_look_and_are_told_who_may_draw(world: SceneWorld, role: Role) -> None:
    world.add_user("nguoi-xem", role)
    html = world.reader("nguoi-xem")[0].get(PAGE).text
    assert "Chỉ quản trị viên mới sửa được" in html
    assert 'data-can-draw="no"' in html and "data-tool" not in html and 'id="scene-save"' not in html


def test_without_a_site_file_the_page_says_how_to_get_one(world: SceneWorld) -> None:
    world.has_site = False
    html = world.reader("quantri")[0].get(PAGE).text
    assert "congvu serve --site SITE.toml" in html and 'data-can-draw="no"' in html


def test_a_broken_site_file_is_named_as_the_reason(world: SceneWorld) -> None:
    world.site_path.write_text("schema = 1\n[site", encoding="utf-8")
    assert "congvu site check" in world.reader("quantri")[0].get(PAGE).text


def test_versions_are_listed_with_name_day_and_note(world: SceneWorld) -> None:
    store(world, 1)
    store(world, 2, "<b>thêm bàn</b>")
    html = world.reader("quantri")[0].get(PAGE).text
    html = html[html.index('id="scene-history"') :]
    assert [f"{PAGE}?version=2", f"{PAGE}?version=1"] == re.findall(r'href="([^"]+\?version=\d)"', html)
    for words in ("08:00 20/10/2025", "từ tệp cấu hình", "&lt;b&gt;thêm bàn&lt;/b&gt;"):
        assert words in html


def test_an_old_version_is_shown_without_tools_and_can_be_brought_back(world: SceneWorld) -> None:
    store(world, 1)
    store(world, 2)
    client, _ = world.reader("quantri")
    html = client.get(f"{PAGE}?version=1").text
    assert "Đây là phiên bản 1" in html and "không phải bản đang dùng" in html
    assert f'href="{PAGE}?from=1"' in html and 'data-can-draw="no"' in html
    assert 'data-from="1"' in client.get(f"{PAGE}?from=1").text
    assert "?from=" not in world.reader("thanhtra")[0].get(f"{PAGE}?version=1").text


@pytest.mark.parametrize("login", ["quantri", "thanhtra"])
def test_a_site_file_that_was_edited_by_hand_is_said_to_differ(world: SceneWorld, login: str) -> None:
    client, _ = world.reader(login)
    words = "Tệp cấu hình khác phiên bản 1 đã lưu gần nhất"
    assert words not in client.get(PAGE).text
    store(world, 2)
    for path in (PAGE, f"/cameras/{CAMERA}"):
        assert words in client.get(path).text, path
    assert words not in client.get(f"{PAGE}?version=1").text
    with world.database.transaction() as session:
        record_scene(CalibrationRepository(session), load_site(world.site_path).camera(CAMERA), at=MONDAY)
    for path in (PAGE, f"/cameras/{CAMERA}"):
        assert "Tệp cấu hình khác" not in client.get(path).text, path


def test_without_a_site_file_nothing_differs_from_it(world: SceneWorld) -> None:
    store(world, 1)
    world.has_site = False
    assert "Tệp cấu hình khác" not in world.reader("quantri")[0].get(PAGE).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PAGE}?version=9", 404),
        (f"{PAGE}?from=9", 404),
        (f"{PAGE}?version=0", 422),
        (f"{PAGE}?version={10**30}", 422),
        (f"{PAGE}?version=latest", 422),
        ("/cameras/none/scene", 404),
        ("/cameras/none/still.jpg", 404),
        (f"/cameras/{CAMERA}/still.jpg", 404),
    ],
)
def test_what_is_not_there_is_said_to_be_missing(world: SceneWorld, path: str, status: int) -> None:
    assert status == world.reader("quantri")[0].get(path).status_code


def test_the_still_needs_a_session_and_is_never_kept_by_the_browser(world: SceneWorld) -> None:
    world.store.put(f"stills/{CAMERA}.jpg", b"jpeg")
    answer = world.reader()[0].get(f"/cameras/{CAMERA}/still.jpg")
    assert (b"jpeg", "image/jpeg", "no-store") == (
        answer.content,
        answer.headers["content-type"],
        answer.headers["cache-control"],
    )
    refused = world.browser().get(f"/cameras/{CAMERA}/still.jpg", follow_redirects=False)
    assert (303, True) == (refused.status_code, refused.headers["location"].startswith("/sign-in"))


def test_a_flag_leads_to_the_scene_that_it_was_judged_by(world: SceneWorld) -> None:
    number = store(world, 1)
    event = make_event("left_post", MONDAY, lasts=timedelta(minutes=12), place="ban-1", score=0.9)
    with world.database.transaction() as session:
        EventRepository(session).upsert(event, scene_version=number)
    html = world.reader()[0].get(f"/flags/{event.event_id}").text
    assert f'<a href="{PAGE}?version=1">Phiên bản 1</a>' in html


def test_hostile_names_stay_text(world: SceneWorld) -> None:
    world.site_path.write_text(EMPTY_SITE.replace("Lê Quang Dũng", "<script>alert(1)</script>"), encoding="utf-8")
    html = world.reader("quantri")[0].get(PAGE).text
    assert [True] * html.count("<script") == ["src" in attrs for attrs in Outline(html).of("script")]
    assert "<style" not in html and not re.search(r"\sstyle=", html) and not re.search(r"\son\w+=", html)


def test_every_control_has_a_label(world: SceneWorld) -> None:
    outline = Outline(world.reader("quantri")[0].get(PAGE).text)
    labelled = {attrs.get("for") for attrs in outline.of("label")}
    assert [] == [c for c in outline.of("input") if c.get("type") != "hidden" and c.get("id") not in labelled]


def test_the_scripts_speak_only_words_that_there_are() -> None:
    words = editor_words()
    said = {key for script in SCRIPTS for key in re.findall(r'"([a-z]+\.[a-z_]+)"', script.read_text(encoding="utf-8"))}
    assert set() == {key for key in said if not key.endswith(".js")} - set(words)


def test_no_word_of_the_scripts_is_unused() -> None:
    text = "".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    made = {"kind", "kind_hint", "new", "fault", "hint", "field", "conflict"}  # put together from a code
    assert [] == [key for key in editor_words() if f'"{key}"' not in text and key.split(".")[0] not in made]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_carries_its_words_in_the_readers_language(world: SceneWorld, language: str) -> None:
    client, _ = world.reader("quantri")
    html = client.get(f"/language/{language}?next={PAGE}").text
    (root,) = [attrs for attrs in Outline(html).of("div") if attrs.get("id") == "scene"]
    speak = translations(language).gettext
    assert {key: speak(text) for key, text in editor_words().items()} == json.loads(root["data-words"] or "")
