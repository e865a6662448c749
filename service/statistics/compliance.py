"""How flags, hearings and coverage add up by unit, agency and province: what is reported to the authority. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from service.db.records import Standing
from service.hearing.stages import Outcome
from service.statistics.hearings import Hearing
from service.statistics.inspectors import Area
from service.statistics.shares import PEOPLE_AT_LEAST


class Level(StrEnum):
    """Of whom a line speaks."""

    PROVINCE = "province"
    AGENCY = "agency"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class DeskCount:
    """How many flags of a rule at a desk stand alike."""

    rule: str
    camera_id: str
    place_id: str
    standing: Standing
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report.

    Attributes:
        unit: Empty in lines of agencies and the province; `SMALL_UNITS` where small units stand together.
        confirmed: Seen as a breach by two, or so ruled; a person's hearing may still come to something else.
        concluded: Hearings that came to a breach for good.
        coverage: Share of the required time that cameras could see, 0..1; None where nobody had to be there.
    """

    level: Level
    agency: str
    unit: str
    rule: str
    flags: int
    confirmed: int
    heard: int
    concluded: int
    appeals: int
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Concluded:
    """One person's breach, concluded for good. Nobody else is named in the report."""

    agency: str
    unit: str
    name: str
    rule: str
    day: date


@dataclass(frozen=True, slots=True)
class Compliance:
    """The report of some days."""

    first: date
    last: date
    agency: str | None
    made_at: datetime
    lines: tuple[Line, ...]
    people: tuple[Concluded, ...]


SMALL_UNITS = "*"
"""Stands for units that are too small to be shown alone."""
UNKNOWN_UNIT = "?"
"""Stands where a flag or hearing belongs to no unit that is known."""
_Key = tuple[Level, str, str, str]


def lines_of(
    flags: Iterable[tuple[Area, DeskCount]],
    hearings: Sequence[Hearing],
    *,
    coverage: Mapping[tuple[str, str], float],
    people: Mapping[tuple[str, str], int],
) -> tuple[Line, ...]:
    """Add everything up.

    Args:
        coverage: By agency and unit; of a whole agency under an empty unit, of all under two empty names.
        people: How many officers a unit has, by agency and unit: units of fewer than `PEOPLE_AT_LEAST` are put
            together, so that a figure cannot be laid at one person's door.
    """
    shown = shown_units(people)
    sums: dict[_Key, Counter[str]] = defaultdict(Counter)

    def add(agency: str, unit: str, rule: str, **counts: int) -> None:
        name = shown.get((agency, unit), UNKNOWN_UNIT) if unit else UNKNOWN_UNIT
        for key in (
            (Level.PROVINCE, "", "", rule),
            (Level.AGENCY, agency, "", rule),
            (Level.UNIT, agency, name, rule),
        ):
            sums[key].update(counts)

    for area, desk in flags:
        add(area.agency, area.unit, desk.rule, flags=desk.count, confirmed=desk.count * _is_breach(desk.standing))
    for one in hearings:
        if not one.is_withdrawn:
            concluded = int(one.final is Outcome.UPHELD)
            add(one.agency, one.unit, one.rule, heard=1, concluded=concluded, appeals=int(one.has_appealed))
    order = list(Level)
    keys = sorted(sums, key=lambda key: (order.index(key[0]), *key[1:]))
    return tuple(_line(key, sums[key], coverage.get((key[1], key[2]))) for key in keys)


def _line(key: _Key, counts: Mapping[str, int], coverage: float | None) -> Line:
    level, agency, unit, rule = key
    return Line(
        level=level,
        agency=agency,
        unit=unit,
        rule=rule,
        flags=counts["flags"],
        confirmed=counts["confirmed"],
        heard=counts["heard"],
        concluded=counts["concluded"],
        appeals=counts["appeals"],
        coverage=coverage,
    )


def _is_breach(standing: Standing) -> bool:
    return standing is Standing.BREACH


def shown_units(people: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], str]:
    """Return the name under which each unit is shown: small ones of an agency together, with others if need be.

    One small unit alone could be found by taking all others from its agency's sum: then the next larger joins it.
    """
    agencies: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for (agency, unit), count in people.items():
        agencies[agency].append((count, unit))
    found = {}
    for agency, units in agencies.items():
        together: list[str] = []
        held = 0
        for count, unit in sorted(units):
            if count < PEOPLE_AT_LEAST or (together and held < PEOPLE_AT_LEAST):
                together.append(unit)
                held += count
        found.update({(agency, unit): SMALL_UNITS if unit in together else unit for _, unit in units})
    return found


def concluded_of(hearings: Sequence[Hearing], zone: tzinfo) -> tuple[Concluded, ...]:
    """Return the people whose breach was concluded for good, by agency, unit and name."""
    found = [
        Concluded(one.agency, one.unit, one.name, one.rule, one.at.astimezone(zone).date())
        for one in hearings
        if one.final is Outcome.UPHELD
    ]
    return tuple(sorted(found, key=lambda one: (one.agency, one.unit, one.name, one.day, one.rule)))
