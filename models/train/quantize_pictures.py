"""Make an INT8 graph of a net from pictures without labels, and tell how far it sees what the float graph sees.

    python -m models.train.quantize_pictures person --clips DIR [--photos DIR]... --out FILE.xml

For nets that come without a prepared set; with one, `models.train.quantize` keeps an eye on AP50. Ranges are measured
on frames of the clips and on the photos, letterboxed as at run time. What turns raw numbers into boxes and scores
stays float, and so do the last convolutions in front of it. On pictures that are kept back both graphs look, and what
one finds is compared with what the other finds. Prints the comparison as JSON; whether that is good enough only
labels can tell.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from models.catalog import ModelEntry, load_catalog
from models.evaluate.matching import Floats, iou
from models.train.export import ExportFailed, publish_pair, size_bytes
from models.train.quantize import QuantizationFailed, decoding, layers_of, look_ms
from vision.detection.boxes import letterbox, to_blob
from vision.detection.net import decode_boxes
from vision.types import Image

SEEN = 0.25
"""Score from which something counts as found; half of it is what the tracker goes on with."""
LEAST_IOU, SUPPRESSION_IOU = 0.5, 0.6
LAST_CONVOLUTION = re.compile(r"\.cv[23]\.\d\.2/")
"""The convolutions of a YOLOv8 head whose numbers are the scores and the box distribution themselves."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How INT8 is made.

    Attributes:
        photos: Most pictures of each folder of photos.
        frames: Most frames of each clip.
        keeps_last: Leave the last convolutions in float, which costs no time that can be measured.
        kept_back: Every so many-th picture measures instead of calibrating.
        seed: Of the choice of pictures.
    """

    photos: int = 100
    frames: int = 40
    keeps_last: bool = True
    kept_back: int = 4
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the INT8 graph makes of what the float graph sees.

    Attributes:
        things: What the float graph finds with a score of `SEEN`.
        found: Share of it that the INT8 graph finds with `SEEN` too, at an IoU of `LEAST_IOU`.
        added: Share of the INT8 graph's finds that the float graph does not have.
        score_shift: Mean by which scores of the same thing rose.
        box_px: Largest shift of a side, the median over things, pixels of the input.
    """

    things: int
    found: float
    added: float
    score_shift: float
    box_px: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Both graphs side by side; ``look_ms`` is the median time of one look on one core."""

    calibrated_on: int
    measured_on: int
    layers: int
    int8_layers: int
    size_bytes: tuple[int, int]
    look_ms: tuple[float, float]
    agreement: Agreement


def frames_of(folder: Path, most: int) -> Iterator[Image]:
    """Up to ``most`` frames of each clip of a folder, from its whole length.

    Raises:
        QuantizationFailed: There is no clip, or one cannot be read.
    """
    clips = sorted(folder.glob("*.mp4"))
    if not clips:
        raise QuantizationFailed(f"{folder}: no clips; wanted files NAME.mp4")
    for clip in clips:
        try:
            with av.open(str(clip)) as container:
                step = max(1, container.streams.video[0].frames // most)
                wanted = (p for i, p in enumerate(container.decode(video=0)) if i % step == 0 and i < step * most)
                yield from (np.asarray(picture.to_ndarray(format="bgr24"), np.uint8) for picture in wanted)
        except av.FFmpegError as error:
            raise QuantizationFailed(f"{clip}: cannot be read as a clip: {error}") from None


def photos_of(folder: Path, most: int, seed: int) -> Iterator[Image]:
    """Up to ``most`` photos of a folder and the folders in it, the same for the same seed; raises likewise."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not paths:
        raise QuantizationFailed(f"{folder}: no pictures; wanted files NAME.jpg or NAME.png")
    for index in np.random.default_rng(seed).permutation(len(paths))[:most]:
        image = cv2.imread(str(paths[index]))
        if image is None:
            raise QuantizationFailed(f"{paths[index]}: cannot be read as a picture")
        yield np.asarray(image, np.uint8)


def quantize(model: Any, calibration: Sequence[Image], recipe: Recipe) -> Any:
    """Return the INT8 model of a float model; pictures are of its input's size."""
    import nncf

    kept = set(decoding(model))
    if recipe.keeps_last:
        kept |= {op.get_friendly_name() for op in model.get_ops() if LAST_CONVOLUTION.search(op.get_friendly_name())}
    return nncf.quantize(
        model,
        nncf.Dataset(calibration, to_blob),
        preset=nncf.QuantizationPreset.MIXED,  # SiLU is not symmetric
        subset_size=len(calibration),
        ignored_scope=nncf.IgnoredScope(names=sorted(kept)),
    )


