"""What lies in the store and what the database says of it: nothing unknown is deleted, nothing lost goes unsaid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from service.db.attendance_tables import CorrectionRow
from service.db.calibration import CalibrationRepository
from service.db.journal import JournalRepository
from service.db.owned import OwnedRepository
from service.db.records import EvidenceKind
from service.db.tables import EvidenceRow, OfficerRow
from service.errors import DatabaseUnusable, EvidenceExists, EvidenceMissing, Refused
from service.evidence.journal import RowKind
from service.evidence.quarantine import Recovered, Recoverer, set_aside
from service.evidence.reconcile import Reconciler
from service.workers.retention import RetentionKeeper
from tests.databases import KINDS, empty_database
from tests.kept_world import NOW, KeptWorld
from tests.web_world import CAMERA


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeptWorld]:
    with empty_database(request.param, tmp_path) as database:
        yield KeptWorld(database, tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[KeptWorld]:
    with empty_database("sqlite", tmp_path) as database:
        yield KeptWorld(database, tmp_path)


def reconciler(world: KeptWorld, *, even_most: bool = False) -> Reconciler:
    return Reconciler(world.database, world.store, world.pen, even_most=even_most)


def make_old(world: KeptWorld) -> None:
    """Let every file be two hours old by the test's clock."""
    at = (NOW - timedelta(hours=2)).timestamp()
    for path in (world.folder / "evidence").rglob("*"):
        if path.is_file() and ".parts" not in path.parts:
            os.utime(path, (at, at))


def kinds_about(world: KeptWorld, event_id: str) -> list[str]:
    with world.database.transaction() as session:
        return [row.kind for row in JournalRepository(session).about(event_id)]


def test_what_is_as_it_should_be_stays(world: KeptWorld) -> None:
    world.add("smoking", 3)
    world.store.put(f"stills/{CAMERA}.jpg", b"still")
    world.store.put("references/x.jpg", b"reference")
    with world.database.transaction() as session:
        CalibrationRepository(session).add_reference(
            CAMERA, key="references/x.jpg", sha256="", taken_at=NOW, confirmed_by=None
        )
    _ask_with_document(world, "documents/paper.pdf")
    make_old(world)
    before = world.stored_keys()
    found = reconciler(world).run(NOW)
    assert (5, (), ()) == (found.owned, found.set_aside, found.missing)
    assert before == world.stored_keys()


def test_what_nobody_owns_is_set_aside_and_never_deleted(world: KeptWorld) -> None:
    event_id = world.add("smoking", 3)
    world.store.put(f"{CAMERA}/2026-10-30/{event_id}/clip_end.mp4", b"nobody wrote a row")
    make_old(world)
    found = reconciler(world).run(NOW)
    assert (f"quarantine/unowned/{CAMERA}/2026-10-30/{event_id}/clip_end.mp4",) == found.set_aside
    (aside,) = set_aside(world.store)
    assert ("unowned", 18, f"{CAMERA}/2026-10-30/{event_id}/clip_end.mp4") == (
        aside.reason,
        aside.size_bytes,
        aside.before,
    )
    with world.store.open(aside.key) as file:
        assert b"nobody wrote a row" == file.read()
    assert {event_id} == world.kept()
    assert () == reconciler(world).run(NOW).set_aside  # and it stays there


def test_what_may_still_be_in_writing_is_left_alone(small: KeptWorld) -> None:
    small.add("smoking", 3)
    make_old(small)
    small.store.put("new/object.bin", b"its row comes in a moment")
    os.utime(small.folder / "evidence/new/object.bin", (NOW.timestamp() - 60, NOW.timestamp() - 60))
    found = reconciler(small).run(NOW)
    assert (1, ()) == (found.young, found.set_aside)


def test_an_empty_database_moves_nothing(world: KeptWorld, tmp_path: Path) -> None:
    for i in range(3):
        world.store.put(f"a/{i}.bin", b"x")
    make_old(world)
    with pytest.raises(DatabaseUnusable, match="holds 3 objects, and the database knows 0 of them"):
        reconciler(world).run(NOW)
    assert 3 == len([key for key in world.stored_keys() if key.startswith("a/")])


