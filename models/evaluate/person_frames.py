"""Measure a net for whole frames on 80 labelled frames of three clips: persons found, and time.

    python -m models.evaluate.person_frames --videos DIR [--graph XML] [--stock-graph XML] [--look-px N]
        [--score S] [--json]

The given net looks at 640 px, as the service does unless its site file says otherwise (``--look-px``); the stock net,
yolov8n, at 640 px and at 1280 px. The given net is wanted to have at least the recall of the stock net at 1280, at
least its precision at 640, and to cost at most 1.1 of it at 640. The clips show real people and are not part of the
project; the labels are (`models.evaluate.person_truth`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from models.catalog import CatalogInvalid, ModelEntry, load_catalog
from models.evaluate.errors import EvaluationInvalid
from models.evaluate.matching import Floats
from models.evaluate.person_figures import Seen, Shares, draws, interval, seen_of
from models.evaluate.person_truth import LABELS, FrameTruth, pictures, read_person_frames
from vision.capture.pictures import BgrPixels
from vision.detection import boxes
from vision.detection.openvino import OpenVinoDetector, OpenVinoNet
from vision.errors import WeightsInvalid
from vision.types import CameraId, Frame, Image, RunId

FRAME, STOCK, PERSON = "frame", "person", "person"
STOCK_SCORE = 0.25
"""Operating score of the stock net, and of a net for which the catalogue states none: ultralytics' default."""
LEAST_SCORE = 0.01
"""Weaker boxes are left out of the average precision too."""
COST_MAX = 1.1
LOOK_PX, WIDE_LOOK_PX = 640, 1280
TIMED_LOOKS = 60
SIDE_PX_STEP = 32
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

Shot = tuple[FrameTruth, Image]
GIVEN, SMALL, WIDE = "given", f"stock@{LOOK_PX}", f"stock@{WIDE_LOOK_PX}"


@dataclass(frozen=True, slots=True)
class Asked:
    """One net, how wide its look is, and from which score it is believed."""

    entry: ModelEntry
    look_px: int
    score: float
    threads: int = 0


def entry_of(graph: Path | None, catalog: dict[str, ModelEntry], default: str) -> ModelEntry:
    """Return the catalogue's entry of a graph, or make one for a graph that is not in it.

    A graph that is not in the catalogue is taken to have ``person`` as its first class, as COCO has.

    Raises:
        EvaluationInvalid: There is no such graph, or no weights beside it.
    """
    if graph is None:
        return catalog[default]
    weights = graph.with_suffix(".bin")
    missing = [f"{path}: no such file; wanted an OpenVINO graph and its weights" for path in (graph, weights)]
    missing = [fault for fault, path in zip(missing, (graph, weights), strict=True) if not path.is_file()]
    if missing:
        raise EvaluationInvalid(missing)
    for entry in catalog.values():
        if entry.graph.resolve() == graph.resolve():
            return entry
    return replace(catalog[STOCK].with_graph(graph), classes=(PERSON,))


