"""The graphs that ship are the checkpoints that ship, and small; what cannot be exported is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.catalog import ModelEntry, load_catalog
from models.train import export as exporting
from models.train import quantize as quantizing
from models.train.export import LARGEST_BYTES, SEEN, SHAPES, ExportFailed, export, parity, size_bytes, store_as_fp16
from models.train.fetch import WEIGHTS_DIR
from models.train.quantize import Limits, QuantizationFailed, quantize_file
from tests.samples import sample_frame
from tests.tiny_set import make_tiny_set, needs_training
from vision.detection.boxes import crop_square, letterbox, to_blob, upper_body, whole_body
from vision.detection.net import decode_boxes

ENTRIES = load_catalog()
SCORE_APART = {"person": 0.05, "pose": 0.01, "crop": 0.01, "vessel": 0.01}
"""How far FP16 weights may move a score. Measured on nine frames: person .039 (the largest of 80 classes in up to
19,000 cells), pose .009, crop .003."""
LEAST = {"vessel": 0.05}
"""From which score places are compared, where not from .25: of drawn cans this net is not sure at every size."""
PLACE_APART_PX = 1.0
"""How far they may move a box or a joint, pixels of the input; measured: boxes .35, joints at 256 px .1."""
BF16_SCORE_APART = 0.05
"""BF16 keeps 8 bits of a number. Measured: a person of a whole frame .004, pose .005, crop .011."""
BF16_PLACE_APART_PX = 4.0
"""Measured over ten frames: 2 px of an input of 640."""


@pytest.fixture
def picture(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What a net of the catalogue looks at: a whole frame, a whole person, an upper body, or cans."""
    frame, persons = sample_frame("counter", seconds=10.0)
    image, name = frame.image, request.param
    if name == "vessel":
        image = with_cans(image)[:, 120:840]
    elif name != "person":
        square = whole_body(persons[0]) if name == "pose" else upper_body(persons[0])
        image, _ = crop_square(image, square, 416)
    path = tmp_path / "picture.png"
    assert cv2.imwrite(str(path), image)
    return path


