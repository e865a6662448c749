"""Set the crop net's operating points on validation pictures and measure it there.

    python -m models.train.evaluate --data DATA_DIR --set PREPARED_DIR [--input-px 320]

Writes ``models/cards/crop.figures.json``; ``models.train.publish`` puts its operating points in the catalogue. The two
test sets are measured by ``congvu eval detect`` afterwards, with the published net.

Everything that is set (calibration, scores) is set once on all validation rows, for the catalogue, and once for each
of four folds on the three others, for the figures: no figure here is taken on rows that set its own thresholds.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from models.catalog import ModelEntry, load_catalog
from models.evaluate.concepts import Task
from models.evaluate.matching import Found, Pair, Truth
from models.evaluate.persons import SHARES, Judged, person_figures
from models.evaluate.ranking import box_figures, rank
from models.evaluate.report import number, pair
from models.train import calibrate
from models.train.crops import Image
from models.train.fetch import WEIGHTS_DIR, write_atomically
from models.train.operating import (
    CARD,
    CIGARETTE,
    LANYARD,
    Bools,
    Floats,
    Points,
    floor_px,
    probabilities,
    recall_by_size,
    set_points,
    worn_probability,
)
from models.train.prepared import truth_of
from models.train.validation import FOLDS, SMOKELESS, STOCK, Row, calibrated, rows_of, validation_pictures
from vision.detection.closelook import ITEM_SCORE_MIN, OpenVinoLooker
from vision.detection.net import decode_boxes
from vision.detection.openvino import OpenVinoDetector, OpenVinoNet
from vision.observation.badge import observe_badge
from vision.observation.smoking import observe_smoking
from vision.observation.thresholds import badge_params, smoking_params
from vision.types import Answer, Observation, PlaceId, Subject

FIGURES = WEIGHTS_DIR.parent / "cards" / "crop.figures.json"
NAMES = ["card", "lanyard", "cigarette"]
CARD_SIZES = (6, 8, 10, 12, 14, 17, 20, 24, 30, 40)
CIGARETTE_SIZES = (6, 8, 10, 13, 16, 20, 26, 34, 44)
Look = tuple[Image, Truth]


class CropNet:
    """The exported graph on square looks; scores calibrated."""

    def __init__(self, net: OpenVinoNet, points: Points) -> None:
        self._net, self._points = net, points

    def __call__(self, crop: Image) -> Found:
        """Detections of one square look, (N, 4) in fractions of it."""
        side = self._net.input_px[0]
        how = cv2.INTER_AREA if crop.shape[0] > side else cv2.INTER_LINEAR
        raw = self._net.infer(np.asarray(cv2.resize(crop, (side, side), interpolation=how), np.uint8))
        xyxy, score, class_id = decode_boxes(raw, score_min=ITEM_SCORE_MIN, iou_max=0.5)
        turned = self._net.entry.calibrated(score, class_id, self._points.calibration)
        return Found(xyxy.astype(np.float64) / side, turned.astype(np.float64), class_id)


def prepared_looks(folder: Path) -> dict[str, list[Look]]:
    """Validation looks of a prepared set, by source."""
    looks: dict[str, list[Look]] = defaultdict(list)
    for path in sorted((folder / "images" / "val").iterdir()):
        image = cv2.imread(str(path))
        if image is not None:
            looks[path.name.split("__")[0]].append((np.asarray(image, np.uint8), truth_of(path)))
    return looks


def judged(rows: Sequence[Row], entry: ModelEntry, task: Task) -> list[tuple[Row, Judged]]:
    """Answer each row as the runtime does with an entry's points; rows whose truth is not known are left out."""
    badge, smoking = badge_params(entry), smoking_params(entry)
    told = []
    for row in rows:
        truth = row.badge if task is Task.BADGE else row.smoking
        if truth is None:
            continue
        look = calibrated(row.look, entry, dict(entry.calibration))
        subject = Subject(look.track.camera_id, look.track.run_id, PlaceId(""))
        answer: Observation = (
            observe_badge(look, subject, badge)
            if task is Task.BADGE
            else observe_smoking(look, subject, smoking, everybody=row.everybody)
        )
        told.append((row, Judged(truth, answer.answer, answer.why)))
    return told


Fold = tuple[list[Row], Points]
"""Rows, and points that were set on all others."""