def input_px(look_px: int, image: Image) -> tuple[int, int]:
    """Height and width of the input: the runtime's 3:5 where the picture fits into it, else a square."""
    wide_height_px = -(-look_px * 3 // 5 // SIDE_PX_STEP) * SIDE_PX_STEP
    fits = image.shape[0] * look_px <= wide_height_px * image.shape[1]
    return (wide_height_px if fits else look_px), look_px


def find_persons(asked: Asked, shots: Sequence[Shot]) -> Seen:
    """Look at every frame as the runtime does and match what is found with the truth."""
    detectors: dict[tuple[int, int], OpenVinoDetector] = {}
    found: list[tuple[FrameTruth, Floats, Floats]] = []
    for truth, image in track(shots, f"{asked.entry.name} at {asked.look_px} px", console=Console(stderr=True)):
        size = input_px(asked.look_px, image)
        if size not in detectors:
            detectors[size] = OpenVinoDetector(
                asked.entry, score_min=LEAST_SCORE, input_px=size, keep_classes=[PERSON], threads=asked.threads
            )
        frame = Frame(CameraId(truth.clip), RunId(truth.clip), truth.frame, MOMENT, BgrPixels(image))
        (seen,) = detectors[size].detect([frame])
        found.append((truth, seen.xyxy_px.astype(np.float64), seen.score.astype(np.float64)))
    return seen_of(found, asked.score)


def compare_times(given: Asked, stock: Asked, shots: Sequence[Shot], threads: int) -> dict[str, float]:
    """Medians of the inference times of both, in turn on the same pictures, milliseconds.

    In turn, and the medians of many: other work on the computer then slows both alike.
    """
    sizes = [input_px(asked.look_px, shots[0][1]) for asked in (given, stock)]
    nets = [
        OpenVinoNet(asked.entry, input_px=size, threads=threads)
        for asked, size in zip((given, stock), sizes, strict=True)
    ]
    fitted = [[boxes.letterbox(image, *size)[0] for _, image in shots] for size in sizes]
    times: list[list[float]] = [[], []]
    for turn in range(TIMED_LOOKS + 5):
        for which in (0, 1) if turn % 2 else (1, 0):
            start = perf_counter()
            nets[which].infer(fitted[which][turn % len(shots)])
            times[which].append(perf_counter() - start)
    # the first looks fill caches and are not counted
    given_ms, stock_ms = (1000 * float(np.median(some[5:])) for some in times)
    ratios = np.array(times[0][5:]) / np.array(times[1][5:])
    return {
        "given_ms": given_ms,
        "stock_ms": stock_ms,
        "ratio": given_ms / stock_ms,
        "median_of_ratios": float(np.median(ratios)),
        "looks": TIMED_LOOKS,
        "threads": threads,
    }


def figures(seen: Seen) -> dict[str, Any]:
    """Figures of one net, together and by clip, with intervals."""
    drawn = draws(seen.clip)
    told: dict[str, Any] = {}
    for name in (None, *dict.fromkeys(seen.clip)):
        mine = seen.of_clip(name)
        many = [seen.shares(weight * mine) for weight in drawn]
        one = seen.shares(mine)
        told[name or "together"] = {
            "persons": int(seen.ranking.true @ mine),
            **{key: value if not np.isnan(value) else None for key, value in one._asdict().items()},
            "intervals": {key: interval([getattr(each, key) for each in many]) for key in Shares._fields},
        }
    return told


def targets(seen: dict[str, Seen], times: dict[str, float]) -> dict[str, Any]:
    """Whether the given net reaches what is wanted; differences are the given net's less the other's."""
    told: dict[str, Any] = {}
    for key, other in (("recall", WIDE), ("precision", SMALL)):
        every = seen[GIVEN].of_clip(None)
        got, wanted = (getattr(seen[name].shares(every), key) for name in (GIVEN, other))
        differences = [
            getattr(seen[GIVEN].shares(weight), key) - getattr(seen[other].shares(weight), key)
            for weight in draws(seen[GIVEN].clip)
        ]
        told[key] = {
            "of": other,
            "wanted": wanted,
            "got": got,
            "holds": bool(got >= wanted),
            "difference": interval(differences),
        }
    told["cost"] = {"wanted": COST_MAX, "got": times["ratio"], "holds": times["ratio"] <= COST_MAX}
    return told


def measure(nets: dict[str, Asked], shots: Sequence[Shot], threads: int) -> dict[str, Any]:
    """Everything, as it is printed."""
    seen = {name: find_persons(asked, shots) for name, asked in nets.items()}
    times = compare_times(nets[GIVEN], nets[SMALL], shots, threads)
    wanted = targets(seen, times)
    return {
        "schema": 1,
        "frames": len(shots),
        "persons": sum(len(truth.person_px) for truth, _ in shots),
        "unclear_regions": sum(len(truth.unclear_px) for truth, _ in shots),
        "nets": {
            name: {
                "graph_sha256": nets[name].entry.graph_sha256,
                "weights_sha256": nets[name].entry.weights_sha256,
                "score": nets[name].score,
                "look_px": nets[name].look_px,
                **figures(some),
            }
            for name, some in seen.items()
        },
        "time": times,
        "targets": wanted,
        "holds": all(target["holds"] for target in wanted.values()),
    }


def print_table(told: dict[str, Any]) -> None:
    """Print the figures for people to read."""
    table = Table("net", "on", "persons", "precision", "recall", "AP50", title=f"{told['frames']} labelled frames")
    for name, net in told["nets"].items():
        for where in [key for key, value in net.items() if isinstance(value, dict)]:
            row = net[where]
            shown = [_with_interval(row[key], row["intervals"][key]) for key in Shares._fields]
            table.add_row(f"{name} at {net['look_px']} px (from {net['score']:g})", where, str(row["persons"]), *shown)
    console = Console()
    # a pipe is taken to be 80 wide, which cuts the intervals off
    console.width = max(console.width, 120)
    console.print(table)
    for name, target in told["targets"].items():
        verdict = "reached" if target["holds"] else "missed"
        console.print(f"{name}: wanted {target['wanted']:.3f}, got {target['got']:.3f}: {verdict}")


def _with_interval(value: float | None, low_high: tuple[float, float] | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" ({low_high[0]:.3f}-{low_high[1]:.3f})" if low_high else "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=Path, required=True, help="folder that holds the three clips")
    parser.add_argument("--graph", type=Path, help="OpenVINO graph of the given net; the catalogue's net by default")
    parser.add_argument("--stock-graph", type=Path, help="OpenVINO graph of the stock yolov8n")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--look-px", type=int, default=LOOK_PX, help="longer side of the given net's input")
    parser.add_argument("--score", type=float, help="operating score of the given net, 0..1")
    parser.add_argument("--threads", type=int, default=1, help="of the timed inference")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON on stdout")
    asked = parser.parse_args()
    if asked.score is not None and not 0.0 <= asked.score <= 1.0:
        parser.error(f"--score: wanted 0..1, got {asked.score}")
    if asked.look_px < SIDE_PX_STEP or asked.look_px % SIDE_PX_STEP:
        parser.error(f"--look-px: wanted a multiple of {SIDE_PX_STEP}, got {asked.look_px}")
    if asked.threads < 1:
        parser.error(f"--threads: wanted at least 1, got {asked.threads}")
    return asked


def main() -> None:
    """Measure and print. Exit code 1: the material is not what it should be."""
    asked = _arguments()
    try:
        catalog = load_catalog()
        given = entry_of(asked.graph, catalog, FRAME if FRAME in catalog else STOCK)
        stock = entry_of(asked.stock_graph, catalog, STOCK)
        score = given.yes_score.get(PERSON, STOCK_SCORE) if asked.score is None else asked.score
        nets = {
            GIVEN: Asked(given, asked.look_px, score),
            SMALL: Asked(stock, LOOK_PX, STOCK_SCORE),
            WIDE: Asked(stock, WIDE_LOOK_PX, STOCK_SCORE),
        }
        told = measure(nets, list(pictures(asked.videos, read_person_frames(asked.labels))), asked.threads)
    except (CatalogInvalid, EvaluationInvalid, WeightsInvalid) as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    if asked.json:
        print(json.dumps(told, indent=1, allow_nan=False))
    else:
        print_table(told)


if __name__ == "__main__":
    main()
