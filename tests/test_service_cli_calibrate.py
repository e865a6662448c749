"""`congvu calibrate`: marks, board, lens and legibility without a browser."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration.people_boxes import PeopleBoxes
from calibration.scene import PictureShape
from models.catalog import load_catalog
from samples.render.cameras import CAMERAS
from service.calibrating import floor as floors
from service.calibrating.people import is_alone, is_upright
from service.calibrating.places import needs_of
from service.site import load_site
from tests.commands import ROOT, congvu
from tests.floors import TrueCamera, walkers
from tests.samples import site_of_any_shape

OFFICE = TrueCamera(CAMERAS["office"].focal_px, CAMERAS["office"].eye_m[2], CAMERAS["office"].pitch_deg)
CORNERS = {"a": (-1.4, 2.6), "b": (1.4, 2.6), "c": (1.4, 4.8), "d": (-1.4, 4.8), "e": (0.2, 3.4)}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The sample site with its clips."""
    shutil.copy(ROOT / "samples" / "centre.toml", tmp_path / "site.toml")
    (tmp_path / "clips").symlink_to(ROOT / "samples" / "clips")
    return tmp_path / "site.toml"


def marks(tmp_path: Path, **moved: tuple[float, float]) -> Path:
    """Marks of the office's floor as its true camera sees them; some said to be elsewhere."""
    lines = ["name,x_px,y_px,floor_x_m,floor_y_m"]
    for name, place in CORNERS.items():
        ((x, y),) = OFFICE.see(np.array([[*place, 0.0]]))
        told = moved.get(name, place)
        lines.append(f"{name},{x:.1f},{y:.1f},{told[0]},{told[1]}")
    path = tmp_path / "marks.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_floor_from_marks_is_shown_and_saved(site: Path, tmp_path: Path) -> None:
    done = congvu("calibrate", "floor", site, "--camera", "office", "--points", marks(tmp_path), "--write")
    assert 0 == done.returncode, done.stderr
    assert "camera 2.50 m above the floor, looking 27.0 degrees down" in done.stderr
    camera = load_site(site).camera("office")
    assert camera.floor is not None and camera.picture is not None
    assert list(CORNERS.values()) == [point.floor_m for point in camera.floor.points]
    assert (1280, 720) == (camera.picture.width_px, camera.picture.height_px)
    assert "# Times are short because the recordings are" in site.read_text(encoding="utf-8")


def test_without_write_nothing_is_saved(site: Path, tmp_path: Path) -> None:
    before = site.read_bytes()
    done = congvu("calibrate", "floor", site, "--camera", "office", "--points", marks(tmp_path))
    assert 0 == done.returncode, done.stderr
    assert "not saved; add --write" in done.stderr
    assert before == site.read_bytes()


def test_a_wrong_mark_is_named_and_nothing_is_saved(site: Path, tmp_path: Path) -> None:
    before = site.read_bytes()
    wrong = marks(tmp_path, e=(0.2, 4.2))
    done = congvu("calibrate", "floor", site, "--camera", "office", "--points", wrong, "--write")
    assert 1 == done.returncode
    assert "mark 5 fits worst" in done.stderr
    assert before == site.read_bytes()


