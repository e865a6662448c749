"""Read the picture sets: which pictures, which boxes, which side of the split. Reads no pixels.

Expected under ``--data``: ``smoking/smoking_person_v3``, ``badge/*`` and ``alcohol/heineken_binh`` as the cards
describe them. The two test sets are read by ``models.train.evaluate`` alone.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LABELS_DIR = Path(__file__).resolve().parent / "labels"
CLASSES = {"card": 0, "lanyard": 1, "cigarette": 2}
FracBox = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what is known about it.

    Attributes:
        path: The file.
        source: Name of the set.
        split: ``train`` or ``val``.
        marks: Class and box (left top right bottom, fractions of the picture) of every card, lanyard and
            cigarette that is visible.
        persons: Boxes of persons where the set labels them; else None.
        shunned: Boxes in fractions: a crop that touches one is not used (vapes: neither yes nor no).
        wanted: Where given, only the person around these points' boxes is cut.
        group: What near-duplicates of it share; empty where it has none but itself.
    """

    path: Path
    source: str
    split: str
    marks: tuple[tuple[int, FracBox], ...] = ()
    persons: tuple[FracBox, ...] | None = None
    shunned: tuple[FracBox, ...] = ()
    wanted: tuple[FracBox, ...] = ()
    group: str = ""

    def fold(self, folds: int) -> int:
        """A number below ``folds``, the same for all near-duplicates and in every run."""
        name = self.group or self.path.name
        return int(hashlib.sha256(f"fold {self.source} {name}".encode()).hexdigest(), 16) % folds


def side_of(group: str, val_percent: int) -> str:
    """The side of the split that a group falls on, the same in every run."""
    return "val" if int(hashlib.sha256(group.encode()).hexdigest(), 16) % 100 < val_percent else "train"


def yolo_rows(path: Path) -> list[tuple[int, FracBox]]:
    """Class and box (left top right bottom, fractions) of a YOLO label file; polygons become boxes."""
    if not path.exists():
        return []
    rows: list[tuple[int, FracBox]] = []
    for line in path.read_text().splitlines():
        values = [float(value) for value in line.split()]
        if len(values) == 5:
            _, x, y, width, height = values
            box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        elif len(values) > 6:
            box = (min(values[1::2]), min(values[2::2]), max(values[1::2]), max(values[2::2]))
        else:
            continue
        rows.append((int(values[0]), box))
    return rows


def label_of(image: Path) -> Path:
    """The label file of a picture in a Roboflow layout."""
    parts = ["labels" if part == "images" else part for part in image.parts]
    return Path(*parts).with_suffix(".txt")


def smoking(data: Path) -> Iterator[Picture]:
    """smoking_person_v3: split by near-duplicate group; frames of videos all train."""
    root = data / "smoking" / "smoking_person_v3"
    with (root / "groups.csv").open() as file:
        for row in csv.DictReader(file):
            path = root / "images" / row["file"]
            boxes = yolo_rows(label_of(path))
            split = "train" if row["origin"] == "video_frame" else side_of("smoking" + row["group"], 15)
            marks = tuple((CLASSES["cigarette"], box) for kind, box in boxes if kind == 0)
            persons = tuple(box for kind, box in boxes if kind == 1)
            vapes = tuple(box for kind, box in boxes if kind == 3)
            yield Picture(path, "smoking", split, marks, persons, vapes, group=row["group"])


def relabelled(name: str = "badge.csv") -> dict[str, list[tuple[int, FracBox]]]:
    """Our own labels: picture (relative to the data folder) to its boxes; ``none`` marks a seen, empty one."""
    found: dict[str, list[tuple[int, FracBox]]] = {}
    path = LABELS_DIR / name
    if not path.exists():
        return found
    with path.open() as file:
        for row in csv.DictReader(file):
            boxes = found.setdefault(row["picture"], [])
            if row["class"] != "none":
                box = (float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"]))
                boxes.append((CLASSES[row["class"]], box))
    return found


def badge_split(relative: str, stock_groups: dict[str, str]) -> str:
    """Side of a badge picture: stock photos by group, vcheck by person, the rest trains."""
    if relative in stock_groups:
        return side_of("stock" + stock_groups[relative], 45)
    return side_of(relative, 35) if "vcheck" in relative else "train"


def groups_of(pool: str) -> dict[str, str]:
    """Picture (relative to the data folder) to its group of near-duplicates in a pool of ``stock_groups``."""
    with (LABELS_DIR / f"{pool}_groups.csv").open() as file:
        return {row["picture"]: row["group"] for row in csv.DictReader(file)}


def badges(data: Path) -> Iterator[Picture]:
    """Every badge picture that was relabelled."""
    groups = groups_of("stock")
    for relative, boxes in relabelled().items():
        source = relative.split("/")[1]
        group = groups.get(relative, "")
        yield Picture(data / relative, source, badge_split(relative, groups), tuple(boxes), group=group)


def bare_chests(data: Path) -> Iterator[Picture]:
    """People without a badge: two stock sets by folder, and princeid by its own boxes."""
    groups, known = groups_of("stock"), relabelled()
    folders = ("badge/smartcampus_torsos/without_id", "badge/kp_stock/No_ID")
    for path in sorted(path for folder in folders for path in (data / folder).iterdir()):
        relative = path.relative_to(data).as_posix()
        if relative not in known:
            group = groups.get(relative, "")
            yield Picture(path, relative.split("/")[1], badge_split(relative, groups), group=group)
    for path in sorted((data / "badge" / "princeid_id_noid" / "images").iterdir()):
        rows = yolo_rows(label_of(path))
        bare = tuple(box for kind, box in rows if kind == 1)
        worn = tuple(box for kind, box in rows if kind == 0)
        if bare and path.relative_to(data).as_posix() not in known:
            yield Picture(path, "princeid_id_noid", "train", shunned=worn, wanted=bare)


def drinkers(data: Path) -> Iterator[Picture]:
    """heineken_binh: people with cans and bottles; pictures in ``labels/excluded.csv`` are left out."""
    left_out = set(relabelled("excluded.csv"))
    for path in sorted((data / "alcohol" / "heineken_binh" / "images").iterdir()):
        if path.relative_to(data).as_posix() not in left_out:
            yield Picture(path, "heineken_binh", side_of(path.name, 15))


def portraits(data: Path) -> Iterator[Picture]:
    """faces_free: five portraits without badge or cigarette, for composites."""
    for path in sorted((data / "faces_free").iterdir()):
        yield Picture(path, "faces_free", "train")
