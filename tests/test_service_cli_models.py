"""`congvu models list|verify`: what there is, and everything that is wrong with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models.catalog import MODELS_DIR, load_catalog
from service import cli_models
from tests.commands import congvu


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the nets, of which the command is told."""
    copy = tmp_path / "models"
    for part in ("weights", "cards"):
        shutil.copytree(MODELS_DIR / part, copy / part)
    shutil.copy(MODELS_DIR / "catalog.toml", copy)
    monkeypatch.setattr(cli_models, "load_catalog", lambda: load_catalog(copy / "catalog.toml"))
    return copy


def test_list_shows_what_each_net_is() -> None:
    done = congvu("models", "list")
    assert 0 == done.returncode, done.stderr
    for entry in load_catalog().values():
        block = done.stdout.split(f"{entry.name}\n", 1)[1].split("\n  card", 1)
        facts = {line.split()[0]: line.split(maxsplit=1)[1] for line in block[0].splitlines()}
        megabytes = f"weights {entry.weights.stat().st_size / 1e6:.1f} MB"
        assert entry.task == facts["task"]
        assert facts["classes"].startswith(f"{len(entry.classes)}: {entry.classes[0]}")
        assert f"{entry.input_px[1]} x {entry.input_px[0]} px" == facts["input"]
        assert megabytes in facts["size"]
        assert entry.licence == facts["licence"]
        assert block[1].splitlines()[0].strip() == str(entry.card)


def test_list_tells_of_what_is_missing(models: Path) -> None:
    (models / "weights" / "pose.bin").unlink()
    (models / "cards" / "pose.md").unlink()
    done = congvu("models", "list")
    assert 0 == done.returncode, done.stderr
    assert "weights is missing" in done.stdout
    assert f"{models / 'cards' / 'pose.md'} is missing" in done.stdout


def test_verify_of_good_files(models: Path) -> None:
    done = congvu("models", "verify")
    assert 0 == done.returncode, done.stderr
    assert "" == done.stdout
    assert [f"{name}: good" for name in load_catalog()] == done.stderr.splitlines()


def test_verify_names_every_fault_and_goes_on(models: Path) -> None:
    for changed in ("person.xml", "crop.pt"):
        with (models / "weights" / changed).open("r+b") as file:
            file.write(b"\0")
    (models / "weights" / "person.bin").unlink()
    (models / "cards" / "crop.md").unlink()
    done = congvu("models", "verify")
    assert 1 == done.returncode
    told = done.stderr.splitlines()
    assert 6 == len(told)
    assert f"{models / 'weights' / 'person.xml'} is not the file that the catalogue names" in told[0]
    assert f"{models / 'weights' / 'person.bin'} is missing" in told[1]
    assert "pose: good" == told[2]
    assert f"{models / 'weights' / 'crop.pt'} is not the file that the catalogue names" in told[3]
    assert f"{models / 'cards' / 'crop.md'} is missing" in told[4]
    assert "vessel: good" == told[5]