def test_a_floor_from_distances_needs_no_coordinates(site: Path, tmp_path: Path) -> None:
    tape = tmp_path / "tape.csv"
    pairs = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "c"), ("b", "d"), ("e", "a"), ("e", "b")]
    rows = [f"{i},{j},{np.hypot(*np.subtract(CORNERS[i], CORNERS[j])):.3f}" for i, j in pairs]
    tape.write_text("\n".join(["from,to,metres", *rows]), encoding="utf-8")
    done = congvu("calibrate", "floor", site, "--camera", "office", "--points", marks(tmp_path), "--distances", tape)
    assert 0 == done.returncode, done.stderr
    assert "camera 2.50 m above the floor" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n0.1,0.2\n", "marks.csv: wanted the columns floor_x_m, floor_y_m"),
        ("x,y,floor_x_m,floor_y_m\n", "has no line below its first"),
        (
            "x,y,floor_x_m,floor_y_m\n0.1,0.2,1,zwei\n",
            "marks.csv:2: floor_y_m: wanted a number with a point, got 'zwei'",
        ),
        ("x,y,floor_x_m,floor_y_m\n0.1,200,1,2\n", "marks.csv:2: the mark (0.1, 200) lies outside the picture"),
        ("x,y,floor_x_m,floor_y_m\n0.1,0.2,1,2\n", "1 marks: a floor needs at least 4"),
    ],
)
def test_each_fault_of_a_file_of_marks_is_told(site: Path, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "marks.csv"
    path.write_text(text, encoding="utf-8")
    done = congvu("calibrate", "floor", site, "--camera", "office", "--points", path)
    assert 1 == done.returncode
    assert message in done.stderr


def test_marks_and_people_at_once_are_a_wrong_usage(site: Path, tmp_path: Path) -> None:
    both = ("--points", marks(tmp_path), "--from-people", tmp_path / "x.mp4")
    assert 2 == congvu("calibrate", "floor", site, "--camera", "office", *both).returncode
    assert 2 == congvu("calibrate", "floor", site, "--camera", "office").returncode


def test_a_floor_from_people_is_saved_as_marks(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = TrueCamera(950.0, 2.8, 24.0)
    boxes = PeopleBoxes(*walkers(camera, np.random.default_rng(3), people=30))
    monkeypatch.setattr(floors, "load_nets", lambda: None)
    monkeypatch.setattr(floors, "people_of", lambda *_: (boxes, PictureShape(1280, 720)))
    clip = ROOT / "samples" / "clips" / "office.mp4"
    done = congvu("calibrate", "floor", site, "--camera", "office", "--from-people", clip, "--write")
    assert 0 == done.returncode, done.stderr
    assert "95 % bound" in done.stderr
    saved = load_site(site).camera("office").floor
    assert saved is not None and len(saved.points) == 9


def test_legibility_says_what_can_be_read_at_each_place(site: Path, tmp_path: Path) -> None:
    congvu("calibrate", "floor", site, "--camera", "office", "--points", marks(tmp_path), "--write")
    out = tmp_path / "map.jpg"
    done = congvu("calibrate", "legibility", site, "--camera", "office", "--out", out, "--json")
    assert 0 == done.returncode, done.stderr
    told = json.loads(done.stdout)
    needs = needs_of(load_catalog()["crop"])
    assert {"card": needs.card_px, "cigarette": needs.cigarette_px} == told["needed_px"]
    assert pytest.approx(2.5, abs=0.01) == told["camera"]["height_m"]
    places = {(place["place"], place["asked"]): place for place in told["places"]}
    assert {("room", "cigarette")} | {
        (f"ban-{i}", asked) for i in range(1, 5) for asked in ("card", "cigarette")
    } == set(places)
    assert places["ban-2", "card"]["ok"]
    assert (27, 48) == (len(told["maps"]["card"]), len(told["maps"]["card"][0]))
    drawn = cv2.imread(str(out))
    assert (720, 1280, 3) == drawn.shape


def test_legibility_of_a_small_stream_advises_the_main_one(site: Path, tmp_path: Path) -> None:
    congvu("calibrate", "floor", site, "--camera", "office", "--points", marks(tmp_path), "--write")
    done = congvu("calibrate", "legibility", site, "--camera", "office", "--stream", "640x360", "--json")
    far = next(p for p in json.loads(done.stdout)["places"] if ("ban-4", "cigarette") == (p["place"], p["asked"]))
    assert not far["ok"]
    assert far["closer_m"] > 0 and far["factor"] > 1
    assert far["main_stream_helps"] in (True, False)


def test_legibility_without_a_floor_says_what_to_do_first(tmp_path: Path) -> None:
    done = congvu("calibrate", "legibility", site_of_any_shape(tmp_path / "bare.toml"), "--camera", "office")
    assert 1 == done.returncode
    assert "run `congvu calibrate floor` first" in done.stderr


def test_a_still_of_another_shape_is_refused(site: Path, tmp_path: Path) -> None:
    congvu("calibrate", "floor", site, "--camera", "office", "--points", marks(tmp_path), "--write")
    cv2.imwrite(str(tmp_path / "still.png"), np.zeros((576, 704, 3), np.uint8))
    done = congvu("calibrate", "legibility", site, "--camera", "office", "--picture", tmp_path / "still.png")
    assert 1 == done.returncode
    assert "its sides have another ratio" in done.stderr


@pytest.mark.parametrize(("ending", "begins"), [("pdf", b"%PDF-"), ("png", b"\x89PNG"), ("svg", b"<svg")])
def test_the_board_is_written_in_each_format(tmp_path: Path, ending: str, begins: bytes) -> None:
    done = congvu("calibrate", "board", "--out", tmp_path / f"board.{ending}")
    assert 0 == done.returncode, done.stderr
    assert (tmp_path / f"board.{ending}").read_bytes().startswith(begins)


def test_a_board_of_another_format_or_an_impossible_size_is_a_wrong_usage(tmp_path: Path) -> None:
    assert 2 == congvu("calibrate", "board", "--out", tmp_path / "board.gif").returncode
    assert 2 == congvu("calibrate", "board", "--out", tmp_path / "board.pdf", "--square-mm", "60").returncode
    assert 2 == congvu("calibrate", "board", "--out", tmp_path / "board.pdf", "--square-mm", "-3").returncode


def test_a_lens_from_pictures_without_a_board_is_refused(tmp_path: Path) -> None:
    for i in range(6):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.full((360, 640, 3), 90 + i, np.uint8))
    done = congvu("calibrate", "lens", *sorted(tmp_path.glob("*.png")))
    assert 1 == done.returncode
    assert "0 of 6 pictures show" in done.stderr


def pose(knee_x: float, ankle_y: float) -> np.ndarray:
    keypoints = np.zeros((17, 3), dtype=np.float32)
    for i, (x, y) in {11: (90, 200), 13: (knee_x, 260), 15: (90, ankle_y)}.items():
        keypoints[i] = (x, y, 0.9)
    return keypoints


@pytest.mark.parametrize(
    ("knee_x", "ankle_y", "expected"),
    [(92.0, 320.0, True), (150.0, 280.0, False), (92.0, 290.0, False)],
    ids=["upright", "seated", "feet hidden"],
)
def test_upright_is_who_shows_a_straight_leg_down_to_the_floor(knee_x: float, ankle_y: float, expected: bool) -> None:
    assert expected is is_upright(pose(knee_x, ankle_y), bottom_px=330.0, height_px=250.0)


def test_who_is_partly_covered_by_somebody_else_is_not_alone() -> None:
    boxes = np.array([[0, 0, 50, 200], [40, 0, 100, 200], [300, 0, 350, 200]], dtype=np.float32)
    assert [False, False, True] == [is_alone(boxes, i) for i in range(3)]
