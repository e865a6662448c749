"""Whose attendance a reader has asked for, and of which days: what pages and API share."""

from __future__ import annotations

import calendar
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from service.api.auth import Work, needs
from service.api.problems import Invalid, Missing
from service.api.selection import Day
from service.attendance.checking import check
from service.attendance.crosscheck import CrossFinding
from service.attendance.gathering import Sources, gather
from service.attendance.month import Report
from service.attendance.people import Asked
from service.db.records import SessionRecord, SiteRecord
from service.rights import Right

LONGEST = timedelta(days=366)
_MONTH = re.compile(r"^(20\d\d|2100)-(0[1-9]|1[0-2])$")

Reader = Annotated[SessionRecord, Depends(needs(Right.SEE_ATTENDANCE))]
KEEPS = [Depends(needs(Right.KEEP_ATTENDANCE))]
FirstDay = Annotated[Day, Query(alias="from", description="First day, in the site's zone.", examples=["2026-11-01"])]
LastDay = Annotated[Day, Query(alias="to", description="Last day, included.", examples=["2026-11-30"])]
SiteAsked = Annotated[str | None, Query(max_length=64, description="One site, by id.")]
AgencyAsked = Annotated[str | None, Query(max_length=200, description="One agency, by its name.")]
UnitAsked = Annotated[str | None, Query(max_length=200, description="One unit, by its name.")]
OfficerAsked = Annotated[str | None, Query(max_length=64, description="One officer, by id.")]


def sources_of(work: Work) -> Sources:
    """Return where the facts of attendance are, within the request's transaction.

    Whose days are derived, ``work.sites`` limits to the reader's reach. What is said of them must not depend on who
    reads, so the facts are all there: who covers whose desk, which colleague is on leave.
    """
    return Sources(work.sites, work.visits, work.attendance.whole(), work.corrections.whole())


def report_of(work: Work, asked: Asked, *, assumed: frozenset[int] = frozenset()) -> Report:
    """Derive what is asked for. Raises `NotFound` where there is no such site, agency, unit or officer.

    Args:
        assumed: Numbers of corrections that are counted although nobody has decided them.
    """
    return gather(sources_of(work), asked, made_at=work.now(), assumed=assumed)


def contradictions_of(work: Work, report: Report, *, within: Report | None = None) -> list[CrossFinding]:
    """Hold the time clock against the cameras, for everybody of a report.

    Whole units are looked at, for who sits in for whom: also where the reader sees but one officer of it.

    Args:
        within: A report of whole units that holds this one's officers, where there is one already.
    """
    sources, only = sources_of(work), frozenset(officer.officer_id for officer in report.officers)
    if work.reach.is_narrow:
        sources = replace(sources, sites=work.sites.whole())
        one = report.officers[0]
        asked = Asked(report.first, report.last, agency=one.agency, unit=one.unit)
        within = gather(sources, asked, made_at=work.now())
    return check(sources, work.events, within or report, only=only)


def check_days(first: date, last: date) -> None:
    """Refuse days in the wrong order, and more than a year at once."""
    if last < first:
        raise Invalid(("to: wanted a day that is not before `from`",))
    if last - first >= LONGEST:
        raise Invalid((f"to: wanted at most {LONGEST.days} days from `from`",))


def read_asked(
    *,
    first: FirstDay,
    last: LastDay,
    site: SiteAsked = None,
    agency: AgencyAsked = None,
    unit: UnitAsked = None,
    officer: OfficerAsked = None,
) -> Asked:
    """Read whose attendance is asked for from an address. Raises `Invalid`."""
    check_days(first, last)
    return Asked(first, last, site, agency, unit, None if officer is None else (officer,))


AskedFor = Annotated[Asked, Depends(read_asked)]


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
    seen = work.sites.last_seen(site.site_id) or work.now()
    return seen.astimezone(ZoneInfo(site.timezone)).date()


def month_of(text: str | None) -> tuple[date, date] | None:
    """Read ``YYYY-MM``; None where there is none or it is not one."""
    found = _MONTH.match(text or "")
    return None if found is None else whole_month(date(int(found[1]), int(found[2]), 1))


def whole_month(day: date) -> tuple[date, date]:
    """Return the first and last day of a day's month."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
