"""Scenes in the site file: saved whole or not at all, with the rest of the file as it was, every fault named."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from calibration.layout import shared_share
from calibration.scene import Area
from service.errors import SceneChanged, SiteInvalid, StoreUnwritable
from service.scenes import SceneFaultKind, check_scene, read_scene, save_scene, scene_sha256
from service.site import load_site
from service.site_tables import (
    CounterTable,
    DeskTable,
    FloorPointTable,
    FloorTable,
    LensTable,
    LineTable,
    MaskTable,
    PictureTable,
    SceneTables,
    ZoneTable,
)
from tests.test_service_site import GOOD, MARKS

LEFT = ((0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
DRAWN = SceneTables(
    desks=(
        DeskTable(id="quay-1", name="Quầy 1", officers=("an",), area=LEFT),
        DeskTable(id="quay-2", name="Quầy 2", officers=("an",), area=((0.5, 0.123456), (1.0, 0.0), (1.0, 1.0))),
    ),
    zones=(ZoneTable(id="phong-hop", name="Phòng họp", kind="no_smoking", area=RIGHT),),
    counters=(CounterTable(id="quay", name="Các quầy", desks=("quay-1", "quay-2")),),
    lines=(LineTable(id="cua", name="Cửa ra vào", start=(0.1, 0.9), end=(0.4, 0.9)),),
    masks=(MaskTable(id="man-hinh", name="Màn hình máy tính", area=((0.9, 0.9), (1.0, 0.9), (1.0, 1.0))),),
    picture=PictureTable(width_px=1280, height_px=720),
    floor=FloorTable(points=tuple(FloorPointTable(at=at, floor_m=floor_m) for at, floor_m in MARKS)),
)


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text("# Ghi chú của người quản trị\n" + GOOD, encoding="utf-8")
    return path


def test_what_was_saved_is_what_is_read(site_file: Path) -> None:
    site = save_scene(site_file, "counter", DRAWN, expected_sha256=read_scene(site_file, "counter").site_sha256)
    read = read_scene(site_file, "counter").scene
    assert scene_sha256(site.camera("counter")) == scene_sha256(read)
    assert [desk.name for desk in DRAWN.desks] == [desk.name for desk in read.desks]
    assert (0.5, 0.1235) == read.desks[1].area[0]
    assert (DRAWN.lines, DRAWN.masks, DRAWN.picture, DRAWN.floor, DRAWN.zones, DRAWN.counters) == (
        read.lines, read.masks, read.picture, read.floor, read.zones, read.counters,
    )  # fmt: skip


def test_small_numbers_of_a_lens_are_not_lost(site_file: Path) -> None:
    lens = LensTable(focal=0.912345, radial=(-0.000123, 0.0, 0.0))
    save_scene(site_file, "counter", SceneTables(lens=lens))
    assert lens == read_scene(site_file, "counter").scene.lens


def test_the_rest_of_the_file_stays_as_it_was(site_file: Path) -> None:
    before = load_site(site_file)
    save_scene(site_file, "counter", DRAWN)
    after, text = load_site(site_file), site_file.read_text(encoding="utf-8")
    assert text.startswith("# Ghi chú của người quản trị\n")
    assert (before.site, before.officers, before.rules, before.camera("door")) == (
        after.site, after.officers, after.rules, after.camera("door"),
    )  # fmt: skip
    assert "${DOOR_PASSWORD}" in text


def test_saving_the_same_again_changes_not_a_byte(site_file: Path) -> None:
    save_scene(site_file, "counter", DRAWN)
    once = site_file.read_bytes()
    save_scene(site_file, "counter", read_scene(site_file, "counter").scene)
    assert once == site_file.read_bytes()


def test_an_emptied_scene_leaves_no_table_behind(site_file: Path) -> None:
    save_scene(site_file, "counter", DRAWN)
    save_scene(site_file, "counter", SceneTables())
    assert "[[cameras." not in site_file.read_text(encoding="utf-8")
    assert SceneTables() == SceneTables(
        **read_scene(site_file, "counter").scene.model_dump(include=set(SceneTables.model_fields))
    )


def test_a_file_that_somebody_else_changed_is_not_written_over(site_file: Path) -> None:
    opened = read_scene(site_file, "counter")
    save_scene(site_file, "door", DRAWN)
    theirs = site_file.read_bytes()
    with pytest.raises(SceneChanged, match="nothing was saved"):
        save_scene(site_file, "counter", DRAWN, expected_sha256=opened.site_sha256)
    assert theirs == site_file.read_bytes()


def test_a_scene_with_faults_is_not_saved(site_file: Path) -> None:
    before = site_file.read_bytes()
    faulty = SceneTables(desks=(DRAWN.desks[0].model_copy(update={"officers": ("nobody",)}),))
    with pytest.raises(SiteInvalid, match="no officer 'nobody'"):
        save_scene(site_file, "counter", faulty)
    assert before == site_file.read_bytes()


def test_an_unknown_camera_is_refused_with_those_there_are(site_file: Path) -> None:
    with pytest.raises(SiteInvalid, match="counter, door"):
        save_scene(site_file, "garden", DRAWN)


def test_a_file_that_cannot_be_written_is_left_as_it_was(site_file: Path) -> None:
    before = site_file.read_bytes()
    (site_file.parent / "site.toml.part").mkdir()  # what stands in the way of the temporary file
    with pytest.raises(StoreUnwritable, match="cannot be written"):
        save_scene(site_file, "counter", DRAWN)
    assert before == site_file.read_bytes()


def test_two_who_save_at_once_lose_neither_camera(site_file: Path) -> None:
    threads = [threading.Thread(target=save_scene, args=(site_file, camera, DRAWN)) for camera in ("counter", "door")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    site = load_site(site_file)
    assert [2, 2] == [len(site.camera(camera).desks) for camera in ("counter", "door")]


@pytest.mark.parametrize(
    ("scene", "kind", "places"),
    [
        (
            SceneTables(zones=(ZoneTable(id="a", name="A", kind="staff", area=((0, 0), (1, 1))),)),
            SceneFaultKind.DRAWING, ("a",),
        ),
        (
            SceneTables(lines=(LineTable(id="a", name="A", start=(0.5, 0.5), end=(0.5, 0.5)),)),
            SceneFaultKind.DRAWING, ("a",),
        ),
        (
            SceneTables(
                masks=(MaskTable(id="a", name="A", area=LEFT),),
                zones=(ZoneTable(id="a", name="A", kind="staff", area=LEFT),),
            ),
            SceneFaultKind.DOUBLE_ID, ("a",),
        ),
        (
            SceneTables(desks=(DeskTable(id="a", name="A", officers=("nobody",), area=LEFT),)),
            SceneFaultKind.UNKNOWN_OFFICER, ("a",),
        ),
        (
            SceneTables(counters=(CounterTable(id="a", name="A", desks=("b",)),)),
            SceneFaultKind.EMPTY_COUNTER, ("a", "b"),
        ),
        (
            SceneTables(desks=(*DRAWN.desks[:1], DRAWN.desks[0].model_copy(update={"id": "b"}))),
            SceneFaultKind.DESKS_OVERLAP, ("b", "quay-1"),
        ),
        (
            SceneTables(desks=DRAWN.desks[:1], masks=(MaskTable(id="m", name="M", area=LEFT),)),
            SceneFaultKind.MASKED, ("quay-1", "m"),
        ),
    ],
)  # fmt: skip
def test_each_fault_names_what_to_change(
    site_file: Path, scene: SceneTables, kind: SceneFaultKind, places: tuple[str, ...]
) -> None:
    faults = check_scene(load_site(site_file), "counter", scene)
    assert [(kind, places)] == [(fault.kind, fault.place_ids) for fault in faults]


def test_a_good_scene_has_no_fault(site_file: Path) -> None:
    drawn = DRAWN.model_copy(update={"desks": DRAWN.desks[:1], "counters": ()})
    assert [] == check_scene(load_site(site_file), "counter", drawn)


def test_whoever_could_not_read_the_file_cannot_after_a_save(site_file: Path) -> None:
    site_file.chmod(0o600)
    save_scene(site_file, "counter", DRAWN)
    assert 0o600 == site_file.stat().st_mode & 0o777


def test_a_link_to_the_site_file_stays_a_link(site_file: Path) -> None:
    link = site_file.with_name("link.toml")
    link.symlink_to(site_file)
    save_scene(link, "counter", DRAWN, expected_sha256=read_scene(link, "counter").site_sha256)
    assert link.is_symlink()
    assert ["quay-1", "quay-2"] == [desk.id for desk in load_site(site_file).camera("counter").desks]


def test_a_link_in_place_of_the_temporary_file_is_not_followed(site_file: Path) -> None:
    other = site_file.with_name("other.txt")
    other.write_text("theirs", encoding="utf-8")
    site_file.with_name("site.toml.part").symlink_to(other)
    save_scene(site_file, "counter", DRAWN)
    assert "theirs" == other.read_text(encoding="utf-8")


def test_line_ends_of_windows_are_kept_and_do_not_look_like_a_change(site_file: Path) -> None:
    site_file.write_bytes(site_file.read_bytes().replace(b"\n", b"\r\n"))
    save_scene(site_file, "counter", DRAWN, expected_sha256=read_scene(site_file, "counter").site_sha256)
    content = site_file.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert ["quay-1", "quay-2"] == [desk.id for desk in load_site(site_file).camera("counter").desks]


def test_an_outline_that_runs_along_itself_is_compared_like_any_other() -> None:
    twice = Area(((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.1), (0.9, 0.1), (0.9, 0.8)))
    assert 1.0 == pytest.approx(shared_share(twice, Area.rectangle(0.0, 0.0, 1.0, 1.0)))


def test_an_outline_that_encloses_nothing_shares_nothing() -> None:
    folded = Area(((0.5, 0.25), (0.75, 0.75), (0.5, 0.25), (0.5, 0.75), (0.5, 0.0), (0.75, 0.75)))
    assert 0.0 == shared_share(folded, Area.rectangle(0.0, 0.0, 1.0, 1.0))
