"""Attendance of one site on one day, derived from what the cameras saw."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from service.api.auth import SignedIn, Work, WorkNow
from service.api.problems import Missing
from service.api.schemas import AttendanceShape
from service.api.selection import Day
from service.attendance.report import attendance_csv, attendance_of
from service.db.records import SiteRecord

router = APIRouter(tags=["attendance"])

SiteAsked = Annotated[str | None, Query(description="The site's id; may be left out where there is only one.")]
DayAsked = Annotated[Day | None, Query(description="In the site's time zone; without it the latest day seen.")]


@router.get("/attendance")
def read_attendance(
    work: WorkNow, _session: SignedIn, *, site: SiteAsked = None, day: DayAsked = None
) -> list[AttendanceShape]:
    """Derive each officer's day: seen, seen absent, and where no camera could see."""
    chosen = choose_site(work, site)
    days = attendance_of(chosen, day or latest_day(work, chosen), sites=work.sites, events=work.events)
    return [AttendanceShape.of(item) for item in days]


@router.get("/attendance.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def read_attendance_csv(work: WorkNow, _session: SignedIn, *, site: SiteAsked = None, day: DayAsked = None) -> Response:
    """The same as a table for spreadsheets, UTF-8."""
    chosen = choose_site(work, site)
    asked = day or latest_day(work, chosen)
    text = attendance_csv(attendance_of(chosen, asked, sites=work.sites, events=work.events), ZoneInfo(chosen.timezone))
    return Response(
        text.encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="attendance-{asked.isoformat()}.csv"'},
    )


def choose_site(work: Work, site_id: str | None) -> SiteRecord:
    """Return the asked site, or the first one; raises `NotFound` or `Missing`."""
    if site_id is not None:
        return work.sites.site(site_id)
    sites = work.sites.sites()
    if not sites:
        raise Missing
    return sites[0]


def latest_day(work: Work, site: SiteRecord) -> date:
    """Return the latest day on which a camera of the site saw anything, else today at the site."""
    seen: list[datetime] = [
        camera.last_at
        for camera in work.sites.cameras()
        if camera.site_id == site.site_id and camera.last_at is not None
    ]
    return max(seen, default=work.now()).astimezone(ZoneInfo(site.timezone)).date()
