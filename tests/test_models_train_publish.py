"""The catalog that is written says what lies in the folder."""

import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from models.train import publish, sources


def test_the_catalog_carries_sums_and_operating_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    for name in ("person", "crop"):
        for ending in ("xml", "bin", "pt"):
            (weights / f"{name}.{ending}").write_bytes(f"{name}.{ending}".encode())
    points = {
        "yes_score": {"card": 0.5},
        "no_score": {"badge": 0.1},
        "floor_px": {"card_width": 12},
        "calibration": {"card": [1.2, -0.3]},
    }
    figures = tmp_path / "crop.figures.json"
    figures.write_text(json.dumps({"input_px": 320, "operating_points": points}))
    monkeypatch.setattr(publish, "WEIGHTS_DIR", weights)
    models = tomllib.loads(publish.catalog(tmp_path))["models"]
    assert ["person", "crop"] == list(models)
    assert hashlib.sha256(b"crop.bin").hexdigest() == models["crop"]["weights_sha256"]
    assert ["card", "lanyard", "cigarette"] == models["crop"]["classes"]
    assert {"badge": 0.1} == models["crop"]["no_score"]
    assert {"card": [1.2, -0.3]} == models["crop"]["calibration"]
    assert 80 == len(models["person"]["classes"])


def test_a_group_falls_on_one_side_in_every_run() -> None:
    sides = [sources.side_of(f"group {number}", 20) for number in range(500)]
    assert sides == [sources.side_of(f"group {number}", 20) for number in range(500)]
    assert 70 < sides.count("val") < 130


def test_polygons_are_read_as_boxes(tmp_path: Path) -> None:
    label = tmp_path / "a.txt"
    label.write_text("0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.3 0.1 0.3 0.2 0.1 0.2\n")
    rows = sources.yolo_rows(label)
    assert (1, (0.1, 0.1, 0.3, 0.2)) == rows[1]
    assert pytest.approx((0.4, 0.3, 0.6, 0.7)) == rows[0][1]
