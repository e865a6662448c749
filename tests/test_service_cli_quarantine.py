"""`congvu evidence quarantine`: what it says, what it does, and how it ends."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli_quarantine import quarantine_app
from service.db.records import EvidenceKind
from service.errors import DatabaseUnusable
from tests.web_world import World

NOW = datetime(2020, 1, 1, tzinfo=UTC)


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(quarantine_app, [*arguments, "--data", str(folder)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.add_site()
    made.add_event(evidence={EvidenceKind.CLIP: b"clip", EvidenceKind.SNAPSHOT: b"snapshot"})
    return made


def make_old(world: World) -> None:
    at = (NOW - timedelta(hours=2)).timestamp()
    for path in (world.folder / "evidence").rglob("*.*"):
        if path.is_file():
            os.utime(path, (at, at))


def test_set_aside_listed_and_brought_back(world: World) -> None:
    world.store.put("nobody/knows.bin", b"x")
    make_old(world)
    code, told = run(world.folder, "reconcile", "--json")
    assert (0, ["quarantine/unowned/nobody/knows.bin"]) == (code, json.loads(told)["set_aside"])
    code, told = run(world.folder, "list", "--json")
    assert ["nobody/knows.bin"] == [each["before"] for each in json.loads(told)["quarantine"]]
    assert "quarantine/unowned/nobody/knows.bin" in run(world.folder, "list")[1]
    assert 1 == run(world.folder, "recover", "--all")[0]  # nobody vouches for it
    own = next(each.key for each in world.store.stored() if "clip" in each.key)
    aside = world.store.set_aside(own, "unowned")
    assert 0 == run(world.folder, "recover", aside)[0]
    assert own in [each.key for each in world.store.stored()]
    assert 2 == run(world.folder, "recover")[0]


def test_missing_evidence_ends_with_exit_code_1(world: World) -> None:
    make_old(world)
    world.store.delete(next(each.key for each in world.store.stored() if "clip" in each.key))
    code, told = run(world.folder, "reconcile", "--sums", "--json")
    assert (1, 1) == (code, len(json.loads(told)["missing"]))


def test_a_lost_database_beside_full_evidence_moves_nothing(world: World) -> None:
    make_old(world)
    world.database.close()
    for name in ("congvu.db", "congvu.db-wal", "congvu.db-shm"):
        (world.folder / name).unlink(missing_ok=True)
    before = [each.key for each in world.store.stored()]
    with pytest.raises(DatabaseUnusable, match="is new or empty"):
        run(world.folder, "reconcile")
    assert before == [each.key for each in world.store.stored()]
