"""Site files: every fault is named with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import SiteInvalid
from service.site import load_site, resolve_source, scene_of
from service.toml_lines import line_of

GOOD = """\
schema = 1

[site]
id = "centre"
name = "Trung tâm"
agency = "Sở Nội vụ"

[hours]
intervals = ["07:30-11:30"]

[[officers]]
id = "an"
name = "Nguyễn Thị An"

[[cameras]]
id = "counter"
name = "Quầy"
source = "clips/counter.mp4"

[[cameras.desks]]
id = "quay-1"
name = "Quầy 1"
officers = ["an"]
area = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.8], [0.1, 0.8]]

[[cameras]]
id = "door"
name = "Cửa"
source = "rtsp://${DOOR_USER}:${DOOR_PASSWORD}@10.0.0.5/main"
"""


def faults_of(tmp_path: Path, text: str) -> str:
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SiteInvalid) as caught:
        load_site(path)
    return "\n".join(caught.value.faults)


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(GOOD, encoding="utf-8")
    site = load_site(path)
    assert ["counter", "door"] == [camera.id for camera in site.cameras]
    assert ("quay-1",) == tuple(desk.desk_id for desk in scene_of(site.cameras[0]).desks)
    assert str(tmp_path / "clips" / "counter.mp4") == resolve_source(site.cameras[0], path)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (GOOD, "", None, "empty"),
        (GOOD, "schema = ", None, "not TOML"),
        ('agency = "Sở Nội vụ"', 'agency = "x"\ncolour = "red"', 7, "site.colour: unknown key"),
        ('name = "Quầy 1"', 'name = "Quầy 1"\nchair = 2', 23, "unknown key"),
        ("[0.4, 0.8]", "[1.4, 0.8]", 24, "outside the picture"),
        ("[[0.1, 0.1], [0.4, 0.1], [0.4, 0.8]", "[[0.1, 0.1], [0.4, 0.8], [0.4, 0.1]", 24, "crosses itself"),
        ('officers = ["an"]', 'officers = ["binh"]', 23, "no officer 'binh'"),
        ('officers = ["an"]', "officers = []", 23, "wanted at least 1, got 0"),
        ('officers = ["an"]\n', "", 20, "officers: is missing"),
        ('id = "door"', 'id = "counter"', 27, "two cameras are called 'counter'"),
        ('intervals = ["07:30-11:30"]', 'intervals = ["11:30-07:30"]', 9, "ends before it starts"),
        ('intervals = ["07:30-11:30"]', 'intervals = ["7h30"]', 9, "HH:MM-HH:MM"),
        ("schema = 1", "schema = 2", 1, "schema"),
        ("[hours]", '[rules.badge_missing]\nworn_at = "sleeve"\n[hours]', 9, "'chest' or 'chest_or_belt'"),
        ("[hours]", "[rules.smoking]\npuff_ratio = 10\n[hours]", 8, "gestures alone"),
        ("[hours]", "[rules.smoking]\npuff_s = [5, 2]\n[hours]", 9, "least < most"),
        ("[hours]", "[rules.smoking]\nbase_rate = 1\n[hours]", 9, "base_rate"),
        ('id = "centre"', 'id = "Trung tâm"', 4, "site.id"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, old: str, new: str, line: int | None, message: str) -> None:
    told = faults_of(tmp_path, GOOD.replace(old, new, 1))
    assert message in told
    assert "site.toml" in told
    if line is not None:
        assert f"site.toml:{line}:" in told


def test_every_fault_is_listed(tmp_path: Path) -> None:
    text = GOOD.replace('["an"]', '["binh"]').replace("[0.4, 0.8]", "[1.4, 0.8]").replace('"door"', '"counter"')
    assert 3 == len(faults_of(tmp_path, text).splitlines())


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SiteInvalid, match="no such site file"):
        load_site(tmp_path / "nothing.toml")


def test_an_unknown_camera_names_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(SiteInvalid, match=r"unknown camera 'hall'; the site file has: counter, door"):
        load_site(path).camera("hall")


def test_secrets_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "site.toml"
    path.write_text(GOOD, encoding="utf-8")
    door = load_site(path).camera("door")
    monkeypatch.setenv("DOOR_USER", "u")
    with pytest.raises(SiteInvalid, match="DOOR_PASSWORD is not set"):
        resolve_source(door, path)
    monkeypatch.setenv("DOOR_PASSWORD", "p")
    assert "rtsp://u:p@10.0.0.5/main" == resolve_source(door, path)


def test_lines_are_found_in_nested_tables() -> None:
    assert 24 == line_of(GOOD, ("cameras", 0, "desks", 0, "area", 1, 0))
    assert 29 == line_of(GOOD, ("cameras", 1, "source"))
    assert 1 == line_of("", ("nothing",))


SCENE = """
[cameras.picture]
width_px = 1280
height_px = 720
[cameras.floor]
points = [{marks}]
[[cameras.lines]]
id = "cua"
name = "Cửa"
start = [0.1, 0.9]
end = [0.4, 0.9]
[[cameras.masks]]
id = "man-hinh"
name = "Màn hình"
area = [[0.9, 0.9], [1.0, 0.9], [1.0, 1.0]]
"""
# seen by a camera 3 m above the floor: a square of 2 m, its far side shorter in the picture
MARKS = [((0.3, 0.9), (0, 0)), ((0.7, 0.9), (2, 0)), ((0.62, 0.5), (2, 2)), ((0.38, 0.5), (0, 2))]


def with_scene(marks: list[tuple[tuple[float, float], tuple[float, float]]]) -> str:
    written = ", ".join(f"{{at = {list(at)}, floor_m = {list(floor_m)}}}" for at, floor_m in marks)
    return GOOD + SCENE.replace("{marks}", written)


def test_everything_drawn_reaches_the_scene(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(with_scene(MARKS), encoding="utf-8")
    scene = scene_of(load_site(path).camera("door"))
    assert ["cua"] == [line.line_id for line in scene.lines]
    assert ["man-hinh"] == [mask.mask_id for mask in scene.masks]
    assert (1280, 720) == (scene.picture.width_px, scene.picture.height_px) if scene.picture else None
    assert MARKS == [(point.at, point.floor_m) for point in scene.floor]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (with_scene(MARKS[:3]), "floor.points"),
        (with_scene([((0.1 * i, 0.1 * i + 0.1), (i, i)) for i in range(4)]), "one line"),
        (with_scene([*MARKS[:3], (MARKS[3][0], (9.0, 2.0))]), "floor:"),
        (with_scene([*MARKS[:3], ((1.4, 0.5), (0, 2))]), "outside the picture"),
        (with_scene(MARKS).replace("[cameras.picture]\nwidth_px = 1280\nheight_px = 720\n", ""), "cameras.picture"),
        (with_scene(MARKS).replace("start = [0.1, 0.9]", "start = [0.4, 0.9]"), "shorter than"),
        (with_scene(MARKS).replace("[1.0, 0.9], [1.0, 1.0]]", "[1.0, 0.9]]"), "at least 3 corners"),
    ],
)
def test_a_drawn_thing_that_cannot_be_is_named(tmp_path: Path, text: str, told: str) -> None:
    faults = faults_of(tmp_path, text)
    assert told in faults
    assert "site.toml:" in faults


def test_desks_on_one_spot_are_named(tmp_path: Path) -> None:
    second = GOOD.replace(
        '[[cameras]]\nid = "door"',
        """
[[cameras.desks]]
id = "quay-2"
name = "Quầy 2"
officers = ["an"]
area = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.7], [0.1, 0.7]]

[[cameras]]
id = "door\"""",
    )
    assert "desks 'quay-2' and 'quay-1' share 100 %" in faults_of(tmp_path, second)
