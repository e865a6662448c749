"""Set the vessel net's scores on validation pictures; measure it on pictures that set nothing, beside the stock net.

    python -m models.train.evaluate_vessel --data DATA_DIR --set PREPARED_DIR [--graph XML]

Writes ``models/cards/vessel.figures.json``. Boxes are found in whole pictures at 640 px. The answers are the runtime's
own, person by person, of the test pictures: at labelled drinkers, and at people of sets in which nobody drinks.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from models.catalog import Calibration, ModelEntry, load_catalog
from models.evaluate.intervals import of_share
from models.evaluate.looking import SUBJECT, frame_of
from models.evaluate.matching import Floats, Found, Pair
from models.evaluate.ranking import box_figures, rank
from models.evaluate.report import number, pair
from models.train import calibrate, sources
from models.train.evaluate import diagram
from models.train.evaluate_frame import lowest_score, pairs_of, quiet_score
from models.train.fetch import WEIGHTS_DIR, write_atomically
from models.train.operating import floor_px, recall_by_size
from models.train.prepared import truth_of
from models.train.validation import PERSON_SCORE
from models.train.vessels import BOTTLE, CAN, CLASSES, GLASS, pictures
from vision.detection.closelook import OpenVinoLooker
from vision.detection.openvino import OpenVinoDetector, OpenVinoNet
from vision.detection.vessels import NEAR_PX, VesselLooker
from vision.observation.alcohol import observe_alcohol
from vision.observation.thresholds import alcohol_params
from vision.types import Answer, Image, TrackKey

FIGURES = WEIGHTS_DIR.parent / "cards" / "vessel.figures.json"
SCORE_MIN = 0.01
PRECISION = 0.5
BEER, DRINKER = "heineken_binh", 2
"""``drinker`` is class 2 of that set's ``classes.txt``."""
STOCK_SCORE = 0.25
OF_STOCK = {39: BOTTLE, 40: GLASS, 41: GLASS}
ALIKE = (BOTTLE, CAN)
INPUT_PX = (384, 640)
WIDTHS = (6, 8, 10, 13, 16, 20, 26, 34, 44)
WHOLE_TEST = "test/*__0.jpg"
"""Of each picture the first look is the whole of it."""


def points_of(pairs: dict[str, list[Pair]]) -> dict[str, Any]:
    """Calibration and scores, set on validation pictures.

    A score is the lowest from which every other box is right and which next to no picture without vessels reaches. Half
    is enough where beer stands everywhere: what is wrong there is mostly a can beside the labelled one. Who does not
    drink is protected by the second condition. A can taken for a bottle is right: the rule asks for either.
    """
    others = [each for source, some in pairs.items() if source != BEER for each in some]
    calibration: dict[str, tuple[float, ...]] = {}
    yes_score: dict[str, float] = {}
    for class_id, name in enumerate(CLASSES):
        ranking = rank(either(pairs[BEER], class_id), class_id)
        fitted = calibrate.fit(ranking.score, ranking.is_hit[:, 0])
        own = max(lowest_score(ranking, PRECISION), quiet_score(others, class_id, range(len(CLASSES))))
        calibration[name] = fitted.values
        yes_score[name] = round(float(fitted.probability(np.array([own]))[0]), 3)
    return {"yes_score": yes_score, "calibration": calibration}


def either(pairs: Sequence[Pair], class_id: int) -> list[Pair]:
    """The same where what is a bottle or a can is of the class asked for, if that is one of the two."""
    if class_id not in ALIKE:
        return list(pairs)
    return [
        (found, replace(truth, class_id=np.where(np.isin(truth.class_id, ALIKE), class_id, truth.class_id)))
        for found, truth in pairs
    ]