def with_cans(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Five silver cans in a row, with a label, a little out of focus, before a picture of 1280 x 720."""
    drawn, (wide, high, top) = image.copy(), (60, 130, 350)
    shine = 0.55 + 0.45 * np.sin(np.pi * (np.arange(wide) + 0.5) / wide)
    for left in range(220, 700, 96):
        middle = left + wide // 2
        drawn[top : top + high, left : left + wide] = (190 * shine).astype(np.uint8)[None, :, None]
        cv2.ellipse(drawn, (middle, top), (wide // 2, 10), 0, 0, 360, (200, 205, 205), -1)
        cv2.ellipse(drawn, (middle, top), (wide // 2, 10), 0, 0, 360, (120, 120, 120), 2)
        cv2.rectangle(drawn, (left + 4, top + 43), (left + wide - 4, top + 86), (240, 240, 240), -1)
        cv2.circle(drawn, (middle, top + 65), 10, (30, 30, 200), -1)
        cv2.ellipse(drawn, (middle, top + high), (wide // 2, 10), 0, 0, 180, (114, 114, 114), -1)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 1.5), np.uint8)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_net_is_at_most_12_megabytes(entry: ModelEntry) -> None:
    assert 12_000_000 == LARGEST_BYTES
    assert size_bytes(entry.graph) <= LARGEST_BYTES
    assert entry.checkpoint.stat().st_size <= LARGEST_BYTES


@needs_training()
@pytest.mark.parametrize(("name", "picture"), [(name, name) for name in ENTRIES], indirect=["picture"])
def test_a_shipped_graph_is_its_shipped_checkpoint(name: str, picture: Path) -> None:
    entry = ENTRIES[name]
    for found in parity(
        entry.checkpoint, entry.graph, [entry.input_px, *SHAPES[name][1:]], picture, least=LEAST.get(name, SEEN)
    ):
        assert found.seen > 0, f"nothing to compare: {found}"
        assert found.score <= SCORE_APART[name], found
        assert found.box_px <= PLACE_APART_PX, found
        assert found.rest <= PLACE_APART_PX, found


def require_bf16() -> None:
    import openvino as ov

    able = ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if "BF16" not in able:
        pytest.skip(f"this CPU has no BF16, OpenVINO would compute in FP32; it has: {', '.join(able)}")


@needs_training()
@pytest.mark.parametrize(
    ("name", "picture"), [(name, name) for name in ENTRIES if name != "person"], indirect=["picture"]
)
def test_bfloat16_sees_the_same_close_by(name: str, picture: Path) -> None:
    require_bf16()
    entry = ENTRIES[name]
    (found,) = parity(entry.checkpoint, entry.graph, [entry.input_px], picture, precision="bf16")
    assert found.score <= BF16_SCORE_APART, found


@pytest.mark.parametrize("seconds", [4.0, 10.0, 22.0, 40.0, 52.0])
def test_bfloat16_finds_the_same_persons(seconds: float) -> None:
    """Of the 5,000 cells of a whole frame single ones differ by up to .094 next to a person; the persons do not."""
    require_bf16()
    (score, xyxy), (score_bf16, xyxy_bf16) = (persons_in(precision, seconds) for precision in ("f32", "bf16"))
    assert 0 < len(score) == len(score_bf16)
    assert np.abs(score - score_bf16).max() <= BF16_SCORE_APART
    assert np.abs(xyxy - xyxy_bf16).max() <= BF16_PLACE_APART_PX


def persons_in(precision: str, seconds: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Scores and boxes (pixels of the input) of the persons that a graph finds in one frame, from left to right."""
    import openvino as ov

    entry = ENTRIES["person"]
    frame, _ = sample_frame("counter", seconds=seconds)
    blob, _ = letterbox(frame.image, *entry.input_px)
    model = ov.Core().read_model(entry.graph)
    model.reshape([1, 3, *entry.input_px])
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": precision})
    xyxy, score, _ = decode_boxes(
        compiled([to_blob(blob)])[0][0], score_min=0.25, iou_max=0.6, keep_classes=[entry.class_id("person")]
    )
    order = np.argsort(xyxy[:, 0])
    return score[order], xyxy[order]


@needs_training()
@pytest.mark.parametrize("picture", ["person"], indirect=True)
def test_a_net_that_differs_is_told_apart(picture: Path, tmp_path: Path) -> None:
    """One weight in a hundred is lost: parity must not be within the bounds above."""
    entry = ENTRIES["person"]
    weights = np.fromfile(entry.weights, np.uint16)
    weights[::100] = 0
    weights.tofile(tmp_path / "person.bin")
    (tmp_path / "person.xml").write_bytes(entry.graph.read_bytes())
    (found,) = parity(entry.checkpoint, tmp_path / "person.xml", [entry.input_px], picture)
    assert found.score > SCORE_APART["person"]


def test_an_unknown_net_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ExportFailed, match="no input shapes are known for net 'ear'; known: person, frame, vessel, pose, crop"
    ):
        export(WEIGHTS_DIR / "crop.pt", "ear", tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match=r"ghost\.pt: no such checkpoint"):
        export(tmp_path / "ghost.pt", "crop", tmp_path)


def test_a_graph_that_is_too_large_is_not_written(tmp_path: Path) -> None:
    draft, target = tmp_path / "draft.xml", tmp_path / "out" / "net.xml"
    draft.write_bytes(b"x")
    with draft.with_suffix(".bin").open("wb") as file:
        file.truncate(LARGEST_BYTES)
    with pytest.raises(ExportFailed, match="net 'net' would take 12000001 bytes; wanted at most 12000000"):
        exporting.publish_pair(draft, target)
    assert not target.parent.exists()


