"""Rows of the journal as their reader may see them: who did it, what it says, and what has to wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.api.auth import Work, has_right
from service.api.blind import is_asked
from service.api.problems import N_, Problem
from service.db.journal import moment_of_row
from service.db.journal_pages import RowFilter
from service.db.records import SessionRecord
from service.evidence.journal import Fact, RowKind, facts_said
from service.evidence.offline.journal_rows import JournalRow
from service.rights import Right

VERDICTS = (RowKind.VERDICT_GIVEN, RowKind.VERDICT_WITHDRAWN)


class RowWithheld(Problem):
    """The row tells of a look, and whoever reads might be asked for the second one."""

    status = 403
    title = N_("This row is withheld for now")
    detail = N_(
        "It is about a verdict on a flag that still waits for a look. Whoever may judge reads it once that is decided."
    )


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as one reader may see it.

    Attributes:
        user_id: Whose account did it; None where none did.
        login: Of that account; None where the reader may not see accounts.
        facts: None where they were erased, cannot be read or are withheld.
        is_withheld: Nothing but number, time and kind is shown.
    """

    row: JournalRow
    seq: int
    at: datetime
    kind: str
    subject: str
    user_id: int | None
    login: str | None
    facts: dict[str, Fact] | None
    is_withheld: bool


@dataclass(frozen=True, slots=True)
class ShownPage:
    """Some rows, newest first.

    Attributes:
        next: Number before which those that follow are found; None where there are none.
    """

    rows: list[ShownRow]
    next: int | None


def read_page(work: Work, session: SessionRecord, wanted: RowFilter, *, before: int | None, limit: int) -> ShownPage:
    """Return some rows. Of one subject, those that are withheld are left out: that they are there would tell enough."""
    found = work.journal.page(wanted, limit=limit + 1, before=before)
    has_more, found = len(found) > limit, found[:limit]
    rows = shown_rows(work, session, found)
    if wanted.subject:
        rows = [shown for shown in rows if not shown.is_withheld]
    return ShownPage(rows, found[-1].seq if has_more else None)


def read_row(work: Work, session: SessionRecord, seq: int) -> ShownRow:
    """Return one row. Raises `NotFound`, `RowWithheld`."""
    (shown,) = shown_rows(work, session, [work.journal.row(seq)])
    if shown.is_withheld:
        raise RowWithheld
    return shown


def shown_before(work: Work, session: SessionRecord, row: JournalRow) -> int | None:
    """Return the number of the row before this one about the same subject, unless that is withheld."""
    if row.subject_prev is None:
        return None
    before = work.journal.rows_at([row.subject_prev])
    return row.subject_prev if not withheld(work, session, before.values()) else None


def withheld(work: Work, session: SessionRecord, rows: Iterable[JournalRow]) -> frozenset[int]:
    """Return the numbers of the rows that tell of verdicts which the reader must not know yet."""
    told = [row for row in rows if row.kind in VERDICTS]
    if not told or not is_asked(session):
        return frozenset()
    waiting = work.journal.waiting_for_looks({row.subject for row in told})
    return frozenset(
        row.seq for row in told if row.subject in waiting and who_did(facts_said(row)) != session.user.user_id
    )


def shown_rows(work: Work, session: SessionRecord, rows: Sequence[JournalRow]) -> list[ShownRow]:
    """Return rows as somebody may see them."""
    sealed = withheld(work, session, rows)
    users = {user_id for row in rows if (user_id := who_did(facts_said(row))) is not None}
    logins = work.accounts.logins(users) if users and has_right(session, Right.MANAGE_USERS) else {}
    return [_sealed(row) if row.seq in sealed else _shown(row, logins) for row in rows]


def who_did(facts: dict[str, Fact] | None) -> int | None:
    """Return whose account did what a row tells of; None where none did."""
    found = (facts or {}).get("by" if "by" in (facts or {}) else "user")
    return found if isinstance(found, int) else None


def _shown(row: JournalRow, logins: dict[int, str]) -> ShownRow:
    facts = facts_said(row)
    user_id = who_did(facts)
    login = None if user_id is None else logins.get(user_id)
    return ShownRow(row, row.seq, moment_of_row(row), row.kind, row.subject, user_id, login, facts, is_withheld=False)


def _sealed(row: JournalRow) -> ShownRow:
    return ShownRow(row, row.seq, moment_of_row(row), row.kind, "", None, None, None, is_withheld=True)
