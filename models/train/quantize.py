"""Make an INT8 graph of a float graph, and take back what costs accuracy.

    python -m models.train.quantize crop --set PREPARED_DIR --out FILE.xml [--graph FLOAT.xml]

Weights and activations become INT8, with ranges measured on training looks. If mean AP50 on validation looks then
falls by more than ``--drop``, layers go back to float, the most harmful first, until it does not. What turns raw
numbers into boxes and scores stays float always. Prints sizes, AP50 per class and time of both graphs as JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.evaluate.matching import Found, Pair, Truth, average_precision
from models.train.export import ExportFailed, publish_pair, size_bytes
from models.train.fetch import WEIGHTS_DIR
from models.train.prepared import truth_of
from vision.detection.boxes import letterbox, to_blob
from vision.detection.net import decode_boxes
from vision.types import Image

SCORE_MIN, IOU_MAX = 0.01, 0.5
"""As in ``models.train.evaluate``: low enough for the whole curve, and the crop net's suppression."""
CONVOLUTIONS = ("Convolution", "GroupConvolution")


class QuantizationFailed(ValueError):
    """The looks cannot be used, or the graph loses too much. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How INT8 is made.

    Attributes:
        drop: By how much mean AP50 may fall, absolute.
        calibration: Training looks on which ranges are measured.
        validation: Validation looks on which AP50 is measured.
        back: Most layers that may go back to float.
        seed: Of the choice of looks.
    """

    drop: float = 0.01
    calibration: int = 300
    validation: int = 300
    back: int = 20
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One picture of a prepared set: BGR, uint8 (H, W, 3), and what it shows."""

    image: Image
    truth: Truth


@dataclass(frozen=True, slots=True)
class Measured:
    """One graph on the validation looks.

    Attributes:
        size_bytes: Graph and weights.
        ap50: By class id; classes that no look shows are left out.
        mean_ap50: Over those classes.
        look_ms: Median time of one look on one core.
    """

    size_bytes: int
    ap50: dict[int, float]
    mean_ap50: float
    look_ms: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Both graphs side by side.

    Attributes:
        layers: Convolutions.
        int8_layers: Those that hold INT8 weights.
        speed_ratio: Time of the float graph divided by that of the INT8 graph.
    """

    looks: int
    layers: int
    int8_layers: int
    before: Measured
    after: Measured
    speed_ratio: float


def looks_of(folder: Path, split: str, count: int, seed: int) -> list[Look]:
    """At most ``count`` looks of one side of a prepared set, the same for the same seed.

    Raises:
        QuantizationFailed: There is no picture, or one cannot be read.
    """
    paths = sorted(path for path in (folder / "images" / split).glob("*") if path.is_file())
    if not paths:
        raise QuantizationFailed(
            f"{folder / 'images' / split}: no pictures; make the set with python -m models.train.prepare"
        )
    chosen = np.random.default_rng(seed).permutation(len(paths))[:count]
    return [_read(paths[index]) for index in sorted(chosen)]


def _read(path: Path) -> Look:
    image = cv2.imread(str(path))
    if image is None:
        raise QuantizationFailed(f"{path}: cannot be read as a picture")
    return Look(np.asarray(image, np.uint8), truth_of(path))


def find(compiled: Any, look: Look) -> Found:
    """What a compiled graph sees in one look, read as at run time; boxes in fractions of the look."""
    _, _, height_px, width_px = compiled.input(0).shape
    fitted, fit = letterbox(look.image, height_px, width_px)
    raw = np.asarray(compiled([to_blob(fitted)])[0][0], np.float32)
    xyxy, score, class_id = decode_boxes(raw, score_min=SCORE_MIN, iou_max=IOU_MAX)
    size = np.array([look.image.shape[1], look.image.shape[0]] * 2, np.float64)
    return Found(fit.to_picture(xyxy) / size, score.astype(np.float64), class_id)


def ap50_of(compiled: Any, looks: Iterable[Look]) -> dict[int, float]:
    """AP50 by class id, of the classes that the looks show."""
    pairs: list[Pair] = [(find(compiled, look), look.truth) for look in looks]
    classes = sorted({int(kind) for _, truth in pairs for kind in truth.class_id})
    return {kind: average_precision(pairs, kind, 0.5) for kind in classes}


def mean(ap50: Mapping[int, float]) -> float:
    """Mean over classes; 0 where there is none."""
    return sum(ap50.values()) / max(1, len(ap50))


def quantize(graph: Path, calibration: Sequence[Look], validation: Sequence[Look], limits: Limits) -> Any:
    """Return the INT8 model of a graph, with as many layers in float as ``limits.drop`` demands."""
    import nncf
    import openvino as ov

    model = ov.Core().read_model(graph)
    _, _, height_px, width_px = (int(side) for side in model.input(0).shape)
    return nncf.quantize_with_accuracy_control(
        model,
        nncf.Dataset(calibration, lambda look: to_blob(letterbox(look.image, height_px, width_px)[0])),
        nncf.Dataset(validation),
        validation_fn=lambda compiled, looks: (mean(ap50_of(compiled, looks)), None),
        max_drop=limits.drop,
        drop_type=nncf.DropType.ABSOLUTE,
        preset=nncf.QuantizationPreset.MIXED,  # SiLU is not symmetric
        subset_size=len(calibration),
        ignored_scope=nncf.IgnoredScope(names=decoding(model)),
        advanced_accuracy_restorer_parameters=nncf.AdvancedAccuracyRestorerParameters(
            max_num_iterations=limits.back, ranking_subset_size=min(100, len(validation)), num_ranking_workers=1
        ),
    )


