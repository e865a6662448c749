"""Work with the queue: the next flag that is free, one verdict on several flags, and who gets which."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from service.api.asked import asker_of, selection_of
from service.api.auth import Work, WorkNow, needs, require_csrf_header
from service.api.blind import LOOKED_AT
from service.api.problems import (
    AssigneeUnfit,
    CheckUnfit,
    LookRefused,
    Missing,
    NoFlag,
    OwnFlag,
    Problem,
    ReasonUnfit,
    TakenByOther,
    problem_of,
)
from service.api.reasons import UNSTATED
from service.api.refusals import refuses
from service.api.schemas import ReviewRequest, Shape
from service.api.selection import Selection, State, is_flag, main_zone
from service.api.verdicts import refuse_own, store_review
from service.db.records import EventRecord, SessionRecord, Verdict
from service.errors import ServiceError
from service.evidence.journal import RowKind
from service.evidence.offline.journal_rows import sum_of
from service.rights import RIGHTS, Right
from service.web.words import language_of, translations

router = APIRouter(tags=["queue"])
BULK_MAX = 50
SKIP_MAX = 60
EventId = Annotated[str, Field(min_length=1, max_length=36)]
Judge = Annotated[SessionRecord, Depends(needs(Right.JUDGE))]
JudgeChanging = Annotated[SessionRecord, Depends(require_csrf_header)]
JUDGES = tuple(role for role, rights in RIGHTS.items() if Right.JUDGE in rights)


class NextShape(Shape):
    """Where to go on."""

    event_id: str | None = Field(description="The next flag that waits and is free; null where there is none.")


class BulkRequest(Shape):
    """No breach, on several flags at once."""

    event_ids: list[EventId] = Field(min_length=1, max_length=BULK_MAX)
    reason: str = Field(max_length=64, description="Why they are no breach; needed.")
    note: str = Field(default="", max_length=2000)
    request_id: str = Field(pattern=r"^[A-Za-z0-9-]{8,64}$", description="The same id again stores nothing twice.")


class BulkItem(Shape):
    """What became of one of them."""

    event_id: str
    is_stored: bool
    request_id: str | None = Field(default=None, description="By which the verdict is known, to take it back.")
    why: str | None = Field(default=None, description="Why it was not stored, in the reader's language.")


class BulkShape(Shape):
    """What became of each."""

    items: list[BulkItem]


class AssignmentRequest(Shape):
    """To whom some flags are given."""

    event_ids: list[EventId] = Field(min_length=1, max_length=BULK_MAX)
    user_id: int | None = Field(description="Null: back to everybody.")


@router.get("/queue/next", responses=refuses(Missing))
def read_next(
    request: Request,
    work: WorkNow,
    session: Judge,
    *,
    after: Annotated[str, Query(max_length=36, description="The flag from which to go on.")],
    skip: Annotated[str, Query(max_length=SKIP_MAX * 37, description="Flags to leave out, with commas between.")] = "",
) -> NextShape:
    """Tell the next flag that waits for the reader and is in nobody else's hands. Takes the filters of the queue."""
    event = work.events.get(after)
    skipped = frozenset(skip.split(",")[:SKIP_MAX])
    return NextShape(event_id=next_free(work, session, event, selection_of(request.query_params), skipped=skipped))


def next_free(
    work: Work, session: SessionRecord, event: EventRecord, selection: Selection, *, skipped: frozenset[str]
) -> str | None:
    """Return the next older flag that waits and is free, else the next newer one; None where none is left."""
    wanted = selection if selection.state in (State.MINE, State.DISPUTED) else replace(selection, state=State.OPEN)
    free = wanted.to_filter(main_zone(work.sites.sites()), asker_of(work, session), is_free=True)
    for direction in (1, 0):  # towards the older ones, then towards the newer ones
        found: str | None = work.events.neighbours(event, free)[direction]
        while found is not None and found in skipped:
            found = work.events.neighbours(work.events.get(found), free)[direction]
        if found is not None:
            return found
    return None


