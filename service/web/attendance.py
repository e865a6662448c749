"""Who was at the desk when, one day at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.api.attendance import choose_site, latest_day
from service.api.auth import SignedIn, WorkNow
from service.api.selection import FIRST_DAY, LAST_DAY, read_day
from service.attendance.intervals import Interval
from service.attendance.old_days import AttendanceDay
from service.attendance.report import attendance_of
from service.web.pages import render
from service.web.timelines import Timeline, day_timeline, day_window

router = APIRouter()


@dataclass(frozen=True, slots=True)
class OfficerRow:
    """One officer's day and its drawing."""

    day: AttendanceDay
    timeline: Timeline | None
    absent_for: timedelta
    unseen_for: timedelta


@router.get("/attendance")
def show_attendance(request: Request, work: WorkNow, session: SignedIn) -> Response:
    """Show one day of one site."""
    sites = work.sites.sites()
    if not sites:
        return render(request, "attendance.html", session, {"site": None})
    site = choose_site(work, request.query_params.get("site") or None)
    zone = ZoneInfo(site.timezone)
    latest = latest_day(work, site)
    asked = request.query_params.get("day")
    day = read_day(asked)
    is_refused = bool(asked) and day is None
    day = day or latest
    days = attendance_of(site, day, sites=work.sites, events=work.events)
    window = day_window(days)
    return render(
        request,
        "attendance.html",
        session,
        {
            "site": site,
            "sites": sites,
            "zone": zone,
            "day": day,
            "days": (FIRST_DAY, LAST_DAY),
            "is_day_refused": is_refused,
            "before": day - timedelta(days=1) if day > FIRST_DAY else None,
            "after": day + timedelta(days=1) if day < LAST_DAY else None,
            "latest": latest,
            "is_day_off": day.weekday() not in site.days,
            "rows": [
                OfficerRow(
                    item,
                    None if window is None else day_timeline(item, window, zone),
                    _total(item.absent),
                    _total(item.no_data),
                )
                for item in days
            ],
        },
    )


def _total(intervals: tuple[Interval, ...]) -> timedelta:
    return sum((interval.length for interval in intervals), timedelta())