@needs_training()
def test_half_the_bytes_of_an_onnx_net_give_the_same_numbers() -> None:
    import onnx
    import openvino as ov

    random = np.random.default_rng(1)
    kernel = random.normal(size=(32, 16)).astype(np.float32)
    model = onnx.parser.parse_model(
        '<ir_version: 10, opset_import: ["" : 18]> net (float[1, 32] x) => (float[1, 16] y) { y = MatMul(x, kernel) }'
    )
    model.graph.initializer.append(onnx.numpy_helper.from_array(kernel, "kernel"))
    store_as_fp16(model)
    onnx.checker.check_model(model, full_check=True)
    assert [onnx.TensorProto.FLOAT16] == [tensor.data_type for tensor in model.graph.initializer]
    x = random.normal(size=(1, 32)).astype(np.float32)
    compiled: Any = ov.compile_model(
        ov.Core().read_model(model.SerializeToString(), b""), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    np.testing.assert_allclose(x @ kernel, compiled([x])[0], atol=0.01)


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("looks")
    make_tiny_set(folder)
    return folder


def test_ap50_of_the_shipped_crop_graph_is_high_on_the_sample_centre(looks: Path) -> None:
    """The yardstick of INT8: the net was trained on such renders, so what it measures must be high."""
    validation = quantizing.looks_of(looks, "val", 300, seed=1)
    ap50 = quantizing.ap50_of_graph(ENTRIES["crop"].graph, validation)
    assert {0, 1, 2} == ap50.keys()
    assert min(ap50[0], ap50[1]) > 0.6


def test_the_same_seed_chooses_the_same_looks(looks: Path) -> None:
    first, again, other = (quantizing.looks_of(looks, "train", 5, seed) for seed in (1, 1, 2))
    assert 5 == len(first)
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a.image, b.image) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_set_without_pictures_is_refused(looks: Path, tmp_path: Path, split: str) -> None:
    for other in {"train", "val"} - {split}:
        (tmp_path / "images").mkdir()
        (tmp_path / "images" / other).symlink_to(looks / "images" / other)
    with pytest.raises(QuantizationFailed, match=rf"images/{split}: no pictures"):
        quantize_file(ENTRIES["crop"].graph, tmp_path, tmp_path / "out.xml", Limits())


def test_a_set_without_labels_cannot_measure_anything(looks: Path, tmp_path: Path) -> None:
    (tmp_path / "images").symlink_to(looks / "images")
    with pytest.raises(QuantizationFailed, match="no label on 26 looks to measure AP50 by"):
        quantize_file(ENTRIES["crop"].graph, tmp_path, tmp_path / "out.xml", Limits())


def test_a_picture_that_is_none_is_named(looks: Path, tmp_path: Path) -> None:
    (tmp_path / "images" / "train").mkdir(parents=True)
    (tmp_path / "images" / "train" / "torn.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(QuantizationFailed, match=r"torn\.jpg: cannot be read as a picture"):
        quantize_file(ENTRIES["crop"].graph, tmp_path, tmp_path / "out.xml", Limits())


def test_a_missing_graph_and_a_wrong_name_are_refused(looks: Path, tmp_path: Path) -> None:
    with pytest.raises(QuantizationFailed, match=r"ghost\.xml: no such graph"):
        quantize_file(tmp_path / "ghost.xml", looks, tmp_path / "out.xml", Limits())
    with pytest.raises(QuantizationFailed, match=r"out\.onnx: wanted a name that ends in \.xml"):
        quantize_file(ENTRIES["crop"].graph, looks, tmp_path / "out.onnx", Limits())


def test_int8_needs_a_detector(tmp_path: Path) -> None:
    import openvino as ov

    numbers = ov.opset8.parameter([1, 3, 8, 8], np.float32)
    with pytest.raises(QuantizationFailed, match="the graph has no Sigmoid at its end"):
        quantizing.decoding(ov.Model([ov.opset8.relu(numbers)], [numbers]))
