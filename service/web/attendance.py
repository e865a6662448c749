"""Who was at the desk when, one day at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.api.attendance import choose_site, latest_day
from service.api.auth import SignedIn, WorkNow
from service.attendance.days import AttendanceDay, Interval
from service.attendance.report import attendance_of
from service.web.pages import render
from service.web.timelines import Timeline, day_timeline, day_window

router = APIRouter()
LATEST_DAY = date(9000, 1, 1)
EARLIEST_DAY = date(1970, 1, 2)


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
    day = _day_of(request.query_params.get("day"), latest)
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
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1),
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


def _day_of(text: str | None, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text) if text else otherwise
    except ValueError:
        return otherwise
    return min(max(day, EARLIEST_DAY), LATEST_DAY)


def _total(intervals: tuple[Interval, ...]) -> timedelta:
    return sum((interval.length for interval in intervals), timedelta())
