"""Cut every set to person crops and draw the composites: one YOLO data set on disk.

python -m models.train.prepare --data DIR --out DIR [--composites 4000] [--renders DIR] [--seed 1]
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from models.train import sources
from models.train.compose import Model, compose
from models.train.crops import Boxes, Image, Square, boxes_in, cut, nearer, person_square, square_around
from models.train.lanyards import CIGARETTE, Mark
from models.train.people import People
from models.train.prepared import label_lines

LARGEST_PX = 448
REAL_BADGES = {
    "smartcampus_torsos",
    "voltix_strap_id",
    "kp_stock",
    "vcheck_originals",
    "princeid_id_noid",
    "sitam_uniform",
}
REAL_BADGE_COPIES = 2
"""Real badges are few against the composites: each look is written so often, and augmented apart."""
BADGELESS = {"smoking", "kp_stock", "smartcampus_torsos", "heineken_binh", "faces_free", "princeid_id_noid"}
"""Sets whose unlabelled chests are bare, so that composites may dress them."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One crop with its labels.

    Attributes:
        name: File name without ending.
        split: ``train`` or ``val``.
        crop: BGR square.
        marks: Class and box (left top right bottom, fractions of the crop).
        side_px: Side of the crop in pixels of the original picture.
    """

    name: str
    split: str
    crop: Image
    marks: list[Mark]
    side_px: int


def squares_of(picture: sources.Picture, image: Image, people: People) -> list[Square]:
    """Where to cut: labelled persons, else found ones; and around cigarettes that no person holds."""
    height, width = image.shape[:2]
    size = np.array([width, height, width, height], float)
    if picture.persons:
        persons: Boxes = np.array(picture.persons) * size
    else:
        persons = people.boxes(image)
    tall = persons[:, 3] - persons[:, 1]
    persons = persons[(tall >= 40) & (tall >= 0.12 * height)][:4]
    found = [person_square((box[0], box[1], box[2], box[3])) for box in persons]
    for kind, frac in picture.marks:
        box = np.array(frac) * size
        held = any(boxes_in(square, box[None])[1][0] for square in found)
        if not held and kind == CIGARETTE:
            times = float(np.clip(0.8 * min(width, height) / max(box[2] - box[0], box[3] - box[1], 1), 2.5, 7))
            found.append(square_around((box[0], box[1], box[2], box[3]), times))
        elif not held:
            found.append(Square(0, 0, max(height, width)))
    return found


NEARER_FROM_PX = 260
"""A nearer look is cut only where the square has this many pixels: smaller ones hold no more than is seen already."""


def nearer_squares(squares: list[Square], marks_px: Boxes, random: np.random.Generator) -> list[Square]:
    """For each square that has pixels enough, a smaller one inside it: on a mark where there is one, else anywhere."""
    found = []
    for square in squares:
        if square.side < NEARER_FROM_PX:
            continue
        _, visible = boxes_in(square, marks_px)
        middles = (marks_px[visible, :2] + marks_px[visible, 2:]) / 2
        on = middles[int(random.integers(len(middles)))] if len(middles) and random.random() < 0.8 else None
        found.append(nearer(square, on, random))
    return found


def looks_of(picture: sources.Picture, people: People, random: np.random.Generator | None = None) -> Iterator[Look]:
    """Every usable crop of one picture; with ``random``, nearer looks too."""
    image = cv2.imread(str(picture.path))
    if image is None:
        return
    pixels = np.asarray(image, np.uint8)
    height, width = pixels.shape[:2]
    size = np.array([width, height, width, height], float)
    squares = squares_of(picture, pixels, people)
    if random is not None:
        marks_px = np.array([box for _, box in picture.marks], np.float64).reshape(-1, 4) * size
        squares += nearer_squares(squares, marks_px, random)
    yield from looks_at(picture, pixels, squares)


def looks_at(picture: sources.Picture, pixels: Image, squares: Sequence[Square], prefix: str = "") -> Iterator[Look]:
    """What some squares of a picture show, with its labels; squares that touch what is shunned are left out."""
    height, width = pixels.shape[:2]
    size = np.array([width, height, width, height], float)
    for number, square in enumerate(squares):
        if picture.shunned and boxes_in(square, np.array(picture.shunned) * size)[1].any():
            continue
        if picture.wanted and not boxes_in(square, np.array(picture.wanted) * size)[1].any():
            continue
        marks: list[Mark] = []
        if picture.marks:
            boxes, visible = boxes_in(square, np.array([box for _, box in picture.marks]) * size)
            for (kind, _), box, is_visible in zip(picture.marks, boxes, visible, strict=True):
                if is_visible:
                    marks.append((kind, (float(box[0]), float(box[1]), float(box[2]), float(box[3]))))
        stem = f"{picture.source}__{picture.path.parent.name}_{picture.path.stem[:60]}"
        name = f"{prefix}{stem}__{number}".replace(" ", "_")
        yield Look(name, picture.split, cut(pixels, square, LARGEST_PX), marks, square.side)


def write_look(out: Path, look: Look, random: np.random.Generator) -> None:
    """Write picture and label file of one look."""
    image_dir, label_dir = out / "images" / look.split, out / "labels" / look.split
    image_dir.mkdir(parents=True, exist_ok=True)
    label_dir.mkdir(parents=True, exist_ok=True)
    quality = int(random.integers(80, 97))
    cv2.imwrite(str(image_dir / f"{look.name}.jpg"), look.crop, [cv2.IMWRITE_JPEG_QUALITY, quality])
    (label_dir / f"{look.name}.txt").write_text(label_lines(look.marks))


def model_of(look: Look, people: People) -> Model | None:
    """A look as a body for composites, where joints are found."""
    joints = people.joints(look.crop)
    if joints is None or look.crop.shape[0] < 120:
        return None
    side = look.crop.shape[0]
    marks: list[Mark] = [(kind, (a * side, b * side, c * side, d * side)) for kind, (a, b, c, d) in look.marks]
    return Model(look.crop, joints, marks, look.name)


def composites(models: list[Model], count: int, split: str, random: np.random.Generator) -> Iterator[Look]:
    """Dress random bodies until ``count`` composites are made."""
    made = 0
    for number in itertools.count():
        if made == count or number > 20 * count:
            return
        model = models[int(random.integers(len(models)))]
        drawn = compose(model, random)
        if drawn is None:
            continue
        canvas, marks = drawn
        side = canvas.shape[0]
        fractions: list[Mark] = []
        for kind, box in marks:
            a, b, c, d = (min(1.0, max(0.0, value / side)) for value in box)
            if (c - a) * (d - b) > 0 and b < 0.97:
                fractions.append((kind, (a, b, c, d)))
        yield Look(f"composite__{made:05d}__{model.name[:40]}", split, canvas, fractions, side)
        made += 1


def rendered(folder: Path, people: People) -> Iterator[Look]:
    """Rendered pictures with YOLO labels, all training."""
    for path in sorted((folder / "images").rglob("*.*")):
        rows = sources.yolo_rows(sources.label_of(path))
        yield from looks_of(sources.Picture(path, "render", "train", tuple(rows)), people)


def prepare(data: Path, out: Path, counts: tuple[int, int], seed: int) -> Counter[str]:
    """Write the real looks and the composites; returns looks per set and side."""
    random, people = np.random.default_rng(seed), People()
    bodies: dict[str, list[Model]] = {"train": [], "val": []}
    tally: Counter[str] = Counter()
    sides: dict[str, int] = {}
    sets = (sources.smoking, sources.badges, sources.bare_chests, sources.drinkers, sources.portraits)
    for picture in track(list(itertools.chain.from_iterable(of(data) for of in sets)), "crops"):
        near = random if picture.split == "train" else None
        for look in looks_of(picture, people, near):
            copies = REAL_BADGE_COPIES if look.split == "train" and picture.source in REAL_BADGES else 1
            for copy in range(copies):
                write_look(out, replace(look, name=f"{look.name}_{copy}"), random)
            sides[f"{look.name}_0"] = look.side_px
            tally[f"{picture.source} {look.split}"] += 1
            is_bare = picture.source in BADGELESS and all(kind == CIGARETTE for kind, _ in look.marks)
            body = model_of(look, people) if is_bare else None
            if body is not None and picture.path.as_posix().count("Wearing_ID") == 0:
                bodies[look.split].append(body)
    for split, count in zip(("train", "val"), counts, strict=True):
        for look in track(composites(bodies[split], count, split, random), f"composites {split}", count):
            write_look(out, look, random)
            tally[f"composite {split}"] += 1
    (out / "sides.json").write_text(json.dumps(sides))
    return tally


def write_recipe(out: Path) -> None:
    """The data set file that ultralytics reads."""
    names = "\n".join(f"  {number}: {name}" for name, number in sources.CLASSES.items())
    (out / "crops.yaml").write_text(f"path: {out.resolve()}\ntrain: images/train\nval: images/val\nnames:\n{names}\n")


def main() -> None:
    """Prepare everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="outside the repository: it holds pictures of people")
    parser.add_argument("--composites", type=int, default=4000)
    parser.add_argument("--renders", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    tally = prepare(asked.data, asked.out, (asked.composites, asked.composites // 10), asked.seed)
    if asked.renders:
        people, random = People(), np.random.default_rng(asked.seed)
        for look in track(rendered(asked.renders, people), "renders"):
            write_look(asked.out, look, random)
            tally["render train"] += 1
    write_recipe(asked.out)
    for name, count in sorted(tally.items()):
        print(f"{count:6d} {name}")


if __name__ == "__main__":
    main()