def reliability(pairs: Sequence[Pair], calibration: dict[str, tuple[float, ...]]) -> dict[str, Any]:
    """Said and so of the boxes of bottles and cans in pictures that the calibration was not fitted on."""
    said, so = [], []
    for class_id in (BOTTLE, CAN):
        ranking = rank(either(pairs, class_id), class_id)
        said.append(Calibration(*calibration[CLASSES[class_id]]).probability(ranking.score))
        so.append(ranking.is_hit[:, 0])
    return diagram(np.concatenate(said), np.concatenate(so))


def boxes(pairs: Sequence[Pair], scores: dict[str, float]) -> dict[str, Any]:
    """Figures per class; scores are the net's own."""
    found: dict[str, Any] = {"pictures": len(pairs)}
    for class_id, name in enumerate(CLASSES):
        ranking = rank(pairs, class_id)
        figures = box_figures(ranking, scores[name])
        told = {key: number(getattr(figures, key)) for key in ("p", "r", "ap50", "ap50_95")}
        intervals = {key: pair(interval) for key, interval in figures.intervals.items()}
        found[name] = {
            "n": int(ranking.true.sum()),
            **told,
            "intervals": intervals,
            "pictures_with_false": int((ranking.false_of_pictures(scores[name]) > 0).sum()),
        }
    return found


def floor_of(folder: Path, net: OpenVinoNet, points: dict[str, Any]) -> tuple[float, list[tuple[int, float, int]]]:
    """Below which width cans are missed, and the table that it was read from."""
    looks = []
    for path in sorted((folder / "images" / "val").glob(f"{BEER}__*.jpg")):
        truth, image = truth_of(path), cv2.imread(str(path))
        if truth.has((CAN,)) and image is not None:
            looks.append((np.asarray(image, np.uint8), replace(truth, class_id=np.where(truth.class_id == CAN, 0, 9))))
    detector = OpenVinoDetector(net.entry, score_min=SCORE_MIN, input_px=(640, 640), threads=2)

    def detect(image: Image) -> Found:
        seen = detector.detect([frame_of(image)])[0].of_class(CAN)
        return Found(seen.xyxy_px.astype(np.float64), seen.score.astype(np.float64), np.zeros(len(seen), np.int64))

    # class 0 is what is sized by its width
    table = recall_by_size(looks, detect, 0, WIDTHS, _own_score(points, "can"))
    return float(floor_px(table)), table


def _own_score(points: dict[str, Any], name: str) -> float:
    """The net's own score that a calibrated one stands for."""
    own = np.linspace(SCORE_MIN, 1.0, 10_000)
    turned = Calibration(*points["calibration"][name]).probability(own)
    return float(own[min(np.searchsorted(turned, points["yes_score"][name]), len(own) - 1)])


def looked_at(data: Path, detector: OpenVinoDetector) -> Iterator[tuple[str, Image, Floats, Floats]]:
    """Source, picture, persons and labelled vessels (N, 4 in pixels) of every test picture."""
    for path, source, side, rows in track(list(pictures(data)), "persons"):
        image = cv2.imread(str(path)) if side == "test" else None
        if image is None:
            continue
        pixels = np.asarray(image, np.uint8)
        size = np.array([pixels.shape[1], pixels.shape[0]] * 2, np.float64)
        if source == BEER:
            truth = sources.yolo_rows(sources.label_of(path))
            persons = np.array([box for kind, box in truth if kind == DRINKER], np.float64).reshape(-1, 4) * size
        else:
            found = detector.detect([frame_of(pixels)])[0]
            persons = found.xyxy_px[found.score >= PERSON_SCORE].astype(np.float64)
        yield source, pixels, persons, np.array([box for _, box in rows], np.float64).reshape(-1, 4) * size


