"""A tiny real training, its export to every format, and how far each graph is from what was trained."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from models.train.adopt import adopt
from models.train.export import SHAPES, export, export_onnx, parity, size_bytes
from models.train.fetch import WEIGHTS_DIR
from models.train.quantize import Limits, quantize_file
from tests.commands import ROOT
from tests.tiny_set import make_tiny_set, needs_training

pytestmark = [
    needs_training(),
    pytest.mark.timeout(600),
    # torch warns of its own tracer and of its first ONNX exporter, on which ultralytics' export still rests
    pytest.mark.filterwarnings("ignore:`torch.jit.trace:FutureWarning"),
    pytest.mark.filterwarnings("ignore:You are using the legacy TorchScript-based ONNX export:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The feature will be removed:DeprecationWarning"),
]

EPOCHS, INPUT_PX = 3, 128
SCORE_APART, PLACE_APART_PX = 0.01, 1.0
"""FP16 weights move a score by a hundredth and a box by a pixel of the input at most."""
INT8_DROP = 0.1
"""Of mean AP50. One card is a tenth of its class here; the real bound is ``Limits.drop``, on hundreds of looks."""


@dataclass(frozen=True, slots=True)
class Training:
    """A finished training: its set, its folder and its last checkpoint."""

    looks: Path
    run: Path
    checkpoint: Path

    @property
    def picture(self) -> Path:
        """One look that the net was trained on."""
        return min((self.looks / "images" / "train").iterdir())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Training:
    """Three epochs on 27 rendered looks from the shipped crop net, by the documented command."""
    folder = tmp_path_factory.mktemp("tiny")
    looks, run = folder / "looks", folder / "run"
    make_tiny_set(looks)
    command = [sys.executable, "-m", "models.train.train", "--set", str(looks / "crops.yaml"), "--out", str(run)]
    command += ["--start", str(WEIGHTS_DIR / "crop.pt"), "--epochs", str(EPOCHS), "--input-px", str(INPUT_PX)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "YOLO_CONFIG_DIR": str(folder / "settings")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr[-3000:]
    return Training(looks, run, run / "weights" / "last.pt")


@pytest.fixture(scope="module")
def graph(trained: Training, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained net as an OpenVINO graph."""
    return export(trained.checkpoint, "crop", tmp_path_factory.mktemp("graph"))


def weights_of(checkpoint: Path) -> dict[str, Any]:
    from ultralytics import YOLO

    return {name: tensor.float() for name, tensor in YOLO(str(checkpoint)).model.state_dict().items()}


def test_training_changes_the_weights_and_breaks_none(trained: Training) -> None:
    before, after = weights_of(WEIGHTS_DIR / "crop.pt"), weights_of(trained.checkpoint)
    assert before.keys() == after.keys()
    kernels = [name for name, tensor in after.items() if tensor.ndim == 4 and ".dfl." not in name]
    changed = [name for name in kernels if bool((before[name] != after[name]).any())]
    assert len(changed) > 0.9 * len(kernels)  # no look shows anything as large as the coarsest grid looks for
    assert [] == [name for name, tensor in after.items() if not bool(tensor.isfinite().all())]


def test_the_loss_is_finite_and_falls(trained: Training) -> None:
    with (trained.run / "results.csv").open() as file:
        rows = [{key.strip(): float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    losses = [sum(value for key, value in row.items() if key.startswith("train/")) for row in rows]
    assert EPOCHS == len(losses)
    assert 0 < losses[-1] < losses[0] < float("inf")  # NaN compares false


def test_what_is_adopted_has_the_same_weights_and_names_no_folder(trained: Training, tmp_path: Path) -> None:
    taken = adopt(trained.checkpoint, "crop", tmp_path)
    before, after = weights_of(trained.checkpoint), weights_of(taken)
    assert before.keys() == after.keys()
    assert all(bool((before[name] == after[name]).all()) for name in before)
    assert str(trained.run.parent).encode() not in b"".join(_members(taken))
    assert str(trained.run.parent).encode() in b"".join(_members(trained.checkpoint))


def _members(checkpoint: Path) -> list[bytes]:
    with zipfile.ZipFile(checkpoint) as archive:
        return [archive.read(name) for name in archive.namelist()]


def test_the_openvino_graph_is_what_was_trained(trained: Training, graph: Path) -> None:
    assert_alike(trained, graph)


def test_the_onnx_graph_is_what_was_trained(trained: Training, tmp_path: Path) -> None:
    import onnx

    made = export_onnx(trained.checkpoint, "crop", tmp_path)
    assert_alike(trained, made)
    model = onnx.load(made)
    assert [18] == [opset.version for opset in model.opset_import if opset.domain == ""]
    assert ["images"] == [value.name for value in model.graph.input]


def test_int8_keeps_what_the_float_graph_sees(trained: Training, graph: Path, tmp_path: Path) -> None:
    import openvino as ov

    out = tmp_path / "int8.xml"
    outcome = quantize_file(graph, trained.looks, out, Limits(drop=INT8_DROP, back=3))
    assert outcome.before.mean_ap50 - outcome.after.mean_ap50 <= INT8_DROP
    assert {0, 1, 2} == outcome.after.ap50.keys()
    assert outcome.int8_layers >= outcome.layers - 1 - 3  # the box distribution stays float, and what came back
    assert size_bytes(out) < 0.75 * size_bytes(graph)
    model = ov.Core().read_model(out)
    model.reshape([1, 3, 416, 416])
    assert (1, 7, 3549) == tuple(model.output(0).shape)


def assert_alike(trained: Training, made: Path) -> None:
    """The graph gives what the checkpoint gives, at every shape that it must take and at the one trained at."""
    for found in parity(trained.checkpoint, made, [*SHAPES["crop"], (INPUT_PX, INPUT_PX)], trained.picture):
        assert found.score <= SCORE_APART, found
        assert found.box_px <= PLACE_APART_PX, found
    assert parity(trained.checkpoint, made, [SHAPES["crop"][0]], trained.picture)[0].seen > 0
