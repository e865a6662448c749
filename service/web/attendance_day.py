"""One day of one site: who was at the post when, officer by officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.api.attendance_asked import Reader, choose_site, latest_day, report_of
from service.api.auth import Work, WorkNow
from service.api.selection import FIRST_DAY, LAST_DAY, read_day
from service.attendance.day_figures import DayRow, day_rows
from service.attendance.facts import Leave
from service.attendance.month import Report, ReportOfficer
from service.attendance.people import Asked
from service.errors import NotFound
from service.web import attendance_labels
from service.web.attendance_drawn import DayStretches, leave_by_row, stretches_of
from service.web.pages import render
from service.web.timelines import Timeline, day_timeline, day_window

router = APIRouter()
NIGHT_SHIFT_ENDS = timedelta(hours=36)
"""After the midnight that the last day begins with."""


@dataclass(frozen=True, slots=True)
class OfficerDay:
    """One officer's day and its drawing; ``timeline`` is None where nothing is known of anybody's day."""

    officer: ReportOfficer
    row: DayRow
    stretches: DayStretches
    timeline: Timeline | None


@router.get("/attendance/day")
def show_day(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show one day of one site."""
    sites = work.sites.sites()
    if not sites:
        return render(request, "attendance_day.html", session, {"site": None, "words": attendance_labels})
    site = choose_site(work, request.query_params.get("site") or None)
    zone = ZoneInfo(site.timezone)
    latest = latest_day(work, site)
    asked = request.query_params.get("day")
    day = read_day(asked)
    is_refused = bool(asked) and day is None
    day = day or latest
    try:
        report = report_of(work, Asked(day, day, site_id=site.site_id))
    except NotFound:  # nobody works at the site yet
        report = None
    rows = [] if report is None else officer_days(work, report, zone)
    return render(
        request,
        "attendance_day.html",
        session,
        {
            "words": attendance_labels,
            "site": site,
            "sites": sites,
            "zone": zone,
            "day": day,
            "days": (FIRST_DAY, LAST_DAY),
            "is_day_refused": is_refused,
            "before": day - timedelta(days=1) if day > FIRST_DAY else None,
            "after": day + timedelta(days=1) if day < LAST_DAY else None,
            "latest": latest,
            "holiday": "" if report is None else report.holidays.get((site.site_id, day), ""),
            "is_day_off": bool(rows) and not any(row.stretches.shifts for row in rows) and day <= latest,
            "rows": rows,
        },
    )


def officer_days(work: Work, report: Report, zone: ZoneInfo) -> list[OfficerDay]:
    """Return the rows of a report with their drawings, all over the same stretch of time."""
    stretches = stretches_of(report.table, leave_by_row(report, leave_of(work, report, zone)))
    window = day_window(stretches)
    return [
        OfficerDay(
            report.officers[row.officer],
            row,
            drawn,
            None if window is None else day_timeline(drawn, window, zone),
        )
        for row, drawn in zip(day_rows(report), stretches, strict=True)
    ]


def leave_of(work: Work, report: Report, zone: ZoneInfo) -> list[Leave]:
    """Return the leave of a report's officers in its days, a night shift after the last one included."""
    since, last = (datetime.combine(day, time(), zone) for day in (report.first, report.last))
    officers = [officer.officer_id for officer in report.officers]
    return work.attendance.leaves(officers, since, last + NIGHT_SHIFT_ENDS)
