"""Closing a month of a site, and what changed since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from service.api.attendance_asked import KEEPS, Reader, choose_site
from service.api.auth import WorkNow, needs, require_csrf_field
from service.api.periods import adjustments_of, close, prepare
from service.api.schemas import RowId
from service.api.selection import FIRST_DAY, LAST_DAY, Day, main_zone, read_day
from service.api.staff import staff_of
from service.attendance.facts import Period
from service.db.records import SessionRecord
from service.rights import Right
from service.web import attendance_labels
from service.web.figure_lines import lines_of
from service.web.months import read_month
from service.web.pages import render

router = APIRouter()


class PeriodForm(BaseModel):
    """The days that somebody wants closed."""

    site: str
    first: Day
    last: Day
    csrf_token: str = ""


@router.get("/attendance/periods")
def show_periods(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show the closed periods, the latest first, and the form to close one."""
    sites = work.sites.sites()
    zone = main_zone(sites)
    today = work.now().astimezone(zone).date()
    before = read_month(None, today).before
    return render(
        request,
        "attendance_periods.html",
        session,
        {
            "words": attendance_labels,
            "sites": sites,
            "site_names": {site.site_id: site.name for site in sites},
            "zone": zone,
            "periods": list(reversed(work.corrections.periods(None, FIRST_DAY, LAST_DAY))),
            "people": work.accounts.names(),
            "month": read_month(before, today),
        },
    )


@router.get("/attendance/periods/close")
def confirm_close(
    request: Request, work: WorkNow, session: Annotated[SessionRecord, Depends(needs(Right.KEEP_ATTENDANCE))]
) -> Response:
    """Show what closing a month would seal, and what is still open in it."""
    site = choose_site(work, request.query_params.get("site") or None)
    query = request.query_params
    first, last = read_day(query.get("from")), read_day(query.get("to"))
    month = read_month(query.get("month"), first or work.now().date())
    if first is None or last is None or not month.first <= first <= last <= month.last:
        first, last = month.first, month.last
    closing = prepare(work, site.site_id, first, last)
    return render(
        request,
        "attendance_close.html",
        session,
        {
            "words": attendance_labels,
            "month": month,
            "first": first,
            "last": last,
            "is_month": (first, last) == (month.first, month.last),
            "closing": closing,
            "left": open_days(closing.overlapping, first, last),
            "staff": staff_of(work, [site]),
        },
    )


def open_days(closed: Iterable[Period], first: date, last: date) -> list[tuple[date, date]]:
    """Return the stretches of days, first and last, that no closed period holds."""
    found, begin = [], first
    for period in sorted(closed, key=lambda period: period.first):
        if period.first > begin:
            found.append((begin, period.first - timedelta(days=1)))
        begin = max(begin, period.last + timedelta(days=1))
    return [*found, (begin, last)] if begin <= last else found


@router.post("/attendance/periods", dependencies=KEEPS)
def close_period(
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_field)],
    form: Annotated[PeriodForm, Form()],
) -> Response:
    """Close and seal."""
    period = close(work, session, form.site, form.first, form.last)
    return RedirectResponse(f"/attendance/periods/{period.period_id}?done=closed", status_code=303)


@router.get("/attendance/periods/{period_id}")
def show_period(period_id: RowId, request: Request, work: WorkNow, session: Reader) -> Response:
    """Show one closed period: its seal, and every figure that differs from it today."""
    period = work.corrections.period(period_id)
    site = work.sites.site(period.site_id)
    adjusted = [(found, lines_of(found)) for found in adjustments_of(work, period)]
    staff = staff_of(work, [site])
    asked = work.corrections.corrections(None, period.first, period.last)
    return render(
        request,
        "attendance_period.html",
        session,
        {
            "words": attendance_labels,
            "period": period,
            "site": site,
            "zone": main_zone([site]),
            "closed_by": work.accounts.names().get(period.closed_by, ""),
            "adjusted": adjusted,
            "waiting": [item for item in asked if item.approved is None and item.officer_id in staff],
            "done": request.query_params.get("done", ""),
        },
    )
