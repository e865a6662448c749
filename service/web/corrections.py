"""Corrections: those that wait, with what they would change, and those that were decided."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from service.api.attendance_asked import KEEPS, Reader, report_of
from service.api.auth import Work, WorkNow, require_csrf_field
from service.api.corrections import decide
from service.api.problems import Missing
from service.api.schemas import RowId
from service.api.seen import note_document_read
from service.api.selection import FIRST_DAY, LAST_DAY, main_zone, read_day
from service.api.staff import StaffMember
from service.attendance.day_figures import DayFigures, day_rows
from service.attendance.facts import Correction
from service.attendance.people import Asked
from service.db.records import SessionRecord
from service.web import attendance_labels
from service.web.attendance_observed import Observed, read_observed
from service.web.attendance_whom import WHOM_KEYS, Whom, read_whom
from service.web.documents import media_type_of
from service.web.figure_lines import FigureLine, compare
from service.web.months import read_month
from service.web.pages import query_string, render

router = APIRouter()
_KEPT = (*WHOM_KEYS, "from", "to", "month")
WAITING_SHOWN = 30
"""What each of them would change is derived for the page."""


@dataclass(frozen=True, slots=True)
class CorrectionCard:
    """One correction as the page shows it.

    Attributes:
        lines: The figures that it changes, or would change; empty where it changes none.
        is_own: Asked for by the reader, who may not decide it.
        observed: What cameras said when it was asked for; None where the kept line is shown as it was written.
    """

    correction: Correction
    member: StaffMember
    zone: ZoneInfo
    lines: tuple[FigureLine, ...]
    asked_by: str
    decided_by: str
    is_own: bool
    observed: Observed | None


@router.get("/attendance/corrections")
def show_corrections(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show all that wait, and what was decided for the days of one month."""
    query = request.query_params
    whom, days = read_whom(work, query), _days(query)
    now = work.now().astimezone(main_zone(work.sites.sites()))
    month = read_month(query.get("month"), days[0] if days else now.date())
    everything = [c for c in work.corrections.corrections(None, FIRST_DAY, LAST_DAY) if c.officer_id in whom.staff]
    waiting = [c for c in everything if c.approved is None and (not days or days[0] <= c.day <= days[1])]
    decided = [c for c in everything if c.approved is not None and month.first <= c.day <= month.last]
    return render(
        request,
        "attendance_corrections.html",
        session,
        {
            "words": attendance_labels,
            "month": month,
            "whom": whom,
            "only_days": days,
            "waiting": _cards(work, waiting[:WAITING_SHOWN], session, whom=whom),
            "waiting_total": len(waiting),
            "decided": _cards(work, list(reversed(decided)), session, whom=whom),
            "done": query.get("done", ""),
        },
    )


@router.post("/attendance/corrections/{correction_id}", dependencies=KEEPS)
def decide_correction(
    correction_id: RowId,
    request: Request,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_field)],
    *,
    decision: Annotated[str, Form(pattern="^(approve|refuse)$")],
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Approve or refuse."""
    decide(work, session, correction_id, approved=decision == "approve", note=note)
    kept = {name: request.query_params.get(name, "") for name in _KEPT}
    return RedirectResponse("/attendance/corrections" + query_string({**kept, "done": decision}), status_code=303)


@router.get("/attendance/corrections/{correction_id}/document")
def read_document(correction_id: RowId, work: WorkNow, session: Reader) -> Response:
    """Send the copy of a document. It came from outside: it is saved, never shown as a page of ours."""
    correction = work.corrections.correction(correction_id)
    if not correction.document_key:
        raise Missing
    with work.context.store.open(correction.document_key) as file:
        content = file.read()
    note_document_read(work, session, correction_id)
    ending = correction.document_key.rpartition(".")[2]
    name = re.sub(r"[^A-Za-z0-9_-]", "_", f"correction-{correction_id}")
    return Response(
        content,
        media_type=media_type_of(ending),
        headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"'},
    )


def _days(query: Mapping[str, str]) -> tuple[date, date] | None:
    """Return the days that those which wait are narrowed to; None: they are not."""
    first, last = read_day(query.get("from")), read_day(query.get("to"))
    return None if first is None or last is None or last < first else (first, last)


def _cards(
    work: Work, corrections: Sequence[Correction], session: SessionRecord, *, whom: Whom
) -> list[CorrectionCard]:
    staff, names = whom.staff, work.accounts.names()
    return [
        CorrectionCard(
            correction=item,
            member=staff[item.officer_id],
            zone=staff[item.officer_id].zone,
            lines=_lines(work, item) if item.approved is not False else (),
            asked_by=names.get(item.asked_by, ""),
            decided_by="" if item.decided_by is None else names.get(item.decided_by, ""),
            is_own=item.asked_by == session.user.user_id,
            observed=read_observed(item.observed),
        )
        for item in corrections
    ]


def _lines(work: Work, correction: Correction) -> tuple[FigureLine, ...]:
    """Return what the correction changes: what would be said with it beside what is said without any."""
    asked = Asked(correction.day, correction.day, officer_ids=(correction.officer_id,))
    (row,) = day_rows(report_of(work, asked, assumed=frozenset({correction.correction_id})))
    before: DayFigures = row.observed
    return compare(before, row.figures)
