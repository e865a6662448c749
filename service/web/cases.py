"""Hearings: by whose turn it is, the overdue before all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from service.api.auth import WorkNow, needs
from service.api.case_reading import settle_all
from service.api.hearing_parties import is_person
from service.api.selection import main_zone
from service.db.records import EventRecord, SessionRecord
from service.hearing.cases import CaseFilter, CaseRecord
from service.hearing.stages import Stage, Turn
from service.rights import Right
from service.web import case_labels
from service.web.pages import render

router = APIRouter()
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One hearing in the list.

    Attributes:
        flag: What it is about; None where that is not to be told.
        is_own: The reader is the person heard.
    """

    case: CaseRecord
    flag: EventRecord | None
    is_late: bool
    is_own: bool


@router.get("/cases")
def show_cases(
    request: Request,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(needs(Right.SEE_CASES))],
    *,
    turn: Annotated[str, Query(max_length=20)] = "",
    late: Annotated[str, Query(max_length=1)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Show the hearings within reach."""
    settle_all(work)
    now, zone = work.now(), main_zone(work.sites.sites())
    whose = Turn(turn) if turn in set(Turn) else None
    wanted = CaseFilter(turn=whose, late_at=now if late else None)
    total = work.cases.count(wanted)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(page, pages)
    found = work.cases.find(wanted, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    flags = work.cases.flags_of(found)
    return render(
        request,
        "cases.html",
        session,
        {
            "words": case_labels,
            "zone": zone,
            "lines": [_line(session, case, flags.get(case.case_id), now) for case in found],
            "total": total,
            "late_total": work.cases.count(CaseFilter(late_at=now)),
            "page": page,
            "pages": pages,
            "turn": turn if whose else "",
            "late": late,
            "turns": list(Turn),
            "stages": Stage,
        },
    )


def _line(session: SessionRecord, case: CaseRecord, flag: EventRecord | None, now: datetime) -> CaseLine:
    is_own = is_person(session, case)
    tells_little = is_own and case.stage is Stage.WITHDRAWN  # it may not have been this person
    return CaseLine(case, None if tells_little else flag, case.is_late(now), is_own)
