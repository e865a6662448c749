"""Train the crop net in several ways for equally many steps, and set their figures side by side.

    python -m models.train.compare --set PREPARED_DIR --out DIR [--looks 4800] [--only NAME …]

Each way learns from as many looks, drawn by the same seed from those it may use, once each: a short training, which
ranks ways and says nothing of what a long one reaches. Figures are on the real validation looks. What is done is kept
in ``DIR/compared.json``, so a run that was interrupted goes on.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from models.catalog import load_catalog
from models.evaluate.ranking import box_figures, rank
from models.evaluate.report import number, pair
from models.train.evaluate import NAMES, CropNet, prepared_looks
from models.train.export import export
from models.train.fetch import WEIGHTS_DIR, write_atomically
from models.train.operating import Points
from models.train.prepared import truth_of
from models.train.sources import CLASSES
from models.train.train import Recipe, train
from vision.detection.openvino import OpenVinoNet

SEED, RATE = 17, 0.001
SCORE = 0.3
"""The net's own score at which precision and recall stand."""
TIMED = 21
SMALLEST = 12
"""Of one picture drawn again and again nothing is learned: fewer looks than these are refused."""


def is_composite(path: Path) -> bool:
    """Whether a look was drawn by ``compose``."""
    return path.name.startswith("composite__")


def draws(path: Path, *names: str) -> bool:
    """Whether a composite shows one of some things; those of the photo beneath count too."""
    return is_composite(path) and truth_of(path).has([CLASSES[name] for name in names])


@dataclass(frozen=True, slots=True)
class Way:
    """One way of training.

    Attributes:
        start: Checkpoint in ``weights``.
        classes: What is learned; all where empty.
        leaves_out: Looks that are not used.
    """

    start: str = "pose.pt"
    input_px: int = 320
    classes: tuple[str, ...] = ()
    leaves_out: Callable[[Path], bool] = lambda _: False


WAYS = {
    "YOLO11n-pose, 320 px": Way(),
    "YOLOv8n, 320 px": Way(start="person.pt"),
    "384 px": Way(input_px=384),
    "448 px": Way(input_px=448),
    "512 px": Way(input_px=512),
    "card and lanyard alone": Way(classes=("card", "lanyard")),
    "cigarette alone": Way(classes=("cigarette",)),
    "without renders": Way(leaves_out=lambda path: path.name.startswith("render__")),
    "without composites": Way(leaves_out=is_composite),
    "without drawn badges": Way(leaves_out=lambda path: draws(path, "card", "lanyard")),
    "without drawn cigarettes": Way(leaves_out=lambda path: draws(path, "cigarette")),
    "without composites that show neither": Way(
        leaves_out=lambda path: is_composite(path) and not draws(path, *CLASSES)
    ),
}
"""The first is what all others are compared with."""


def looks_for(way: Way, folder: Path, count: int) -> list[Path]:
    """The training looks of a way; raises `ValueError` where hardly any is left."""
    random = np.random.default_rng(SEED)
    every = sorted((folder / "images" / "train").iterdir())
    allowed = [path for path in every if not way.leaves_out(path)]
    if len(allowed) < SMALLEST:
        raise ValueError(f"{folder}: {len(allowed)} looks are left of {len(every)}; wanted at least {SMALLEST}")
    drawn = random.permutation(len(allowed))[: min(count, len(allowed))]
    return [allowed[i] for i in sorted(drawn.tolist())]


def trained(way: Way, folder: Path, out: Path, count: int) -> Path:
    """Train one way; returns its checkpoint."""
    if out.exists():
        shutil.rmtree(out)  # half done
    out.mkdir(parents=True)
    (out / "looks.txt").write_text("\n".join(str(path.resolve()) for path in looks_for(way, folder, count)) + "\n")
    names = "\n".join(f"  {class_id}: {name}" for name, class_id in CLASSES.items())
    recipe = out / "looks.yaml"
    recipe.write_text(f"train: {out.resolve()}/looks.txt\nval: {folder.resolve()}/images/val\nnames:\n{names}\n")
    learned = tuple(CLASSES[name] for name in way.classes)
    start = WEIGHTS_DIR / way.start
    return train(Recipe(recipe, out / "run", start, 1, way.input_px, RATE, SEED, classes=learned))


def measured(checkpoint: Path, way: Way, folder: Path) -> dict[str, Any]:
    """AP50 of each class on real validation looks, and the time of one look as a part of yolov8n's at 640 px."""
    catalog = load_catalog()
    graph = export(checkpoint, "crop", checkpoint.parent)
    entry = replace(catalog["crop"].with_graph(graph), input_px=(way.input_px, way.input_px))
    net = CropNet(OpenVinoNet(entry, threads=2), Points({}, {}, {}, {}))
    looks = [look for source, some in prepared_looks(folder).items() if source != "composite" for look in some]
    pairs = [(net(image), truth) for image, truth in looks]
    told: dict[str, Any] = {"looks": len(pairs)}
    for class_id, name in enumerate(NAMES):
        if not way.classes or name in way.classes:
            figures = box_figures(rank(pairs, class_id), SCORE)
            told[name] = {"ap50": number(figures.ap50), "interval": pair(figures.intervals["ap50"])}
    stock = OpenVinoNet(catalog["person"], input_px=(640, 640), threads=1)
    return told | {"cost": round(cost(OpenVinoNet(entry, threads=1), stock), 3)}


def cost(net: OpenVinoNet, stock: OpenVinoNet) -> float:
    """Median time of one look as a part of the median of another net's, in turn on one core."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(TIMED):
        for which, each in enumerate((net, stock)):
            image = np.zeros((*each.input_px, 3), np.uint8)
            begun = perf_counter()
            each.infer(image)
            times[which].append(perf_counter() - begun)
    return float(np.median(times[0][1:]) / np.median(times[1][1:]))


def compare(folder: Path, out: Path, names: Sequence[str], count: int) -> dict[str, Any]:
    """Train and measure what is not done yet; returns all that is done."""
    kept = out / "compared.json"
    done: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    for i, name in enumerate(names):
        if name not in done:
            way = WAYS[name]
            checkpoint = trained(way, folder, out / f"way-{i}", count)
            done[name] = measured(checkpoint, way, folder)
            write_atomically(kept, (json.dumps(done, indent=1) + "\n").encode())
    return done


def table_of(done: dict[str, Any]) -> Table:
    """What was measured, for people to read."""
    table = Table("way", *(f"{name} AP50" for name in NAMES), "cost")
    for name, told in done.items():
        shown = [
            f"{told[kind]['ap50']:.3f} ({told[kind]['interval'][0]:.3f}–{told[kind]['interval'][1]:.3f})"
            if kind in told
            else "–"
            for kind in NAMES
        ]
        table.add_row(name, *shown, f"{told['cost']:.2f}")
    return table


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, required=True, help="what models.train.prepare wrote")
    parser.add_argument("--out", type=Path, required=True, help="outside the repository")
    parser.add_argument("--looks", type=int, default=4800)
    parser.add_argument("--only", nargs="+", choices=sorted(WAYS), default=list(WAYS), metavar="NAME")
    asked = parser.parse_args()
    try:
        Console(width=120).print(table_of(compare(asked.set, asked.out, asked.only, asked.looks)))
    except ValueError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
