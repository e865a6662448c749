"""Reading pictures with YOLO labels, and every way in which they can be wrong."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.evaluate.errors import SHOWN_AT_MOST, EvaluationInvalid
from models.evaluate.labelled import read_labels, read_set


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """One picture of 40 x 20 pixels, labelled, and the folder of its labels."""
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.mkdir()
    labels.mkdir()
    cv2.imwrite(str(images / "a.png"), np.full((20, 40, 3), 90, np.uint8))
    (labels / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n1 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3\n")
    return images, labels


def faults_of(folders: tuple[Path, Path], line: str) -> tuple[str, ...]:
    (folders[1] / "a.txt").write_text(f"0 0.5 0.5 0.5 0.5\n{line}\n")
    with pytest.raises(EvaluationInvalid) as told:
        read_set(*folders, 2)
    return told.value.faults


def test_boxes_and_polygons_become_corners(folders: tuple[Path, Path]) -> None:
    (picture,) = read_set(*folders, 2)
    assert [[10, 5, 30, 15], [4, 2, 8, 6]] == picture.boxes_px(picture.read()).round(6).tolist()
    assert ([0, 1], True, "a.png") == (picture.class_id.tolist(), picture.is_labelled, picture.name)


def test_a_picture_without_a_label_file_has_nothing_in_it(folders: tuple[Path, Path]) -> None:
    (folders[1] / "a.txt").unlink()
    (picture,) = read_set(*folders, 2)
    assert (False, 0) == (picture.is_labelled, len(picture.class_id))


def test_an_empty_label_file_is_a_label(folders: tuple[Path, Path]) -> None:
    (folders[1] / "a.txt").write_text("\n")
    (picture,) = read_set(*folders, 2)
    assert (True, 0) == (picture.is_labelled, len(picture.class_id))


def test_pictures_in_folders_have_labels_in_folders(folders: tuple[Path, Path]) -> None:
    (folders[0] / "b").mkdir()
    (folders[1] / "b").mkdir()
    (folders[0] / "a.png").rename(folders[0] / "b" / "x.rf.1.PNG")
    (folders[1] / "a.txt").rename(folders[1] / "b" / "x.rf.1.txt")
    (picture,) = read_set(*folders, 2)
    assert ("b/x.rf.1.PNG", 2) == (picture.name, len(picture.class_id))


def test_the_same_label_twice_counts_once(folders: tuple[Path, Path]) -> None:
    (folders[1] / "a.txt").write_text("0 .5 .5 .5 .5\n0 0.5 0.5 0.50 0.5\n")
    assert 1 == len(read_set(*folders, 2)[0].class_id)


def test_what_rounding_puts_outside_is_cut_and_a_box_without_area_is_counted(folders: tuple[Path, Path]) -> None:
    (folders[1] / "a.txt").write_text("0 0.5 0.5 1.0009 1.0\n0 0.9 0.5 0.4 0.2\n1 0.5 0.5 0 0.2\n")
    (picture,) = read_set(*folders, 2)
    assert [[0, 0, 1, 1], [0.7, 0.4, 1, 0.6]] == picture.xyxy_frac.round(6).tolist()
    assert 1 == picture.empty_boxes


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.5 0.5 0.5", "wanted a class and x y width height, or a polygon of 3 points and more; got 4"),
        ("0 0.5 0.5 0.5 0.5 0.9", "got 6"),
        ("0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "got 8"),
        ("0 a 0.5 0.5 0.5", "'a' is not a number"),
        ("card 0.5 0.5 0.5 0.5", "'card' is not a number"),
        ("0 nan 0.5 0.5 0.5", "'nan' is not a number"),
        ("2 0.5 0.5 0.5 0.5", "class 2: --classes names only 0 to 1"),
        ("-1 0.5 0.5 0.5 0.5", "class -1"),
        ("0.5 0.5 0.5 0.5 0.5", "class 0.5"),
        ("0 1.002 0.5 0.5 0.5", "wanted fractions of the picture, 0..1"),
        ("0 0.5 0.5 -0.1 0.5", "wanted fractions of the picture, 0..1"),
        ("0 320 240 64 64", "wanted fractions of the picture, 0..1"),
        ("0 0.1 0.1 0.2 0.1 0.2 1.3", "wanted fractions of the picture, 0..1"),
    ],
)
def test_a_wrong_line_is_named(folders: tuple[Path, Path], line: str, message: str) -> None:
    (fault,) = faults_of(folders, line)
    assert fault.startswith(f"{folders[1] / 'a.txt'}:2: ")
    assert message in fault


def test_a_label_file_that_is_no_text(folders: tuple[Path, Path]) -> None:
    (folders[1] / "a.txt").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(EvaluationInvalid, match=r"a\.txt: is not text"):
        read_set(*folders, 2)


def test_a_mark_at_the_beginning_of_the_file_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf0 0.5 0.5 0.2 0.2\r\n")
    assert 1 == len(read_labels(path, 1))


def test_all_faults_are_listed_at_once(folders: tuple[Path, Path]) -> None:
    (folders[0] / "b.jpg").write_text("no picture")
    (folders[0] / "c.jpg").touch()
    found = faults_of(folders, "9 0.5 0.5 0.5 0.5\n0 1")
    assert [
        f"{folders[0] / 'b.jpg'}: is not a picture that can be read",
        f"{folders[0] / 'c.jpg'}: is not a picture that can be read",
    ] == list(found[:2])
    assert 4 == len(found)


def test_more_faults_than_can_be_read_are_counted() -> None:
    text = str(EvaluationInvalid([f"fault {n}" for n in range(SHOWN_AT_MOST + 7)]))
    assert text.endswith(f"fault {SHOWN_AT_MOST - 1}\nand 7 more")


def test_missing_folders_and_a_folder_without_pictures(folders: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="no such folder") as told:
        read_set(tmp_path / "x", tmp_path / "y", 1)
    assert 2 == len(told.value.faults)
    with pytest.raises(EvaluationInvalid, match="no pictures; wanted files ending in"):
        read_set(folders[1], folders[1], 1)
