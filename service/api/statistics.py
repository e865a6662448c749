"""Figures: how often flags are right, how long people wait, whether like is judged alike."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.auth import WorkNow
from service.api.problems import Missing
from service.api.refusals import refuses
from service.api.statistics_asked import (
    Reader,
    WantedNow,
    check_wanted,
    fairness_in,
    may_compare,
    statistics_of,
)
from service.api.statistics_shapes import ComparedShape, InspectorsShape, StatisticsShape

router = APIRouter(tags=["statistics"])


@router.get("/statistics", responses=refuses(Missing))
def read_statistics(work: WorkNow, wanted: WantedNow, _session: Reader) -> StatisticsShape:
    """Make the figures of some days, at most a year. Small numbers are counts without shares."""
    check_wanted(work, wanted)
    return StatisticsShape.of(statistics_of(work, wanted))


@router.get("/statistics/inspectors", responses=refuses(Missing))
def read_inspectors(work: WorkNow, wanted: WantedNow, session: Reader) -> InspectorsShape:
    """Compare first looks of inspectors at flags of the same rule and unit.

    Team leaders and auditors are told all of them by name, everybody else only their own line.
    """
    check_wanted(work, wanted)
    fairness = fairness_in(work, wanted)
    if not may_compare(session):
        own = fairness.own(session.user.user_id)
        mine = [] if own is None else [ComparedShape.of(session.user.display_name, own)]
        return InspectorsShape(inspectors=mine, units=[], is_scattered=None)
    names = work.accounts.names()
    return InspectorsShape(
        inspectors=[
            ComparedShape.of(names.get(int(rated.group), rated.group), rated) for rated in fairness.inspectors.rated
        ],
        units=[ComparedShape.of(fairness.areas[rated.group].label, rated) for rated in fairness.units.rated],
        is_scattered=fairness.inspectors.is_scattered,
    )