def test_a_new_database_is_told_to_be_new(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with empty_database("sqlite", tmp_path) as old, empty_database("sqlite", tmp_path / "other") as new:
        world = KeptWorld(old, tmp_path)
        world.add("smoking", 3)
        make_old(world)
        with pytest.raises(DatabaseUnusable, match="is new or empty"):
            Reconciler(new, world.store, world.pen).run(NOW)
        assert 2 == len(world.stored_keys())


def test_a_database_that_knows_little_of_it_moves_nothing_unless_told_to(small: KeptWorld) -> None:
    small.add("smoking", 3)
    for i in range(3):
        small.store.put(f"other/{i}.bin", b"x")
    make_old(small)
    with pytest.raises(DatabaseUnusable, match="knows 2 of them"):
        reconciler(small).run(NOW)
    assert 3 == len(reconciler(small, even_most=True).run(NOW).set_aside)


def test_what_is_gone_or_altered_is_said_once_and_taken_back_when_it_is_there_again(world: KeptWorld) -> None:
    event_id = world.add("smoking", 3)
    path = world.folder / "evidence" / next(key for key in world.stored_keys() if "/clip" in key)
    content = path.read_bytes()
    path.unlink()
    found = reconciler(world).run(NOW)
    assert ["clip"] == [owned.kind for owned in found.missing]
    assert 1 == len(reconciler(world).run(NOW).missing)
    assert 1 == kinds_about(world, event_id).count(RowKind.EVIDENCE_MISSING)
    with world.database.transaction() as session:
        assert [(event_id, NOW)] == [(owned.event_id, at) for owned, at in OwnedRepository(session).missing()]
        assert 1 == OwnedRepository(session).missing_count()

    path.write_bytes(bytes(len(content)))
    # of the right size: what was missing is back only once its sum says so
    assert 1 == len(reconciler(world).run(NOW).missing)
    assert ["clip"] == [owned.kind for owned in reconciler(world).run(NOW, with_sums=True).missing]

    path.write_bytes(content)
    reconciler(world).run(NOW, with_sums=True)
    with world.database.transaction() as session:
        assert [] == OwnedRepository(session).missing()
    assert RowKind.RECOVERED in kinds_about(world, event_id)


def test_what_was_deleted_by_decision_is_not_missing_and_does_not_stay(world: KeptWorld) -> None:
    world.add("presence", 30)
    kept = world.add("smoking", 3)
    RetentionKeeper(world.database, world.store, world.pen).run_pass(NOW)
    assert 2 == reconciler(world).run(NOW).owned
    with world.database.transaction() as session:
        key = session.query(EvidenceRow.key).where(EvidenceRow.deleted_at.is_not(None)).first()
    assert key is not None
    world.store.put(key[0], b"an old backup of the store was put back")
    make_old(world)
    found = reconciler(world).run(NOW)
    assert (1, (), ()) == (found.deleted, found.set_aside, found.missing)
    assert {kept} == world.kept()


def test_evidence_set_aside_under_an_old_database_comes_back_with_the_right_one(world: KeptWorld) -> None:
    event_id = world.add("smoking", 3, kinds=(EvidenceKind.CLIP,))
    world.add("smoking", 4)
    aside = world.store.set_aside(next(key for key in world.stored_keys() if event_id in key), "unowned")
    reconciler(world).run(NOW)
    recoverer = Recoverer(world.database, world.store, world.pen)
    assert Recovered.OWNED is recoverer.recover(aside, user_id=world.user_id)
    assert () == reconciler(world).run(NOW).missing
    with world.database.transaction() as session:
        assert 0 == OwnedRepository(session).missing_count()
    assert [] == list(set_aside(world.store))


def test_evidence_whose_row_was_lost_is_adopted_on_the_word_of_the_journal(world: KeptWorld) -> None:
    event_id = world.add("smoking", 3, kinds=(EvidenceKind.CLIP,))
    world.add("smoking", 4)
    with world.database.transaction() as session:
        session.execute(delete(EvidenceRow).where(EvidenceRow.event_id == event_id))
    make_old(world)
    (aside,) = reconciler(world).run(NOW).set_aside
    assert event_id not in world.kept()
    assert Recovered.ADOPTED is Recoverer(world.database, world.store, world.pen).recover(aside)
    assert event_id in world.kept()
    assert [RowKind.EVIDENCE_STORED, RowKind.RECOVERED] == kinds_about(world, event_id)


def test_nothing_becomes_evidence_that_nobody_vouches_for(world: KeptWorld) -> None:
    event_id = world.add("smoking", 3, kinds=(EvidenceKind.SNAPSHOT,))
    forged = world.store.set_aside(_put(world, f"{CAMERA}/2026-10-30/{event_id}/clip.bin", b"forged"), "unowned")
    recoverer = Recoverer(world.database, world.store, world.pen)
    with pytest.raises(Refused, match="neither the database nor the journal"):
        recoverer.recover(forged)
    own = next(key for key in world.stored_keys() if "snapshot" in key)
    good = world.store.set_aside(own, "unowned")
    other = world.store.set_aside(_put(world, own, b"other bytes"), "unowned")
    with pytest.raises(Refused, match="counts on bytes with sha256"):
        recoverer.recover(other)
    _put(world, own, b"somebody took its place")
    with pytest.raises(EvidenceExists):
        recoverer.recover(good)
    with pytest.raises(EvidenceMissing):
        recoverer.recover("quarantine/unowned/nothing/there")
    with pytest.raises(EvidenceMissing):
        recoverer.recover(own)
    assert 3 == len(list(set_aside(world.store)))


def test_what_was_deleted_by_decision_does_not_come_back_by_the_journal(world: KeptWorld) -> None:
    event_id = world.add("presence", 30, kinds=(EvidenceKind.CLIP,))
    (key,) = world.stored_keys()
    with world.store.open(key) as file:
        content = file.read()
    RetentionKeeper(world.database, world.store, world.pen).run_pass(NOW)
    aside = world.store.set_aside(_put(world, key, content), "unowned")
    with pytest.raises(Refused, match="deleted by decision"):
        Recoverer(world.database, world.store, world.pen).recover(aside)
    assert event_id not in world.kept()


def _put(world: KeptWorld, key: str, content: bytes) -> str:
    world.store.put(key, content)
    return key


def _ask_with_document(world: KeptWorld, key: str) -> None:
    _put(world, key, b"signed")
    with world.database.transaction() as session:
        session.add(OfficerRow(officer_id="an", site_id="s", name="An", unit=""))
        session.flush()
        session.add(
            CorrectionRow(
                officer_id="an",
                day=NOW.date(),
                kind="present",
                start=NOW,
                end=NOW,
                reason="",
                document="paper",
                document_key=key,
                observed="",
                asked_by=world.user_id,
                asked_for="",
                asked_at=NOW,
                request_id="r",
            )
        )
