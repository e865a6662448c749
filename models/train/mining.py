"""Add looks that teach the crop net where it errs: what it takes for cigarettes, from nearer; and nobody at all.

    python -m models.train.mining --data DIR --set PREPARED_DIR [--graph XML] [--seed 1]

Only training pictures are used. Of each person's square: what the net half sees and no label knows, from nearer; half
of the labelled cigarettes from as near as the runtime's second look; and of some pictures a part without anybody.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from models.catalog import load_catalog
from models.train import sources
from models.train.crops import Boxes, Image, Square, boxes_in
from models.train.fetch import WEIGHTS_DIR
from models.train.lanyards import CIGARETTE
from models.train.people import People
from models.train.prepare import looks_at, squares_of, write_look
from vision.detection import boxes
from vision.detection.again import HALF_SEEN, NEAREST_LEAST_PX, NEAREST_SHARE
from vision.detection.net import Net, decode_boxes
from vision.detection.openvino import OpenVinoNet

NEAR_SHARE = NEAREST_SHARE - 0.05, 0.6
"""Side of a nearer square over that of the person's."""
OFF_MIDDLE = 0.2
"""How far what it is cut for may lie from its middle, in sides."""
FALSE_MOST = 2
"""So many mistakes of one person are learned from."""
COPIES = {"false": 3}
"""Mistakes on pictures that the net has learned from are few: each is written so often, and augmented apart."""
CIGARETTES, EMPTY = 0.5, 0.5
"""Share of the labelled cigarettes, and of the pictures, that give a look."""
EMPTY_SHARE = 0.3, 0.8
"""Side of a part without anybody, over the shorter side of the picture."""
TRIES = 20
Random = np.random.Generator


def half_seen(net: Net, image: Image, square: Square) -> Boxes:
    """What the net half sees as cigarettes in one square, (N, 4) in pixels of the picture, strongest first."""
    corner = square.left, square.top
    sides = (*corner, corner[0] + square.side, corner[1] + square.side)
    crop, fit = boxes.crop_square(image, sides, net.input_px[0])
    xyxy, _, class_id = decode_boxes(net.infer(crop), score_min=HALF_SEEN, iou_max=0.4)
    return np.asarray(fit.to_picture(xyxy[class_id == CIGARETTE]), np.float64)


def is_labelled(box: Boxes, labelled: Boxes) -> bool:
    """Whether a box (4,) is about a labelled one: they overlap, or the middle of one lies in the other."""
    if not len(labelled):
        return False
    near = boxes.overlaps(box[None].astype(np.float32), labelled.astype(np.float32))[0] > 0.1
    middle, middles = (box[:2] + box[2:]) / 2, (labelled[:, :2] + labelled[:, 2:]) / 2
    within = ((middle >= labelled[:, :2]) & (middle <= labelled[:, 2:])).all(axis=1)
    around = ((middles >= box[:2]) & (middles <= box[2:])).all(axis=1)
    return bool((near | within | around).any())


def nearer(square: Square, box: Boxes, random: Random) -> Square | None:
    """A square on a box (4,), a part of the person's; None where it has too few pixels."""
    side = square.side * random.uniform(*NEAR_SHARE)
    if side < NEAREST_LEAST_PX:
        return None
    x, y = (box[:2] + box[2:]) / 2 + random.uniform(-OFF_MIDDLE, OFF_MIDDLE, 2) * side
    return Square(round(x - side / 2), round(y - side / 2), round(side))


def without_people(shape: Sequence[int], taken: Boxes, random: Random) -> Square | None:
    """A part of a picture of this height and width that touches none of some boxes (N, 4); None where none is found."""
    height, width = shape[:2]
    for _ in range(TRIES):
        side = round(min(height, width) * random.uniform(*EMPTY_SHARE))
        square = Square(round(random.uniform(0, width - side)), round(random.uniform(0, height - side)), side)
        clipped, _ = boxes_in(square, taken)
        if side >= NEAREST_LEAST_PX and not np.prod(clipped[:, 2:] - clipped[:, :2], axis=1).any():
            return square
    return None


def mined(
    picture: sources.Picture, image: Image, people: People, net: Net, random: Random
) -> Iterator[tuple[str, Square]]:
    """What to look at in one picture, and why: ``false``, ``cigarette`` or ``empty``."""
    height, width = image.shape[:2]
    size = np.array([width, height, width, height], float)
    labelled = np.array([box for kind, box in picture.marks if kind == CIGARETTE]).reshape(-1, 4) * size
    squares = squares_of(picture, image, people)
    for square in squares:
        false = [box for box in half_seen(net, image, square) if not is_labelled(box, labelled)][:FALSE_MOST]
        for box in false:
            yield from _named("false", nearer(square, box, random))
        for box in labelled[boxes_in(square, labelled)[1]]:
            if random.random() < CIGARETTES:
                yield from _named("cigarette", nearer(square, box, random))
    if random.random() < EMPTY:
        marks = np.array([box for _, box in picture.marks]).reshape(-1, 4) * size
        persons = np.array(picture.persons or ()).reshape(-1, 4) * size
        taken = np.concatenate([marks, persons, people.boxes(image, 0.1)])
        yield from _named("empty", without_people(image.shape, taken, random))


def _named(why: str, square: Square | None) -> Iterator[tuple[str, Square]]:
    if square is not None:
        yield why, square


def mine(data: Path, out: Path, net: Net, seed: int) -> Counter[str]:
    """Write the looks beside those that are there; returns how many of each kind."""
    random, people, tally = np.random.default_rng(seed), People(), Counter[str]()
    sets = (sources.smoking, sources.badges, sources.bare_chests, sources.drinkers, sources.portraits)
    pictures = [each for of in sets for each in of(data) if each.split == "train" and not each.wanted]
    for picture in track(pictures, "mining"):
        read = cv2.imread(str(picture.path))
        if read is None:
            continue
        image = np.asarray(read, np.uint8)
        why = list(mined(picture, image, people, net, random))
        for kind, some in itertools.groupby(sorted(why, key=lambda each: each[0]), key=lambda each: each[0]):
            for look in looks_at(picture, image, [square for _, square in some], f"mined-{kind}__"):
                for copy in range(COPIES.get(kind, 1)):
                    write_look(out, replace(look, name=f"{look.name}_{copy}"), random)
                tally[f"{kind} {picture.source}"] += 1
    return tally


def main() -> None:
    """Mine and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", type=Path, required=True, help="what models.train.prepare wrote")
    parser.add_argument("--graph", type=Path, default=WEIGHTS_DIR / "crop.xml")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if not (asked.set / "images" / "train").is_dir():
        parser.exit(1, f"{asked.set}: no images/train; wanted what models.train.prepare wrote\n")
    net = OpenVinoNet(load_catalog()["crop"].with_graph(asked.graph), threads=2)
    for name, count in sorted(mine(asked.data, asked.set, net, asked.seed).items()):
        print(f"{count:6d} {name}")


if __name__ == "__main__":
    main()
