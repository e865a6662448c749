"""Who is compared with whom: inspectors within rules and units, units within rules and inspectors. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.db.records import OfficerRecord, PlaceRecord
from service.statistics.fairness import Cell, Comparison, Rated, compare
from service.statistics.rows import LookCount, Watched
from service.statistics.shares import PEOPLE_AT_LEAST

Desk = tuple[str, str]
"""Camera and place."""


@dataclass(frozen=True, slots=True)
class Area:
    """Where flags are alike: a unit of an agency, or the agency where a desk is no one unit's."""

    agency: str
    unit: str

    @property
    def key(self) -> str:
        """As groups and strata hold it."""
        return f"{self.agency}\x1f{self.unit}"

    @property
    def label(self) -> str:
        """As people read it."""
        return f"{self.unit} · {self.agency}" if self.unit else self.agency


def areas_of(
    cameras: Sequence[Watched], places: Sequence[PlaceRecord], officers: Sequence[OfficerRecord]
) -> dict[Desk, Area]:
    """Say which unit each desk belongs to: that of its officers, where they are all of one."""
    agencies = {camera.camera_id: camera.agency for camera in cameras}
    units = {officer.officer_id: officer.unit for officer in officers}
    found = {}
    for place in places:
        if place.camera_id in agencies:
            own = {units[officer] for officer in place.officers if officer in units}
            found[place.camera_id, place.place_id] = Area(agencies[place.camera_id], own.pop() if len(own) == 1 else "")
    return found


def area_at(desk: Desk, areas: Mapping[Desk, Area], agencies: Mapping[str, str]) -> Area:
    """Return the unit of a desk; where it is not known, the agency of its camera."""
    return areas.get(desk) or Area(agencies.get(desk[0], ""), "")


@dataclass(frozen=True, slots=True)
class Fairness:
    """Inspectors against each other, and units against each other.

    Attributes:
        inspectors: Groups are user ids, as text; units: groups are keys of areas.
    """

    inspectors: Comparison
    units: Comparison
    areas: Mapping[str, Area]

    def own(self, user_id: int) -> Rated | None:
        """Return one inspector's own line; None where they looked at nothing."""
        return next((rated for rated in self.inspectors.rated if rated.group == str(user_id)), None)

    @property
    def may_show_rest(self) -> bool:
        """Whether there are so many inspectors that one's own line tells nothing of another single one."""
        return len(self.inspectors.rated) > PEOPLE_AT_LEAST


def fairness_of(looks: Sequence[LookCount], areas: Mapping[Desk, Area], cameras: Sequence[Watched]) -> Fairness:
    """Compare first looks."""
    agencies = {camera.camera_id: camera.agency for camera in cameras}
    placed = [(look, area_at((look.camera_id, look.place_id), areas, agencies)) for look in looks]
    seen, breaches = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for look, area in placed:
        key = (str(look.reviewer_id), look.rule, area.key)
        seen[key] += look.looks
        breaches[key] += look.breaches
    return Fairness(
        inspectors=compare(
            [Cell(who, (rule, area), n, breaches[who, rule, area]) for (who, rule, area), n in seen.items()]
        ),
        units=compare([Cell(area, (rule, who), n, breaches[who, rule, area]) for (who, rule, area), n in seen.items()]),
        areas={area.key: area for _, area in placed},
    )
