"""An agency's timesheet in the browser: who was at the post when, and what nobody could see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse, Response

from service.api.attendance_asked import Reader, report_of
from service.api.auth import Work, WorkNow
from service.api.selection import FIRST_DAY, LAST_DAY, read_day
from service.attendance.figures import Grouping, group
from service.attendance.marks import legend
from service.attendance.month import Report
from service.attendance.people import Asked
from service.attendance.plots import HEAT_NOTES, HEAT_TITLE, TREND_NOTES, TREND_TITLE, heat_parts
from service.db.records import SessionRecord, SiteRecord
from service.web import attendance_labels
from service.web.attendance_grid import grid_days, grid_units
from service.web.months import Month, read_month
from service.web.pages import query_string, render
from service.web.words import language_of, translations

router = APIRouter()
OFFICERS_SHOWN = 150
PROVINCE = "*"
"""Stands in addresses for all agencies together."""
LONGEST_SHOWN = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the page shows: one agency, or one site or unit of it, over a month or from one day to another.

    Attributes:
        agency: `PROVINCE` for all of them together.
        units: Those that may be chosen.
        is_span: The days were given one by one; else they are those of ``month``.
    """

    agency: str
    site: SiteRecord | None
    unit: str
    units: tuple[str, ...]
    month: Month
    first: date
    last: date
    is_span: bool

    @property
    def asked(self) -> Asked:
        """As the report is asked for."""
        site_id = None if self.site is None else self.site.site_id
        agency = None if self.is_province else self.agency
        return Asked(self.first, self.last, site_id, agency, self.unit or None)

    @property
    def is_province(self) -> bool:
        """Whether all agencies are shown together."""
        return self.agency == PROVINCE

    @property
    def query(self) -> dict[str, str]:
        """As addresses of pages hold them."""
        return {**self.whom, **self.days}

    @property
    def days(self) -> dict[str, str]:
        """The days without the other filters."""
        days = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        return days if self.is_span else {"month": self.month.text}

    @property
    def whom(self) -> dict[str, str]:
        """The filters without the days."""
        site_id = "" if self.site is None else self.site.site_id
        held = {"agency": self.agency, "site": site_id, "unit": self.unit}
        return {name: value for name, value in held.items() if value}


@router.get("/attendance")
def show_attendance(request: Request, work: WorkNow, session: Reader) -> Response:
    """Show the timesheet of one agency."""
    query, own = request.query_params, work.reach.officer_id
    if own is not None:
        held = {"month": query["month"]} if "month" in query else {}
        return RedirectResponse(f"/attendance/officers/{quote(own, safe='')}" + query_string(held), status_code=303)
    if query.get("day"):  # the address that days had before
        held = {name: query[name] for name in ("site", "day") if name in query}
        return RedirectResponse("/attendance/day" + query_string(held), status_code=303)
    sites = work.sites.sites()
    if not sites:
        return render(request, "attendance.html", session, {"sites": [], "words": attendance_labels})
    filters = read_filters(work, sites, query)
    if not filters.units:
        return render(request, "attendance.html", session, {**_choices(sites, filters), "units": ()})
    report = report_of(work, filters.asked)
    if filters.is_province:
        return _show_province(request, session, report, sites=sites, filters=filters)
    page, pages = _page(query, len(report.officers))
    shown = range((page - 1) * OFFICERS_SHOWN, min(page * OFFICERS_SHOWN, len(report.officers)))
    speak = translations(language_of(request)).gettext
    return render(
        request,
        "attendance.html",
        session,
        {
            **_choices(sites, filters),
            "days": grid_days(report),
            "grid": grid_units(report, shown),
            "total": group(report, Grouping.PROVINCE)[0].figures,
            "sums": group(report, Grouping.UNIT),
            "officers": len(report.officers),
            "page": page,
            "pages": pages,
            "legend": legend(speak),
            "heat_parts": heat_parts(report),
            "waiting": sum(item.approved is None for item in report.corrections),
            "periods": report.periods,
        },
    )


def _show_province(
    request: Request, session: SessionRecord, report: Report, *, sites: list[SiteRecord], filters: Filters
) -> Response:
    """Show the sums of all agencies; who did what stands on the page of each."""
    return render(
        request,
        "attendance_province.html",
        session,
        {
            **_choices(sites, filters),
            "total": group(report, Grouping.PROVINCE)[0].figures,
            "sums": group(report, Grouping.AGENCY),
            "officers": len(report.officers),
            "heat_parts": heat_parts(report),
        },
    )


def _choices(sites: list[SiteRecord], filters: Filters) -> dict[str, object]:
    """Return what the form of filters is made from."""
    return {
        "words": attendance_labels,
        "sites": sites,
        "agencies": sorted({site.agency for site in sites}),
        "province": PROVINCE,
        "filters": filters,
        "units": filters.units,
        "bounds": (FIRST_DAY, LAST_DAY),
        "plot_words": {"trend": (TREND_TITLE, *TREND_NOTES), "hours": (HEAT_TITLE, *HEAT_NOTES)},
    }


def read_filters(work: Work, sites: list[SiteRecord], query: QueryParams) -> Filters:
    """Read the filters from an address; what cannot be understood is left out."""
    site = next((site for site in sites if site.site_id == query.get("site")), None)
    agencies = {one.agency for one in sites}
    agency = query.get("agency", "")
    agency = site.agency if site else agency if agency in (*agencies, PROVINCE) else sites[0].agency
    chosen = [site] if site else [one for one in sites if agency in (one.agency, PROVINCE)]
    first, last = read_day(query.get("from")), read_day(query.get("to"))
    month = read_month(query.get("month"), _latest_day(work, chosen))
    is_span = first is not None and last is not None and first <= last < first + LONGEST_SHOWN
    units = work.sites.units([one.site_id for one in chosen])
    return Filters(
        agency=agency,
        site=site,
        unit=query["unit"] if query.get("unit") in units and agency != PROVINCE else "",
        units=tuple(units),
        month=month,
        first=first if is_span and first else month.first,
        last=last if is_span and last else month.last,
        is_span=is_span,
    )


def _latest_day(work: Work, sites: Sequence[SiteRecord]) -> date:
    """Return the latest day on which a camera of a site saw anything, or today where none did, by the site's clock."""
    seen = work.sites.last_seen_by_site([site.site_id for site in sites])  # a province has hundreds of sites
    return max(seen.get(site.site_id, work.now()).astimezone(ZoneInfo(site.timezone)).date() for site in sites)


def _page(query: QueryParams, officers: int) -> tuple[int, int]:
    pages = max(1, -(-officers // OFFICERS_SHOWN))
    text = query.get("page", "1")
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    return min(max(wanted, 1), pages), pages
