"""Whose facts a page of attendance lists: everybody's within the reader's reach, or of one agency, site or unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.api.auth import Work
from service.api.staff import StaffMember, staff_of
from service.db.records import SiteRecord

WHOM_KEYS = ("agency", "site", "unit")
"""What addresses call it."""


@dataclass(frozen=True, slots=True)
class Whom:
    """What an address asks for; what it asks for and is not there is left out.

    Attributes:
        agency: Empty: all of them.
        agencies: Those that may be chosen.
        sites: Where those work who are listed.
        staff: Who is listed, by id.
    """

    agency: str
    site: SiteRecord | None
    unit: str
    agencies: tuple[str, ...]
    sites: tuple[SiteRecord, ...]
    staff: Mapping[str, StaffMember]

    @property
    def query(self) -> dict[str, str]:
        """As addresses of pages hold it."""
        site_id = "" if self.site is None else self.site.site_id
        held = zip(WHOM_KEYS, (self.agency, site_id, self.unit), strict=True)
        return {name: value for name, value in held if value}

    @property
    def shown(self) -> str:
        """As people read it; empty where everybody is listed."""
        return " · ".join(part for part in (self.agency, self.site.name if self.site else "", self.unit) if part)


def read_whom(work: Work, query: Mapping[str, str]) -> Whom:
    """Read it from an address. A site or unit of another agency than the one that is asked for is left out."""
    known = work.sites.sites()
    agencies = tuple(sorted({site.agency for site in known}))
    agency = query.get("agency", "") if query.get("agency") in agencies else ""
    sites = [site for site in known if agency in ("", site.agency)]
    site = next((site for site in sites if site.site_id == query.get("site")), None)
    if site is not None:
        agency, sites = site.agency, [site]
    staff = staff_of(work, sites)
    unit = query.get("unit", "")
    of_unit = {who: member for who, member in staff.items() if member.officer.unit == unit}
    if not unit or not of_unit:
        return Whom(agency, site, "", agencies, tuple(sites), staff)
    return Whom(agency, site, unit, agencies, tuple(sites), of_unit)
