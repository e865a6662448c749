"""Checking some rows of the journal: it finds what the check of the whole journal finds in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from service.custody import erase_body, rotate_key
from service.db.journal_pages import JournalReader
from service.db.journal_tables import JournalHeadRow, JournalRowRow, PublishedHeadRow
from service.evidence.journal import RowKind
from service.evidence.offline.journal_file import JournalCheck
from service.evidence.signing import KeyFolder
from service.evidence.spot_check import Checked, SpotCheck
from tests.journal_world import JournalWorld

NOTED, HEAD_AFTER = 12, 8


@pytest.fixture
def world(tmp_path: Path) -> Iterator[JournalWorld]:
    """A journal whose key was handed over and of which one row's body was erased."""
    made = JournalWorld(tmp_path)
    for i in range(NOTED):
        made.note(RowKind.EVENT_VIEWED, subject=("event-1", "event-2", "")[i % 3])
        if i == NOTED // 2:
            rotate_key(made.database, KeyFolder(tmp_path / "keys"), made.pen.signer, at=made.clock.now(), reason="x")
            made.pen.renew()
        if i == HEAD_AFTER:
            erase_body(made.database, made.pen, 3, basis="Law 91/2025/QH15")
            made.publish()
    yield made
    made.database.close()


def checked(world: JournalWorld, *seqs: int) -> Checked:
    with world.database.transaction() as session:
        journal = JournalReader(session)
        rows = [row for row, _ in journal.rows() if not seqs or row.seq in seqs]
        return SpotCheck(journal).check(rows)


def codes(world: JournalWorld, *seqs: int) -> set[str]:
    return {fault.code for fault in checked(world, *seqs).faults}


def whole_is_good(world: JournalWorld) -> bool:
    """The oracle: check every row and sum."""
    check = JournalCheck()
    with world.database.transaction() as session:
        faults = [fault for row, _ in JournalReader(session).rows() for fault in check.take(row)]
    return not faults and not check.finish()


def test_an_untouched_journal_has_no_faults_and_is_told_how_far_the_head_goes(world: JournalWorld) -> None:
    found = checked(world)
    assert () == found.faults
    assert 0 < found.under_head < found.rows
    assert found.under_head == found.head_size
    assert found.head_at is not None
    assert found.head_at < world.clock.at


CHANGES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"kind": st.sampled_from(["event_viewed", "locked", "key_lost", "journal_opened"])}),
    st.fixed_dictionaries({"subject": st.sampled_from(["event-1", "event-2", "", "keys"])}),
    st.fixed_dictionaries({"at_us": st.integers(0, 2**50)}),
    st.fixed_dictionaries({"subject_prev": st.none() | st.integers(0, 20)}),
    st.fixed_dictionaries({"body": st.none() | st.sampled_from(['{"user":1}', "[1]", "no JSON", ""])}),
    st.fixed_dictionaries({"body_sha256": st.binary(min_size=32, max_size=32)}),
    st.fixed_dictionaries({"prev": st.binary(min_size=32, max_size=32)}),
    st.fixed_dictionaries({"key_id": st.binary(min_size=16, max_size=16)}),
    st.fixed_dictionaries({"signature": st.binary(min_size=64, max_size=64)}),
)


def test_any_change_of_any_row_is_found_as_the_check_of_the_whole_finds_it(world: JournalWorld) -> None:
    with world.database.transaction() as session:
        kept = [dict(row._mapping) for row in session.execute(select(JournalRowRow.__table__))]

    @settings(max_examples=120, deadline=None)
    @given(st.integers(0, len(kept) - 1), CHANGES)
    def check(seq: int, change: dict[str, Any]) -> None:
        world.tamper(seq, **change)
        assert whole_is_good(world) is (not checked(world).faults)
        with world.database.transaction() as session:
            session.execute(delete(JournalRowRow))
            session.execute(insert(JournalRowRow), kept)

    check()


def test_a_row_that_was_taken_out_is_missed_by_the_row_after_it(world: JournalWorld) -> None:
    with world.database.transaction() as session:
        session.execute(delete(JournalRowRow).where(JournalRowRow.seq == 5))
    assert "row_missing" in codes(world, 6)


def test_a_row_written_anew_with_the_right_key_is_not_under_the_head_that_was_given_out(world: JournalWorld) -> None:
    with world.database.transaction() as session:
        journal = JournalReader(session)
        last = journal.row(journal.published(limit=1)[0].size - 1)
        forged = {"at_us": last.at_us + 1}
    world.tamper(last.seq, **forged)
    with world.database.transaction() as session:
        header = JournalReader(session).row(last.seq).header()
    world.tamper(last.seq, signature=world.pen.signer.sign_row(header))
    assert {"row_unproved", "head_differs"} <= codes(world, last.seq)


def test_a_journal_that_was_cut_is_shorter_than_its_published_head(world: JournalWorld) -> None:
    with world.database.transaction() as session:
        session.execute(delete(JournalRowRow).where(JournalRowRow.seq >= 4))
        session.execute(update(JournalHeadRow).values(size=4))
    assert "journal_short" in codes(world, 2)


@pytest.mark.parametrize("head", ["{}", '{"size":"x"}', "[]"])
def test_a_published_head_that_cannot_be_read_is_a_fault(world: JournalWorld, head: str) -> None:
    with world.database.transaction() as session:
        session.execute(update(PublishedHeadRow).values(head=head))
    assert {"unreadable"} == codes(world, 2)


def test_a_head_of_another_journal_is_a_fault(world: JournalWorld) -> None:
    with world.database.transaction() as session:
        (head,) = session.scalars(select(PublishedHeadRow.head))
        session.execute(update(PublishedHeadRow).values(head=head.replace('"journal":"', '"journal":"ab')))
    assert {"head_unsigned", "other_journal"} == codes(world, 2)
