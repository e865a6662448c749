"""Measure the crop graph: operating points and figures on validation looks, then the two test sets once.

    python -m models.train.evaluate --set PREPARED_DIR [--test DATA_DIR] [--input-px 320]

Writes ``models/cards/crop.figures.json``; ``models.train.publish`` puts its operating points in the catalog.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from models.train import sources
from models.train.crops import Image
from models.train.fetch import WEIGHTS_DIR, write_atomically
from models.train.matching import IOUS, Found, Pair, Truth, average_precision, interval, precision_recall
from models.train.operating import BADGE, floor_px, no_score, recall_by_size, yes_score
from models.train.people import People
from models.train.prepare import looks_of

FIGURES = WEIGHTS_DIR.parent / "cards" / "crop.figures.json"
NAMES = ["card", "lanyard", "cigarette"]
SWAPPED = ("smoke_b000649", "smoke_b001289", "smoke_b002234")
"""Test pictures whose labels are known to be exchanged: left out."""
CARD_SIZES = (6, 8, 10, 12, 14, 17, 20, 24, 30, 40)
CIGARETTE_SIZES = (6, 8, 10, 13, 16, 20, 26, 34, 44)
Points = dict[str, dict[str, float]]


class CropNet:
    """The exported graph, as the runtime runs it."""

    def __init__(self, graph: Path, input_px: int) -> None:
        import openvino as ov

        core = ov.Core()
        model = core.read_model(graph)
        model.reshape([1, 3, input_px, input_px])
        self._compiled: Any = core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 2})
        self._input_px = input_px

    def __call__(self, crop: Image) -> Found:
        """Detections of one square look, NMS by class at IoU .5, scores from .01."""
        side = self._input_px
        how = cv2.INTER_AREA if crop.shape[0] > side else cv2.INTER_LINEAR
        planes = cv2.resize(crop, (side, side), interpolation=how)[..., ::-1].transpose(2, 0, 1)[None]
        rows = self._compiled([np.ascontiguousarray(planes, np.float32) / np.float32(255)])[0][0].T
        class_id, score = rows[:, 4:].argmax(1), rows[:, 4:].max(1)
        kept = score >= 0.01
        rows, class_id, score = rows[kept], class_id[kept], score[kept]
        xywh = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, 2:4]], axis=1)
        chosen = cv2.dnn.NMSBoxesBatched(xywh.tolist(), score.tolist(), class_id.tolist(), 0.01, 0.5)
        order = np.asarray(chosen, np.int64).reshape(-1)
        xyxy = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)[order] / side
        return Found(xyxy.astype(np.float64), score[order].astype(np.float64), class_id[order].astype(np.int64))


def truth_of(marks: Sequence[tuple[int, sources.FracBox]]) -> Truth:
    """Marks of a look as arrays."""
    boxes = np.array([box for _, box in marks], np.float64).reshape(-1, 4)
    return Truth(boxes, np.array([kind for kind, _ in marks], np.int64))


def validation(folder: Path) -> dict[str, list[tuple[Image, Truth]]]:
    """Validation looks of a prepared set, by source."""
    looks: dict[str, list[tuple[Image, Truth]]] = defaultdict(list)
    for path in sorted((folder / "images" / "val").iterdir()):
        image = cv2.imread(str(path))
        if image is not None:
            marks = sources.yolo_rows(sources.label_of(path))
            looks[path.name.split("__")[0]].append((np.asarray(image, np.uint8), truth_of(marks)))
    return looks


def badge_test(data: Path, people: People) -> Iterator[tuple[Image, Truth]]:
    """lab271: office CCTV crops, one labelled card each, others unlabelled."""
    for path in sorted((data / "badge" / "lab271_office_cctv_test" / "images").iterdir()):
        marks = tuple((0, box) for _, box in sources.yolo_rows(sources.label_of(path)))
        image = cv2.imread(str(path))
        if image is not None:
            yield np.asarray(image, np.uint8), truth_of(marks)


def smoking_test(data: Path, people: People) -> Iterator[tuple[Image, Truth]]:
    """Phone photos of sites, cut to person crops by their labelled persons."""
    for path in sorted((data / "smoking" / "site_photos_test" / "images").rglob("*.jpg")):
        if path.stem.startswith(SWAPPED):
            continue
        rows = sources.yolo_rows(sources.label_of(path))
        marks = tuple((2, box) for kind, box in rows if kind == 0)
        persons = tuple(box for kind, box in rows if kind == 1)
        for look in looks_of(sources.Picture(path, "site_photos", "test", marks, persons), people):
            yield look.crop, truth_of(look.marks)


def figures(pairs: Sequence[Pair], points: Points) -> dict[str, Any]:
    """Per class and per person figures of one source."""
    result: dict[str, Any] = {"looks": len(pairs)}
    for class_id, name in enumerate(NAMES):
        count = sum(int((truth.class_id == class_id).sum()) for _, truth in pairs)
        score = points["yes_score"][name]
        if count == 0:
            alarms = sum(found.best((class_id,)) >= score for found, _ in pairs)
            result[name] = {"n": 0, "looks_with_false_yes": int(alarms)}
            continue
        precision, recall = precision_recall(pairs, class_id, score)
        low, high = interval(pairs, lambda some, kind=class_id: average_precision(some, kind, 0.5))  # type: ignore[misc]
        ap = [average_precision(pairs, class_id, float(least)) for least in IOUS]
        values = {"p": precision, "r": recall, "ap50": ap[0], "ap50_low": low, "ap50_high": high}
        result[name] = {"n": count, **{key: round(value, 3) for key, value in values.items()}}
        result[name]["ap50_95"] = round(float(np.mean(ap)), 3)
    result["persons"] = person_figures(pairs, points)
    return result


def person_figures(pairs: Sequence[Pair], points: Points) -> dict[str, int]:
    """How looks at people with and without a badge, with and without a cigarette, are answered."""
    yes, no = points["yes_score"], points["no_score"]["badge"]
    tally = dict.fromkeys(
        [
            "wearing",
            "wearing_yes",
            "wearing_no",
            "bare",
            "bare_yes",
            "bare_no",
            "smoking",
            "smoking_yes",
            "clear",
            "clear_yes",
        ],
        0,
    )
    for found, truth in pairs:
        sees = found.best((0,)) >= yes["card"] or found.best((1,)) >= yes["lanyard"]
        worn = "wearing" if truth.has(BADGE) else "bare"
        tally[worn] += 1
        tally[f"{worn}_yes"] += sees
        tally[f"{worn}_no"] += found.best(BADGE) < no
        lit = "smoking" if truth.has((2,)) else "clear"
        tally[lit] += 1
        tally[f"{lit}_yes"] += found.best((2,)) >= yes["cigarette"]
    return {key: int(value) for key, value in tally.items()}


def evaluate(folder: Path, test: Path | None, graph: Path, input_px: int) -> dict[str, Any]:
    """All figures, as they are written to the file."""
    net, looks = CropNet(graph, input_px), validation(folder)
    pairs = {source: [(net(image), truth) for image, truth in track(some, source)] for source, some in looks.items()}
    real = [pair for source, some in pairs.items() if source != "composite" for pair in some]
    points: Points = {"yes_score": {name: yes_score(real, kind) for kind, name in enumerate(NAMES)}}
    points["no_score"] = {"badge": min(no_score(real), points["yes_score"]["card"], points["yes_score"]["lanyard"])}
    of_real = [look for source, some in looks.items() if source != "composite" for look in some]
    cards = [look for look in of_real if look[1].has((0,))]
    lit = [look for look in of_real if look[1].has((2,))]
    by_card = recall_by_size(cards, net, 0, CARD_SIZES, points["yes_score"]["card"])
    by_length = recall_by_size(lit, net, 2, CIGARETTE_SIZES, points["yes_score"]["cigarette"])
    points["floor_px"] = {"card_width": floor_px(by_card), "cigarette_length": floor_px(by_length)}
    written: dict[str, Any] = {"input_px": input_px, "operating_points": points}
    written["recall_by_size"] = {"card_width_px": by_card, "cigarette_length_px": by_length}
    written["validation"] = {source: figures(some, points) for source, some in sorted(pairs.items())}
    written["validation"]["all real"] = figures(real, points)
    if test:
        people = People()
        sets = {"lab271_office_cctv_test": badge_test, "site_photos_test": smoking_test}
        written["test"] = {
            name: figures([(net(image), truth) for image, truth in track(list(of(test, people)), name)], points)
            for name, of in sets.items()
        }
    return written


def main() -> None:
    """Evaluate and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument("--test", type=Path, help="the data folder; its test sets are read only then")
    parser.add_argument("--graph", type=Path, default=WEIGHTS_DIR / "crop.xml")
    parser.add_argument("--input-px", type=int, default=320)
    parser.add_argument("--out", type=Path, default=FIGURES)
    asked = parser.parse_args()
    written = evaluate(asked.set, asked.test, asked.graph, asked.input_px)
    write_atomically(asked.out, (json.dumps(written, indent=1) + "\n").encode())
    print(json.dumps(written["operating_points"], indent=1))


if __name__ == "__main__":
    main()