def folds_of(rows: Sequence[Row]) -> list[Fold]:
    """The rows of each fold with the points that the other folds give."""
    return [
        ([row for row in rows if row.fold == fold], set_points([row for row in rows if row.fold != fold]))
        for fold in range(FOLDS)
    ]


def crossed(folds: Sequence[Fold], crop: ModelEntry, floors: dict[str, float], task: Task) -> list[tuple[Row, Judged]]:
    """Answer the rows of each fold with its points."""
    return [each for rows, points in folds for each in judged(rows, points.entry(crop, floors), task)]


def answers(told: Sequence[tuple[Row, Judged]], task: Task) -> dict[str, Any]:
    """Figures of the three answers over some rows."""
    pictures: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for row, each in told:
        pictures[row.source, row.picture].append(each)
    if not pictures:
        return {"looks": 0}
    found = person_figures(task, list(pictures.values()))
    return {
        "looks": found.looks,
        **{name: number(found.shares[name]) for name in SHARES},
        "intervals": {name: pair(found.intervals[name]) for name in SHARES},
        "answers": found.answers,
        "false_alarms": found.false_alarms,
        "accusable": found.accusable,
        "unknown_reasons": found.unknown_reasons,
    }


def by_source(told: Sequence[tuple[Row, Judged]], task: Task) -> dict[str, Any]:
    """The same per source, and for the pools that the issue names."""
    names = sorted({row.source for row, _ in told})
    found = {name: answers([each for each in told if each[0].source == name], task) for name in names}
    found["all"] = answers(told, task)
    if task is Task.BADGE:
        found["stock (smartcampus, voltix, kp)"] = answers([e for e in told if e[0].source in STOCK], task)
    else:
        found["not smoking: badge sets, drinkers"] = answers([e for e in told if e[0].source in SMOKELESS], task)
    return found


def reliability(folds: Sequence[Fold]) -> dict[str, Any]:
    """Said and so, by question and for the net, each fold with the calibration of the others.

    Looks that saw nothing say nothing. The net's own is of all its classes: what each look says of each of them.
    """
    found: dict[str, Any] = {"net": diagram(*_of_net(folds))}
    for question in ("smoking", "badge"):
        said: list[float] = []
        so: list[bool] = []
        classes = (CIGARETTE,) if question == "smoking" else (CARD, LANYARD)
        for rows, points in folds:
            asked = [
                row for row in rows if getattr(row, question) is not None and any(row.best(kind) for kind in classes)
            ]
            if question == "smoking":
                said += probabilities(asked, points.calibration["cigarette"], CIGARETTE).tolist()
            else:
                said += worn_probability(asked, points.calibration).tolist()
            so += [getattr(row, question) is Answer.YES for row in asked]
        found[question] = diagram(said, so)
    return found


def _of_net(folds: Sequence[Fold]) -> tuple[list[float], list[bool]]:
    said: list[float] = []
    so: list[bool] = []
    for rows, points in folds:
        for class_id, name in enumerate(NAMES):
            seen = [row for row in rows if row.best(class_id) > 0 and row.shows(class_id) is not None]
            said += probabilities(seen, points.calibration[name], class_id).tolist()
            so += [bool(row.shows(class_id)) for row in seen]
    return said, so


def diagram(said: Sequence[float] | Floats, so: Sequence[bool] | Bools) -> dict[str, Any]:
    """A reliability diagram with its error, and the errors that luck alone would give."""
    bins = calibrate.reliability(np.asarray(said, np.float64), np.asarray(so, np.bool_))
    return {
        "ece": number(calibrate.calibration_error(bins)),
        "ece_by_chance": [round(value, 4) for value in calibrate.error_by_chance(bins)],
        "looks": len(so),
        "bins": [[round(b.said, 4), round(b.was_so, 4), b.count] for b in bins],
    }


def boxes(pairs: Sequence[Pair], points: Points) -> dict[str, Any]:
    """Box figures per class of one source's looks."""
    found: dict[str, Any] = {"looks": len(pairs)}
    for class_id, name in enumerate(NAMES):
        count = sum(int((truth.class_id == class_id).sum()) for _, truth in pairs)
        score = points.yes_score[name]
        if count == 0:
            alarms = sum(each.best((class_id,)) >= score for each, _ in pairs)
            found[name] = {"n": 0, "looks_with_false_yes": int(alarms)}
            continue
        figures = box_figures(rank(pairs, class_id), score)
        found[name] = {
            "n": count,
            **{key: number(getattr(figures, key)) for key in ("p", "r", "ap50", "ap50_95")},
            "intervals": {key: pair(interval) for key, interval in figures.intervals.items()},
        }
    return found