def answers(data: Path, detector: OpenVinoDetector, looker: VesselLooker, vessel: ModelEntry) -> dict[str, Any]:
    """How often a look says yes, by source; of drinkers only those in whose box a bottle or can is labelled."""
    params, told = alcohol_params(vessel), defaultdict[str, list[Answer]](list)
    for source, image, persons, vessels in looked_at(data, detector):
        frame = frame_of(image)
        keys = [
            (TrackKey(frame.camera_id, frame.run_id, i), (float(b[0]), float(b[1]), float(b[2]), float(b[3])))
            for i, b in enumerate(persons)
        ]
        looks = looker.look(frame, keys)
        for look in looks:
            left, top, right, bottom = look.person_px
            middles = (vessels[:, :2] + vessels[:, 2:]) / 2
            holds = ((middles >= (left, top)) & (middles <= (right, bottom))).all(axis=1).any()
            if source != BEER or holds:
                told[source].append(observe_alcohol(look, SUBJECT, params, everybody=looks).answer)
    return {source: _shares(some) for source, some in sorted(told.items())}


def _shares(told: Sequence[Answer]) -> dict[str, Any]:
    yes = sum(answer is Answer.YES for answer in told)
    unknown = sum(answer is Answer.UNKNOWN for answer in told)
    return {"looks": len(told), "yes": yes, "unknown": unknown, "yes_interval": pair(of_share(yes, len(told), None))}


def evaluate(data: Path, folder: Path, graph: Path) -> dict[str, Any]:
    """All figures, as they are written to the file."""
    catalog = load_catalog()
    bare = replace(catalog["person"].with_graph(graph), classes=CLASSES, input_px=INPUT_PX)
    stock_class = np.full(len(catalog["person"].classes), -1, np.int64)
    stock_class[list(OF_STOCK)] = list(OF_STOCK.values())
    ours = OpenVinoDetector(bare, score_min=SCORE_MIN, threads=2)
    stock = OpenVinoDetector(catalog["person"], score_min=SCORE_MIN, threads=2)
    known = np.arange(len(CLASSES))
    points = points_of(pairs_of(folder, ours, known, "val/*__0.jpg"))
    floor, by_width = floor_of(folder, OpenVinoNet(bare, input_px=(640, 640), threads=2), points)
    points["floor_px"] = {"can_width": floor}
    test, of_stock = pairs_of(folder, ours, known, WHOLE_TEST), pairs_of(folder, stock, stock_class, WHOLE_TEST)
    scores = {name: _own_score(points, name) for name in CLASSES}
    calibration = {name: Calibration(*values) for name, values in points["calibration"].items()}
    entry = replace(bare, yes_score=points["yes_score"], floor_px=points["floor_px"], calibration=calibration)
    looker = VesselLooker(
        OpenVinoLooker(OpenVinoNet(catalog["pose"], threads=2), OpenVinoNet(catalog["crop"], threads=2)),
        OpenVinoNet(entry, input_px=NEAR_PX, threads=2),
    )
    persons = OpenVinoDetector(catalog["person"], keep_classes=["person"], threads=2)
    return {
        "weights_sha256": bare.weights_sha256,
        "operating_points": points,
        "recall_by_size": {"can_width_px": by_width},
        "reliability": {"boxes of bottles and cans": reliability(test[BEER], points["calibration"])},
        "boxes": {source: boxes(some, scores) for source, some in sorted(test.items())},
        "stock": {
            source: boxes(some, dict.fromkeys(CLASSES, STOCK_SCORE)) for source, some in sorted(of_stock.items())
        },
        "answers": answers(data, persons, looker, entry),
    }


def main() -> None:
    """Evaluate and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds smoking/, badge/ and alcohol/")
    parser.add_argument("--set", type=Path, required=True, help="what models.train.vessels wrote")
    parser.add_argument("--graph", type=Path, default=WEIGHTS_DIR / "vessel.xml")
    parser.add_argument("--out", type=Path, default=FIGURES)
    asked = parser.parse_args()
    written = evaluate(asked.data, asked.set, asked.graph)
    write_atomically(asked.out, (json.dumps(written) + "\n").encode())
    print(json.dumps(written["operating_points"], indent=1))


if __name__ == "__main__":
    main()
