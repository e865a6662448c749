"""Turn a checkpoint into re-shapeable graphs, OpenVINO and ONNX, and measure how far each differs from it.

    python -m models.train.export NAME [--format openvino|onnx] [--checkpoint FILE] [--into DIR]

Both formats store FP16 weights and compute in FP32. BF16 is no file of its own but a hint that OpenVINO is given
when it compiles a graph (``INFERENCE_PRECISION_HINT``); it takes it by itself on CPUs that have AVX-512 BF16 or
AMX. ``--precision bf16`` measures what that costs. INT8 needs pictures: ``models.train.quantize``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.train.fetch import WEIGHTS_DIR, write_atomically

os.environ.setdefault("YOLO_AUTOINSTALL", "false")
os.environ.setdefault("ULTRALYTICS_SAFE_LOAD", "1")
os.environ.setdefault("YOLO_OFFLINE", "true")

Shape = tuple[int, int]
SHAPES: dict[str, list[Shape]] = {
    "person": [(384, 640), (640, 640), (736, 1280)],
    "frame": [(384, 640), (640, 640), (512, 640)],
    "vessel": [(384, 640), (640, 640), (320, 320)],
    "pose": [(256, 256), (384, 384), (384, 640)],
    "crop": [(320, 320), (416, 416), (256, 256)],
}
"""Input sizes (height, width) that each graph must take; the first is the one it is saved with."""
ONNX_OPSET = 18
"""ONNX Runtime has no CUDA kernels for Resize 19 and ReduceMax 20, so nothing newer is asked for."""
ONNX_SMALL = 256
"""Tensors of at most this many numbers stay FP32: strides, anchors and the like save no space."""
LARGEST_BYTES = 12_000_000
"""What one net may take, graph and weights together."""
SEEN = 0.25


class ExportFailed(ValueError):
    """A graph could not be made as wanted. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Largest absolute difference between graph and checkpoint on the same input.

    Boxes of cells that see nothing are noise in both, so places are compared only where the checkpoint
    gives some class at least so much; scores are compared everywhere.

    Attributes:
        shape: Height and width of the input in pixels.
        seen: How many cells were compared for place.
        box_px: Over box coordinates, pixels of the input.
        score: Over class scores.
        rest: Over what follows them (keypoints in pixels and their scores), 0 where nothing does.
    """

    shape: Shape
    seen: int
    box_px: float
    score: float
    rest: float


def export(checkpoint: Path, name: str, into: Path = WEIGHTS_DIR) -> Path:
    """Write ``into/NAME.xml`` and ``.bin``: FP16 weights, no NMS, batch 1, saved at its first shape.

    The graph takes float32 (1, 3, H, W), RGB, 0..1, and gives (1, 4 + classes [+ 51], N): centre x,
    centre y, width, height in pixels of the input, then class scores after the sigmoid.

    Raises:
        ExportFailed: ``name`` has no shapes, or the net would be larger than ``LARGEST_BYTES``.
    """
    import openvino as ov

    with _exported(checkpoint, name, {"format": "openvino"}) as made:
        (graph,) = made.glob("*.xml")
        model = ov.Core().read_model(graph)
        model.reshape([1, 3, *SHAPES[name][0]])
        draft = made / "draft.xml"
        ov.save_model(model, str(draft), compress_to_fp16=True)
        return publish_pair(draft, into / f"{name}.xml")


def export_onnx(checkpoint: Path, name: str, into: Path) -> Path:
    """Write ``into/NAME.onnx``: the same net with the same input and output, any height and width, opset 18.

    Raises:
        ExportFailed: ``name`` has no shapes, or the net would be larger than ``LARGEST_BYTES``.
        onnx.checker.ValidationError: The graph breaks the ONNX standard.
    """
    import onnx

    with _exported(checkpoint, name, {"format": "onnx", "simplify": False, "opset": ONNX_OPSET}) as made:
        model = onnx.load(made)
    store_as_fp16(model)
    onnx.checker.check_model(model, full_check=True)
    content = model.SerializeToString()
    _check_size(name, len(content))
    target = into / f"{name}.onnx"
    write_atomically(target, content)
    return target


@contextmanager
def _exported(checkpoint: Path, name: str, how: dict[str, Any]) -> Iterator[Path]:
    """What ultralytics makes of a copy of the checkpoint: FP32, dynamic, without NMS; gone afterwards."""
    if name not in SHAPES:
        raise ExportFailed(f"no input shapes are known for net {name!r}; known: {', '.join(SHAPES)}")
    if not checkpoint.is_file():
        raise ExportFailed(f"{checkpoint}: no such checkpoint")
    from ultralytics import YOLO

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"{name}.pt"
        shutil.copy(checkpoint, copy)
        net: Any = YOLO(str(copy))
        yield Path(net.export(dynamic=True, imgsz=SHAPES[name][0], nms=False, device="cpu", verbose=False, **how))


def store_as_fp16(model: Any) -> None:
    """Store the large FP32 tensors of an ONNX model as FP16, each with a cast back in front of its readers.

    Computation stays FP32, as in the OpenVINO graph, so both show the same numbers; runtimes fold the casts.
    """
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) <= ONNX_SMALL:
            continue
        name, halved = tensor.name, numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(halved, f"{name}.fp16"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def publish_pair(draft: Path, target: Path) -> Path:
    """Move a saved graph and its weights to their place, each in one step; raises `ExportFailed` if too large."""
    _check_size(target.stem, size_bytes(draft))
    target.parent.mkdir(parents=True, exist_ok=True)
    for ending in (".bin", ".xml"):
        beside = target.with_name(f".{target.stem}{ending}.draft")
        shutil.move(draft.with_suffix(ending), beside)
        os.replace(beside, target.with_suffix(ending))
    return target


def size_bytes(graph: Path) -> int:
    """Bytes of a graph together with its weights."""
    weights = graph.with_suffix(".bin")
    return graph.stat().st_size + (weights.stat().st_size if graph.suffix == ".xml" else 0)


def _check_size(name: str, size: int) -> None:
    if size > LARGEST_BYTES:
        raise ExportFailed(f"net {name!r} would take {size} bytes; wanted at most {LARGEST_BYTES}")


def parity(
    checkpoint: Path,
    graph: Path,
    shapes: Sequence[Shape],
    picture: Path | None,
    *,
    precision: str = "f32",
    least: float = SEEN,
) -> list[Parity]:
    """Compare graph and checkpoint at every shape, on a picture or else on fixed noise.

    Args:
        checkpoint: What was trained.
        graph: OpenVINO ``.xml`` or ``.onnx``; both are run by OpenVINO.
        shapes: Heights and widths of the input.
        picture: Any picture; stretched to each shape.
        precision: What OpenVINO computes in, ``f32`` or ``bf16``; a CPU without BF16 computes in f32.
        least: From which score of the checkpoint a place is compared.
    """
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
        compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": precision})
        with torch.no_grad():
            theirs = net(torch.from_numpy(planes))[0].numpy()
        found.append(_apart(shape, compiled([planes])[0], theirs, classes, least))
    return found


def _apart(shape: Shape, ours: NDArray[np.float32], theirs: NDArray[np.float32], classes: int, least: float) -> Parity:
    """Compare two outputs (1, 4 + classes + rest, N) of one input."""
    apart = np.abs(ours - theirs)
    seen = apart[..., theirs[0, 4 : 4 + classes].max(0) >= least]
    return Parity(
        shape,
        seen.shape[-1],
        float(seen[:, :4].max(initial=0)),
        float(apart[:, 4 : 4 + classes].max()),
        float(seen[:, 4 + classes :].max(initial=0)),
    )


def _planes(picture: Path | None, shape: Shape) -> NDArray[np.float32]:
    """One input, float32 (1, 3, H, W), RGB, 0..1."""
    import cv2

    height, width = shape
    if picture is None:
        noise = np.random.default_rng(7).random((1, 3, height, width))
        return noise.astype(np.float32)
    image: Any = cv2.imread(str(picture))
    if image is None:
        raise ExportFailed(f"{picture}: cannot be read as a picture")
    image = cv2.cvtColor(cv2.resize(image, (width, height)), cv2.COLOR_BGR2RGB)
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32) / np.float32(255)


def main() -> None:
    """Export one net and print its parity."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(SHAPES))
    parser.add_argument("--format", choices=("openvino", "onnx"), default="openvino")
    parser.add_argument("--checkpoint", type=Path, help="default: weights/NAME.pt")
    parser.add_argument("--into", type=Path, default=WEIGHTS_DIR, help="folder to write to; default: models/weights")
    parser.add_argument("--picture", type=Path, help="compare on this picture; default: fixed noise")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32", help="what to compute in")
    asked = parser.parse_args()
    checkpoint = asked.checkpoint or WEIGHTS_DIR / f"{asked.name}.pt"
    write = export if asked.format == "openvino" else export_onnx
    try:
        graph = write(checkpoint, asked.name, asked.into)
        differences = parity(checkpoint, graph, SHAPES[asked.name], asked.picture, precision=asked.precision)
    except ExportFailed as error:
        parser.exit(1, f"{error}\n")
    print(f"{graph}: {size_bytes(graph)} bytes")
    for found in differences:
        print(found)


if __name__ == "__main__":
    main()
