"""Sites, officers and their units, as pages and reports ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from service.db.records import OfficerRecord, RunRecord, SiteRecord
from service.db.sites import SiteRepository
from service.db.tables import CameraRow
from tests.databases import KINDS, empty_database

SITES = (("so-1", "Trụ sở 1", "Sở Nội vụ"), ("so-2", "Trụ sở 2", "Sở Nội vụ"), ("ubnd", "Một cửa", "UBND xã"))


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """Three sites of two agencies, each with two officers of the units A and its own."""
    with empty_database(request.param, tmp_path) as database, database.transaction() as session:
        for site_id, name, agency in SITES:
            site = SiteRecord(site_id, name, agency, "UTC", "", "", ("07:30-11:30",), (0, 4), 5, hours_json="")
            officers = [OfficerRecord(f"{site_id}-{n}", f"Cán bộ {n}", unit) for n, unit in enumerate(("A", site_id))]
            SiteRepository(session).register(site, cameras=[], officers=officers, places=[])
        yield session


def test_sites_are_asked_for_by_id_and_by_agency(session: Session) -> None:
    sites = SiteRepository(session)
    found = [
        [site.site_id for site in sites.sites(site_id=site_id, agency=agency)]
        for site_id, agency in ((None, None), (None, "Sở Nội vụ"), ("ubnd", None), ("ubnd", "Sở Nội vụ"))
    ]
    assert [["ubnd", "so-1", "so-2"], ["so-1", "so-2"], ["ubnd"], []] == found


def test_a_site_is_the_same_however_it_is_asked_for(session: Session) -> None:
    sites = SiteRepository(session)
    (listed,) = sites.sites(site_id="so-2")
    assert sites.site("so-2") == listed
    assert (("07:30-11:30",), (0, 4)) == (listed.intervals, listed.days)


def test_units_are_those_of_the_sites_that_are_asked_for(session: Session) -> None:
    sites = SiteRepository(session)
    found = [sites.units(site_ids) for site_ids in (["so-1", "so-2"], ["ubnd"], [])]
    assert [["A", "so-1", "so-2"], ["A", "ubnd"], []] == found


def test_the_roster_names_each_officers_site(session: Session) -> None:
    roster = SiteRepository(session).roster(["so-1"])
    assert [
        ("so-1", OfficerRecord("so-1-0", "Cán bộ 0", "A")),
        ("so-1", OfficerRecord("so-1-1", "Cán bộ 1", "so-1")),
    ] == roster


def test_a_site_was_last_seen_by_the_latest_run_of_its_cameras(session: Session) -> None:
    sites = SiteRepository(session)
    for camera_id, hour in (("cam-1", 1), ("cam-2", 3)):
        session.add(CameraRow(camera_id=camera_id, site_id="so-1", name=camera_id))
        begin = datetime(2026, 10, 1, hour, tzinfo=UTC)
        sites.store_run(RunRecord(camera_id, "run", begin, begin + timedelta(minutes=30), 1, 0, True))
    assert {"so-1": datetime(2026, 10, 1, 3, 30, tzinfo=UTC)} == sites.last_seen_by_site(["so-1", "so-2"])
