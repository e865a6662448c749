"""What narrows queries to somebody's reach: conditions on sites, officers and cameras."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, false, select
from sqlalchemy.orm import InstrumentedAttribute

from service.db.tables import CameraRow, OfficerRow, SiteRow
from service.rights import EVERYTHING, Reach


def sites_within(reach: Reach) -> list[ColumnElement[bool]]:
    """Return what narrows a query on sites: those of the agency; of a unit or one officer, those where they work."""
    if reach.is_nobody:
        return [false()]
    conditions = [] if reach.agency is None else [SiteRow.agency == reach.agency]
    if reach.is_narrow:
        conditions.append(SiteRow.site_id.in_(select(OfficerRow.site_id).where(*_of_unit(reach))))
    return conditions


def officers_within(reach: Reach) -> list[ColumnElement[bool]]:
    """Return what narrows a query on officers."""
    if reach.is_nobody:
        return [false()]
    conditions = _of_unit(reach)
    if reach.agency is not None:
        conditions.append(OfficerRow.site_id.in_(select(SiteRow.site_id).where(SiteRow.agency == reach.agency)))
    return conditions


def by_officer(reach: Reach, officer_id: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
    """Return what narrows a query on rows that name an officer."""
    if reach == EVERYTHING:
        return []
    return [officer_id.in_(select(OfficerRow.officer_id).where(*officers_within(reach)))]


def by_site(reach: Reach, site_id: InstrumentedAttribute[str]) -> list[ColumnElement[bool]]:
    """Return what narrows a query on rows that name a site."""
    return [] if reach == EVERYTHING else [site_id.in_(select(SiteRow.site_id).where(*sites_within(reach)))]


def by_camera(reach: Reach, camera_id: SQLColumnExpression[str]) -> list[ColumnElement[bool]]:
    """Return what narrows a query on rows that name a camera; cameras are no affair of one unit or one officer."""
    if reach.is_nobody or reach.is_narrow:
        return [false()]
    return [] if reach.agency is None else [camera_id.in_(cameras_of(reach.agency))]


def cameras_of(agency: str) -> Select[Any]:
    """Select the ids of an agency's cameras."""
    return (
        select(CameraRow.camera_id).join(SiteRow, SiteRow.site_id == CameraRow.site_id).where(SiteRow.agency == agency)
    )


def _of_unit(reach: Reach) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if reach.unit is not None:
        conditions.append(OfficerRow.unit == reach.unit)
    if reach.officer_id is not None:
        conditions.append(OfficerRow.officer_id == reach.officer_id)
    return conditions
