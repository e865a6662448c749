"""Hearings by the API: what waits, one hearing, opening one, and its next step."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.api.auth import Work, WorkNow, needs, require_csrf_header
from service.api.case_reading import read_case, settle_all, shown_steps
from service.api.case_shapes import CaseDetailShape, CasePageShape, CaseRequest, CaseShape, OpenedShape, StepRequest
from service.api.hearing_parties import actor_of
from service.api.hearing_problems import (
    DeadlineUnfit,
    DeskConcerned,
    HeardBefore,
    LinkUnwritable,
    NamedLikeOfficer,
    NotConfirmed,
    OutcomeMissing,
    OwnAffair,
    PersonUnknown,
    StepRefused,
    StepReused,
    WordsMissing,
)
from service.api.hearings import Opening, WantedStep, do_step, open_case, steps_open_to
from service.api.problems import Forbidden, Missing
from service.api.refusals import refuses
from service.db.records import SessionRecord
from service.hearing.cases import CaseFilter
from service.hearing.stages import BY_PERSON, Stage, Turn
from service.rights import Right
from service.web.case_paper import send_news, send_notice

router = APIRouter(tags=["hearings"])
Seer = Annotated[SessionRecord, Depends(needs(Right.SEE_CASES))]


@router.get("/cases")
def list_cases(
    work: WorkNow,
    _session: Seer,
    *,
    turn: Annotated[Turn | None, Query(description="Only those in which these are asked.")] = None,
    stage: Annotated[Stage | None, Query(description="Only those that stand here.")] = None,
    late: Annotated[bool, Query(description="Only those that the inspection should have acted on by now.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> CasePageShape:
    """List hearings within reach: what waits for the inspection first, the most overdue before all."""
    settle_all(work)
    now = work.now()
    wanted = CaseFilter(turn, stage, now if late else None)
    found = work.cases.find(wanted, limit=limit, offset=offset)
    return CasePageShape(
        total=work.cases.count(wanted), limit=limit, offset=offset, items=[CaseShape.of(case, now) for case in found]
    )


@router.get("/cases/{case_id}")
def show_case(case_id: str, work: WorkNow, session: Seer) -> CaseDetailShape:
    """Read one hearing. That it was read is noted in the journal."""
    return _detail(work, session, case_id)


@router.post(
    "/cases",
    status_code=201,
    dependencies=[Depends(needs(Right.HEAR))],
    responses={
        200: {"description": "The same was opened before.", "model": OpenedShape},
        **refuses(Missing, NotConfirmed, HeardBefore, PersonUnknown, NamedLikeOfficer, DeskConcerned, LinkUnwritable),
    },
)
def add_case(
    wanted: CaseRequest,
    request: Request,
    response: Response,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_header)],
) -> OpenedShape:
    """Open a hearing. Link and number are answered once: the same `request_id` again answers 200 without them."""
    case, made = open_case(work, session, Opening(**wanted.model_dump()))
    if made is None:
        response.status_code = 200
        return OpenedShape.with_door(case, work.now(), link=None, pin=None)
    if work.context.copies is not None:
        work.context.copies.ask(case.event_id, user_id=session.user.user_id)
    link = link_of(request, work, made.token)
    if case.email:
        send_notice(work, case, link)
    return OpenedShape.with_door(case, work.now(), link=link, pin=made.pin)


@router.post(
    "/cases/{case_id}/steps",
    status_code=201,
    dependencies=[Depends(needs(Right.SEE_CASES))],
    responses={
        200: {"description": "The same was done before.", "model": CaseDetailShape},
        **refuses(StepRefused, StepReused, WordsMissing, OutcomeMissing, DeadlineUnfit, OwnAffair, DeskConcerned),
    },
)
def add_step(
    case_id: str,
    wanted: StepRequest,
    response: Response,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_header)],
) -> CaseDetailShape:
    """Do the next step. The same `request_id` again answers 200 and does nothing.

    What the person says, they say themselves: programs neither answer nor appeal.
    """
    case = work.cases.get(case_id)
    if session.scopes is not None and wanted.kind in BY_PERSON:
        raise Forbidden
    step, is_new = do_step(work, actor_of(work, session, case), case_id, WantedStep(**wanted.model_dump()))
    if is_new:
        send_news(work, case, step)
    else:
        response.status_code = 200
    return _detail(work, session, case_id)


def link_of(request: Request, work: Work, token: str) -> str:
    """Return the address of a person's page."""
    base = work.context.public_url or str(request.base_url).rstrip("/")
    return f"{base}/answer?link={token}"


def _detail(work: Work, session: SessionRecord, case_id: str) -> CaseDetailShape:
    case = read_case(work, session, case_id)
    may = steps_open_to(work, case, actor_of(work, session, case))
    return CaseDetailShape.with_steps(case, shown_steps(work, session, case), may, work.now())
