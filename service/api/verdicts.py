"""Verdicts: given once, by two who do not know of each other, taken back while nobody has built on them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.api.auth import Work, WorkNow, needs, require_csrf_header
from service.api.blind import as_shown
from service.api.problems import (
    Forbidden,
    HearingOpen,
    LookRefused,
    NoFlag,
    NothingToWithdraw,
    OwnFlag,
    ReasonUnfit,
    RequestReused,
)
from service.api.reasons import check_reason
from service.api.refusals import refuses
from service.api.schemas import EventShape, ReviewRequest, ReviewShape
from service.api.seen import note_rule
from service.api.selection import is_flag
from service.db.records import EventRecord, Part, ReviewRecord, SessionRecord, Standing, Verdict
from service.db.reviews import NewReview
from service.evidence.journal import Fact, RowKind
from service.evidence.offline.journal_rows import sum_of
from service.judging.trust import refresh_rule, trust_of
from service.review.standing import may_look, may_settle, may_withdraw, standing_of
from service.rights import Right, rights_of

router = APIRouter(tags=["events"], dependencies=[Depends(needs(Right.JUDGE))])
Judge = Annotated[SessionRecord, Depends(require_csrf_header)]


@router.post(
    "/events/{event_id}/reviews",
    status_code=201,
    responses={
        200: {"description": "The same was stored before.", "model": ReviewShape},
        **refuses(NoFlag, OwnFlag, ReasonUnfit, RequestReused, LookRefused, HearingOpen),
    },
)
def add_review(event_id: str, wanted: ReviewRequest, response: Response, work: WorkNow, session: Judge) -> ReviewShape:
    """Store a verdict. The same `request_id` again answers 200 with what was stored, and stores nothing."""
    stored, is_new = store_review(work, session, event_id, wanted)
    response.status_code = 201 if is_new else 200
    return ReviewShape.of(stored)


@router.delete("/events/{event_id}/reviews/latest", responses=refuses(NothingToWithdraw, OwnFlag, HearingOpen))
def withdraw_review(
    event_id: str,
    work: WorkNow,
    session: Judge,
    request_id: Annotated[
        str | None,
        Query(max_length=64, description="Of the verdict that is meant; it is taken back once."),
    ] = None,
) -> EventShape:
    """Take back one's own latest verdict, while nobody else has looked since. It stays on record as taken back."""
    withdraw(work, session, event_id, request_id)
    return EventShape.of(as_shown(work.events.get(event_id), session))


def store_review(work: Work, session: SessionRecord, event_id: str, wanted: ReviewRequest) -> tuple[ReviewRecord, bool]:
    """Store a verdict once; return it and whether it is new.

    Raises:
        Forbidden: The account only reads.
        NotFound: There is no such event.
        NoFlag: The event is a visit at a desk.
        OwnFlag: It is of a desk of the reader's own.
        ReasonUnfit: The reason does not go with the verdict.
        RequestReused: The request id stands for another verdict.
        LookRefused: Two have looked, or the leader has ruled.
        HearingOpen: The person is being heard.
    """
    if Right.JUDGE not in rights_of(session.user.role, session.scopes):
        raise Forbidden
    event = work.events.get(event_id)
    if not is_flag(event):
        raise NoFlag
    refuse_own(session, event)
    check_reason(wanted.reason, event=event, verdict=wanted.verdict)
    reviewer_id = session.user.user_id
    work.reviews.hold(event_id)
    before = work.reviews.of_request(reviewer_id, wanted.request_id)
    if before is None:
        given = NewReview(
            reviewer_id,
            wanted.verdict,
            wanted.reason,
            wanted.note.strip(),
            work.now(),
            wanted.request_id,
            _part_of(work, session, event_id),
        )
        standing = work.reviews.add(event_id, given)
        work.note(RowKind.VERDICT_GIVEN, _told(given, standing), subject=event_id)
        refresh_trust(work, event)
    stored = work.reviews.of_request(reviewer_id, wanted.request_id)
    if stored is None or _content(stored) != (event_id, wanted.verdict, wanted.reason, wanted.note.strip()):
        raise RequestReused
    return stored, before is None


