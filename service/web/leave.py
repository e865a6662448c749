"""Leave, cover and time clock stamps: lists of a month, forms to enter one, taking one back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from service.api.attendance_asked import KEEPS, Reader
from service.api.auth import Work, WorkNow, require_csrf_field
from service.api.leave import enter_cover, enter_leave
from service.api.problems import Invalid
from service.api.schemas import RowId
from service.api.selection import Day, main_zone
from service.api.staff import StaffMember, staff_member
from service.attendance.facts import Cover, Leave, LeaveKind
from service.attendance.imported import Importable
from service.attendance.intervals import Interval
from service.db.records import PlaceRecord, SessionRecord
from service.web import attendance_labels
from service.web.attendance_whom import WHOM_KEYS, Whom, read_whom
from service.web.months import Month, read_month
from service.web.pages import query_string, render

router = APIRouter()
PUNCHES_SHOWN = 500
Keeper = Annotated[SessionRecord, Depends(require_csrf_field)]


class LeaveForm(BaseModel):
    """Leave as it is entered: whole days, unless times are given."""

    model_config = ConfigDict(str_strip_whitespace=True)

    officer: str = Field(max_length=64)
    kind: LeaveKind
    first: Day
    last: Day
    start: time | Literal[""] = ""
    end: time | Literal[""] = ""
    document: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=2000)
    csrf_token: str = ""

    def span(self, zone: ZoneInfo) -> Interval:
        """Return from when to when. Raises `Invalid`."""
        if self.last < self.first:
            raise Invalid(("last: wanted a day that is not before the first one",))
        start = datetime.combine(self.first, self.start.replace(tzinfo=None) if self.start else time(), zone)
        end = datetime.combine(self.last, time(), zone) + timedelta(days=1)
        if self.end:
            end = datetime.combine(self.last, self.end.replace(tzinfo=None), zone)
        return _span(start, end)


class CoverForm(BaseModel):
    """Cover as it is entered: one officer at one desk on one day."""

    model_config = ConfigDict(str_strip_whitespace=True)

    officer: str = Field(max_length=64)
    desk: str = Field(max_length=140, pattern=r"^[^/]+/[^/]+$")
    day: Day
    start: time
    end: time
    note: str = Field(default="", max_length=2000)
    csrf_token: str = ""

    def span(self, zone: ZoneInfo) -> Interval:
        """Return from when to when; an end that is not after the start is of the next morning."""
        start = datetime.combine(self.day, self.start.replace(tzinfo=None), zone)
        end = datetime.combine(self.day, self.end.replace(tzinfo=None), zone)
        return _span(start, end if end > start else end + timedelta(days=1))


@router.get("/attendance/leave")
def show_leave(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show the leave of a month."""
    month, zone, since, until = month_asked(request, work)
    whom = read_whom(work, request.query_params)
    staff = whom.staff
    found = work.attendance.leaves(None, since, until)
    return render(
        request,
        "attendance_leave.html",
        session,
        {
            **_shared(request, work, month, zone, whom),
            "leaves": [(leave, staff[leave.officer_id]) for leave in found if leave.officer_id in staff],
            "leave_kinds": list(LeaveKind),
        },
    )


@router.post("/attendance/leave", dependencies=KEEPS)
def add_leave(request: Request, work: WorkNow, session: Keeper, form: Annotated[LeaveForm, Form()]) -> Response:
    """Enter leave."""
    member = staff_member(work, form.officer)
    leave = Leave(form.officer, form.kind, form.span(member.zone), form.document, form.note)
    enter_leave(work, session, leave)
    return _back(request, "leave", month=f"{form.first:%Y-%m}", done="entered")


@router.post("/attendance/leave/{leave_id}/withdrawal", dependencies=KEEPS)
def withdraw_leave(
    leave_id: RowId, request: Request, work: WorkNow, session: Keeper, *, month: Annotated[str, Form()] = ""
) -> Response:
    """Take leave back."""
    work.attendance.withdraw_leave(leave_id, by=session.user.user_id, at=work.now())
    shown = read_month(month, work.now().date())
    return _back(request, "leave", month=shown.text, done="withdrawn")


