"""The journal: what happened, row by row, and how each row is proved. For those who read all of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from service.api.auth import WorkNow, needs
from service.api.journal_reading import RowWithheld, read_page, read_row, shown_before
from service.api.journal_shapes import (
    JournalFaultShape,
    JournalHeadShape,
    JournalPageShape,
    JournalRowDetailShape,
    JournalRowShape,
    PublishedHeadShape,
    RowProofShape,
)
from service.api.moments import Moment
from service.api.problems import Missing
from service.api.refusals import refuses
from service.api.seen import note_journal_read, note_row_read
from service.db.journal_pages import RowFilter
from service.db.records import SessionRecord
from service.evidence.journal import RowKind
from service.evidence.spot_check import SpotCheck, said_at
from service.rights import Right
from service.web.words import language_of

router = APIRouter(prefix="/journal", tags=["journal"], dependencies=[Depends(needs(Right.READ_JOURNAL))])
Reader = Annotated[SessionRecord, Depends(needs(Right.READ_JOURNAL))]
SEQ_MAX = 2**31 - 1
Seq = Annotated[int, Field(ge=0, le=SEQ_MAX)]
SUBJECT_MAX = 80


@router.get("")
def list_rows(
    work: WorkNow,
    session: Reader,
    *,
    kind: Annotated[RowKind | None, Query(description="What happened.")] = None,
    subject: Annotated[str, Query(max_length=SUBJECT_MAX, description="Exactly this subject.")] = "",
    since: Annotated[Moment | None, Query(description="From this moment on.")] = None,
    until: Annotated[Moment | None, Query(description="Before this moment.")] = None,
    before_seq: Annotated[
        int | None, Query(ge=0, le=SEQ_MAX, description="`next` of the list before: go on behind it.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JournalPageShape:
    """List rows, newest first. However far back, each list comes as quickly as the first. That it was read is noted."""
    wanted = RowFilter(kind, subject, since, until)
    page = read_page(work, session, wanted, before=before_seq, limit=limit)
    note_journal_read(work, session, wanted, [shown.seq for shown in page.rows])
    return JournalPageShape(items=[JournalRowShape.of(shown) for shown in page.rows], next=page.next)


@router.get("/head")
def read_head(work: WorkNow) -> JournalHeadShape:
    """Read how far the journal goes, and the head that was given out last."""
    check = SpotCheck(work.journal)
    head, given = check.head, check.given
    published = (
        None
        if given is None
        else PublishedHeadShape(
            size=given.size,
            root=given.root,
            at=said_at(given.content),
            key_id=given.key_id,
            signature=given.signature.hex(),
            is_witnessed=bool(given.token),
        )
    )
    return JournalHeadShape(
        size=head.size,
        root=head.root.hex(),
        leaf=head.leaf.hex(),
        key_id=head.key_id,
        mark=work.journal.row(0).leaf().hex(),
        published=published,
    )


@router.get("/{seq}", responses=refuses(Missing, RowWithheld))
def read_one_row(seq: Seq, request: Request, work: WorkNow, session: Reader) -> JournalRowDetailShape:
    """Read one row with its signature and the proof that it is under the journal's root. That it was read is noted."""
    shown, check = read_row(work, session, seq), SpotCheck(work.journal)
    row = shown.row
    note_row_read(work, session, seq)
    return JournalRowDetailShape(
        **JournalRowShape.of(shown).model_dump(),
        subject_prev=shown_before(work, session, row),
        prev=row.prev.hex(),
        leaf=row.leaf().hex(),
        body_sha256=row.body_sha256,
        key_id=row.key_id,
        signature=row.signature.hex(),
        is_signature_good=check.is_signature_good(row),
        proof=RowProofShape.of(check.proofs([row])[seq]),
        faults=[JournalFaultShape.of(fault, language_of(request)) for fault in check.faults_of([row])[seq]],
    )
