"""INT8 without labels: made of clips and photos, compared on pictures that are kept back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.catalog import load_catalog
from models.train import quantize_pictures as quantizing
from models.train.quantize import QuantizationFailed
from models.train.quantize_pictures import Recipe, agreement, frames_of, photos_of, quantize_file
from tests.samples import SAMPLES, sample_frame
from tests.tiny_set import needs_training
from vision.detection.boxes import letterbox
from vision.types import Image

PERSON = load_catalog()["person"]
SMALL = replace(PERSON, input_px=(192, 320))
MOMENTS = (4.0, 8.0, 12.0, 16.0, 20.0, 24.0)


def pictures() -> list[Image]:
    return [sample_frame(camera, seconds=moment)[0].image for camera in ("counter", "entrance") for moment in MOMENTS]


@needs_training()
@pytest.mark.timeout(600)
def test_int8_is_made_of_pictures_and_sees_the_same(tmp_path: Path) -> None:
    import openvino as ov

    out = tmp_path / "small.xml"
    outcome = quantize_file(SMALL, pictures(), out, Recipe())
    assert (9, 3) == (outcome.calibrated_on, outcome.measured_on)
    assert outcome.layers - 7 == outcome.int8_layers  # the box distribution stays float, and two at each of three sizes
    assert outcome.size_bytes[1] < 0.7 * outcome.size_bytes[0]
    assert outcome.agreement.things >= 3
    assert outcome.agreement.found >= 0.75
    assert outcome.agreement.box_px <= 4.0
    model = ov.Core().read_model(out)
    model.reshape([1, 3, 384, 640])
    assert (1, 84, 5040) == tuple(model.output(0).shape)


def test_a_graph_agrees_with_itself_and_not_with_a_blind_one() -> None:
    import openvino as ov

    core = ov.Core()
    model = core.read_model(str(PERSON.graph), str(PERSON.weights))
    model.reshape([1, 3, *SMALL.input_px])
    seeing = core.compile_model(model, "CPU", {"EXECUTION_MODE_HINT": "ACCURACY"})
    fitted = [letterbox(image, *SMALL.input_px)[0] for image in pictures()[:4]]
    same = agreement(seeing, seeing, fitted)
    assert (1.0, 0.0, 0.0, 0.0) == (same.found, same.added, same.score_shift, same.box_px)
    assert same.things >= 4

    def blind(_: object) -> list[Image]:
        return [np.zeros((1, 84, 1260), np.uint8)]

    with pytest.raises(QuantizationFailed, match="nothing is found on 4 pictures by both graphs"):
        agreement(seeing, blind, fitted)


def test_frames_come_from_the_whole_length_of_each_clip(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "clips" / "counter.mp4", tmp_path)
    found = list(frames_of(tmp_path, 3))
    assert 3 == len(found)
    assert all(not np.array_equal(found[0], other) for other in found[1:])
    (tmp_path / "torn.mp4").write_bytes(b"no clip")
    with pytest.raises(QuantizationFailed, match=r"torn\.mp4: cannot be read as a clip"):
        list(frames_of(tmp_path, 3))


def test_photos_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for shade in range(20):
        cv2.imwrite(str(tmp_path / "deep" / f"{shade}.png"), np.full((8, 8, 3), shade, np.uint8))
    once, again, other = ([int(image[0, 0, 0]) for image in photos_of(tmp_path, 7, seed)] for seed in (1, 1, 2))
    assert once == again
    assert 7 == len(set(once))
    assert once != other


def test_folders_without_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(QuantizationFailed, match="no clips"):
        list(frames_of(tmp_path, 3))
    with pytest.raises(QuantizationFailed, match="no pictures"):
        list(photos_of(tmp_path, 3, 1))
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(QuantizationFailed, match=r"torn\.jpg: cannot be read as a picture"):
        list(photos_of(tmp_path, 3, 1))


def test_a_wrong_name_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(QuantizationFailed, match=r"out\.onnx: wanted a name that ends in \.xml"):
        quantize_file(SMALL, [], tmp_path / "out.onnx", Recipe())


def test_the_command_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["quantize_pictures", "person", "--clips", str(tmp_path), "--out", str(tmp_path / "out.xml")]
    monkeypatch.setattr("sys.argv", asked)
    with pytest.raises(SystemExit) as ended:
        quantizing.main()
    assert 1 == ended.value.code
    assert f"{tmp_path}: no clips; wanted files NAME.mp4\n" == capsys.readouterr().err
    assert not (tmp_path / "out.xml").exists()
