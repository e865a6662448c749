"""What an import may refer to, and how what was read is stored: the same for the command and the pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from service.attendance.facts import Cover, Leave, Punch
from service.attendance.hours import calendar_of_site, own_hours_of_json
from service.attendance.imported import Fact
from service.attendance.imports.results import ImportContext
from service.attendance.intervals import Interval
from service.db.attendance import AttendanceRepository
from service.db.records import SiteRecord
from service.db.sites import SiteRepository

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Everything that is in force."""


def import_context(
    sites: SiteRepository,
    attendance: AttendanceRepository,
    chosen: Sequence[SiteRecord],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> ImportContext:
    """Gather what the rows of a file may name: officers, desks, working time, leave and cover of some sites.

    Args:
        zone: Of moments that name none.
    """
    by_id = {site.site_id: site for site in chosen}
    site_ids = list(by_id)
    staff = {officer.officer_id: (by_id[site_id], officer) for site_id, officer in sites.roster(site_ids)}
    desks = sites.desks_of(site_ids)

    def sessions_of(officer_id: str, day: date) -> tuple[Interval, ...]:
        site, officer = staff[officer_id]
        return calendar_of_site(site).day(day, own_hours_of_json(site, officer.hours_json)).shifts

    def leaves_of(officer_id: str) -> list[Leave]:
        return attendance.leaves([officer_id], FIRST, LAST)

    return ImportContext(
        officers={officer_id: officer.name for officer_id, (_, officer) in staff.items()},
        zone=zone,
        sessions_of=sessions_of,
        leaves_of=leaves_of,
        desks={(desk.camera_id, desk.place_id): desk.name for desk in desks},
        officers_of_desk={(desk.camera_id, desk.place_id): desk.officers for desk in desks},
        covers=attendance.covers(FIRST, LAST),
        now=now,
    )


def store_facts(attendance: AttendanceRepository, facts: Sequence[Fact], *, by: int | None, at: datetime) -> None:
    """Store what was read; what is known already changes nothing."""
    for fact in facts:
        if isinstance(fact, Leave):
            attendance.add_leave(fact, by=by, at=at)
        elif isinstance(fact, Cover):
            attendance.add_cover(fact, by=by, at=at)
    attendance.add_punches([fact for fact in facts if isinstance(fact, Punch)], at=at)
