"""Who works where: officers with their sites, for everything that names one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from service.api.auth import Work
from service.db.records import OfficerRecord, SiteRecord
from service.errors import NotFound


@dataclass(frozen=True, slots=True)
class StaffMember:
    """An officer and their site."""

    officer: OfficerRecord
    site: SiteRecord

    @property
    def zone(self) -> ZoneInfo:
        """Zone that their days are counted in."""
        return ZoneInfo(self.site.timezone)


def staff_of(work: Work, sites: Iterable[SiteRecord] | None = None) -> dict[str, StaffMember]:
    """Return the officers of some sites, or of all, by id."""
    by_id = {site.site_id: site for site in (work.sites.sites() if sites is None else sites)}
    return {
        officer.officer_id: StaffMember(officer, by_id[site_id]) for site_id, officer in work.sites.roster(list(by_id))
    }


def staff_member(work: Work, officer_id: str) -> StaffMember:
    """Return one officer; raises `NotFound`."""
    found = staff_of(work).get(officer_id)
    if found is None:
        raise NotFound(f"no officer {officer_id}")
    return found
