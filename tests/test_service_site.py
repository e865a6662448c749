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
        ('officers = ["an"]', "officers = []", 23, "at least 1"),
        ('officers = ["an"]\n', "", 20, "officers: is missing"),
        ('id = "door"', 'id = "counter"', 27, "two cameras are called 'counter'"),
        ('intervals = ["07:30-11:30"]', 'intervals = ["11:30-07:30"]', 9, "ends before it starts"),
        ('intervals = ["07:30-11:30"]', 'intervals = ["7h30"]', 9, "HH:MM-HH:MM"),
        ("schema = 1", "schema = 2", 1, "schema"),
        ("[hours]", '[rules.badge_missing]\nworn_at = "sleeve"\n[hours]', 9, "'chest' or 'chest_or_belt'"),
        ("[hours]", "[rules.smoking]\npuff_ratio = 10\n[hours]", 8, "gestures alone"),
        ("[hours]", "[rules.smoking]\npuff_s = [5, 2]\n[hours]", 8, "least < most"),
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
