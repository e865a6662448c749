"""A journal of millions of rows, and how long adding to it, proving a row and checking it all take.

    python -m samples.journal --rows 100000 1000000 10000000 --plot journal.svg

Rows are made as the service makes them, signed and chained; only that many are written in one statement.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import altair
from rich.progress import Progress
from sqlalchemy import insert, update

from service.custody import open_journal
from service.db.journal import JournalRepository, row_columns
from service.db.journal_tables import JournalHeadRow, JournalRowRow
from service.db.session import Database
from service.evidence.journal import JournalEnd, RowKind, body_of, next_row, signed
from service.evidence.offline.journal_file import JournalCheck
from service.evidence.offline.journal_rows import JournalRow, grow, root_by
from service.evidence.signing import KeyFolder, Signer

START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS_PER_EVENT = 6
BATCH = 10_000
APPEND_P95_MS, PROOF_P95_MS = 1.0, 50.0


class Grower:
    """Continues a journal in bulk."""

    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer
        with database.transaction() as session:
            journal = JournalRepository(session)
            head = journal.head()
            begun = journal.latest_about(_subject(head.size))
        self._peaks, self._leaf, self.size = list(head.peaks), head.leaf, head.size
        self._latest = {} if begun is None else {begun.subject: begun.seq}

    def to(self, size: int, progress: Progress) -> None:
        """Add rows until there are so many."""
        task = progress.add_task(f"{size:,} rows", total=size, completed=self.size)
        while self.size < size:
            batch = list(self._rows(min(BATCH, size - self.size)))
            head = {"size": self.size, "leaf": self._leaf, "peaks": b"".join(self._peaks)}
            with self._database.transaction() as session:
                session.execute(insert(JournalRowRow), batch)
                session.execute(update(JournalHeadRow).values(**head))
            progress.update(task, completed=self.size)

    def _rows(self, count: int) -> Iterator[dict[str, object]]:
        for _ in range(count):
            subject = _subject(self.size)
            row = self._next(subject)
            self._peaks, made = grow(self._peaks, row.seq, row.leaf())
            self._leaf = made[0]
            self._latest = {subject: row.seq}
            self.size += 1
            yield row_columns(row, made)

    def _next(self, subject: str) -> JournalRow:
        facts = {"kind": "clip", "sha256": f"{self.size:064x}", "user": self.size % 40, "part": "whole"}
        row = next_row(
            JournalEnd(self.size, self._leaf, self._latest.get(subject)),
            RowKind.EVIDENCE_VIEWED,
            subject=subject,
            body=body_of(facts),
            at_us=self.size,
            key_id=self._signer.key_id,
        )
        return signed(row, self._signer.sign_row(row.header()))


def _subject(seq: int) -> str:
    return f"event-{seq // ROWS_PER_EVENT}"


def append_ms(database: Database, signer: Signer, count: int) -> tuple[list[float], list[float]]:
    """Add rows one by one, each in a transaction of its own.

    Returns:
        How long it took to add each row, and to commit it: until the disk says that it has it.
    """
    added, committed = [], []
    for i in range(count):
        begun = time.perf_counter()
        with database.transaction() as session:
            facts = {"kind": "clip", "sha256": f"{i:064x}", "user": 1, "part": "whole"}
            JournalRepository(session, signer).note(
                RowKind.EVIDENCE_VIEWED, facts, at=START + timedelta(seconds=i), subject=f"event-{i % 50}"
            )
            is_added = time.perf_counter()
        added.append((is_added - begun) * 1000)
        committed.append((time.perf_counter() - is_added) * 1000)
    return added, committed


def proof_ms(database: Database, count: int) -> list[float]:
    """Prove rows drawn at random under the head of now; return how long each took."""
    taken = []
    rng = random.Random(1)
    with database.transaction() as session:
        head = JournalRepository(session).head()
    for _ in range(count):
        seq = rng.randrange(head.size)
        begun = time.perf_counter()
        with database.transaction() as session:
            journal = JournalRepository(session)
            row, path = journal.row(seq), journal.proof(seq, head.size)
        taken.append((time.perf_counter() - begun) * 1000)
        assert head.root == root_by(row.leaf(), seq, head.size, path)
    return taken


def verify_s(database: Database, progress: Progress) -> float:
    """Check the whole journal; return how long it took."""
    check, begun = JournalCheck(), time.perf_counter()
    with database.transaction() as session:
        journal = JournalRepository(session)
        head = journal.head()
        task = progress.add_task("checked", total=head.size)
        for row, nodes in journal.rows():
            faults = check.take(row, nodes)
            assert not faults, faults
            if check.size % BATCH == 0:
                progress.update(task, completed=check.size)
    assert (head.size, head.root) == (check.size, check.root)
    progress.update(task, completed=check.size)
    return time.perf_counter() - begun


def p95(values: Sequence[float]) -> float:
    """Return the value that 95 % are not above."""
    return statistics.quantiles(values, n=20)[-1]


def main() -> int:
    """Make, measure, print. Exit code 1 where a figure is over what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--database", default="", help="address; default: SQLite in the folder")
    parser.add_argument("--folder", type=Path, help="where database and key lie; a journal there is continued")
    parser.add_argument("--plot", type=Path, help="SVG of the time for checking against the number of rows")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as new, Progress() as progress:
        folder = asked.folder or Path(new)
        database = Database(asked.database or f"sqlite:///{folder}/journal.db")
        database.upgrade()
        signer = open_journal(database, KeyFolder(folder / "keys"), at=START)
        grower, figures = Grower(database, signer), []
        for size in sorted(asked.rows):
            grower.to(size, progress)
            proofs, checked_s = proof_ms(database, 500), verify_s(database, progress)
            figures.append({"rows": size, "checked_s": checked_s})
            progress.console.print(
                f"{size:,} rows: proof median {statistics.median(proofs):.2f} ms, p95 {p95(proofs):.2f} ms; "
                f"all checked in {checked_s:.1f} s ({checked_s / size * 1e6:.0f} us a row)"
            )
        appends, commits = append_ms(database, signer, 2000)
        for name, values in (("append", appends), ("commit to the disk", commits)):
            progress.console.print(f"{name}: median {statistics.median(values):.2f} ms, p95 {p95(values):.2f} ms")
        database.close()
    if asked.plot is not None:
        chart = altair.Chart(altair.Data(values=figures)).mark_line(point=True)
        chart.encode(x=altair.X("rows:Q"), y=altair.Y("checked_s:Q", title="seconds")).save(str(asked.plot))
    return 0 if p95(appends) <= APPEND_P95_MS and p95(proofs) <= PROOF_P95_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
