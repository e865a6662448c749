"""Killed, or without power, at any moment of writing and retention: no event points to missing evidence."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from service.db.journal import JournalRepository
from service.db.session import Database
from service.db.tables import EvidenceRow
from service.evidence.local import LocalStore
from service.evidence.offline.journal_file import JournalCheck
from service.evidence.reconcile import Reconciler
from service.workers.retention import RetentionKeeper
from tests.databases import empty_database
from tests.kept_world import NOW, KeptWorld
from tests.kept_writer import running_writer

KILLS = 200
CUTS = 20


def sums_in(store: LocalStore) -> dict[str, str]:
    found = {}
    for each in store.stored():
        with store.open(each.key) as file:
            found[each.key] = hashlib.sha256(file.read()).hexdigest()
    return found


def look(folder: Path) -> tuple[int, dict[str, str]]:
    """Check that every row that counts has its object, whole. Returns their number, and the objects without a row."""
    database = Database(f"sqlite:///{folder / 'congvu.db'}")
    there = sums_in(LocalStore(folder / "evidence"))
    with database.transaction() as session:
        rows = session.execute(select(EvidenceRow.key, EvidenceRow.sha256, EvidenceRow.deleted_at)).all()
        journal = [row for row, _ in JournalRepository(session).rows()]
    database.close()
    kept = {key: sha256 for key, sha256, deleted_at in rows if deleted_at is None}
    assert kept == {key: there.get(key) for key in kept}
    check = JournalCheck()
    assert [] == [fault for row in journal for fault in check.take(row)]
    known = {key for key, _, _ in rows}
    return len(kept), {key: sha256 for key, sha256 in there.items() if key not in known}


@pytest.mark.timeout(600)
def test_killed_at_two_hundred_moments_every_row_has_its_object_and_no_orphan_is_lost(tmp_path: Path) -> None:
    with empty_database("sqlite", tmp_path) as database:
        world = KeptWorld(database, tmp_path)
    chance = random.Random(7)
    orphans: dict[str, str] = {}
    kept = 0
    for i in range(KILLS):
        with running_writer(tmp_path, seed=i):
            time.sleep(chance.uniform(0.02, 0.35))
        kept, found = look(tmp_path)
        assert orphans.items() <= found.items(), "an orphan was deleted"
        orphans = found
    assert kept > 10
    assert orphans, "no moment between object and row was met: the test shows nothing"

    store = LocalStore(tmp_path / "evidence")
    database = Database(f"sqlite:///{tmp_path / 'congvu.db'}")
    RetentionKeeper(database, store, world.pen).run_pass(NOW)
    later = world.clock.now() + timedelta(days=3650)  # by then nothing is still in writing
    found = Reconciler(database, store, world.pen, even_most=True).run(later)
    database.close()
    assert () == found.missing
    assert len(orphans) == len(found.set_aside)
    there = sums_in(store)
    assert orphans == {key: there[f"quarantine/unowned/{key}"] for key in orphans}


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    at.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-o", "loop", str(image), str(at)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a disk of its own cannot be mounted here: {done.stderr.strip()}")
    try:
        yield at
    finally:
        subprocess.run(["umount", str(at)], check=True, capture_output=True)


@pytest.mark.timeout(600)
def test_without_power_at_any_moment_every_row_has_its_object(tmp_path: Path) -> None:
    """What lies in the image file of a mounted disk is what reached the disk: all else is dropped by copying it."""
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("needs mkfs.ext4 for a disk that loses its power")
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True, capture_output=True)
    chance, kept, dropped = random.Random(11), 0, 0
    with mounted(image, tmp_path / "disk") as disk:
        with empty_database("sqlite", disk) as database:
            KeptWorld(database, disk)
        subprocess.run(["sync", "-f", str(disk)], check=True)
        for i in range(CUTS):
            with running_writer(disk, seed=1000 + i) as process:
                time.sleep(chance.uniform(0.2, 1.2))
                subprocess.run(["kill", "-STOP", str(process)], check=True)
                (disk / "unflushed").write_bytes(bytes([i + 1]) * 5000)
                cut = tmp_path / "cut.img"
                subprocess.run(["cp", "--sparse=always", str(image), str(cut)], check=True)
            with mounted(cut, tmp_path / "after") as after:
                kept, _ = look(after)
                left = after / "unflushed"
                dropped += not left.exists() or bytes([i + 1]) * 5000 != left.read_bytes()
    assert kept > 10
    assert dropped > CUTS / 2, "what was not flushed was there after the cut: the test shows nothing"
    print(f"{CUTS} power cuts, {dropped} of which dropped what was not flushed")