def pr_curve(pairs: Sequence[Pair], class_id: int) -> list[list[float]]:
    """Recall and precision along the scores, thinned to at most 200 points."""
    ranking = rank(pairs, class_id)
    right = ranking.is_hit[:, 0].cumsum()
    recall = right / max(1, int(ranking.true.sum()))
    precision = right / np.arange(1, len(right) + 1)
    chosen = np.unique(np.linspace(0, max(0, len(right) - 1), min(200, len(right))).astype(int)).tolist()
    return [[round(float(recall[i]), 4), round(float(precision[i]), 4)] for i in chosen]


def floors_of(looks: Sequence[Look], net: CropNet, points: Points) -> tuple[dict[str, float], dict[str, Any]]:
    """Floors, and the tables they were read from."""
    cards = [look for look in looks if look[1].has((CARD,))]
    lit = [look for look in looks if look[1].has((CIGARETTE,))]
    by_card = recall_by_size(cards, net, CARD, CARD_SIZES, points.yes_score["card"])
    by_length = recall_by_size(lit, net, CIGARETTE, CIGARETTE_SIZES, points.yes_score["cigarette"])
    floors = {"card_width": float(floor_px(by_card)), "cigarette_length": float(floor_px(by_length))}
    return floors, {"card_width_px": by_card, "cigarette_length_px": by_length}


def evaluate(data: Path, folder: Path, graph: Path, input_px: int) -> dict[str, Any]:
    """All figures, as they are written to the file."""
    catalog = load_catalog()
    crop = replace(catalog["crop"].with_graph(graph), input_px=(input_px, input_px))
    net = OpenVinoNet(crop, threads=2)
    looker = OpenVinoLooker(OpenVinoNet(catalog["pose"], threads=2), net)
    detector = OpenVinoDetector(catalog["person"], keep_classes=["person"], threads=2)
    rows = rows_of(validation_pictures(data), detector, looker)
    points = set_points(rows)
    crop_net = CropNet(net, points)
    looks = prepared_looks(folder)
    pairs = {
        source: [(crop_net(image), truth) for image, truth in track(some, source)] for source, some in looks.items()
    }
    real = [pair for source, some in pairs.items() if source != "composite" for pair in some]
    floors, by_size = floors_of(
        [look for s, some in looks.items() if s != "composite" for look in some], crop_net, points
    )
    folds = folds_of(rows)
    worn, lit = (crossed(folds, crop, floors, task) for task in (Task.BADGE, Task.SMOKING))
    return {
        "input_px": input_px,
        "weights_sha256": crop.weights_sha256,
        "operating_points": {
            "yes_score": points.yes_score,
            "no_score": points.no_score,
            "floor_px": floors,
            "base_rate": points.base_rate,
            "calibration": {name: c.values for name, c in points.calibration.items()},
        },
        "recall_by_size": by_size,
        "reliability": reliability(folds),
        "boxes": {**{s: boxes(some, points) for s, some in sorted(pairs.items())}, "all real": boxes(real, points)},
        "pr": {
            name: pr_curve(real, class_id)
            for class_id, name in ((CARD, "card"), (LANYARD, "lanyard"), (CIGARETTE, "cigarette"))
        },
        "badge": by_source(worn, Task.BADGE),
        "smoking": by_source(lit, Task.SMOKING),
    }


def main() -> None:
    """Evaluate and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds smoking/, badge/ and alcohol/")
    parser.add_argument("--set", type=Path, required=True, help="what models.train.prepare wrote")
    parser.add_argument("--graph", type=Path, default=WEIGHTS_DIR / "crop.xml")
    parser.add_argument("--input-px", type=int, default=320)
    parser.add_argument("--out", type=Path, default=FIGURES)
    asked = parser.parse_args()
    written = evaluate(asked.data, asked.set, asked.graph, asked.input_px)
    write_atomically(asked.out, (json.dumps(written, ensure_ascii=False) + "\n").encode())
    print(json.dumps(written["operating_points"], indent=1))


if __name__ == "__main__":
    main()
