"""Prepare pictures for the vessel net: bottles, cans and glasses, whole and cut nearer, as one YOLO data set.

    python -m models.train.vessels --data DIR --out DIR [--seed 1]

Bottles and cans are what ``heineken_binh`` labels: beer's. Glasses, and vessels of the other sets, are what the stock
net is sure of at 960 px; a picture of another set in which it half sees one is left out, so that what is taught to be
nothing is nothing. The set is split in three by near-duplicate group: ``train``, ``val``, which sets the scores, and
``test``, a fifth, which sets nothing; what the other sets hold back is split between ``val`` and ``test``.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from models.catalog import load_catalog
from models.evaluate.looking import frame_of
from models.train import sources
from models.train.crops import Image, Square, boxes_in, cut, square_around
from models.train.frames import OF_STOCK, PERSON, TEACHER_PX, Row, merged
from models.train.lanyards import Mark
from models.train.prepare import Look, write_look
from vision.detection.openvino import OpenVinoDetector

CLASSES = ("bottle", "can", "glass")
BOTTLE, CAN, GLASS = range(3)
OF_FRAME = {1: BOTTLE, 2: CAN, 3: GLASS}
"""Our class for each of `frames.CLASSES`; persons are not ours."""
OF_HEINEKEN = {0: CAN, 1: BOTTLE}
TEST_PERCENT, VAL_PERCENT = 20, 12
SURE, HALF_SEEN = 0.5, 0.1
"""Teacher's scores: from the first its box is a label, below the second there is nothing."""
CUTS, OTHER_CUTS = 8, 1
TIMES = 2.5, 10.0
"""Side of a nearer square, in longer sides of the vessel in it."""
LARGEST_PX = 640
SMOKING_EVERY = 8
"""Of the smoking pictures that train; those held back are all used."""
TURNED = 0.5
"""Share of the training looks that lie on a side or on the head: of heineken_binh's pictures many do."""
Random = np.random.Generator


def side_of(group: str) -> str:
    """The side of the split that a group of ``heineken_binh`` falls on."""
    if sources.side_of("heineken" + group, TEST_PERCENT) == "val":
        return "test"
    return sources.side_of("vessels" + group, VAL_PERCENT)


def teacher() -> OpenVinoDetector:
    """The stock net, which knows bottles, wine glasses and cups."""
    return OpenVinoDetector(load_catalog()["person"], score_min=HALF_SEEN, input_px=(TEACHER_PX, TEACHER_PX), threads=2)


def taught(detector: OpenVinoDetector, image: Image) -> tuple[list[Row], bool]:
    """Vessels that the teacher is sure of, by our classes, and whether it half sees others."""
    found = detector.detect([frame_of(image)])[0]
    height, width = image.shape[:2]
    rows: list[Row] = []
    is_doubtful = False
    for box, score, stock in zip(found.xyxy_px, found.score, found.class_id, strict=True):
        kind = OF_STOCK.get(int(stock), PERSON)
        if kind == PERSON:
            continue
        if score >= SURE:
            rows.append((OF_FRAME[kind], box.astype(np.float64) / np.array([width, height] * 2)))
        is_doubtful |= score < SURE
    return rows, is_doubtful


