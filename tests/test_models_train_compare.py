"""Ways of training set side by side: as many looks each, and a run that was interrupted goes on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.train import compare
from models.train.compare import WAYS, Way, draws, looks_for
from models.train.prepared import label_lines
from tests.tiny_set import make_tiny_set, needs_training

CARD, CIGARETTE = 0, 2


def write(folder: Path, name: str, *kinds: int) -> Path:
    image, label = folder / "images" / "train" / f"{name}.jpg", folder / "labels" / "train" / f"{name}.txt"
    for path in (image, label):
        path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(image), np.zeros((8, 8, 3), np.uint8))
    label.write_text(label_lines([(kind, (0.2, 0.2, 0.4, 0.4)) for kind in kinds]))
    return image


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Ten photos, ten renders, and ten composites each with a badge, with a cigarette, and with neither."""
    for i in range(10):
        write(tmp_path, f"smoking__{i}", CIGARETTE)
        write(tmp_path, f"render__{i}", CARD)
        write(tmp_path, f"composite__badge_{i}", CARD)
        write(tmp_path, f"composite__lit_{i}", CIGARETTE)
        write(tmp_path, f"composite__bare_{i}")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("without renders", "render__"),
        ("without composites", "composite__"),
        ("without drawn badges", "composite__badge"),
        ("without drawn cigarettes", "composite__lit"),
        ("without composites that show neither", "composite__bare"),
    ],
)
def test_a_kind_of_made_pictures_is_left_out_and_nothing_else(mixed: Path, name: str, left_out: str) -> None:
    kept = {path.stem for path in looks_for(WAYS[name], mixed, 1000)}
    every = {path.stem for path in (mixed / "images" / "train").iterdir()}
    assert {stem for stem in every if stem.startswith(left_out)} == every - kept


def test_every_way_learns_from_as_many_looks_and_the_same_ones_in_every_run(mixed: Path) -> None:
    chosen = [looks_for(way, mixed, 15) for way in WAYS.values()]
    assert {15} == {len(set(looks)) for looks in chosen}
    assert chosen == [looks_for(way, mixed, 15) for way in WAYS.values()]


def test_a_photo_s_cigarette_is_not_a_drawn_one(mixed: Path) -> None:
    photo = mixed / "images" / "train" / "smoking__0.jpg"
    assert not draws(photo, "cigarette")
    assert draws(photo.with_name("composite__lit_0.jpg"), "cigarette")


def test_a_way_that_leaves_hardly_anything_is_refused(mixed: Path) -> None:
    with pytest.raises(ValueError, match="0 looks are left of 50"):
        looks_for(Way(leaves_out=lambda _: True), mixed, 10)


@needs_training()
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore:`torch.jit.trace:FutureWarning")
def test_two_ways_are_trained_and_measured_and_what_is_done_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tiny_set(tmp_path / "set")
    names = ["YOLO11n-pose, 320 px", "cigarette alone"]
    done = compare.compare(tmp_path / "set", tmp_path / "out", names, 16)
    assert names == list(done)
    assert {"looks", "card", "lanyard", "cigarette", "cost"} == set(done[names[0]])
    assert {"looks", "cigarette", "cost"} == set(done[names[1]])
    assert 0.05 < done[names[0]]["cost"] < 0.6, "an input of a quarter of the pixels, and a smaller net"

    def never(*_: object) -> Path:
        raise AssertionError("trained again")

    monkeypatch.setattr(compare, "trained", never)
    assert done == compare.compare(tmp_path / "set", tmp_path / "out", names, 16)
    assert 2 == compare.table_of(done).row_count
