"""Stamps of time clocks, sent by another system."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.attendance_asked import KEEPS, FirstDay, LastDay, OfficerAsked, Reader
from service.api.attendance_shapes import PunchesRequest, PunchesStoredShape, PunchShape
from service.api.auth import WorkNow
from service.api.leave import Keeper, moments
from service.api.problems import Invalid
from service.api.staff import staff_of
from service.attendance.facts import Punch

router = APIRouter(tags=["attendance"])
SOURCE = "api"


@router.get("/punches")
def list_punches(
    work: WorkNow, _session: Reader, *, first: FirstDay, last: LastDay, officer: OfficerAsked = None
) -> list[PunchShape]:
    """List the stamps of these days, oldest first."""
    since, until = moments(work, first, last)
    found = work.attendance.punches(None if officer is None else [officer], since, until)
    return [PunchShape.of(punch) for punch in found]


@router.post("/punches", status_code=201, dependencies=KEEPS)
def add_punches(wanted: PunchesRequest, work: WorkNow, _session: Keeper) -> PunchesStoredShape:
    """Store stamps, all of them or none; those that are known change nothing."""
    known = staff_of(work)
    faults = tuple(
        f"punches.{number}.officer_id: no officer {punch.officer_id}"
        for number, punch in enumerate(wanted.punches)
        if punch.officer_id not in known
    )
    if faults:
        raise Invalid(faults)
    punches = [Punch(p.officer_id, p.at, p.direction, p.device, SOURCE) for p in wanted.punches]
    new = work.attendance.add_punches(punches, at=work.now())
    return PunchesStoredShape(new=new, known=len(punches) - new)
