"""Set the frame net's operating scores on validation pictures and measure it there, beside the stock net.

    python -m models.train.evaluate_frame --set PREPARED_DIR [--graph XML]

Writes ``models/cards/frame.figures.json``. Persons of the validation pictures are labelled by their sets and by the
teacher (see ``models.train.frames``), so these figures lean to the teacher; the figure that counts is taken on frames
labelled by hand: ``python -m models.evaluate.person_frames``.
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
from numpy.typing import NDArray
from rich.progress import track

from models.catalog import load_catalog
from models.evaluate.looking import frame_of
from models.evaluate.matching import Found, Pair, Truth
from models.evaluate.ranking import Ranking, box_figures, rank
from models.train.fetch import WEIGHTS_DIR, write_atomically
from models.train.frames import CLASSES, GLASS, OF_STOCK, PERSON
from models.train.operating import lowest_precise
from models.train.prepared import truth_of
from vision.detection.openvino import OpenVinoDetector

FIGURES = WEIGHTS_DIR.parent / "cards" / "frame.figures.json"
SCORE_MIN = 0.01
STOCK_SCORE = 0.25
VESSEL_PRECISION = 0.9
QUIET_SHARE = 0.995
"""Share of the pictures without any vessel in which the net must see none."""
QUIET_SETS = frozenset({"faces_free", "princeid_id_noid", "vcheck_originals", "sitam_uniform"})
"""Badge pictures and portraits in which nobody drinks."""


def pairs_of(
    folder: Path, detector: OpenVinoDetector, our_class: NDArray[np.int64], names: str = "val/*"
) -> dict[str, list[Pair]]:
    """What is found and what is labelled in every validation picture, by source.

    Args:
        folder: What ``models.train.frames`` or ``models.train.vessels`` wrote.
        names: Which of its pictures, as a pattern.
        detector: The net.
        our_class: For each class of the net the class of ours, -1 for none.
    """
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for path in track(sorted((folder / "images").glob(names)), "pictures"):
        image = cv2.imread(str(path))
        if image is None:
            continue
        found = detector.detect([frame_of(np.asarray(image, np.uint8))])[0]
        kind = our_class[found.class_id]
        kept = kind >= 0
        height, width = image.shape[:2]
        size = np.array([width, height, width, height], np.float64)
        truth = truth_of(path)
        pairs[path.name.split("__")[0]].append(
            (
                Found(found.xyxy_px[kept].astype(np.float64), found.score[kept].astype(np.float64), kind[kept]),
                Truth(truth.xyxy * size, truth.class_id),
            )
        )
    return pairs


def lowest_score(ranking: Ranking, precision: float) -> float:
    """The lowest score from which that share of the boxes is right; .99 where there is none."""
    return lowest_precise(ranking.score, ranking.is_hit[:, 0], precision)


def quiet_score(pairs: list[Pair], class_id: int, vessels: Sequence[int] = (1, 2, 3)) -> float:
    """The lowest score that hardly any picture without a vessel reaches."""
    best = sorted((found.best((class_id,)) for found, truth in pairs if not truth.has(vessels)), reverse=True)
    allowed = int((1 - QUIET_SHARE) * len(best))
    return best[allowed] if best else 0.0


def evaluate(folder: Path, graph: Path) -> dict[str, Any]:
    """All figures, as they are written to the file."""
    stock = load_catalog()["person"]
    stock_class = np.full(len(stock.classes), -1, np.int64)
    stock_class[list(OF_STOCK)] = list(OF_STOCK.values())
    theirs = pairs_of(folder, OpenVinoDetector(stock, score_min=SCORE_MIN, threads=2), stock_class)
    entry = replace(stock.with_graph(graph), classes=CLASSES)
    ours = pairs_of(folder, OpenVinoDetector(entry, score_min=SCORE_MIN, threads=2), np.arange(len(CLASSES)))
    all_ours, all_theirs = ([pair for some in each.values() for pair in some] for each in (ours, theirs))
    wanted = box_figures(rank(all_theirs, PERSON), STOCK_SCORE).p
    yes = {"person": lowest_score(rank(all_ours, PERSON), wanted)}
    for class_id in range(1, GLASS + 1):
        precise = lowest_score(rank(ours["heineken_binh"], class_id), VESSEL_PRECISION)
        quiet = quiet_score([pair for name in QUIET_SETS for pair in ours.get(name, [])], class_id)
        yes[CLASSES[class_id]] = max(precise, quiet)
    points = {name: round(score, 3) for name, score in yes.items()}
    return {
        "weights_sha256": entry.weights_sha256,
        "operating_points": {"yes_score": points},
        "boxes": {source: figures(pairs, points) for source, pairs in sorted(ours.items())},
        "stock": {
            source: figures(pairs, dict.fromkeys(CLASSES, STOCK_SCORE)) for source, pairs in sorted(theirs.items())
        },
    }


def figures(pairs: list[Pair], points: dict[str, float]) -> dict[str, Any]:
    """Box figures per class of one source."""
    found: dict[str, Any] = {"pictures": len(pairs)}
    for class_id, name in enumerate(CLASSES):
        each = box_figures(rank(pairs, class_id), points[name])
        count = sum(int((truth.class_id == class_id).sum()) for _, truth in pairs)
        found[name] = {
            "n": count,
            "false_pictures": sum(f.best((class_id,)) >= points[name] for f, t in pairs if not t.has((class_id,))),
        }
        if count:
            found[name] |= {key: round(float(getattr(each, key)), 4) for key in ("p", "r", "ap50", "ap50_95")}
            found[name]["ap50_interval"] = each.intervals["ap50"]
    return found


def main() -> None:
    """Evaluate and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, required=True, help="what models.train.frames wrote")
    parser.add_argument("--graph", type=Path, default=WEIGHTS_DIR / "frame.xml")
    parser.add_argument("--out", type=Path, default=FIGURES)
    asked = parser.parse_args()
    written = evaluate(asked.set, asked.graph)
    write_atomically(asked.out, (json.dumps(written, indent=1) + "\n").encode())
    print(json.dumps(written["operating_points"], indent=1))


if __name__ == "__main__":
    main()
