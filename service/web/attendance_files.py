"""The timesheet as a file to keep, and its plots."""

from __future__ import annotations

import io
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from service.api.attendance_asked import Reader, report_of
from service.api.auth import Work, WorkNow
from service.api.problems import Missing
from service.api.seen import note_download
from service.attendance.month import Report
from service.attendance.plot_look import Scheme, page_look
from service.attendance.plots import heat_svgs, trend_svg
from service.attendance.writers.forms import ReportForm, file_name, words_in, write_report
from service.web.attendance import read_filters
from service.web.words import language_of

router = APIRouter()
log = structlog.get_logger(__name__)
SVG = "image/svg+xml"


@router.get("/attendance/report.{form}")
def save_report(form: ReportForm, request: Request, work: WorkNow, session: Reader) -> Response:
    """Write what the page shows as a file."""
    report = _report(request, work)
    out = io.BytesIO()
    write_report(report, out, form, language=language_of(request))
    note_download(work, session, str(form), dict(request.query_params))
    log.info(
        "attendance exported",
        login=session.user.login,
        form=str(form),
        officers=len(report.officers),
        first=report.first.isoformat(),
        last=report.last.isoformat(),
    )
    headers = {"Content-Disposition": f'attachment; filename="{file_name(report, form)}"'}
    return Response(out.getvalue(), media_type=form.media_type, headers=headers)


@router.get("/attendance/plots/trend.svg")
def draw_trend(
    request: Request, work: WorkNow, _session: Reader, *, scheme: Scheme = Scheme.LIGHT, narrow: bool = False
) -> Response:
    """Draw lateness, early leaving and absence by day, with coverage."""
    look = page_look(scheme, is_narrow=narrow)
    return Response(trend_svg(_report(request, work), words_in(language_of(request)), look), media_type=SVG)


@router.get("/attendance/plots/hours.svg")
def draw_hours(
    request: Request,
    work: WorkNow,
    _session: Reader,
    *,
    part: Annotated[int, Query(ge=1, le=1000)] = 1,
    scheme: Scheme = Scheme.LIGHT,
    narrow: bool = False,
) -> Response:
    """Draw how far desks were attended by the hour; several drawings where there are many desks."""
    look = page_look(scheme, is_narrow=narrow)
    drawings = heat_svgs(_report(request, work), words_in(language_of(request)), look)
    if part > len(drawings):
        raise Missing
    return Response(drawings[part - 1], media_type=SVG)


def _report(request: Request, work: Work) -> Report:
    sites = work.sites.sites()
    if not sites:
        raise Missing
    return report_of(work, read_filters(work, sites, request.query_params).asked)