def withdraw(work: Work, session: SessionRecord, event_id: str, request_id: str | None = None) -> ReviewRecord:
    """Take back one's own latest verdict. Raises `NotFound`, `NothingToWithdraw`, `HearingOpen`, `OwnFlag`.

    Args:
        request_id: Of the verdict that is meant; one that was taken back already is left so.
    """
    event = work.events.get(event_id)
    refuse_own(session, event)
    work.reviews.hold(event_id)
    if request_id is not None:
        meant = work.reviews.of_request(session.user.user_id, request_id)
        if meant is not None and meant.event_id == event_id and meant.withdrawn_at is not None:
            return meant
        _check_latest(work, session, event_id, meant)
    if work.reviews.is_heard(event_id):
        raise HearingOpen
    if not may_withdraw(work.reviews.looks_of(event_id), session.user.user_id):
        raise NothingToWithdraw
    taken, standing = work.reviews.withdraw(event_id, session.user.user_id, work.now())
    facts: dict[str, Fact] = {
        "user": session.user.user_id,
        "verdict": str(taken.verdict),
        "given_at": taken.at.isoformat(),
        "standing": str(standing),
    }
    work.note(RowKind.VERDICT_WITHDRAWN, facts, subject=event_id)
    refresh_trust(work, event)
    return taken


def refuse_own(session: SessionRecord, event: EventRecord) -> None:
    """Raise `OwnFlag` where a flag is of a desk that the account's owner is assigned to."""
    if is_own(session, event):
        raise OwnFlag


def is_own(session: SessionRecord, event: EventRecord) -> bool:
    """Tell whether a flag is of a desk that the account's owner is assigned to."""
    return session.user.officer_id is not None and session.user.officer_id in event.officer_ids


def _check_latest(work: Work, session: SessionRecord, event_id: str, meant: ReviewRecord | None) -> None:
    mine = [one for one in work.reviews.of(event_id) if one.reviewer_id == session.user.user_id]
    standing = [one.review_id for one in mine if one.withdrawn_at is None]
    if meant is None or standing[-1:] != [meant.review_id]:
        raise NothingToWithdraw


def _part_of(work: Work, session: SessionRecord, event_id: str) -> Part:
    """Return what a verdict of this person would be now; raises `LookRefused`, `HearingOpen`."""
    if work.reviews.is_heard(event_id):
        raise HearingOpen
    looks, user_id = work.reviews.looks_of(event_id), session.user.user_id
    may_rule = Right.SETTLE in rights_of(session.user.role, session.scopes)
    if standing_of(looks) is Standing.DISPUTED and may_rule and may_settle(looks, user_id):
        return Part.RULING
    if not may_look(looks, user_id):
        raise LookRefused
    return Part.LOOK


def _told(given: NewReview, standing: Standing) -> dict[str, Fact]:
    return {
        "user": given.reviewer_id,
        "verdict": str(given.verdict),
        "reason": given.reason,
        "note_sha256": sum_of(given.note.encode()),
        "part": str(given.part),
        "standing": str(standing),
    }


def refresh_trust(work: Work, event: EventRecord) -> None:
    """Let a verdict count: the camera's threshold may move, its rule may be suspended or trusted again."""
    site = work.sites.site_of_camera(event.camera_id)
    trust = None if site is None else trust_of(site.judging, event.rule_id)
    if trust is not None:
        state = refresh_rule(work.calibration, event.camera_id, trust, now=work.now())
        if state is not None:
            note_rule(work, state)


def _content(review: ReviewRecord) -> tuple[str, Verdict, str, str]:
    return review.event_id, review.verdict, review.reason, review.note
