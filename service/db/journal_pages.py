"""The journal as somebody reads it: some rows at a time, the newest first, of one kind, subject or time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, Table, desc, select
from sqlalchemy.orm import Session

from service.attendance.intervals import microseconds
from service.db.journal import JournalRepository, row_of
from service.db.journal_tables import JournalRowRow
from service.db.records import Standing
from service.db.tables import EventRow
from service.evidence.journal import RowKind, facts_said
from service.evidence.offline.journal_rows import JournalRow

_TABLE = cast(Table, JournalRowRow.__table__)
CLOCKS_DIFFER = timedelta(hours=1)
"""Rows stand in the order of writing. Of two computers, or after a clock was set, their times may differ from it by
so much; a row whose clock was further off is found without asking for a time."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows are looked for.

    Attributes:
        kind: None: any.
        subject: Exactly so; empty: any, or none.
        since: From this moment on; None: from the first row.
        until: Before this moment; None: to the last row.
    """

    kind: RowKind | None = None
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


class JournalReader(JournalRepository):
    """The journal for reading only: it has no key, so nothing is added by it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._open = session

    def page(self, wanted: RowFilter, *, limit: int, before: int | None = None) -> list[JournalRow]:
        """Return rows, newest first. However far back, each page comes as quickly as the first.

        Args:
            before: Only rows with a smaller number.
        """
        query = self._narrowed(select(_TABLE), wanted)
        if before is not None:
            query = query.where(_TABLE.c.seq < before)
        return [row_of(found) for found in self._open.execute(query.order_by(desc(_TABLE.c.seq)).limit(limit))]

    def _narrowed(self, query: Select[Any], wanted: RowFilter) -> Select[Any]:
        if wanted.kind is not None:
            # few rows are about one subject, many of one kind; SQLite counts neither and, where it may choose, takes
            # the index of kinds: put together with nothing, a column has no index
            kind = _TABLE.c.kind.concat("") if wanted.subject else _TABLE.c.kind
            query = query.where(kind == wanted.kind.value)
        if wanted.subject:
            query = query.where(_TABLE.c.subject == wanted.subject, _TABLE.c.subject != "")
        # times have no index: the number of the row that a time begins with is found by halving
        if wanted.since is not None:
            first = self._first_since(wanted.since - CLOCKS_DIFFER)
            query = query.where(_TABLE.c.seq >= first, _TABLE.c.at_us >= microseconds(wanted.since))
        if wanted.until is not None:
            end = self._first_since(wanted.until + CLOCKS_DIFFER)
            query = query.where(_TABLE.c.seq < end, _TABLE.c.at_us < microseconds(wanted.until))
        return query

    def _first_since(self, moment: datetime) -> int:
        """Return the number of the first row of a moment or later, as far as rows stand in the order of their times."""
        wanted_us, low, high = microseconds(moment), 0, self.head().size
        while low < high:
            middle = (low + high) // 2
            query = select(_TABLE.c.seq, _TABLE.c.at_us).where(_TABLE.c.seq >= middle).order_by(_TABLE.c.seq).limit(1)
            found = self._open.execute(query).one_or_none()  # where rows were taken out, the next one
            if found is None or found.at_us >= wanted_us:
                high = middle
            else:
                low = found.seq + 1
        return low

    def rows_at(self, seqs: Sequence[int]) -> dict[int, JournalRow]:
        """Return the rows with these numbers; those that are not there are left out."""
        query = select(_TABLE).where(_TABLE.c.seq.in_(sorted(set(seqs))))
        return {found.seq: row_of(found) for found in self._open.execute(query)}

    def seqs_before(self, seqs: Sequence[int]) -> dict[int, int | None]:
        """Return for each of these rows the number of the row before it about the same subject; None: there is none."""
        before = _TABLE.alias()
        same = (before.c.subject == _TABLE.c.subject, before.c.subject != "", before.c.seq < _TABLE.c.seq)
        latest = select(before.c.seq).where(*same).order_by(desc(before.c.seq)).limit(1).scalar_subquery()
        query = select(_TABLE.c.seq, latest.label("latest")).where(_TABLE.c.seq.in_(sorted(set(seqs))))
        return {found.seq: found.latest for found in self._open.execute(query)}

    def waiting_for_looks(self, event_ids: Iterable[str]) -> set[str]:
        """Return which of these events still wait for somebody's look."""
        query = select(EventRow.event_id).where(
            EventRow.event_id.in_(sorted(set(event_ids))), EventRow.standing.in_([Standing.OPEN, Standing.SECOND])
        )
        return set(self._open.scalars(query))

    def is_said_erased(self, row: JournalRow) -> bool:
        """Tell whether a later row says that this one's body was erased by law."""
        query = select(_TABLE).where(
            _TABLE.c.kind == RowKind.BODY_ERASED.value, _TABLE.c.seq > row.seq, _TABLE.c.subject == row.subject
        )
        said = (facts_said(row_of(found)) or {} for found in self._open.execute(query))
        return any(facts.get("seq") == row.seq for facts in said)