@router.get("/attendance/cover")
def show_cover(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show who covered which desk in a month."""
    month, zone, since, until = month_asked(request, work)
    whom = read_whom(work, request.query_params)
    staff = whom.staff
    desks = work.sites.desks_of([site.site_id for site in work.sites.sites()])
    names = {(desk.camera_id, desk.place_id): desk.name for desk in desks}
    found = work.attendance.covers(since, until)
    return render(
        request,
        "attendance_cover.html",
        session,
        {
            **_shared(request, work, month, zone, whom),
            "covers": [
                (cover, staff[cover.officer_id], names.get((cover.camera_id, cover.desk_id), cover.desk_id))
                for cover in found
                if cover.officer_id in staff
            ],
            "desks": [
                (desk, _holders(desk, staff)) for desk in work.sites.desks_of([site.site_id for site in whom.sites])
            ],
        },
    )


@router.post("/attendance/cover", dependencies=KEEPS)
def add_cover(request: Request, work: WorkNow, session: Keeper, form: Annotated[CoverForm, Form()]) -> Response:
    """Enter cover."""
    member = staff_member(work, form.officer)
    camera_id, _, desk_id = form.desk.partition("/")
    enter_cover(work, session, Cover(camera_id, desk_id, form.officer, form.span(member.zone), form.note))
    return _back(request, "cover", month=f"{form.day:%Y-%m}", done="entered")


@router.post("/attendance/cover/{cover_id}/withdrawal", dependencies=KEEPS)
def withdraw_cover(
    cover_id: RowId, request: Request, work: WorkNow, session: Keeper, *, month: Annotated[str, Form()] = ""
) -> Response:
    """Take cover back."""
    work.attendance.withdraw_cover(cover_id, by=session.user.user_id, at=work.now())
    shown = read_month(month, work.now().date())
    return _back(request, "cover", month=shown.text, done="withdrawn")


@router.get("/attendance/punches")
def show_punches(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show the stamps of time clocks of a month, the latest first."""
    month, zone, since, until = month_asked(request, work)
    whom = read_whom(work, request.query_params)
    staff = whom.staff
    chosen = request.query_params.get("officer", "")
    stamps = work.attendance.punches([chosen] if chosen in staff else None, since, until)
    found = [punch for punch in stamps if punch.officer_id in staff]
    latest = list(reversed(found))[:PUNCHES_SHOWN]
    return render(
        request,
        "attendance_punches.html",
        session,
        {
            **_shared(request, work, month, zone, whom),
            "punches": [(punch, staff[punch.officer_id]) for punch in latest],
            "total": len(found),
        },
    )


def month_asked(request: Request, work: Work) -> tuple[Month, ZoneInfo, datetime, datetime]:
    """Return the month that is asked for, the zone it is counted in, and when it begins and ends."""
    zone = main_zone(work.sites.sites())
    month = read_month(request.query_params.get("month"), work.now().astimezone(zone).date())
    since = datetime.combine(month.first, time(), zone)
    return month, zone, since, datetime.combine(month.last, time(), zone) + timedelta(days=1)


def _shared(request: Request, work: Work, month: Month, zone: ZoneInfo, whom: Whom) -> dict[str, object]:
    """Return what the three pages have in common."""
    staff = whom.staff
    members = sorted(staff.values(), key=lambda m: (m.site.agency, m.officer.unit, m.officer.name))
    query = request.query_params
    return {
        "words": attendance_labels,
        "month": month,
        "zone": zone,
        "whom": whom,
        "staff": members,
        "many_sites": len({member.site.site_id for member in members}) > 1,
        "chosen": query.get("officer", "") if query.get("officer") in staff else "",
        "today": work.now().astimezone(zone).date(),
        "may_import": Importable(request.url.path.rpartition("/")[2]) in work.context.readers,
        "done": query.get("done", ""),
        "stored": query.get("stored", "") if query.get("stored", "").isdecimal() else "0",
    }


def _back(request: Request, what: str, *, month: str, done: str) -> RedirectResponse:
    """Return to the list that the form stood below."""
    kept = {name: request.query_params.get(name, "") for name in WHOM_KEYS}
    return RedirectResponse(f"/attendance/{what}" + query_string({**kept, "month": month, "done": done}), 303)


def _holders(desk: PlaceRecord, staff: Mapping[str, StaffMember]) -> str:
    return ", ".join(staff[officer_id].officer.name for officer_id in desk.officers if officer_id in staff)


def _span(start: datetime, end: datetime) -> Interval:
    if end <= start:
        raise Invalid(("end: wanted after start",))
    return Interval(start, end)
