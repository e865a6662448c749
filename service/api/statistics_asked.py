"""Of what a reader wants figures: which days, agency, camera and rule. What API, pages and files share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from service.api.attendance_asked import AgencyAsked, FirstDay, LastDay, check_days
from service.api.auth import Work, has_right, needs
from service.api.selection import FLAG_RULES, main_zone
from service.db.records import Role, SessionRecord
from service.errors import NotFound
from service.rights import Right
from service.statistics.figures import Figures, figures_of
from service.statistics.inspectors import Fairness, areas_of, fairness_of
from service.statistics.rows import Scope, Watched

CameraAsked = Annotated[str | None, Query(max_length=64, description="One camera, by id.")]
RuleAsked = Annotated[str | None, Query(max_length=64, description="One rule, by id.")]
Reader = Annotated[SessionRecord, Depends(needs(Right.SEE_STATISTICS))]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of what figures are wanted; None means any.

    Attributes:
        first, last: Days, both included, by the clock of the first site.
    """

    first: date
    last: date
    agency: str | None = None
    camera: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures, and the cameras that they may be of."""

    wanted: Wanted
    figures: Figures
    cameras: tuple[Watched, ...]


def read_wanted(
    *,
    first: FirstDay,
    last: LastDay,
    agency: AgencyAsked = None,
    camera: CameraAsked = None,
    rule: RuleAsked = None,
) -> Wanted:
    """Read of what figures are wanted from an address. Raises `Invalid`."""
    check_days(first, last)
    return Wanted(first, last, agency, camera, rule)


WantedNow = Annotated[Wanted, Depends(read_wanted)]


def scope_of(work: Work, wanted: Wanted) -> Scope:
    """Return what is asked of the database; days begin at midnight of the first site."""
    zone = main_zone(work.sites.sites())
    return span_of(wanted, zone)


def span_of(wanted: Wanted, zone: ZoneInfo) -> Scope:
    """Return the same by a known clock."""
    return Scope(
        since=datetime.combine(wanted.first, time(), zone),
        until=datetime.combine(wanted.last + timedelta(days=1), time(), zone),
        agency=wanted.agency,
        camera_id=wanted.camera,
        rule=wanted.rule,
    )


def check_wanted(work: Work, wanted: Wanted) -> None:
    """Refuse what does not exist for the reader. Raises `NotFound`."""
    cameras = work.statistics.cameras()
    if wanted.agency is not None and wanted.agency not in {camera.agency for camera in cameras}:
        raise NotFound("no such agency")
    if wanted.camera is not None and wanted.camera not in {camera.camera_id for camera in cameras}:
        raise NotFound("no such camera")
    if wanted.rule is not None and wanted.rule not in FLAG_RULES:
        raise NotFound("no such rule")


def statistics_of(work: Work, wanted: Wanted) -> Statistics:
    """Make the figures."""
    scope = scope_of(work, wanted)
    hearings = work.statistics.hearings(scope)
    cameras = work.statistics.cameras()
    figures = figures_of(work.statistics.count(scope, hearings), hearings, cameras)
    return Statistics(wanted, figures, tuple(cameras))


def flags_of(work: Work, wanted: Wanted) -> Statistics:
    """Make the figures of flags alone, which drawings need: verdicts, times and checks are left out."""
    scope = scope_of(work, wanted)
    hearings = work.statistics.hearings(scope)
    cameras = work.statistics.cameras()
    figures = figures_of(work.statistics.count_flags(scope, hearings), hearings, cameras)
    return Statistics(wanted, figures, tuple(cameras))


def fairness_in(work: Work, wanted: Wanted) -> Fairness:
    """Compare inspectors with each other, and units."""
    cameras = work.statistics.cameras()
    site_ids = [site.site_id for site in work.sites.sites()]
    officers = [officer for _, officer in work.sites.roster(site_ids)]
    areas = areas_of(cameras, work.sites.desks_of(site_ids), officers)
    return fairness_of(work.statistics.looks(scope_of(work, wanted)), areas, cameras)


def may_compare(session: SessionRecord) -> bool:
    """Tell whether somebody sees all inspectors side by side: who leads them, and who audits."""
    return has_right(session, Right.SETTLE) or session.user.role is Role.AUDITOR
