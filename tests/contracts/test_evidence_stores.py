"""What every evidence store does. A new store adds itself to ``make_store``."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from service.errors import EvidenceMissing, StoreUnwritable
from service.evidence.local import LocalStore
from service.evidence.store import EvidenceStore


@pytest.fixture(params=[LocalStore])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceStore:
    return request.param(tmp_path / "evidence")  # type: ignore[no-any-return]


def test_what_is_put_is_there(store: EvidenceStore) -> None:
    content = os.urandom(100_000)
    assert hashlib.sha256(content).hexdigest() == store.put("camera/day/event/clip.mp4", content)
    with store.open("camera/day/event/clip.mp4") as file:
        file.seek(1000)
        assert content[1000:] == file.read()


def test_the_same_key_again_replaces(store: EvidenceStore) -> None:
    store.put("a/b", b"old")
    store.put("a/b", b"new")
    with store.open("a/b") as file:
        assert b"new" == file.read()


def test_what_is_not_there(store: EvidenceStore) -> None:
    with pytest.raises(EvidenceMissing):
        store.open("a/b")
    store.delete("a/b")


def test_delete(store: EvidenceStore) -> None:
    store.put("a/b", b"x")
    store.delete("a/b")
    with pytest.raises(EvidenceMissing):
        store.open("a/b")


@pytest.mark.parametrize("key", ["../out", "/etc/passwd", "a/../../out", "", "a\\..\\b"])
def test_keys_stay_inside(store: EvidenceStore, key: str) -> None:
    with pytest.raises(EvidenceMissing):
        store.put(key, b"x")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(StoreUnwritable, match="Choose another data folder"):
        LocalStore(blocked / "evidence")


def test_what_a_killed_process_left_is_written_over(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.part").write_bytes(b"half")
    store.put("a/b", b"whole")
    assert ["b"] == [path.name for path in (tmp_path / "a").iterdir()]
