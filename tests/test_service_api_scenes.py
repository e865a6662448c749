"""Scenes over the API: what is read, what is refused, and that a save changes the site file and nothing else in it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.db.calibration import CalibrationRepository
from tests.scene_world import EMPTY_SITE, TWO_DESKS, SceneWorld
from tests.web_world import CAMERA

PATH = f"/api/v1/cameras/{CAMERA}/scene"
ROOM = {"id": "phong", "name": "Phòng họp", "kind": "no_smoking", "area": [[0, 0], [1, 0], [1, 1], [0, 1]]}
MASK = {"id": "che-1", "name": "Cửa sổ", "area": [[0.8, 0], [1, 0], [1, 0.2], [0.8, 0.2]]}
LINE = {"id": "cua", "name": "Cửa vào", "start": [0.4, 0.9], "end": [0.6, 0.9]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SceneWorld]:
    world = SceneWorld(tmp_path)
    world.begin(EMPTY_SITE + TWO_DESKS)
    yield world
    world.database.close()


def desk(number: int, left: float, officers: tuple[str, ...] = ("hanh",)) -> dict[str, Any]:
    area = [[left, 0.3], [left + 0.2, 0.3], [left + 0.2, 0.8], [left, 0.8]]
    return {"id": f"ban-{number}", "name": f"Bàn {number}", "officers": officers, "area": area}


def scene(**parts: Any) -> dict[str, Any]:
    return {"desks": [desk(1, 0.1)], "zones": [ROOM], "masks": [MASK], "lines": [LINE], **parts}


class Drawer:
    """Somebody who talks to the API."""

    def __init__(self, world: SceneWorld, login: str = "quantri") -> None:
        self.client, self.csrf = world.reader(login)

    def read(self) -> dict[str, Any]:
        return dict(self.client.get(PATH).json())

    def save(self, wanted: dict[str, Any], *, expected: str | None = None, note: str = "") -> Any:
        body = {"scene": wanted, "expected_sha256": expected or self.read()["site_sha256"], "note": note}
        return self.client.put(PATH, json=body, headers={"X-CSRF-Token": self.csrf})

    def check(self, wanted: dict[str, Any]) -> Any:
        return self.client.post(PATH + "/check", json={"scene": wanted}, headers={"X-CSRF-Token": self.csrf})


def test_the_scene_of_the_site_file_is_read_with_those_who_may_be_assigned(world: SceneWorld) -> None:
    found = Drawer(world).read()
    assert ["ban-1", "ban-2"] == [d["id"] for d in found["scene"]["desks"]]
    assert ["hanh", "dung", "mai"] == [o["id"] for o in found["officers"]]
    assert (None, None, "Camera quầy") == (found["locked"], found["version"], found["camera_name"])


def test_nobody_is_shown_the_address_of_the_stream(world: SceneWorld) -> None:
    drawer = Drawer(world)
    saved = drawer.save(scene())
    texts = [saved.text, drawer.client.get(PATH).text, drawer.client.get(f"{PATH}/versions/1").text]
    assert [] == [text for text in texts if "rtsp" in text or "secret" in text]


def test_a_saved_scene_is_in_the_site_file_and_has_a_number_a_name_and_a_note(world: SceneWorld) -> None:
    saved = Drawer(world).save(scene(), note=" phòng mới ")
    assert 200 == saved.status_code
    version = saved.json()["version"]
    assert (1, "Đỗ Quản Trị", "phòng mới") == (version["number"], version["saved_by"], version["note"])
    camera = world.saved()
    assert (["ban-1"], ["phong"], ["che-1"], ["cua"]) == tuple(
        [place.id for place in places] for places in (camera.desks, camera.zones, camera.masks, camera.lines)
    )
    assert version["number"] == Drawer(world).read()["version"]["number"]


def test_a_save_leaves_the_rest_of_the_site_file_as_it_was(world: SceneWorld) -> None:
    before = tomllib.loads(world.site_path.read_text(encoding="utf-8"))
    Drawer(world).save(scene())
    text = world.site_path.read_text(encoding="utf-8")
    after = tomllib.loads(text)
    assert "# the site of these tests; this comment must outlive every save" in text
    assert before["cameras"][0]["source"] == after["cameras"][0]["source"]
    assert {**before, "cameras": None} == {**after, "cameras": None}


def test_the_same_scene_again_is_no_new_version(world: SceneWorld) -> None:
    drawer = Drawer(world)
    numbers = [
        drawer.save(wanted).json()["version"]["number"] for wanted in (scene(), scene(), scene(masks=[]), scene())
    ]
    assert [1, 1, 2, 3] == numbers
    assert [3, 2, 1] == [v["number"] for v in drawer.client.get(f"{PATH}/versions").json()]
    assert [] == drawer.client.get(f"{PATH}/versions/2").json()["scene"]["masks"]


def test_a_file_changed_meanwhile_is_not_overwritten(world: SceneWorld) -> None:
    drawer = Drawer(world)
    expected = drawer.read()["site_sha256"]
    Drawer(world).save(scene())
    text = world.site_path.read_text(encoding="utf-8")
    refused = drawer.save(scene(masks=[]), expected=expected)
    assert (409, "Sơ đồ vừa được sửa") == (refused.status_code, refused.json()["title"])
    assert text == world.site_path.read_text(encoding="utf-8")


def test_only_an_administrator_saves(world: SceneWorld) -> None:
    before = world.site_path.read_bytes()
    drawer = Drawer(world, "thanhtra")
    assert "role" == drawer.read()["locked"]
    assert 403 == drawer.save(scene()).status_code
    assert before == world.site_path.read_bytes()


def test_a_save_without_the_token_of_the_session_is_refused(world: SceneWorld) -> None:
    drawer = Drawer(world)
    drawer.csrf = "foreign"
    assert 403 == drawer.save(scene()).status_code
    assert 403 == drawer.check(scene()).status_code


def test_who_is_not_signed_in_sees_no_scene(world: SceneWorld) -> None:
    client = world.browser()
    assert [401] * 3 == [client.get(path).status_code for path in (PATH, f"{PATH}/versions", f"{PATH}/versions/1")]


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ({}, []),
        ({"desks": [desk(1, 0.1), desk(2, 0.15)]}, [("desks_overlap", ["ban-2", "ban-1"])]),
        ({"desks": [desk(1, 0.1), desk(1, 0.5)]}, [("double_id", ["ban-1"])]),
        ({"desks": [desk(1, 0.1, ("nobody",))]}, [("unknown_officer", ["ban-1"])]),
        (
            {"zones": [ROOM, {**ROOM, "id": "dan", "kind": "public"}]},
            [("judged_and_not", ["phong", "dan"])],
        ),
        ({"masks": [{**MASK, "area": desk(1, 0.1)["area"]}]}, [("masked", ["ban-1", "che-1"])]),
        ({"masks": [{**MASK, "area": [[0, 0], [1, 1], [1, 0], [0, 1]]}]}, [("drawing", ["che-1"])]),
        ({"lines": [{**LINE, "end": LINE["start"]}]}, [("drawing", ["cua"])]),
        (
            {"counters": [{"id": "quay", "name": "Quầy", "desks": ["ban-1", "ban-7"]}]},
            [("empty_counter", ["quay", "ban-7"])],
        ),
    ],
)
def test_a_draft_is_checked_without_being_saved(
    world: SceneWorld, parts: dict[str, Any], wanted: list[tuple[str, list[str]]]
) -> None:
    before = world.site_path.read_bytes()
    found = Drawer(world).check(scene(**parts))
    assert 200 == found.status_code, found.text
    assert wanted == [(fault["kind"], fault["place_ids"]) for fault in found.json()["faults"]]
    assert before == world.site_path.read_bytes()


@pytest.mark.parametrize(
    "parts",
    [
        {"desks": [desk(1, 0.1, ())]},
        {"masks": [{**MASK, "id": "Vùng che"}]},
        {"masks": [{**MASK, "colour": "black"}]},
        {"floor": {"points": [{"at": [0.5, 0.5], "floor_m": [0, 0]}]}},
        {"zones": [{**ROOM, "kind": "lounge"}]},
    ],
)
def test_a_draft_of_another_form_is_refused_and_named(world: SceneWorld, parts: dict[str, Any]) -> None:
    drawer = Drawer(world)
    for refused in (drawer.check(scene(**parts)), drawer.save(scene(**parts))):
        assert 422 == refused.status_code
        assert refused.json()["faults"]


def round_area(corners: int) -> list[list[float]]:
    turns = [2 * math.pi * i / corners for i in range(corners)]
    return [[0.5 + 0.4 * math.cos(turn), 0.5 + 0.4 * math.sin(turn)] for turn in turns]


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"masks": [{**MASK, "area": round_area(10_000)}]}, "che-1: wanted at most 100 corners, got 10000"),
        ({"masks": [{**MASK, "id": f"che-{i}"} for i in range(400)]}, "wanted at most 100 things"),
        ({"masks": [{**MASK, "name": "che\x00"}]}, "che-1: wanted a name of letters that can be seen"),
        ({"masks": [{**MASK, "name": "  "}]}, "che-1: wanted a name of letters that can be seen"),
        (
            {"floor": {"points": [{"at": [0.1 * i, 0.3], "floor_m": [1e160 * i, 1e155]} for i in range(1, 6)]}},
            "wanted numbers of at most 10000",
        ),
    ],
)
def test_a_draft_that_nobody_draws_is_refused_before_it_costs_time(
    world: SceneWorld, parts: dict[str, Any], named: str
) -> None:
    drawer = Drawer(world)
    before = world.site_path.read_bytes()
    for refused in (drawer.check(scene(**parts)), drawer.save(scene(**parts))):
        assert 422 == refused.status_code
        assert named in refused.json()["faults"][0]
    assert before == world.site_path.read_bytes()


def test_a_draft_of_a_hundred_corners_is_checked(world: SceneWorld) -> None:
    found = Drawer(world).check({"masks": [{**MASK, "area": round_area(100)}]})
    assert (200, []) == (found.status_code, found.json()["faults"])


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999"])
def test_a_version_number_that_cannot_be_is_refused(world: SceneWorld, number: str) -> None:
    assert 422 == Drawer(world).client.get(f"{PATH}/versions/{number}").status_code


def test_a_scene_with_faults_is_not_saved(world: SceneWorld) -> None:
    before = world.site_path.read_bytes()
    refused = Drawer(world).save(scene(desks=[desk(1, 0.1), desk(2, 0.15)]))
    assert (422, "Chưa lưu được sơ đồ") == (refused.status_code, refused.json()["title"])
    assert "share" in refused.json()["faults"][0]
    assert refused.json()["faults"][0].startswith("site.toml:")  # not the folder on the server
    assert before == world.site_path.read_bytes()


def test_without_a_site_file_the_latest_version_can_be_looked_at(world: SceneWorld) -> None:
    Drawer(world).save(scene())
    world.has_site = False
    drawer = Drawer(world)
    found = drawer.read()
    assert ("no_site_file", None, 1) == (found["locked"], found["site_sha256"], found["version"]["number"])
    assert ["ban-1"] == [d["id"] for d in found["scene"]["desks"]]
    assert 403 == drawer.save(scene(), expected="0" * 64).status_code


@pytest.mark.parametrize(
    ("text", "locked"),
    [("schema = 1\n[site", "site_invalid"), (EMPTY_SITE.replace("cam-quay", "cam-khac"), "not_in_site_file")],
)
def test_a_site_file_that_does_not_serve_locks_the_scene(world: SceneWorld, text: str, locked: str) -> None:
    world.site_path.write_text(text, encoding="utf-8")
    drawer = Drawer(world)
    assert locked == drawer.read()["locked"]
    assert drawer.save(scene(), expected="0" * 64).status_code in (409, 422)
    assert text == world.site_path.read_text(encoding="utf-8")


def test_a_scene_of_no_camera_is_missing(world: SceneWorld) -> None:
    client, _ = world.reader("quantri")
    paths = ("/api/v1/cameras/none/scene", "/api/v1/cameras/none/scene/versions", f"{PATH}/versions/7")
    assert [404] * 3 == [client.get(path).status_code for path in paths]


def test_a_site_file_that_cannot_be_written_is_said_and_nothing_is_stored(
    world: SceneWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawer = Drawer(world)
    expected = drawer.read()["site_sha256"]

    def full(self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert 507 == drawer.save(scene(), expected=expected).status_code
    with world.database.transaction() as session:
        assert [] == CalibrationRepository(session).scenes(CAMERA)
