"""What a database holds after inspectors were at work, against what each of them was answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlalchemy import select

from service.db.journal import JournalRepository
from service.db.journal_tables import JournalRowRow
from service.db.records import Part, Verdict
from service.db.session import Database
from service.db.tables import EventRow, ReviewRow
from service.evidence.journal import RowKind
from service.evidence.offline.journal_file import JournalCheck
from service.review.standing import Look, standing_of, waits_for


class Answered(Protocol):
    """What one inspector was answered: see `tests.reviewing_load.Told`."""

    given: list[tuple[str, str]]
    withdrawn: int


def faults_of(address: str, told: Sequence[Answered]) -> list[str]:
    """Return what is stored otherwise than it was answered, and what is wrong with the journal."""
    database = Database(address)
    try:
        return [*_lost_or_doubled(database, told), *_wrong_standings(database), *_faults_of_journal(database, told)]
    finally:
        database.close()


def _lost_or_doubled(database: Database, told: Sequence[Answered]) -> Iterator[str]:
    with database.transaction() as session:
        stored = Counter(session.execute(select(ReviewRow.event_id, ReviewRow.request_id)).tuples())
        withdrawn = len(session.scalars(select(ReviewRow.review_id).where(ReviewRow.withdrawn_at.is_not(None))).all())
    answered = Counter(given for one in told for given in one.given)
    yield from (f"lost: {one}" for one in answered - stored)
    yield from (f"stored, but not answered so: {one}" for one in stored - answered)
    if withdrawn != (wanted := sum(one.withdrawn for one in told)):
        yield f"{withdrawn} verdicts are taken back, {wanted} were answered so"


def _wrong_standings(database: Database) -> Iterator[str]:
    looks: dict[str, list[Look]] = defaultdict(list)
    with database.transaction() as session:
        for row in session.scalars(select(ReviewRow).order_by(ReviewRow.review_id)):
            looks[row.event_id].append(
                Look(row.reviewer_id, Verdict(row.verdict), Part(row.part), row.at, row.withdrawn_at is not None)
            )
        columns = select(EventRow.event_id, EventRow.standing, EventRow.waits_for)
        for event_id, standing, waiting in session.execute(columns):
            wanted = standing_of(looks[event_id])
            if (standing, waiting) != (wanted, waits_for(wanted)):
                yield f"{event_id} stands as {standing}, its verdicts come to {wanted}"


def _faults_of_journal(database: Database, told: Sequence[Answered]) -> Iterator[str]:
    check = JournalCheck()
    with database.transaction() as session:
        journal = JournalRepository(session)
        for row, nodes in journal.rows():
            yield from (str(fault) for fault in check.take(row, nodes))
        head = journal.head()
        if (head.size, head.root) != (check.size, check.root):
            yield f"the journal's head says {head.size} rows, there are {check.size}"
        kinds = Counter(session.scalars(select(JournalRowRow.kind)))
        verdicts = len(session.scalars(select(ReviewRow.review_id)).all())
    print(f"journal: {check.size} rows checked, {dict(kinds)}")
    if kinds[RowKind.VERDICT_GIVEN] != verdicts:
        yield f"{verdicts} verdicts are stored, the journal tells of {kinds[RowKind.VERDICT_GIVEN]}"
    if kinds[RowKind.VERDICT_WITHDRAWN] != (wanted := sum(one.withdrawn for one in told)):
        yield f"{wanted} verdicts were taken back, the journal tells of {kinds[RowKind.VERDICT_WITHDRAWN]}"