def decoding(model: Any) -> list[str]:
    """Names of the operations behind the last convolutions: 8 bits are too few for places in pixels.

    The head's own operations stand directly under its name (``__module.model.23/aten::cat``); its convolutions
    lie one level deeper (``__module.model.23.cv2.0.2/...``), except those of the box distribution (``.dfl``).
    """
    names = [operation.get_friendly_name() for operation in model.get_ordered_ops()]
    sigmoids = [op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() == "Sigmoid"]
    if not sigmoids:
        raise QuantizationFailed("the graph has no Sigmoid at its end; wanted a detector made by models.train.export")
    head = sigmoids[-1].split("/", 1)[0]
    return [name for name in names if name in sigmoids or name.startswith((f"{head}/", f"{head}.dfl"))]


def layers_of(model: Any) -> tuple[int, int]:
    """How many convolutions a saved graph has, and how many of them hold INT8 weights."""
    weights = [_constant_behind(op.input_value(1)) for op in model.get_ops() if op.get_type_name() in CONVOLUTIONS]
    return len(weights), sum(constant.get_element_type().get_type_name() == "i8" for constant in weights)


def _constant_behind(output: Any) -> Any:
    """The constant that a chain of conversions and scales starts from."""
    node = output.get_node()
    while node.get_type_name() != "Constant":
        node = node.input_value(0).get_node()
    return node


def ap50_of_graph(graph: Path, looks: Sequence[Look]) -> dict[int, float]:
    """AP50 by class id of a graph on disk, in the precision that the run time takes."""
    import openvino as ov

    return ap50_of(ov.Core().compile_model(graph, "CPU"), looks)


def look_ms(graphs: Sequence[Path], rounds: int = 60) -> list[float]:
    """Median time of one look on one core for each graph, taken in turns: other work slows all alike."""
    import openvino as ov

    config = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"}
    nets = [ov.Core().compile_model(graph, "CPU", config) for graph in graphs]
    blob = np.full(tuple(nets[0].input(0).shape), 0.5, np.float32)
    taken = np.zeros((rounds, len(nets)))
    for row in taken:
        for column, net in enumerate(nets):
            start = time.perf_counter()
            net([blob])
            row[column] = time.perf_counter() - start
    return [round(float(middle) * 1000, 2) for middle in np.median(taken, axis=0)]


def quantize_file(graph: Path, folder: Path, out: Path, limits: Limits) -> Outcome:
    """Quantize a graph on a prepared set, measure both, and write ``out`` and its ``.bin``.

    Raises:
        QuantizationFailed: The looks cannot be used, or AP50 falls by more than ``limits.drop`` all the same.
        ExportFailed: The net would be larger than a net may be.
    """
    import openvino as ov

    if not graph.is_file():
        raise QuantizationFailed(f"{graph}: no such graph")
    if out.suffix != ".xml":
        raise QuantizationFailed(f"{out}: wanted a name that ends in .xml")
    calibration = looks_of(folder, "train", limits.calibration, limits.seed)
    validation = looks_of(folder, "val", limits.validation, limits.seed)
    if not any(len(look.truth.class_id) for look in validation):
        raise QuantizationFailed(f"{folder / 'labels' / 'val'}: no label on {len(validation)} looks to measure AP50 by")
    before = ap50_of_graph(graph, validation)
    with tempfile.TemporaryDirectory() as drafts:
        draft = Path(drafts) / "draft.xml"
        ov.save_model(quantize(graph, calibration, validation, limits), str(draft), compress_to_fp16=True)
        after = ap50_of_graph(draft, validation)
        if mean(before) - mean(after) > limits.drop:
            raise QuantizationFailed(
                f"mean AP50 falls from {mean(before):.4f} to {mean(after):.4f} with {limits.back} layers in float; "
                f"wanted a fall of at most {limits.drop}: allow more layers (--back), or ship the float graph"
            )
        layers = layers_of(ov.Core().read_model(draft))
        times = look_ms([graph, draft])
        publish_pair(draft, out)
    return Outcome(
        len(validation),
        *layers,
        before=Measured(size_bytes(graph), before, mean(before), times[0]),
        after=Measured(size_bytes(out), after, mean(after), times[1]),
        speed_ratio=round(times[0] / times[1], 2),
    )


def main() -> None:
    """Quantize one net as asked on the command line."""
    standard = Limits()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="net whose graph is taken from models/weights", choices=("person", "crop"))
    parser.add_argument("--set", type=Path, required=True, help="folder of models.train.prepare")
    parser.add_argument("--out", type=Path, required=True, help="FILE.xml; its .bin is written beside it")
    parser.add_argument("--graph", type=Path, help="float graph; default: models/weights/NAME.xml")
    parser.add_argument("--drop", type=float, default=standard.drop, help="by how much mean AP50 may fall")
    parser.add_argument("--calibration", type=int, default=standard.calibration, help="training looks for the ranges")
    parser.add_argument("--looks", type=int, default=standard.validation, help="validation looks for AP50")
    parser.add_argument("--back", type=int, default=standard.back, help="most layers that may go back to float")
    parser.add_argument("--seed", type=int, default=standard.seed)
    asked = parser.parse_args()
    limits = Limits(asked.drop, asked.calibration, asked.looks, asked.back, asked.seed)
    graph = asked.graph or WEIGHTS_DIR / f"{asked.name}.xml"
    try:
        with contextlib.redirect_stdout(sys.stderr):  # nncf reports its progress; the figures stand alone
            outcome = quantize_file(graph, asked.set, asked.out, limits)
    except (QuantizationFailed, ExportFailed) as error:
        parser.exit(1, f"{error}\n")
    print(json.dumps(asdict(outcome), indent=2))


if __name__ == "__main__":
    main()
