"""Leave and cover: entered, listed, taken back; nothing is overwritten."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from service.api.attendance_asked import KEEPS, FirstDay, LastDay, OfficerAsked, Reader, check_days
from service.api.attendance_shapes import CoverRequest, CoverShape, LeaveRequest, LeaveShape
from service.api.auth import Work, WorkNow, require_csrf_header, require_keeper
from service.api.problems import Invalid, Missing, NotAsThingsStand
from service.api.refusals import refuses
from service.api.schemas import RowId
from service.api.selection import Day, main_zone
from service.api.staff import staff_member
from service.attendance.facts import Cover, Leave
from service.attendance.intervals import Interval
from service.db.records import SessionRecord
from service.errors import NotFound

router = APIRouter(tags=["attendance"])
LONGEST_SPAN = timedelta(days=400)
Keeper = Annotated[SessionRecord, Depends(require_csrf_header)]


@router.get("/leaves")
def list_leaves(
    work: WorkNow, _session: Reader, *, first: FirstDay, last: LastDay, officer: OfficerAsked = None
) -> list[LeaveShape]:
    """List the leave in force that overlaps these days, in the order of entering."""
    since, until = moments(work, first, last)
    return [
        LeaveShape.of(leave) for leave in work.attendance.leaves(None if officer is None else [officer], since, until)
    ]


@router.post("/leaves", status_code=201, dependencies=KEEPS, responses=refuses(Missing))
def add_leave(wanted: LeaveRequest, work: WorkNow, session: Keeper) -> LeaveShape:
    """Store leave; the same one again changes nothing."""
    span = _span(wanted.start, wanted.end)
    leave = Leave(wanted.officer_id, wanted.kind, span, wanted.document, wanted.note)
    number = enter_leave(work, session, leave)
    return LeaveShape.of(Leave(leave.officer_id, leave.kind, span, leave.document, leave.note, leave.source, number))


@router.post("/leaves/{leave_id}/withdrawal", status_code=204, dependencies=KEEPS, responses=refuses(NotAsThingsStand))
def withdraw_leave(leave_id: RowId, work: WorkNow, session: Keeper) -> Response:
    """Take leave back; it stays on record. 409 where that was done before."""
    work.attendance.withdraw_leave(leave_id, by=session.user.user_id, at=work.now())
    return Response(status_code=204)


@router.get("/covers")
def list_covers(
    work: WorkNow, _session: Reader, *, first: FirstDay, last: LastDay, officer: OfficerAsked = None
) -> list[CoverShape]:
    """List the cover in force that overlaps these days, in the order of entering."""
    since, until = moments(work, first, last)
    found = work.attendance.covers(since, until)
    return [CoverShape.of(cover) for cover in found if officer in (None, cover.officer_id)]


@router.post("/covers", status_code=201, dependencies=KEEPS, responses=refuses(Missing))
def add_cover(wanted: CoverRequest, work: WorkNow, session: Keeper) -> CoverShape:
    """Store cover; the same one again changes nothing."""
    span = _span(wanted.start, wanted.end)
    cover = Cover(wanted.camera_id, wanted.desk_id, wanted.officer_id, span, wanted.note)
    number = enter_cover(work, session, cover)
    return CoverShape.of(
        Cover(cover.camera_id, cover.desk_id, cover.officer_id, span, cover.note, cover.source, number)
    )


@router.post("/covers/{cover_id}/withdrawal", status_code=204, dependencies=KEEPS, responses=refuses(NotAsThingsStand))
def withdraw_cover(cover_id: RowId, work: WorkNow, session: Keeper) -> Response:
    """Take cover back; it stays on record. 409 where that was done before."""
    work.attendance.withdraw_cover(cover_id, by=session.user.user_id, at=work.now())
    return Response(status_code=204)


def enter_leave(work: Work, session: SessionRecord, leave: Leave) -> int:
    """Store leave; return its number.

    Raises:
        KeepersOnly: The account only reads.
        NotFound: There is no such officer.
    """
    require_keeper(session)
    staff_member(work, leave.officer_id)
    return work.attendance.add_leave(leave, by=session.user.user_id, at=work.now())


def enter_cover(work: Work, session: SessionRecord, cover: Cover) -> int:
    """Store cover; return its number.

    Raises:
        KeepersOnly: The account only reads.
        NotFound: There is no such officer or desk.
    """
    require_keeper(session)
    member = staff_member(work, cover.officer_id)
    desks = {(desk.camera_id, desk.place_id) for desk in work.sites.desks(member.site.site_id)}
    if (cover.camera_id, cover.desk_id) not in desks:
        raise NotFound(f"no desk {cover.desk_id} on camera {cover.camera_id} at the officer's site")
    return work.attendance.add_cover(cover, by=session.user.user_id, at=work.now())


def moments(work: Work, first: Day, last: Day) -> tuple[datetime, datetime]:
    """Return the moments at which these days begin and end, in the zone of the first site.

    Raises:
        Invalid: They are in the wrong order, or more than a year.
    """
    check_days(first, last)
    zone = main_zone(work.sites.sites())
    since = datetime.combine(first, time(), zone)
    return since.astimezone(UTC), (datetime.combine(last, time(), zone) + timedelta(days=1)).astimezone(UTC)


def _span(start: datetime, end: datetime) -> Interval:
    if not start < end <= start + LONGEST_SPAN:
        raise Invalid((f"end: wanted after start, by at most {LONGEST_SPAN.days} days",))
    return Interval(start, end)
