"""Turn a checkpoint into a re-shapeable OpenVINO graph and measure how far the two differ."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.train.fetch import WEIGHTS_DIR

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("ULTRALYTICS_SAFE_LOAD", "1")
os.environ.setdefault("YOLO_OFFLINE", "true")

SHAPES: dict[str, list[tuple[int, int]]] = {
    "person": [(384, 640), (640, 640), (736, 1280)],
    "pose": [(256, 256), (384, 384), (384, 640)],
    "crop": [(320, 320), (416, 416), (256, 256)],
}
"""Input sizes (height, width) that each graph must take; the first is the one it is saved with."""
SEEN = 0.25


@dataclass(frozen=True, slots=True)
class Parity:
    """Largest absolute difference between graph and checkpoint on the same input.

    Boxes of cells that see nothing are noise in both, so places are compared only where the checkpoint
    gives some class at least ``SEEN``; scores are compared everywhere.

    Attributes:
        shape: Height and width of the input in pixels.
        seen: How many cells were compared for place.
        box_px: Over box coordinates, pixels of the input.
        score: Over class scores.
        rest: Over what follows them (keypoints in pixels and their scores), 0 where nothing does.
    """

    shape: tuple[int, int]
    seen: int
    box_px: float
    score: float
    rest: float


def export(checkpoint: Path, name: str) -> Path:
    """Write ``weights/NAME.xml`` and ``.bin``: FP16 weights, no NMS, batch 1, saved at its first shape.

    The graph takes float32 (1, 3, H, W), RGB, 0..1, and gives (1, 4 + classes [+ 51], N): centre x,
    centre y, width, height in pixels of the input, then class scores after the sigmoid.
    """
    import openvino as ov
    from ultralytics import YOLO

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"{name}.pt"
        shutil.copy(checkpoint, copy)
        net: Any = YOLO(str(copy))
        first = SHAPES[name][0]
        made = net.export(format="openvino", half=True, dynamic=True, imgsz=first, nms=False, device="cpu")
        (graph,) = Path(made).glob("*.xml")
        model = ov.Core().read_model(graph)
        model.reshape([1, 3, *first])
        draft = WEIGHTS_DIR / f".draft_{name}.xml"
        ov.save_model(model, str(draft), compress_to_fp16=True)
    target = WEIGHTS_DIR / f"{name}.xml"
    os.replace(draft.with_suffix(".bin"), target.with_suffix(".bin"))
    os.replace(draft, target)
    return target


def parity(checkpoint: Path, graph: Path, shapes: list[tuple[int, int]], picture: Path | None) -> list[Parity]:
    """Compare graph and checkpoint at every shape, on a picture or else on fixed noise."""
    import openvino as ov
    import torch
    from ultralytics import YOLO

    net: Any = YOLO(str(checkpoint)).model
    net.float().eval()
    classes = len(net.names)
    found = []
    for shape in shapes:
        planes = _planes(picture, shape)
        model = ov.Core().read_model(graph)
        model.reshape([1, 3, *shape])
        compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        ours = compiled([planes])[0]
        with torch.no_grad():
            theirs = net(torch.from_numpy(planes))[0].numpy()
        apart = np.abs(ours - theirs)
        seen = apart[..., theirs[0, 4 : 4 + classes].max(0) >= SEEN]
        found.append(
            Parity(
                shape,
                seen.shape[-1],
                float(seen[:, :4].max(initial=0)),
                float(apart[:, 4 : 4 + classes].max()),
                float(seen[:, 4 + classes :].max(initial=0)),
            )
        )
    return found


def _planes(picture: Path | None, shape: tuple[int, int]) -> NDArray[np.float32]:
    """One input, float32 (1, 3, H, W), RGB, 0..1."""
    import cv2

    height, width = shape
    if picture is None:
        noise = np.random.default_rng(7).random((1, 3, height, width))
        return noise.astype(np.float32)
    image: Any = cv2.imread(str(picture))
    image = cv2.cvtColor(cv2.resize(image, (width, height)), cv2.COLOR_BGR2RGB)
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def main() -> None:
    """Export one net and print its parity."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(SHAPES))
    parser.add_argument("--checkpoint", type=Path, help="default: weights/NAME.pt")
    parser.add_argument("--picture", type=Path, help="compare on this picture; default: fixed noise")
    asked = parser.parse_args()
    checkpoint = asked.checkpoint or WEIGHTS_DIR / f"{asked.name}.pt"
    graph = export(checkpoint, asked.name)
    for found in parity(checkpoint, graph, SHAPES[asked.name], asked.picture):
        print(found)


if __name__ == "__main__":
    main()
