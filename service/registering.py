"""Keep the names that a site file gives, for the pages and the reports."""

from __future__ import annotations

from service.db.records import KeptRule, OfficerRecord, PlaceRecord, RuleTrust, SiteRecord
from service.db.sites import SiteRepository
from service.site_hours import DAYS
from service.site_rule_tables import JudgedTable
from service.site_tables import OfficerTable, Site


def register(sites: SiteRepository, site: Site) -> None:
    """Store a site with its cameras, officers and places, or bring them up to date."""
    record = SiteRecord(
        site_id=site.site.id,
        name=site.site.name,
        agency=site.site.agency,
        timezone=site.site.timezone,
        notice=site.site.notice,
        lawful_basis=site.site.lawful_basis,
        intervals=site.hours.intervals,
        days=tuple(DAYS.index(day) for day in site.hours.days),
        grace_minutes=site.hours.grace_minutes,
        judging=judging_of(site),
        hours_json=site.hours.model_dump_json(by_alias=True),
        retention=tuple(KeptRule(line.rule, line.keep_days, line.basis, line.early) for line in site.retention),
    )
    places = []
    for camera in site.cameras:
        places += [PlaceRecord(camera.id, d.id, d.name, "desk", d.officers) for d in camera.desks]
        places += [PlaceRecord(camera.id, z.id, z.name, f"zone_{z.kind}", ()) for z in camera.zones]
        places += [PlaceRecord(camera.id, c.id, c.name, "counter", ()) for c in camera.counters]
    sites.register(
        record,
        cameras=[(camera.id, camera.name) for camera in site.cameras],
        officers=[OfficerRecord(o.id, o.name, o.unit, _own_hours(o)) for o in site.officers],
        places=places,
    )


def judging_of(site: Site) -> tuple[RuleTrust, ...]:
    """Return how far the site trusts each rule that flags; of one that is switched off nothing is asked."""
    return tuple(
        RuleTrust(rule_id, table.precision_target, table.precision_floor, table.random_checks)
        for rule_id, table in site.rules
        if isinstance(table, JudgedTable) and getattr(table, "enabled", True)
    )


def _own_hours(officer: OfficerTable) -> str:
    return "" if officer.hours is None else officer.hours.model_dump_json(by_alias=True, exclude_none=True)
