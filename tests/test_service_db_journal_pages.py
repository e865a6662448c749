"""Reading the journal page by page: any filter gives what going through all rows would give, however it is paged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event

from service.custody import open_journal
from service.db.journal import JournalRepository, moment_of_row
from service.db.journal_pages import CLOCKS_DIFFER, JournalReader, RowFilter
from service.db.journal_tables import JournalRowRow
from service.db.session import Database
from service.evidence.journal import RowKind
from service.evidence.offline.journal_rows import JournalRow
from service.evidence.signing import KeyFolder
from tests.databases import KINDS, empty_database

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
WRITTEN = (RowKind.EVENT_VIEWED, RowKind.GAP, RowKind.EVIDENCE_VIEWED)
SUBJECTS = ("event-1", "event-2", "")
ROWS = 60
STEP = timedelta(minutes=17)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as database:
        written(database, tmp_path)
        yield database


def written(database: Database, folder: Path) -> None:
    """Write a journal in which every fifth row is by a clock that is half an hour slow."""
    signer = open_journal(database, KeyFolder(folder / "keys"), at=NOON)
    with database.transaction() as session:
        journal = JournalRepository(session, signer)
        for i in range(1, ROWS):
            slow = CLOCKS_DIFFER / 2 if i % 5 == 0 else timedelta()
            at, subject = NOON + i * STEP - slow, SUBJECTS[i % 7 % 3]
            journal.note(WRITTEN[i % 3], {"user": i}, at=at, subject=subject)


def fits(row: JournalRow, wanted: RowFilter) -> bool:
    """The oracle: look at the row."""
    at = moment_of_row(row)
    return (
        wanted.kind in (None, row.kind)
        and wanted.subject in ("", row.subject)
        and (wanted.since is None or at >= wanted.since)
        and (wanted.until is None or at < wanted.until)
    )


MOMENTS = st.none() | st.integers(-5 * 60, 22 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
FILTERS = st.builds(
    RowFilter,
    kind=st.sampled_from([None, *WRITTEN, RowKind.LOCKED]),
    subject=st.sampled_from(["", "event-1", "event-2", "event-3"]),
    since=MOMENTS,
    until=MOMENTS,
)


def test_pages_put_together_are_all_rows_that_fit(database: Database) -> None:
    with database.transaction() as session:
        reader = JournalReader(session)
        everything = [row for row, _ in reader.rows()]

        @settings(max_examples=150, deadline=None)
        @given(FILTERS, st.integers(1, 20))
        def check(wanted: RowFilter, limit: int) -> None:
            found: list[JournalRow] = []
            while page := reader.page(wanted, limit=limit, before=found[-1].seq if found else None):
                assert len(page) <= limit
                found += page
            assert [row for row in reversed(everything) if fits(row, wanted)] == found

        check()


def test_rows_that_were_taken_out_do_not_hide_the_others_of_a_time(database: Database) -> None:
    with database.transaction() as session:
        session.execute(delete(JournalRowRow).where(JournalRowRow.seq.between(10, 40)))
    with database.transaction() as session:
        found = JournalReader(session).page(RowFilter(since=NOON + 46 * STEP), limit=100)
    assert list(range(ROWS - 1, 45, -1)) == [row.seq for row in found]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (RowFilter(kind=RowKind.GAP), "ix_journal_kind_seq"),
        (RowFilter(subject="event-1"), "ix_journal_subject_seq"),
        (RowFilter(kind=RowKind.GAP, subject="event-1"), "ix_journal_subject_seq"),
    ],
)
def test_sqlite_finds_rows_by_an_index_and_sorts_nothing(tmp_path: Path, wanted: RowFilter, index: str) -> None:
    with empty_database("sqlite", tmp_path) as database, database.transaction() as session:
        asked: list[tuple[str, Any]] = []
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
        JournalReader(session).page(wanted, limit=50, before=1000)
        (statement, values), *_ = asked
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
    assert f"INDEX {index}" in plan
    assert "TEMP B-TREE" not in plan
