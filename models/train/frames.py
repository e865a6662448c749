"""Prepare whole pictures for the frame net: persons, bottles, cans and glasses, as one YOLO data set.

    python -m models.train.frames --data DIR --out DIR

Persons are what the sets label and, besides, what the stock net sees in the same picture at 960 px (distillation): the
student then sees the picture smaller, so it learns to find at 640 px what its teacher needs more pixels for. Vessels
are what ``heineken_binh`` labels and, elsewhere, what the stock net calls bottle, wine glass or cup.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from models.catalog import load_catalog
from models.evaluate.looking import frame_of
from models.evaluate.matching import iou
from models.train import sources
from models.train.crops import Image
from models.train.prepared import label_lines
from vision.detection.openvino import OpenVinoDetector

CLASSES = ("person", "bottle", "can", "glass")
PERSON, BOTTLE, CAN, GLASS = range(4)
OF_STOCK = {0: PERSON, 39: BOTTLE, 40: GLASS, 41: GLASS}
"""COCO's person, bottle, wine glass and cup."""
OF_HEINEKEN = {0: CAN, 1: BOTTLE}
"""``beer_can`` and ``beer_bottle`` in the set's ``classes.txt``."""
TEACHER_PX = 960
SURE = {PERSON: 0.45, BOTTLE: 0.5, GLASS: 0.5}
"""Teacher's scores from which its boxes are labels: a wrong label costs precision, a missing one recall."""
LARGEST_PX = 800
SMOKING_EVERY = 5
BADGES_EVERY = 2
"""Of the many pictures of these sets one in so many is used: they show few persons each, mostly large ones."""
Row = tuple[int, NDArray[np.float64]]
"""Class and box, left top right bottom in fractions of the picture."""


def teacher() -> OpenVinoDetector:
    """The stock net at half as much again of the student's resolution."""
    stock = load_catalog()["person"]
    return OpenVinoDetector(stock, score_min=min(SURE.values()), input_px=(TEACHER_PX, TEACHER_PX), threads=2)


def taught_rows(detector: OpenVinoDetector, image: Image) -> list[Row]:
    """Sure boxes of all our classes."""
    found = detector.detect([frame_of(image)])[0]
    height, width = image.shape[:2]
    rows: list[Row] = []
    for box, score, stock in zip(found.xyxy_px, found.score, found.class_id, strict=True):
        kind = OF_STOCK.get(int(stock))
        if kind is not None and score >= SURE[kind]:
            rows.append((kind, box.astype(np.float64) / np.array([width, height] * 2)))
    return rows


def merged(labelled: list[Row], taught: list[Row]) -> list[Row]:
    """Labels first; of the teacher's boxes those that no label of that class covers."""
    rows = list(labelled)
    for kind, box in taught:
        same = np.array([other for ours, other in rows if ours == kind]).reshape(-1, 4)
        if not len(same) or iou(box[None], same).max() < 0.45:
            rows.append((kind, box))
    return rows


def labelled_pictures(data: Path) -> Iterator[tuple[Path, str, str, list[Row], bool]]:
    """Path, source, side, labelled rows, and whether vessels are labelled."""
    for picture in itertools.islice(sources.smoking(data), 0, None, SMOKING_EVERY):
        rows = [(PERSON, np.array(box)) for box in picture.persons or ()]
        yield picture.path, "smoking", picture.split, rows, False
    groups = sources.groups_of("heineken")
    for path in sorted((data / "alcohol" / "heineken_binh" / "images").iterdir()):
        side = sources.side_of("heineken" + groups[path.relative_to(data).as_posix()], 20)
        truth = sources.yolo_rows(sources.label_of(path))
        rows = [(OF_HEINEKEN[kind], np.array(box)) for kind, box in truth if kind in OF_HEINEKEN]
        yield path, "heineken_binh", side, rows, True
    others = itertools.chain(sources.badges(data), sources.bare_chests(data), sources.portraits(data))
    for picture in itertools.islice(others, 0, None, BADGES_EVERY):
        yield picture.path, picture.source, picture.split, [], False


def write(out: Path, name: str, side: str, image: Image, rows: list[Row]) -> None:
    """One picture, at most ``LARGEST_PX`` long, and its label file."""
    for kind in ("images", "labels"):
        (out / kind / side).mkdir(parents=True, exist_ok=True)
    scale = min(1.0, LARGEST_PX / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    cv2.imwrite(str(out / "images" / side / f"{name}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 92])
    (out / "labels" / side / f"{name}.txt").write_text(label_lines(rows))


def prepare(data: Path, out: Path) -> Counter[str]:
    """Write all pictures; returns how many boxes of each class each source and side has."""
    detector, tally = teacher(), Counter[str]()
    for path, source, side, rows, has_vessels in track(list(labelled_pictures(data)), "pictures"):
        image = cv2.imread(str(path))
        if image is None:
            continue
        pixels = np.asarray(image, np.uint8)
        taught = [row for row in taught_rows(detector, pixels) if not has_vessels or row[0] in (PERSON, GLASS)]
        all_rows = merged(rows, taught)
        write(out, f"{source}__{path.stem[:80].replace(' ', '_')}", side, pixels, all_rows)
        tally.update(f"{source} {side} {CLASSES[kind]}" for kind, _ in all_rows)
        tally[f"{source} {side} pictures"] += 1
    names = "\n".join(f"  {number}: {name}" for number, name in enumerate(CLASSES))
    (out / "frames.yaml").write_text(f"path: {out.resolve()}\ntrain: images/train\nval: images/val\nnames:\n{names}\n")
    return tally


def main() -> None:
    """Prepare everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="outside the repository: it holds pictures of people")
    asked = parser.parse_args()
    for name, count in sorted(prepare(asked.data, asked.out).items()):
        print(f"{count:6d} {name}")


if __name__ == "__main__":
    main()
