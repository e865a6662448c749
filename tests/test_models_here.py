"""INT8 is taken where the CPU multiplies bytes, and sees on the samples what floats see."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from models.catalog import MODELS_DIR, CatalogInvalid, ModelEntry, load_catalog, sha256_of
from models.evaluate.matching import iou
from models.here import MULTIPLIES_BYTES, cpu_flags, load_catalog_here
from tests.samples import sample_frame
from vision.capture.pictures import BgrPixels
from vision.detection.openvino import OpenVinoDetector
from vision.types import Detections, Frame

VNNI, PLAIN = frozenset({"avx2", "avx512_vnni"}), frozenset({"avx2", "avx512f", "avx512_bf16"})
SIDE_APART_PX = 8.0
"""Of a picture of 1280 px, so 4 px of the input."""
SCORE_APART = 0.1


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A copy of the nets, and the catalogue of it."""
    for part in ("weights", "cards"):
        shutil.copytree(MODELS_DIR / part, tmp_path / part)
    return Path(shutil.copy(MODELS_DIR / "catalog.toml", tmp_path))


@pytest.mark.parametrize("flag", sorted(MULTIPLIES_BYTES))
def test_a_cpu_that_multiplies_bytes_gets_the_int8_graph(flag: str) -> None:
    usual, here = load_catalog()["person"], load_catalog_here(flags=frozenset({"avx2", flag}))["person"]
    assert ("person.xml", "person_int8.xml") == (usual.graph.name, here.graph.name)
    assert (here.graph_sha256, here.weights_sha256) == (sha256_of(here.graph), sha256_of(here.weights))
    assert usual.weights_sha256 != here.weights_sha256
    assert (usual.name, usual.classes, usual.input_px) == (here.name, here.classes, here.input_px)
    here.verify(with_checkpoint=True)


@pytest.mark.parametrize("flags", [frozenset(), PLAIN])
def test_any_other_cpu_and_every_other_net_keep_the_float_graph(flags: frozenset[str]) -> None:
    assert load_catalog() == load_catalog_here(flags=flags)
    assert load_catalog()["crop"] == load_catalog_here(flags=VNNI)["crop"]


def test_the_flags_are_those_of_the_first_core(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(
        "processor\t: 0\nflags\t\t: fpu avx2 avx_vnni\nbugs\t\t: none\n\nprocessor\t: 1\n", encoding="utf-8"
    )
    assert frozenset({"fpu", "avx2", "avx_vnni"}) == cpu_flags(path)


def test_a_computer_that_tells_no_flags_has_none(tmp_path: Path) -> None:
    other = tmp_path / "arm"
    other.write_text("processor\t: 0\nFeatures\t: fp asimd i8mm\n", encoding="utf-8")
    assert frozenset() == cpu_flags(other) == cpu_flags(tmp_path / "none")


@pytest.mark.parametrize("ending", ["xml", "bin"])
def test_a_changed_int8_file_is_told(models: Path, ending: str) -> None:
    with (models.parent / "weights" / f"person_int8.{ending}").open("r+b") as file:
        file.write(b"\0\1")
    for entry in (load_catalog(models)["person"], load_catalog_here(models, flags=VNNI)["person"]):
        with pytest.raises(CatalogInvalid, match=rf"person_int8\.{ending} is not the file that the catalogue names"):
            entry.verify()


def test_half_an_int8_graph_is_refused(models: Path) -> None:
    text = models.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("weights_int8 ")]
    models.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(CatalogInvalid, match=r"missing keys \['weights_int8'\]"):
        load_catalog(models)


def detector(entry: ModelEntry) -> OpenVinoDetector:
    return OpenVinoDetector(entry, keep_classes=["person"], score_min=0.25, threads=2)


def shots() -> list[Frame]:
    """Whole frames, and cut to 4:3 and upright, for which the nets are reshaped."""
    whole = [sample_frame(c, seconds=s)[0] for c in ("counter", "entrance", "office") for s in (8.0, 16.0, 24.0)]
    cut = [(frame, frame.image[:, 320:1280]) for frame in whole[::3]]
    cut += [(frame, frame.image[:, 840:1280]) for frame in whole[::3]]
    return whole + [
        Frame(f.camera_id, f.run_id, f.index, f.captured_at, BgrPixels(np.ascontiguousarray(image))) for f, image in cut
    ]


def test_int8_finds_the_persons_of_the_samples_where_floats_find_them() -> None:
    frames = shots()
    exact, quick = (detector(load_catalog_here(flags=flags)["person"]).detect(frames) for flags in (PLAIN, VNNI))
    for wanted, got in zip(exact, quick, strict=True):
        assert_alike(wanted, got)
    assert sum(len(seen.score) for seen in exact) >= 15


def assert_alike(wanted: Detections, got: Detections) -> None:
    """As many persons, each where it was."""
    assert len(wanted.score) == len(got.score)
    if len(wanted.score):
        same = iou(wanted.xyxy_px.astype(np.float64), got.xyxy_px.astype(np.float64)).argmax(axis=1)
        assert sorted(same) == list(range(len(same)))
        assert np.abs(wanted.xyxy_px - got.xyxy_px[same]).max() <= SIDE_APART_PX
        assert np.abs(wanted.score - got.score[same]).max() <= SCORE_APART