def squares(image: Image, boxes_px: NDArray[np.float64], count: int, random: Random) -> Iterator[Square]:
    """The whole picture, then nearer squares: on a vessel where there is one, else anywhere."""
    height, width = image.shape[:2]
    yield Square((width - max(height, width)) // 2, (height - max(height, width)) // 2, max(height, width))
    for _ in range(count):
        if len(boxes_px):
            x1, y1, x2, y2 = boxes_px[int(random.integers(len(boxes_px)))]
            square = square_around((x1, y1, x2, y2), float(np.exp(random.uniform(*np.log(TIMES)))))
        else:
            side = round(min(height, width) * random.uniform(0.35, 0.8))
            square = Square(round(random.uniform(0, width - side)), round(random.uniform(0, height - side)), side)
        shift = random.uniform(-0.3, 0.3, 2) * square.side
        yield Square(round(square.left + shift[0]), round(square.top + shift[1]), square.side)


def turned(image: Image, marks: Sequence[Mark], quarters: int) -> tuple[Image, list[Mark]]:
    """A square picture, and the boxes in it, turned to the left by so many quarters."""
    for _ in range(quarters):
        marks = [(kind, (y1, 1 - x2, y2, 1 - x1)) for kind, (x1, y1, x2, y2) in marks]
    return np.ascontiguousarray(np.rot90(image, quarters)), list(marks)


def looks(name: str, side: str, image: Image, rows: Sequence[Row], count: int, random: Random) -> Iterator[Look]:
    """The looks of one picture; only in training nearer and turned ones, and there with the picture's own edges."""
    size = np.array([image.shape[1], image.shape[0]] * 2, np.float64)
    boxes_px = np.array([box for _, box in rows], np.float64).reshape(-1, 4) * size
    for number, square in enumerate(squares(image, boxes_px, count if side == "train" else 0, random)):
        boxes, visible = boxes_in(square, boxes_px)
        marks: list[Mark] = [
            (kind, (float(b[0]), float(b[1]), float(b[2]), float(b[3])))
            for (kind, _), b, is_visible in zip(rows, boxes, visible, strict=True)
            if is_visible
        ]
        quarters = int(random.integers(1, 4)) if side == "train" and random.random() < TURNED else 0
        shown, marks = turned(cut(image, square, LARGEST_PX), marks, quarters)
        yield Look(f"{name}__{number}", side, shown, marks, square.side)


def pictures(data: Path) -> Iterator[tuple[Path, str, str, list[Row]]]:
    """Path, source, side, and what the set labels."""
    groups = sources.groups_of("heineken")
    for path in sorted((data / "alcohol" / "heineken_binh" / "images").iterdir()):
        truth = sources.yolo_rows(sources.label_of(path))
        rows: list[Row] = [(OF_HEINEKEN[kind], np.array(box)) for kind, box in truth if kind in OF_HEINEKEN]
        yield path, "heineken_binh", side_of(groups[path.relative_to(data).as_posix()]), rows
    smoking: dict[bool, list[sources.Picture]] = {True: [], False: []}
    for picture in sources.smoking(data):
        smoking[picture.split == "train"].append(picture)
    some = itertools.chain(smoking[True][::SMOKING_EVERY], smoking[False])
    for picture in itertools.chain(some, sources.badges(data), sources.bare_chests(data)):
        yield picture.path, picture.source, "test" if picture.split == "val" and picture.fold(2) else picture.split, []
    for picture in sources.portraits(data):
        yield picture.path, picture.source, "test", []


def prepare(data: Path, out: Path, seed: int) -> Counter[str]:
    """Write all looks; returns how many looks and boxes each source and side has."""
    random, detector, tally = np.random.default_rng(seed), teacher(), Counter[str]()
    for path, source, side, labelled in track(list(pictures(data)), "pictures"):
        read = cv2.imread(str(path))
        if read is None:
            continue
        image = np.asarray(read, np.uint8)
        is_beer = source == "heineken_binh"
        found, is_doubtful = taught(detector, image)
        if is_doubtful and not is_beer:
            tally[f"{source} {side} left out"] += 1
            continue
        rows = merged(labelled, [row for row in found if not is_beer or row[0] == GLASS])
        for look in looks(
            f"{source}__{path.parent.name}_{path.stem[:80]}".replace(" ", "_"),
            side,
            image,
            rows,
            CUTS if is_beer else OTHER_CUTS,
            random,
        ):
            write_look(out, look, random)
            tally[f"{source} {side} looks"] += 1
            tally.update(f"{source} {side} {CLASSES[kind]}" for kind, _ in look.marks)
    return tally


def write_test(data: Path, out: Path) -> None:
    """Write the fifth that sets nothing as its makers labelled it, for ``congvu eval detect``."""
    for path, source, side, _ in pictures(data):
        if source == "heineken_binh" and side == "test":
            for kind, original in (("images", path), ("labels", sources.label_of(path))):
                copied = out / "fifth" / kind / original.name
                copied.parent.mkdir(parents=True, exist_ok=True)
                copied.write_bytes(original.read_bytes())


def main() -> None:
    """Prepare everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="outside the repository: it holds pictures of people")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    tally = prepare(asked.data, asked.out, asked.seed)
    write_test(asked.data, asked.out)
    names = "\n".join(f"  {number}: {name}" for number, name in enumerate(CLASSES))
    (asked.out / "vessels.yaml").write_text(
        f"path: {asked.out.resolve()}\ntrain: images/train\nval: images/val\nnames:\n{names}\n"
    )
    for name, count in sorted(tally.items()):
        print(f"{count:6d} {name}")


if __name__ == "__main__":
    main()
