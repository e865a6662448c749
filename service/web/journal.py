"""The pages of the journal: some rows at a time, one row, and whether what is shown is as it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from service.api.auth import Work, WorkNow, needs, rights_held
from service.api.journal import SEQ_MAX, SUBJECT_MAX, Seq
from service.api.journal_reading import ShownRow, read_page, read_row, shown_before
from service.api.seen import note_journal_read, note_row_read
from service.api.selection import FIRST_DAY, LAST_DAY, main_zone, read_day
from service.db.journal_pages import RowFilter
from service.db.records import SessionRecord
from service.evidence.journal import RowKind
from service.evidence.spot_check import SpotCheck
from service.rights import Right
from service.web import journal_words
from service.web.journal_facts import facts_told
from service.web.pages import render
from service.web.words import language_of

router = APIRouter(dependencies=[Depends(needs(Right.READ_JOURNAL))])
Reader = Annotated[SessionRecord, Depends(needs(Right.READ_JOURNAL))]
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; what cannot be understood is left out.

    Attributes:
        day, until: First and last day; one alone leaves the other end open.
        before: Only rows with a smaller number.
    """

    kind: RowKind | None
    subject: str
    day: date | None
    until: date | None
    before: int | None

    def to_filter(self, zone: ZoneInfo) -> RowFilter:
        """Return the filter for the database; days begin at midnight of the site."""
        since = None if self.day is None else datetime.combine(self.day, time(), zone)
        until = None if self.until is None else datetime.combine(self.until + timedelta(days=1), time(), zone)
        return RowFilter(self.kind, self.subject, since, until)

    def to_query(self) -> dict[str, str]:
        """Return the filters as an address holds them, without the place in the list."""
        asked = {
            "kind": str(self.kind or ""),
            "subject": self.subject,
            "day": "" if self.day is None else self.day.isoformat(),
            "until": "" if self.until is None else self.until.isoformat(),
        }
        return {name: value for name, value in asked.items() if value}


def read_asked(query: QueryParams) -> Asked:
    """Read what an address asks for."""
    kind, before = query.get("kind", ""), query.get("before", "")
    day, until = read_day(query.get("day")), read_day(query.get("until"))
    is_number = before.isascii() and before.isdecimal() and len(before) < 20 and int(before) <= SEQ_MAX
    return Asked(
        kind=RowKind(kind) if kind in set(RowKind) else None,
        subject=query.get("subject", "").strip()[:SUBJECT_MAX],
        day=day,
        until=until if day is None or until is None or until >= day else None,
        before=int(before) if is_number else None,
    )


@router.get("/journal")
def show_journal(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show rows, newest first; asked to check, also whether they are as they were written."""
    query = request.query_params
    asked, zone = read_asked(query), main_zone(work.sites.sites())
    wanted = asked.to_filter(zone)
    page = read_page(work, session, wanted, before=asked.before, limit=PAGE_SIZE)
    check = SpotCheck(work.journal).check([shown.row for shown in page.rows]) if query.get("check") else None
    note_journal_read(work, session, wanted, [shown.seq for shown in page.rows])
    values = {
        "rows": page.rows,
        "next": page.next,
        # new rows come on top, this look among them: what is checked is what was shown
        "top": page.rows[0].seq + 1 if page.rows else None,
        "size": work.journal.head().size,
        # all that match are counted only where one page shows them: a journal has millions of rows
        "matching": len(page.rows) if asked.before is None and page.next is None else None,
        "asked": asked,
        "query": asked.to_query(),
        "check": check,
        "faults": [] if check is None else [fault.words(language_of(request)) for fault in check.faults],
        "is_day_refused": any(query.get(name) and getattr(asked, name) is None for name in ("day", "until")),
        "days": (FIRST_DAY, LAST_DAY),
        **_words(work, session, page.rows, zone),
    }
    return render(request, "journal.html", session, values)


@router.get("/journal/{seq}")
def show_row(seq: Seq, request: Request, work: WorkNow, session: Reader) -> Response:
    """Show one row: what it says, and by what it is proved."""
    shown, check = read_row(work, session, seq), SpotCheck(work.journal)
    zone = main_zone(work.sites.sites())
    note_row_read(work, session, seq)
    values = {
        "shown": shown,
        "facts": facts_told(shown.facts, zone, language_of(request)),
        "row": shown.row,
        "prev_about": shown_before(work, session, shown.row),
        "proof": check.proofs([shown.row])[seq],
        "has_head": check.given is not None,
        "is_signed": check.is_signature_good(shown.row),
        "faults": [fault.words(language_of(request)) for fault in check.faults_of([shown.row])[seq]],
        **_words(work, session, [shown], zone),
    }
    return render(request, "journal_row.html", session, values)


def _words(work: Work, session: SessionRecord, rows: Sequence[ShownRow], zone: ZoneInfo) -> dict[str, object]:
    """Return what the templates word rows with; who may see accounts is told their names, by one question for all."""
    rights = rights_held(session)

    def links(shown: ShownRow) -> tuple[str, str]:
        return journal_words.place_of(shown, rights), journal_words.case_of(shown, rights)

    names = work.accounts.names() if any(shown.login for shown in rows) else {}
    return {"words": journal_words, "links": links, "names": names, "zone": zone}
