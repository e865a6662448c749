"""A whole evaluation on drawn pictures, with nets that see what they are told to."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from rich.console import Console

from models.evaluate.concepts import Concept, Task, read_class_names
from models.evaluate.detect import Result, evaluate
from models.evaluate.errors import EvaluationInvalid
from models.evaluate.examine import BoxExaminer, PersonExaminer
from models.evaluate.labelled import read_set
from models.evaluate.looking import Eye, frame_of, in_front_of, judge_of, look_at, whole
from models.evaluate.plots import curve, write_plots
from models.evaluate.report import detect_report
from tests.nets import Seen, ToldDetector, ToldLooker, entry
from vision.observation import body
from vision.types import Box, FloatArray

CROP = entry("crop", ("card", "lanyard", "cigarette"), yes_score={"card": 0.5, "lanyard": 0.5, "cigarette": 0.5})
FRAME = entry("frame", ("person",))
CARD, LANYARD, CIGARETTE = 0, 1, 2
LEFT: Box = (100, 50, 300, 450)
RIGHT: Box = (400, 50, 600, 450)
SIZE_PX = (640, 480)
"""Width and height of the pictures."""


def front(x: float = 200) -> FloatArray:
    """Somebody who faces the camera, 100 px between the shoulders, the middle at ``x``."""
    points = np.zeros((17, 3), np.float32)
    places = {
        body.NOSE: (0, 110), body.LEFT_EYE: (12, 98), body.RIGHT_EYE: (-12, 98), body.LEFT_SHOULDER: (50, 170),
        body.RIGHT_SHOULDER: (-50, 170), body.LEFT_WRIST: (70, 350), body.RIGHT_WRIST: (-70, 350),
        body.LEFT_HIP: (35, 330), body.RIGHT_HIP: (-35, 330),
    }  # fmt: skip
    for index, (from_middle, y) in places.items():
        points[index] = (x + from_middle, y, 0.9)
    return points


ON_CHEST: Box = (185, 240, 215, 280)
IN_HAND: Box = (262, 345, 290, 352)


def labelled(tmp_path: Path, *pictures: list[tuple[int, Box]]) -> tuple[Path, Path]:
    """Grey pictures with these true boxes, in pixels."""
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.mkdir()
    labels.mkdir()
    width, height = SIZE_PX
    for number, rows in enumerate(pictures):
        cv2.imwrite(str(images / f"{number}.png"), np.full((height, width, 3), 90, np.uint8))
        lines = [
            f"{kind} {(x0 + x1) / 2 / width} {(y0 + y1) / 2 / height} {(x1 - x0) / width} {(y1 - y0) / height}"
            for kind, (x0, y0, x1, y1) in rows
        ]
        (labels / f"{number}.txt").write_text("\n".join(lines))
    return images, labels


def run(task: Task, classes: str, folders: tuple[Path, Path], *, persons: list[Seen], things: list[Seen]) -> Result:
    names = read_class_names(task, classes)
    eye = Eye(ToldDetector(("person",), persons), ToldLooker(things, front()), 0.25, CROP, judge_of(task, CROP))
    pictures = read_set(*folders, len(names.names))
    return evaluate(pictures, PersonExaminer(eye, names), names, console=Console(file=io.StringIO()))


def run_boxes(
    task: Task, classes: str, folders: tuple[Path, Path], *, net: tuple[str, ...], seen: list[Seen]
) -> Result:
    names = read_class_names(task, classes)
    examiner = BoxExaminer(ToldDetector(net, seen), entry("frame", net), names)
    pictures = read_set(*folders, len(names.names))
    return evaluate(pictures, examiner, names, console=Console(file=io.StringIO()))


def report(result: Result) -> dict[str, Any]:
    return detect_report(result, [FRAME, CROP])


def test_the_shape_of_the_report_is_the_one_agreed_upon(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, ON_CHEST), (1, LEFT)], [])
    (folders[1] / "1.txt").unlink()
    told = report(
        run(Task.BADGE, "ID card,Person,dog", folders, persons=[(0, 0.9, LEFT)], things=[(CARD, 0.8, ON_CHEST)])
    )
    assert ("badge", 2, 1, ["dog"]) == (told["task"], told["images"], told["unlabelled"], told["ignored_classes"])
    assert ["ID card", "Person"] == list(told["classes"])
    assert {"n", "p", "r", "ap50", "ap50_95"} <= set(told["classes"]["ID card"])
    wanted = {"looks", "decided", "no_precision", "no_recall", "yes_precision", "yes_recall"}
    assert wanted <= set(told["persons"])
    assert {"frame": "sha256-of-frame", "crop": "sha256-of-crop"} == told["nets"]


def test_a_card_found_in_one_of_two_pictures_that_show_it(tmp_path: Path) -> None:
    """The net sees a card at the same place in both pictures; in the second the true one hangs elsewhere."""
    elsewhere: Box = (185, 300, 215, 340)
    folders = labelled(tmp_path, [(0, ON_CHEST)], [(0, elsewhere)])
    told = report(run(Task.BADGE, "card", folders, persons=[(0, 0.9, LEFT)], things=[(CARD, 0.8, ON_CHEST)]))
    row = told["classes"]["card"]
    assert (2, 0.5, 0.5, 0.5) == (row["n"], row["score"], row["p"], row["r"])
    # both wear a card, and both were said to
    assert (2, 1.0, 1.0, None) == tuple(
        told["persons"][key] for key in ("looks", "yes_precision", "yes_recall", "no_precision")
    )


def test_p_and_r_stand_at_the_catalogues_score_and_ap_at_all_scores(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, ON_CHEST)])
    told = report(run(Task.BADGE, "card", folders, persons=[(0, 0.9, LEFT)], things=[(CARD, 0.4, ON_CHEST)]))
    row = told["classes"]["card"]
    assert (None, 0.0, 1.0) == (row["p"], row["r"], row["ap50"])
    assert {"unsure": 1} == told["persons"]["unknown_reasons"]


def test_where_nobody_is_found_the_picture_is_looked_at_as_one_person(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, ON_CHEST)])
    told = report(run(Task.BADGE, "card", folders, persons=[(0, 0.2, LEFT)], things=[(CARD, 0.8, ON_CHEST)]))
    assert (1.0, 1, 1.0) == (told["classes"]["card"]["r"], told["persons"]["looks"], told["persons"]["yes_recall"])


def test_labelled_persons_are_asked_about_even_where_the_detector_misses_them(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, LEFT), (0, RIGHT), (1, ON_CHEST)])
    told = report(run(Task.BADGE, "person,card", folders, persons=[(0, 0.9, RIGHT)], things=[(CARD, 0.8, ON_CHEST)]))
    persons = told["persons"]
    assert (2, 2, 1) == (persons["looks"], persons["labelled"], persons["persons_found"])
    # the runtime looks only at whom it finds: no box of the card
    assert (0.0, 1.0) == (told["classes"]["card"]["r"], persons["yes_recall"])
    assert (1.0, 0.5) == (told["classes"]["person"]["p"], told["classes"]["person"]["r"])


def test_the_same_card_seen_in_two_looks_is_one_box(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, ON_CHEST)])
    both: list[Seen] = [(0, 0.9, LEFT), (0, 0.8, (110, 60, 310, 460))]
    told = report(run(Task.BADGE, "card", folders, persons=both, things=[(CARD, 0.8, ON_CHEST)]))
    assert 1.0 == told["classes"]["card"]["p"]


def test_a_wearer_called_bare_is_a_false_alarm(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, ON_CHEST)], [])
    told = report(run(Task.BADGE, "card", folders, persons=[(0, 0.9, LEFT)], things=[]))
    assert (0.5, 0.5, 1.0) == (
        told["false_alarms_per_image"],
        told["persons"]["no_precision"],
        told["persons"]["no_recall"],
    )


def test_somebody_called_a_smoker_who_is_none_is_a_false_alarm(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(1, LEFT)], [(0, IN_HAND), (1, LEFT)])
    told = report(
        run(Task.SMOKING, "cig,person", folders, persons=[(0, 0.9, LEFT)], things=[(CIGARETTE, 0.9, IN_HAND)])
    )
    assert (0.5, 0.5, 1.0) == (
        told["false_alarms_per_image"],
        told["persons"]["yes_precision"],
        told["persons"]["yes_recall"],
    )


def test_a_vaper_is_left_out_and_the_name_is_told(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, LEFT), (1, IN_HAND)])
    told = report(run(Task.SMOKING, "person,Vape,cigarette", folders, persons=[(0, 0.9, LEFT)], things=[]))
    assert (["Vape"], 0, 1) == (told["ignore_regions"], told["persons"]["looks"], told["persons"]["left_out"])
    assert ["person", "cigarette"] == list(told["classes"])


def test_no_net_draws_boxes_of_bare_chests_or_smokers(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, LEFT)])
    told = report(run(Task.SMOKING, "smoking", folders, persons=[(0, 0.9, LEFT)], things=[(CIGARETTE, 0.9, IN_HAND)]))
    row = told["classes"]["smoking"]
    assert (1, None, None) == (row["n"], row["p"], row["ap50"])
    assert (1, 1.0) == (told["persons"]["looks"], told["persons"]["yes_recall"])


def test_two_names_for_one_thing_do_not_spoil_each_other(tmp_path: Path) -> None:
    other: Box = (220, 240, 250, 280)
    folders = labelled(tmp_path, [(0, ON_CHEST), (1, other)])
    things: list[Seen] = [(CARD, 0.8, ON_CHEST), (CARD, 0.9, other)]
    told = report(run(Task.BADGE, "badge,id_card", folders, persons=[(0, 0.9, LEFT)], things=things))
    for name in ("badge", "id_card"):
        row = told["classes"][name]
        assert (1, 1.0, 1.0, 1.0) == (row["n"], row["p"], row["r"], row["ap50"])


def test_bottles_cans_and_glasses_by_whatever_the_net_calls_them(tmp_path: Path) -> None:
    glass: Box = (100, 100, 140, 180)
    folders = labelled(tmp_path, [(0, glass), (1, (300, 100, 340, 180))])
    seen: list[Seen] = [(2, 0.9, glass), (1, 0.8, glass), (0, 0.5, (500, 300, 540, 400)), (0, 0.1, (10, 10, 40, 40))]
    told = report(
        run_boxes(Task.ALCOHOL, "cup,beer_can,beer bottle", folders, net=("bottle", "wine glass", "cup"), seen=seen)
    )
    # wine glass and cup at the same place are one glass
    assert (1.0, 1.0) == (told["classes"]["cup"]["p"], told["classes"]["cup"]["r"])
    # the net knows no cans
    assert (None, 0.0, 0.0) == tuple(told["classes"]["beer_can"][key] for key in ("p", "r", "ap50"))
    assert (0, 0.0, None) == tuple(told["classes"]["beer bottle"][key] for key in ("n", "p", "r"))
    assert 1.0 == told["false_alarms_per_image"]
    assert (0, None) == (told["persons"]["looks"], told["persons"]["decided"])


def test_what_the_set_does_not_label_is_no_false_alarm(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [])
    told = report(run_boxes(Task.ALCOHOL, "can", folders, net=("bottle", "can"), seen=[(0, 0.9, (100, 100, 140, 180))]))
    assert 0.0 == told["false_alarms_per_image"]


def test_persons_at_the_operating_score(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, LEFT), (0, RIGHT)])
    seen: list[Seen] = [(0, 0.9, LEFT), (0, 0.2, RIGHT), (0, 0.3, (10, 10, 60, 60))]
    told = report(run_boxes(Task.PERSON, "people", folders, net=("person",), seen=seen))
    row = told["classes"]["people"]
    assert (0.25, 0.5, 0.5, 0.8333) == (row["score"], row["p"], row["r"], row["ap50"])
    assert 1.0 == told["false_alarms_per_image"]


def test_those_in_front_are_others_who_stand_lower() -> None:
    detected = np.array([[100, 50, 300, 452], [150, 200, 350, 470], [400, 0, 500, 100]], np.float64)
    assert [(150, 200, 350, 470)] == in_front_of(LEFT, detected)


def test_the_whole_picture_is_one_box() -> None:
    frame = frame_of(np.zeros((20, 40, 3), np.uint8))
    looker = ToldLooker([], front())
    look_at(Eye(ToldDetector(("person",), []), looker, 0.25, CROP, judge_of(Task.BADGE, CROP)), frame, whole(frame))
    assert [(0, 0, 40, 20)] == looker.looked_at


def test_a_picture_that_vanished_is_named(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [])
    (picture,) = read_set(*folders, 1)
    picture.path.write_text("no longer a picture")
    with pytest.raises(EvaluationInvalid, match=r"0\.png: is not a picture that can be read"):
        picture.read()


def test_plots_are_drawn_as_svg(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, ON_CHEST), (1, LEFT)], [])
    result = run(Task.BADGE, "card,person", folders, persons=[(0, 0.9, LEFT)], things=[(CARD, 0.8, ON_CHEST)])
    paths = write_plots(result, tmp_path / "plots")
    assert ["precision-recall.svg", "persons.svg"] == [path.name for path in paths]
    words = ["".join(ET.parse(path).getroot().itertext()) for path in paths]
    assert "card" in words[0] and "yes recall" in words[1]


def test_plots_of_nothing_found_are_drawn_too(tmp_path: Path) -> None:
    result = run_boxes(Task.ALCOHOL, "can", labelled(tmp_path, []), net=("bottle",), seen=[])
    (path,) = write_plots(result, tmp_path / "plots")
    assert "alcohol" in "".join(ET.parse(path).getroot().itertext())


def test_a_plot_folder_that_cannot_be(tmp_path: Path) -> None:
    result = run_boxes(Task.ALCOHOL, "can", labelled(tmp_path, []), net=("can",), seen=[])
    (tmp_path / "plots").write_text("a file where the folder should be")
    with pytest.raises(EvaluationInvalid, match="cannot be written"):
        write_plots(result, tmp_path / "plots")


def test_the_curve_ends_where_all_boxes_are_counted(tmp_path: Path) -> None:
    folders = labelled(tmp_path, [(0, LEFT), (0, RIGHT)])
    seen: list[Seen] = [(0, 0.9, LEFT), (0, 0.3, (10, 10, 60, 60))]
    (people,) = run_boxes(Task.PERSON, "people", folders, net=("person",), seen=seen).classes
    assert people.ranking is not None
    points = [(point["recall"], point["precision"]) for point in curve(people.ranking)]
    assert [(0.5, 1.0), (0.5, 0.5)] == points
    assert Concept.PERSON is people.concept
