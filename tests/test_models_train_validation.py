"""Validation rows: what is true of each person, and folds that keep near-duplicates together."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.catalog import Calibration, load_catalog
from models.train.sources import FracBox, Picture
from models.train.validation import FOLDS, calibrated, rows_of
from tests.samples import SAMPLES, sample_frame
from vision.detection.closelook import OpenVinoLooker
from vision.detection.openvino import OpenVinoDetector, OpenVinoNet
from vision.types import Answer

SIZE = np.array([1280, 720, 1280, 720])


def drawn_picture(path: Path) -> tuple[Picture, list[str]]:
    """A frame of the sample centre as a labelled picture, and who in it shows a card."""
    frame, _ = sample_frame("counter", seconds=10.0)
    cv2.imwrite(str(path), frame.image)
    truth = json.loads(gzip.decompress((SAMPLES / "truth" / "counter.boxes.json.gz").read_bytes()))
    things = truth["frames"][frame.index]
    persons = tuple(frac(of["person"]) for of in things.values())
    marks = tuple((0, frac(of["card"])) for of in things.values() if "card" in of)
    return Picture(path, "kp_stock", "val", marks, persons), [name for name, of in things.items() if "card" in of]


def frac(box: list[float]) -> FracBox:
    """Pixels of the sample clips as fractions."""
    a, b, c, d = (float(value) for value in np.array(box[:4]) / SIZE)
    return a, b, c, d


def test_each_labelled_person_is_looked_at_and_knows_its_truth(tmp_path: Path) -> None:
    catalog = load_catalog()
    detector = OpenVinoDetector(catalog["person"], keep_classes=["person"], threads=2)
    raw = replace(catalog["crop"], calibration={})
    looker = OpenVinoLooker(OpenVinoNet(catalog["pose"], threads=2), OpenVinoNet(raw, threads=2))
    picture, wearers = drawn_picture(tmp_path / "frame.png")
    rows = rows_of([picture], detector, looker)
    assert len(picture.persons or ()) == len(rows)
    assert 0 < len(wearers) == sum(row.badge is Answer.YES for row in rows)
    assert all(row.has_card == (row.badge is Answer.YES) and not row.has_lanyard for row in rows)
    assert {Answer.NO} == {row.smoking for row in rows}
    halved = calibrated(rows[0].look, raw, {"card": Calibration(1.0, -2.0)})
    mine = rows[0].look.items.class_id == 0
    assert (halved.items.score[mine] < rows[0].look.items.score[mine]).all()
    assert np.array_equal(halved.items.score[~mine], rows[0].look.items.score[~mine])


@pytest.mark.parametrize("folds", [2, FOLDS])
def test_near_duplicates_stand_in_one_fold(folds: int) -> None:
    one = Picture(Path("a.jpg"), "smoking", "val", group="g7")
    other = Picture(Path("b.jpg"), "smoking", "val", group="g7")
    assert one.fold(folds) == other.fold(folds)
    spread = [Picture(Path(f"{n}.jpg"), "smoking", "val", group=f"g{n}").fold(folds) for n in range(200)]
    assert set(range(folds)) == set(spread)