def find(compiled: Any, fitted: Image) -> tuple[Floats, Floats]:
    """Boxes (N, 4) of the first class in pixels of the input, and their scores from half of `SEEN` on."""
    raw = np.asarray(compiled([to_blob(fitted)])[0][0], np.float32)
    xyxy, score, _ = decode_boxes(raw, score_min=SEEN / 2, iou_max=SUPPRESSION_IOU, keep_classes=[0])
    return xyxy.astype(np.float64), score.astype(np.float64)


def agreement(exact: Any, quick: Any, pictures: Sequence[Image]) -> Agreement:
    """Compare two compiled graphs on pictures of their input's size.

    Raises:
        QuantizationFailed: The exact one finds nothing to compare.
    """
    things = found = seen = true = 0
    shifts: list[float] = []
    apart_px: list[float] = []
    for fitted in pictures:
        (wanted, sure), (got, score) = find(exact, fitted), find(quick, fitted)
        overlap = iou(wanted, got)
        things, seen = things + int((sure >= SEEN).sum()), seen + int((score >= SEEN).sum())
        true += int((overlap[:, score >= SEEN].max(axis=0, initial=0.0) >= LEAST_IOU).sum())
        for row in np.flatnonzero(sure >= SEEN):
            if overlap[row].max(initial=0.0) < LEAST_IOU:
                continue
            same = int(overlap[row].argmax())
            found += bool(score[same] >= SEEN)
            shifts.append(float(score[same] - sure[row]))
            apart_px.append(float(np.abs(got[same] - wanted[row]).max()))
    if not shifts:
        raise QuantizationFailed(f"nothing is found on {len(pictures)} pictures by both graphs; wanted some to compare")
    return Agreement(
        things,
        round(found / things, 4),
        round(1 - true / max(1, seen), 4),
        round(float(np.mean(shifts)), 4),
        round(float(np.median(apart_px)), 2),
    )


def quantize_file(entry: ModelEntry, pictures: Sequence[Image], out: Path, recipe: Recipe) -> Outcome:
    """Quantize the graph of a net of the catalogue, compare both, and write ``out`` and its ``.bin``.

    Raises:
        QuantizationFailed: The pictures cannot be used.
        ExportFailed: The net would be larger than a net may be.
    """
    import openvino as ov

    if out.suffix != ".xml":
        raise QuantizationFailed(f"{out}: wanted a name that ends in .xml")
    fitted = [letterbox(image, *entry.input_px)[0] for image in pictures]
    apart, together = fitted[:: recipe.kept_back], [p for i, p in enumerate(fitted) if i % recipe.kept_back]
    core = ov.Core()
    model = core.read_model(str(entry.graph), str(entry.weights))
    model.reshape([1, 3, *entry.input_px])
    int8 = quantize(model, together, recipe)
    with tempfile.TemporaryDirectory() as drafts:
        before, draft = Path(drafts) / "float.xml", Path(drafts) / "int8.xml"
        ov.save_model(model, str(before), compress_to_fp16=True)
        ov.save_model(int8, str(draft), compress_to_fp16=True)
        layers = layers_of(core.read_model(draft))
        exact = core.compile_model(str(before), "CPU", {"EXECUTION_MODE_HINT": "ACCURACY"})
        agreed = agreement(exact, core.compile_model(str(draft), "CPU"), apart)
        times = look_ms([before, draft])
        publish_pair(draft, out)
    sizes = (size_bytes(entry.graph), size_bytes(out))
    return Outcome(len(together), len(apart), *layers, sizes, (times[0], times[1]), agreed)


def main() -> None:
    """Quantize one net as asked on the command line."""
    standard = Recipe()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="net of the catalogue", choices=("person",))
    parser.add_argument("--clips", type=Path, required=True, help="folder of clips NAME.mp4")
    parser.add_argument("--photos", type=Path, action="append", default=[], help="folder of photos; may be repeated")
    parser.add_argument("--out", type=Path, required=True, help="FILE.xml; its .bin is written beside it")
    parser.add_argument("--most-photos", type=int, default=standard.photos, help="of each folder")
    parser.add_argument("--most-frames", type=int, default=standard.frames, help="of each clip")
    parser.add_argument("--last-int8", action="store_true", help="take the last convolutions too")
    parser.add_argument("--seed", type=int, default=standard.seed)
    asked = parser.parse_args()
    recipe = Recipe(asked.most_photos, asked.most_frames, not asked.last_int8, standard.kept_back, asked.seed)
    try:
        pictures = list(frames_of(asked.clips, recipe.frames))
        for folder in asked.photos:
            pictures += photos_of(folder, recipe.photos, recipe.seed)
        with contextlib.redirect_stdout(sys.stderr):  # nncf reports its progress; the figures stand alone
            outcome = quantize_file(load_catalog()[asked.name], pictures, asked.out, recipe)
    except (QuantizationFailed, ExportFailed) as error:
        parser.exit(1, f"{error}\n")
    print(json.dumps(asdict(outcome), indent=2))


if __name__ == "__main__":
    main()
