"""Write ``models/catalog.toml`` from the files that lie in ``weights``, ``cards`` and the figures beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from models.train.fetch import WEIGHTS_DIR, sha256_of, write_atomically

MODELS_DIR = WEIGHTS_DIR.parent
CARDS = MODELS_DIR / "cards"
CATALOG = MODELS_DIR / "catalog.toml"
LICENCE = "AGPL-3.0-or-later"

COCO = (
    "person bicycle car motorcycle airplane bus train truck boat traffic_light fire_hydrant stop_sign "
    "parking_meter bench bird cat dog horse sheep cow elephant bear zebra giraffe backpack umbrella handbag "
    "tie suitcase frisbee skis snowboard sports_ball kite baseball_bat baseball_glove skateboard surfboard "
    "tennis_racket bottle wine_glass cup fork knife spoon bowl banana apple sandwich orange broccoli carrot "
    "hot_dog pizza donut cake chair couch potted_plant bed dining_table toilet tv laptop mouse remote "
    "keyboard cell_phone microwave oven toaster sink refrigerator book clock vase scissors teddy_bear "
    "hair_drier toothbrush"
)
CROP_CLASSES = ["card", "lanyard", "cigarette"]
FRAME_CLASSES = ["person", "bottle", "can", "glass"]
VESSEL_CLASSES = ["bottle", "can", "glass"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalog says about one net, beside its sums.

    Attributes:
        name: Name of the net, of its files and of its card.
        task: ``detect`` or ``pose``.
        input_px: Height and width the graph is saved with.
        classes: Names in the order of the net's class scores.
    """

    name: str
    task: str
    input_px: tuple[int, int]
    classes: list[str]


def entries(crop_px: int) -> list[Entry]:
    """The nets that this project ships, in the order of the catalog."""
    return [
        Entry("frame", "detect", (384, 640), FRAME_CLASSES),
        Entry("person", "detect", (384, 640), [name.replace("_", " ") for name in COCO.split()]),
        Entry("pose", "pose", (256, 256), ["person"]),
        Entry("crop", "detect", (crop_px, crop_px), CROP_CLASSES),
        Entry("vessel", "detect", (384, 640), VESSEL_CLASSES),
    ]


def section(entry: Entry) -> list[str]:
    """Lines of one ``[models.NAME]`` table."""
    height, width = entry.input_px
    lines = [f"[models.{entry.name}]", f'task = "{entry.task}"']
    for key, ending in (("graph", "xml"), ("weights", "bin"), ("checkpoint", "pt")):
        file = WEIGHTS_DIR / f"{entry.name}.{ending}"
        lines += _named(key, file)
    int8 = WEIGHTS_DIR / f"{entry.name}_int8.xml"
    if int8.exists():
        lines += [*_named("graph_int8", int8), *_named("weights_int8", int8.with_suffix(".bin"))]
    lines += [
        f"input_px = [{height}, {width}]",
        f"classes = {json.dumps(entry.classes)}",
        f'licence = "{LICENCE}"',
        f'card = "cards/{entry.name}.md"',
    ]
    return lines


def _named(key: str, file: Path) -> list[str]:
    return [f'{key} = "weights/{file.name}"', f'{key}_sha256 = "{sha256_of(file)}"']


def operating_points(net: str, figures: Path) -> list[str]:
    """Tables of scores, floors and calibration of a net, as its evaluation set them."""
    set_by_evaluation = json.loads(figures.read_text())["operating_points"]
    lines = []
    for table in ("yes_score", "no_score", "floor_px", "base_rate", "calibration"):
        if table in set_by_evaluation:
            lines += ["", f"[models.{net}.{table}]"]
            lines += [f"{key} = {json.dumps(value)}" for key, value in set_by_evaluation[table].items()]
    return lines


def catalog(cards: Path) -> str:
    """The whole catalog; nets whose graph is not there yet are left out.

    Args:
        cards: Folder of ``NAME.figures.json``, as the evaluations write them.
    """
    crop_figures = cards / "crop.figures.json"
    crop_px = json.loads(crop_figures.read_text())["input_px"] if crop_figures.exists() else 320
    lines = ["# Written by `python -m models.train.publish`. Do not edit.", "schema = 1"]
    for entry in entries(crop_px):
        if not (WEIGHTS_DIR / f"{entry.name}.xml").exists():
            continue
        lines += ["", *section(entry)]
        figures = cards / f"{entry.name}.figures.json"
        if figures.exists():
            lines += operating_points(entry.name, figures)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the catalog."""
    write_atomically(CATALOG, catalog(CARDS).encode())
    print(CATALOG)


if __name__ == "__main__":
    main()