@router.post("/reviews/bulk", dependencies=[Depends(needs(Right.JUDGE))], responses=refuses(ReasonUnfit))
def add_reviews(wanted: BulkRequest, request: Request, work: WorkNow, session: JudgeChanging) -> BulkShape:
    """Say of several flags that they are clearly no breach. Each is stored, or refused, on its own."""
    if wanted.reason == UNSTATED:
        raise ReasonUnfit
    speak = translations(language_of(request)).gettext
    items = {}
    for event_id in sorted(set(wanted.event_ids)):  # always in one order: two at once would wait for each other
        try:
            request_id = _store_one(work, session, event_id, wanted)
            items[event_id] = BulkItem(event_id=event_id, is_stored=True, request_id=request_id)
        except ServiceError as error:
            items[event_id] = BulkItem(event_id=event_id, is_stored=False, why=speak(_refused(error).title))
    return BulkShape(items=[items[event_id] for event_id in dict.fromkeys(wanted.event_ids)])


def _refused(error: ServiceError) -> Problem:
    """Return why one was refused; what is no refusal ends the whole call, and nothing of it is kept."""
    problem = problem_of(error)
    if problem.status >= 500:
        raise error
    return problem


def _store_one(work: Work, session: SessionRecord, event_id: str, wanted: BulkRequest) -> str:
    """Store one of several verdicts; return its request id.

    What waits for nobody, is somebody's or is a random check is refused.
    """
    user_id = session.user.user_id
    request_id = sum_of(f"{wanted.request_id}/{event_id}".encode())
    event = work.events.get(event_id)
    if work.reviews.of_request(user_id, request_id) is None:
        _check_free(work, user_id, event)
    one = ReviewRequest(verdict=Verdict.NO_BREACH, reason=wanted.reason, note=wanted.note, request_id=request_id)
    store_review(work, session, event_id, one)
    return request_id


def _check_free(work: Work, user_id: int, event: EventRecord) -> None:
    if not is_flag(event):
        raise NoFlag
    if event.checked_rule is not None:
        raise CheckUnfit
    work.reviews.hold(event.event_id)
    looks = [look for look in work.reviews.looks_of(event.event_id) if not look.is_withdrawn]
    if event.standing not in LOOKED_AT or any(look.reviewer_id == user_id for look in looks):
        raise LookRefused
    claim = work.reviews.claims_on([event.event_id], work.now()).get(event.event_id)
    if claim is not None and claim.user_id != user_id:
        raise TakenByOther


@router.post(
    "/assignments",
    status_code=204,
    dependencies=[Depends(needs(Right.SETTLE))],
    responses=refuses(Missing, NoFlag, OwnFlag, AssigneeUnfit),
)
def assign_flags(
    wanted: AssignmentRequest, work: WorkNow, session: Annotated[SessionRecord, Depends(require_csrf_header)]
) -> None:
    """Give flags to an inspector, or back to everybody. They stay in the queue of the others too."""
    for event_id in sorted(set(wanted.event_ids)):
        assign(work, session, event_id, wanted.user_id)


def assign(work: Work, session: SessionRecord, event_id: str, user_id: int | None) -> None:
    """Give one flag to an inspector; raises `NotFound`, `NoFlag`, `AssigneeUnfit`."""
    event = work.events.get(event_id)
    if not is_flag(event):
        raise NoFlag
    refuse_own(session, event)
    if user_id is not None and user_id not in judges_for(work, event):
        raise AssigneeUnfit
    work.reviews.assign(event_id, user_id, by=session.user.user_id, at=work.now())
    work.note(RowKind.FLAG_ASSIGNED, {"user": session.user.user_id, "to": user_id}, subject=event_id)


def judges_for(work: Work, event: EventRecord) -> dict[int, str]:
    """Return the names of those who see a flag and may judge it."""
    site = work.sites.site_of_camera(event.camera_id)
    return work.reviews.who_may(JUDGES, None if site is None else site.agency, but=event.officer_ids)
